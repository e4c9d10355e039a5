//! A graph fixed for given shapes and for what is asked of it.
use std::sync::Arc;

use inscape_tensor::{Constant, Pool, Tensor, View};

use crate::error::Error;
use crate::graph::{Graph, ValueId};
use crate::rules::Rule;

/// What a plan is made for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The shape of every graph input that is fed at run time.
    pub shapes: Vec<(ValueId, Vec<usize>)>,
    /// Graph inputs known already, as constants.
    pub bound: Vec<(ValueId, Constant)>,
    /// Values whose numbers will be read after forward.
    pub values: Vec<ValueId>,
    /// Values at which backward may start; empty for forward only.
    pub seeds: Vec<ValueId>,
    /// Values whose relevance will be read after backward.
    pub wrt: Vec<ValueId>,
    /// Keep every node's inputs and outputs, for rules that read them.
    pub keep_values: bool,
    /// Bytes that constants and activations may take together; `None` for no limit.
    pub memory: Option<usize>,
}

/// Where backward starts: relevance of one value, of that value's shape.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The value.
    pub value: ValueId,
    /// Its relevance.
    pub relevance: Tensor,
}

/// A graph made ready to run. `Send + Sync`; every run needs a [`Memory`] of its own.
pub struct Plan {}

/// The buffers of one run at a time of one plan; reused by every later run.
pub struct Memory {}

/// What a forward pass has kept.
pub struct Activations<'m> {
    _memory: &'m mut Memory,
}

impl Plan {
    /// Makes a plan.
    ///
    /// # Errors
    /// Every node that is not supported, all in one; shapes that do not fit; more memory than allowed.
    pub fn new(graph: &Arc<Graph>, ask: Ask) -> Result<Plan, Error> {
        let _ = (graph, ask);
        unimplemented!()
    }

    /// The shape of a value (any that lies between the inputs and what was asked).
    pub fn shape(&self, value: ValueId) -> Option<&[usize]> {
        let _ = value;
        unimplemented!()
    }

    /// Buffers for one run at a time.
    pub fn memory(&self) -> Memory {
        unimplemented!()
    }

    /// Runs forward. `inputs` follow [`Ask::shapes`].
    ///
    /// # Errors
    /// Where an input's shape is not the planned one.
    pub fn forward<'m>(
        &'m self,
        memory: &'m mut Memory,
        pool: &Pool,
        inputs: &[View<'_>],
    ) -> Result<Activations<'m>, Error> {
        let _ = (memory, pool, inputs);
        unimplemented!()
    }
}

impl Activations<'_> {
    /// The numbers of an asked value.
    ///
    /// # Errors
    /// Where the plan was not asked to keep it.
    pub fn value(&self, value: ValueId) -> Result<View<'_>, Error> {
        let _ = value;
        unimplemented!()
    }

    /// Passes relevance back by a rule and gives that of every value in [`Ask::wrt`], in its order. May be called
    /// any number of times.
    ///
    /// # Errors
    /// Where a seed was not planned or has another shape.
    pub fn backward(&mut self, rule: &dyn Rule, seeds: &[Seed]) -> Result<Vec<Tensor>, Error> {
        let _ = (rule, seeds);
        unimplemented!()
    }
}
