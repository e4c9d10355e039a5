use std::borrow::Cow;
use std::sync::Arc;

use inscape_engine::{Activations, Gradient, Rule, ValueId};
use inscape_tensor::{Pool, Tensor};

use super::plans::Ready;
use super::{Model, Wanted};
use crate::card::Layout;
use crate::error::{Error, ErrorKind};
use crate::target::Settled;

/// Objectives and their gradients at several inputs.
pub(crate) struct Gradients {
    /// The objective at each input.
    pub(crate) scores: Vec<f64>,
    /// (n, C, H, W)
    pub(crate) gradients: Tensor,
}

impl Model {
    /// The numbers of a value, in the file's layout.
    ///
    /// # Errors
    /// Where the value does not depend on the input or holds no floats.
    pub fn activation(&self, input: &Tensor, value: ValueId) -> Result<Tensor, Error> {
        let wanted = Wanted::forward(&self.fed_shape(input)?, &[value]);
        self.run(&wanted, input, |activations| {
            let view = activations.value(value)?;
            match view.data {
                inscape_tensor::Slice::F32(values) => Ok(Tensor::new(view.shape, values.to_vec())),
                _ => {
                    let context =
                        format!("'{}' holds {}, not floats", self.graph().name(value), view.element());
                    Err(Error::new(ErrorKind::Target, context))
                }
            }
        })
    }

    /// The shape of a value for one input, without running.
    ///
    /// # Errors
    /// Where the network is not supported or the value does not depend on the input.
    pub fn shape(&self, value: ValueId) -> Result<Vec<usize>, Error> {
        let ready = self.ready(&Wanted::forward(&self.0.feed.shape, &[value]))?;
        let shape = ready.plan().shape(value).map(<[usize]>::to_vec);
        shape.ok_or_else(|| {
            let context = format!("'{}' does not depend on the input", self.graph().name(value));
            Error::new(ErrorKind::Target, context)
        })
    }

    pub(crate) fn ready(&self, wanted: &Wanted) -> Result<Arc<Ready>, Error> {
        self.0.origin.check_unchanged()?;
        self.0.plans.get(self.graph(), self.input(), wanted, self.0.memory, self.pool())
    }

    /// Runs forward on an input (n, C, H, W) and gives what is kept to `work`.
    pub(crate) fn run<R>(
        &self,
        wanted: &Wanted,
        input: &Tensor,
        work: impl FnOnce(&mut Activations<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.run_on(&*self.ready(wanted)?, self.pool(), input, work)
    }

    /// The same by a plan at hand, on some threads.
    pub(crate) fn run_on<R>(
        &self,
        ready: &Ready,
        pool: &Pool,
        input: &Tensor,
        work: impl FnOnce(&mut Activations<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        ready.run(pool, &self.as_fed(input), work)
    }

    /// An input (n, C, H, W) in the file's layout.
    pub(crate) fn as_fed<'t>(&self, input: &'t Tensor) -> Cow<'t, Tensor> {
        match &self.0.feed.preprocessing {
            Ok(settings) if settings.layout == Layout::Nhwc => Cow::Owned(settings.to_graph(input.clone())),
            _ => Cow::Borrowed(input),
        }
    }

    /// A plan that is not kept for later.
    pub(crate) fn ready_once(&self, wanted: &Wanted) -> Result<Ready, Error> {
        self.0.origin.check_unchanged()?;
        Ready::new(self.graph(), self.input(), wanted, self.0.memory, self.pool())
    }

    /// The shape the network is fed for one input, in the file's layout.
    pub(crate) fn fed_shape_of_one(&self) -> &[usize] {
        &self.0.feed.shape
    }

    /// The shape the network is fed for an input (n, C, H, W).
    pub(crate) fn fed_shape(&self, input: &Tensor) -> Result<Vec<usize>, Error> {
        let expected = self.input_shape();
        let n = input.shape().first().copied().unwrap_or(1);
        if input.shape().len() != expected.len() || input.shape().get(1..) != expected.get(1..) || n == 0 {
            let context = format!("the model takes {expected:?}, but the input has {:?}", input.shape());
            return Err(Error::new(ErrorKind::Picture, context));
        }
        let mut shape = self.0.feed.shape.clone();
        if let Some(batch) = shape.first_mut() {
            *batch = n;
        }
        Ok(shape)
    }

    /// Relevance of what the network was fed, in the layout inputs are given in: (n, C, H, W).
    pub(crate) fn as_given(&self, relevance: Tensor) -> Tensor {
        match &self.0.feed.preprocessing {
            Ok(settings) => settings.from_graph(relevance),
            Err(_) => relevance,
        }
    }

