use std::time::Duration;

use inscape_engine::{Gradient, Memory, Seed};
use inscape_tensor::{Pool, Tensor};

use super::plans::Ready;
use super::{Model, Wanted};
use crate::error::{Error, ErrorKind};

/// A network that runs over and over on the same pictures, to be timed: forward, or forward and back from the scores of
/// class 0 to the input.
///
/// ```no_run
/// let model = inscape::Model::open("model.onnx")?;
/// let mut workload = model.workload(1, true)?;
/// workload.run()?;
/// let slowest = workload.node_times(10)?.into_iter().max_by_key(|node| node.backward);
/// # Ok::<(), inscape::Error>(())
/// ```
pub struct Workload {
    model: Model,
    ready: Ready,
    memory: Memory,
    pool: Pool,
    input: Tensor,
    seed: Option<Seed>,
}

/// What one node of a network takes, and what it does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeTime {
    /// Its name.
    pub name: String,
    /// Its operator.
    pub operator: String,
    /// Multiply-adds of its definition forward; fast algorithms take fewer. Work number by number is not counted.
    pub multiply_adds: u64,
    /// The same on the way back: twice as many where both sides of a product come from the network.
    pub multiply_adds_back: u64,
    /// Bytes it reads and writes forward: inputs, outputs, weights.
    pub bytes: u64,
    /// Mean time forward.
    pub forward: Duration,
    /// Mean time back, by the gradient.
    pub backward: Duration,
}

impl Model {
    /// Prepares runs on `batch` made-up pictures of numbers from −1 to 1, so that no half of the network is idle.
    ///
    /// # Errors
    /// Where the network is not supported, needs more memory than allowed, or does not run several pictures at once.
    pub fn workload(&self, batch: usize, backward: bool) -> Result<Workload, Error> {
        let mut shape = self.input_shape();
        shape[0] = batch;
        let count: usize = shape.iter().product();
        let values = (0..count).map(|i| ((i * 7919) % 2003) as f32 / 1001.0 - 1.0).collect();
        let pictures = Tensor::new(shape, values);
        let scores = self.head()?.scores;
        let wanted = match backward {
            true => self.backward_to_input(&pictures, &[scores])?,
            false => Wanted::forward(&self.fed_shape(&pictures)?, &[scores]),
        };
        let refused = |error: Error| match batch {
            1 => error,
            _ => {
                Error::new(error.kind, format!("the network does not run {batch} pictures at once: {error}"))
            }
        };
        let ready = self.ready_once(&wanted).map_err(refused)?;
        let shape = ready.plan().shape(scores).unwrap_or_default().to_vec();
        if shape.first() != Some(&batch) && batch > 1 {
            let context = format!("of {batch} pictures the network makes scores of shape {shape:?}");
            return Err(Error::new(ErrorKind::Model, context));
        }
        let mut relevance = Tensor::zeros(shape);
        let classes = relevance.values().len() / batch;
        relevance.values_mut().iter_mut().step_by(classes.max(1)).for_each(|first| *first = 1.0);
        let seed = backward.then_some(Seed { value: scores, relevance });
        let input = self.as_fed(&pictures).into_owned();
        let (memory, pool) = (ready.plan().memory(), self.pool().clone());
        Ok(Workload { model: self.clone(), ready, memory, pool, input, seed })
    }
}

impl Workload {
    /// One run.
    ///
    /// # Errors
    /// None in practice: all was checked before.
    pub fn run(&mut self) -> Result<(), Error> {
        let mut activations =
            self.ready.plan().forward(&mut self.memory, &self.pool, &[self.input.view()])?;
        if let Some(seed) = &self.seed {
            activations.backward(&Gradient, std::slice::from_ref(seed))?;
        }
        Ok(())
    }

    /// The mean times of all nodes over some runs. Nodes that were absorbed into others, or only give the same numbers
    /// another shape, are left out.
    ///
    /// # Errors
    /// As [`Workload::run`].
    pub fn node_times(&mut self, runs: u32) -> Result<Vec<NodeTime>, Error> {
        self.memory.watch();
        for _ in 0..runs {
            self.run()?;
        }
        let times = self.ready.plan().step_times(&self.memory).into_iter().map(|step| {
            let node = self.model.graph().node(step.node);
            NodeTime {
                name: node.name.clone(),
                operator: step.idiom.unwrap_or(&node.operator).to_owned(),
                multiply_adds: step.multiply_adds,
                multiply_adds_back: step.multiply_adds_back,
                bytes: step.bytes,
                forward: step.forward / runs.max(1),
                backward: step.backward / runs.max(1),
            }
        });
        Ok(times.collect())
    }
}
