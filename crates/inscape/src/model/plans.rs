use std::sync::{Arc, Mutex, PoisonError};

use inscape_engine::{Activations, Ask, Graph, Memory, Plan, ValueId};
use inscape_tensor::{Pool, Tensor};

use crate::error::Error;

/// What a plan is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The shape of the input, batch axis first.
    pub(crate) shape: Vec<usize>,
    /// Values to read.
    pub(crate) values: Vec<ValueId>,
    /// Values at which backward starts.
    pub(crate) seeds: Vec<ValueId>,
    /// Values whose relevance is read, in this order.
    pub(crate) wrt: Vec<ValueId>,
}

impl Wanted {
    /// Forward only.
    pub(crate) fn forward(shape: &[usize], values: &[ValueId]) -> Wanted {
        Wanted { shape: shape.to_vec(), values: values.to_vec(), seeds: Vec::new(), wrt: Vec::new() }
    }

    /// Whether a plan made for `self` serves `other` too.
    fn serves(&self, other: &Wanted) -> bool {
        let within = |all: &[ValueId], part: &[ValueId]| part.iter().all(|value| all.contains(value));
        self.shape == other.shape
            && within(&self.values, &other.values)
            && within(&self.seeds, &other.seeds)
            && (other.wrt.is_empty() || self.wrt == other.wrt)
    }
}

/// The plans made lately, newest last, so that repeated calls pack no weights and allocate nothing large.
#[derive(Default)]
pub(crate) struct Plans(Mutex<Vec<Arc<Ready>>>);

/// More would hold the weights in memory too often: every plan packs its own.
const KEPT: usize = 4;

/// A plan with the buffers of runs that have ended.
pub(crate) struct Ready {
    wanted: Wanted,
    plan: Plan,
    spare: Mutex<Vec<Memory>>,
}

impl Plans {
    /// The plan for what is wanted, made now where no kept one serves.
    pub(crate) fn get(
        &self,
        graph: &Arc<Graph>,
        input: ValueId,
        wanted: &Wanted,
        memory: Option<usize>,
        pool: &Pool,
    ) -> Result<Arc<Ready>, Error> {
        let found = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let at = kept.iter().position(|ready| ready.wanted.serves(wanted));
            at.map(|at| {
                let ready = kept.remove(at);
                kept.push(ready.clone());
                ready
            })
        };
        if let Some(ready) = found {
            return Ok(ready);
        }
        let ready = Arc::new(Ready::new(graph, input, wanted, memory, pool)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(ready.clone());
        Ok(ready)
    }
}

impl Ready {
    /// Makes the plan for what is wanted.
    pub(crate) fn new(
        graph: &Arc<Graph>,
        input: ValueId,
        wanted: &Wanted,
        memory: Option<usize>,
        pool: &Pool,
    ) -> Result<Ready, Error> {
        let ask = Ask {
            shapes: vec![(input, wanted.shape.clone())],
            values: wanted.values.clone(),
            seeds: wanted.seeds.clone(),
            wrt: wanted.wrt.clone(),
            memory,
            pool: pool.clone(),
            ..Ask::default()
        };
        let plan = Plan::new(graph, ask)?;
        Ok(Ready { wanted: wanted.clone(), plan, spare: Mutex::default() })
    }

    /// The plan.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Runs forward and gives what is kept to `work`.
    pub(crate) fn run<R>(
        &self,
        pool: &Pool,
        input: &Tensor,
        work: impl FnOnce(&mut Activations<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = spare.unwrap_or_else(|| self.plan.memory());
        let result = match self.plan.forward(&mut memory, pool, &[input.view()]) {
            Ok(mut activations) => work(&mut activations),
            Err(error) => Err(error.into()),
        };
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        result
    }
}
