use inscape_tensor::{SliceMut, ViewMut, rectify};

use crate::operator::{Backward, Forward, Operator, Role};

/// One node in a backward pass, as a [`Rule`](super::Rule) sees it.
pub struct Passing<'p, 'a> {
    operator: &'p dyn Operator,
    /// The node's operands: its outputs' relevance to read or change, its inputs' relevance to write.
    pub pass: Backward<'a>,
    items: usize,
    rebuild: &'p dyn Fn() -> Option<Box<dyn Operator>>,
}

impl<'p, 'a> Passing<'p, 'a> {
    pub(crate) fn new(
        operator: &'p dyn Operator,
        pass: Backward<'a>,
        items: usize,
        rebuild: &'p dyn Fn() -> Option<Box<dyn Operator>>,
    ) -> Passing<'p, 'a> {
        Passing { operator, pass, items, rebuild }
    }

    /// The node's part in the network.
    pub fn role(&self) -> Role {
        self.operator.role()
    }

    /// The size of the first output's first axis: the pictures of a batch.
    pub fn items(&self) -> usize {
        self.items
    }

    /// The relevance of the first output, as long as no gradient has been written; empty where it has none.
    pub fn relevance(&self) -> &[f32] {
        let holder = self.pass.relevance[0].as_deref();
        holder.or_else(|| self.pass.gradients.first()?.as_deref()).unwrap_or_default()
    }

    /// Writes the vector–Jacobian product of the outputs' relevance as it stands now.
    pub fn vjp(&mut self) {
        self.operator.backward(&mut self.pass);
    }

    /// Writes the vector–Jacobian product of another operator of the same operands, as [`Passing::reweighted`] gives.
    pub fn vjp_of(&mut self, operator: &dyn Operator) {
        operator.backward(&mut self.pass);
    }

    /// Runs another operator of the same operands forward and gives its first output. The plan must keep values.
    pub fn forward_of(&self, operator: &dyn Operator) -> Vec<f32> {
        let shape = self.pass.outputs[0].map_or(&[][..], |view| view.shape);
        let mut output = vec![0.0; shape.iter().product()];
        let data = SliceMut::F32(&mut output);
        operator.forward(&mut Forward {
            inputs: self.pass.inputs.clone(),
            outputs: vec![ViewMut { shape, data }],
            saved: None,
            pool: self.pass.pool,
        });
        output
    }

    /// Sets negative relevance of the first output to zero.
    pub fn keep_positive(&mut self) {
        let in_place = self.pass.relevance[0].is_none();
        let holder = if in_place { &mut self.pass.gradients[0] } else { &mut self.pass.relevance[0] };
        if let Some(values) = holder.as_deref_mut() {
            rectify(self.pass.pool, None, values);
        }
    }

    /// Hands the first output's relevance to the first input unchanged; both have the same shape.
    pub fn straight(&mut self) {
        if let Some((Some(relevance), gradient)) = self.pass.pair() {
            gradient.copy_from_slice(relevance);
        }
    }

    /// The same operator with every weight w replaced by `change(w)` and no bias; `None` where it has no weights.
    pub fn reweighted(&self, change: &dyn Fn(f32) -> f32) -> Option<Box<dyn Operator>> {
        let mut operator = (self.rebuild)()?;
        let linear = operator.linear()?;
        if !linear.reweight(change) {
            return None;
        }
        linear.prepare(self.pass.pool, true);
        Some(operator)
    }
}