    /// A settled objective and its gradient at every input of (n, C, H, W): as one batch where the network allows it.
    pub(crate) fn gradients(
        &self,
        inputs: &Tensor,
        values: &[ValueId],
        settled: &Settled,
    ) -> Result<Gradients, Error> {
        let n = inputs.shape().first().copied().unwrap_or(1);
        if n > 1 && self.batches(&self.backward_to_input(inputs, values)?)? {
            return self.gradients_of(inputs, values, settled, n);
        }
        let mut shape = inputs.shape().to_vec();
        if let Some(batch) = shape.first_mut() {
            *batch = 1;
        }
        let mut all = Gradients { scores: Vec::new(), gradients: Tensor::zeros(inputs.shape()) };
        let size = inputs.values().len() / n;
        for (one, gradient) in inputs.values().chunks(size).zip(all.gradients.values_mut().chunks_mut(size)) {
            let found = self.gradients_of(&Tensor::new(shape.clone(), one.to_vec()), values, settled, 1)?;
            gradient.copy_from_slice(found.gradients.values());
            all.scores.extend(found.scores);
        }
        Ok(all)
    }

    /// The numbers of a value that holds floats at each input of (n, C, H, W): as one batch where the network allows it.
    pub(crate) fn rows(&self, inputs: &Tensor, value: ValueId) -> Result<Vec<Vec<f32>>, Error> {
        let n = inputs.shape().first().copied().unwrap_or(1).max(1);
        let wanted = Wanted::forward(&self.fed_shape(inputs)?, &[value]);
        let read = |activations: &mut Activations<'_>, n: usize| {
            let values = activations.value(value)?.f32s();
            Ok(values.chunks((values.len() / n).max(1)).map(<[f32]>::to_vec).collect())
        };
        if n == 1 || self.batches(&wanted)? {
            return self.run(&wanted, inputs, |activations| read(activations, n));
        }
        let mut shape = inputs.shape().to_vec();
        shape[0] = 1;
        let wanted = Wanted::forward(self.fed_shape_of_one(), &[value]);
        let mut rows = Vec::with_capacity(n);
        for one in inputs.values().chunks(inputs.values().len() / n) {
            let one = Tensor::new(shape.clone(), one.to_vec());
            rows.append(&mut self.run(&wanted, &one, |activations| read(activations, 1))?);
        }
        Ok(rows)
    }

    fn gradients_of(
        &self,
        inputs: &Tensor,
        values: &[ValueId],
        settled: &Settled,
        n: usize,
    ) -> Result<Gradients, Error> {
        let wanted = self.backward_to_input(inputs, values)?;
        self.run(&wanted, inputs, |activations| {
            let scores = settled.scores(n, |value| Ok(activations.value(value)?))?;
            let gradients = self.relevance(activations, &Gradient, settled, n)?.swap_remove(0);
            Ok(Gradients { scores, gradients: self.as_given(gradients) })
        })
    }

    /// Passes the relevance of a settled objective back by a rule.
    pub(crate) fn relevance(
        &self,
        activations: &mut Activations<'_>,
        rule: &dyn Rule,
        settled: &Settled,
        n: usize,
    ) -> Result<Vec<Tensor>, Error> {
        let seeds = settled.seeds(n, |value| Ok(activations.value(value)?))?;
        Ok(activations.backward(rule, &seeds)?)
    }

    pub(crate) fn backward_to_input(&self, inputs: &Tensor, values: &[ValueId]) -> Result<Wanted, Error> {
        Ok(Wanted {
            shape: self.fed_shape(inputs)?,
            values: values.to_vec(),
            seeds: values.to_vec(),
            wrt: vec![self.input()],
        })
    }

    /// Whether the network runs several inputs at once and keeps them apart; many files fix a batch of one in a Reshape.
    pub(crate) fn batches(&self, wanted: &Wanted) -> Result<bool, Error> {
        if let Some(&known) = self.0.batches.get() {
            return Ok(known);
        }
        let n = wanted.shape.first();
        let found = match self.ready(wanted) {
            Ok(ready) => {
                let first = |&value: &ValueId| ready.plan().shape(value).and_then(<[usize]>::first) == n;
                wanted.values.iter().all(first)
            }
            Err(error) if error.kind == ErrorKind::Memory => return Ok(false),
            Err(_) => false,
        };
        Ok(*self.0.batches.get_or_init(|| found))
    }
}
