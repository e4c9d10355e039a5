use std::collections::HashSet;

use inscape_tensor::{Pool, Slice, Slot, Tensor, View, ViewMut};

use super::ask::Seed;
use super::backward::Flow;
use super::profile::Way;
use super::step::{Operand, Step};
use super::{Memory, Plan};
use crate::error::{Error, ErrorKind};
use crate::graph::ValueId;
use crate::operator::Forward;
use crate::rules::Rule;

/// What a forward pass has kept: the values that were asked for, and what backward needs.
pub struct Activations<'m> {
    plan: &'m Plan,
    memory: &'m mut Memory,
    pool: &'m Pool,
}

impl Plan {
    /// Runs forward. `inputs` follow [`Ask::shapes`](super::Ask::shapes).
    ///
    /// # Errors
    /// [`ErrorKind::Shape`] where an input is not of the planned kind and shape.
    pub fn forward<'m>(
        &'m self,
        memory: &'m mut Memory,
        pool: &'m Pool,
        inputs: &[View<'_>],
    ) -> Result<Activations<'m>, Error> {
        if inputs.len() != self.inputs.len() {
            let context = format!("{} inputs were given, {} were planned", inputs.len(), self.inputs.len());
            return Err(Error::new(ErrorKind::Shape, context));
        }
        for ((value, kind), given) in self.inputs.iter().zip(inputs) {
            if given.shape != kind.shape || given.element() != kind.element {
                let name = self.graph.name(*value);
                let context = format!(
                    "input '{name}' was given {} {:?}; the plan is for {} {:?}",
                    given.element(),
                    given.shape,
                    kind.element,
                    kind.shape
                );
                return Err(Error::new(ErrorKind::Shape, context));
            }
            if let Some(slot) = self.slots.get(value) {
                let (_, mut writes) = memory.arena.lend(&[], &[*slot]);
                writes[0].copy_from_slice(bytes_of(given));
            }
        }
        let Memory { arena, saved, clock } = &mut *memory;
        for (at, (step, saved)) in self.steps.iter().zip(saved).enumerate() {
            if !step.is_alias() {
                clock.time(at, Way::Forward, || self.run(step, arena, saved, pool));
            }
        }
        Ok(Activations { plan: self, memory, pool })
    }

    fn run(&self, step: &Step, arena: &mut inscape_tensor::Arena, saved: &mut [u32], pool: &Pool) {
        let reads: Vec<Slot> = step.lent_inputs().map(|value| self.slots[&value]).collect();
        let writes: Vec<Slot> = step.outputs.iter().map(|product| product.slot).collect();
        let (reads, writes) = arena.lend(&reads, &writes);
        let mut reads = reads.into_iter();
        let inputs = step.inputs.iter().enumerate().map(|(i, operand)| match operand {
            Some(Operand::Constant(constant)) => {
                (step.operator.owned() >> i & 1 == 0).then(|| constant.view())
            }
            Some(Operand::Value { kind, .. }) if !(step.in_place && i == 0) => {
                reads.next().map(|bytes| View::over(bytes, kind.element, &kind.shape))
            }
            _ => None,
        });
        let inputs = inputs.collect();
        let outputs = writes.into_iter().zip(&step.outputs);
        let outputs = outputs
            .map(|(bytes, product)| ViewMut::over(bytes, product.kind.element, &product.kind.shape))
            .collect();
        let saved = step.saves.then_some(saved);
        step.operator.forward(&mut Forward { inputs, outputs, saved, pool });
    }
}

impl Activations<'_> {
    /// The numbers of an asked value.
    ///
    /// # Errors
    /// [`ErrorKind::NotPlanned`] where the plan was not asked to keep it.
    pub fn value(&self, value: ValueId) -> Result<View<'_>, Error> {
        let target = self.plan.target(value);
        if let Some(constant) = self.plan.constants.get(&target) {
            return Ok(constant.view());
        }
        if !self.plan.values.contains(&target) {
            let context = format!("the plan was not made to keep '{}'", self.plan.graph.name(value));
            return Err(Error::new(ErrorKind::NotPlanned, context));
        }
        let kind = &self.plan.types[&target];
        let bytes = self.memory.arena.read(self.plan.slots[&target]);
        Ok(View::over(bytes, kind.element, &kind.shape))
    }

    /// Passes relevance from the seeds back by a rule, and gives that of every value in
    /// [`Ask::wrt`](super::Ask::wrt), in its order. May be called any number of times on one forward pass.
    ///
    /// Rules are not linear in the seed: several seeds are one start, never a sum of results.
    ///
    /// # Errors
    /// [`ErrorKind::NotPlanned`] for a seed the plan was not made for, or a rule that reads values that were not kept;
    /// [`ErrorKind::Shape`] for a seed of another shape than its value.
    pub fn backward(&mut self, rule: &dyn Rule, seeds: &[Seed]) -> Result<Vec<Tensor>, Error> {
        self.flow(self.plan.route.wrt().to_vec(), false).run(rule, seeds)
    }

    /// The relevance of some of the values in [`Ask::wrt`](super::Ask::wrt) alone, and no more work than they need.
    ///
    /// # Errors
    /// As [`Activations::backward`]; [`ErrorKind::NotPlanned`] too for a value the plan was not made for.
    pub fn backward_to(
        &mut self,
        wrt: &[ValueId],
        rule: &dyn Rule,
        seeds: &[Seed],
    ) -> Result<Vec<Tensor>, Error> {
        self.flow(self.targets(wrt), false).run(rule, seeds)
    }

    /// The same with every value in [`Ask::wrt`](super::Ask::wrt) held fixed: relevance that reaches one goes no further, so that each is
    /// given what it passes on directly. By the gradient these are partial derivatives. A seed's own value is not held.
    ///
    /// # Errors
    /// As [`Activations::backward_to`].
    pub fn backward_directly_to(
        &mut self,
        wrt: &[ValueId],
        rule: &dyn Rule,
        seeds: &[Seed],
    ) -> Result<Vec<Tensor>, Error> {
        self.flow(self.targets(wrt), true).run(rule, seeds)
    }

    fn targets(&self, values: &[ValueId]) -> Vec<ValueId> {
        values.iter().map(|&value| self.plan.target(value)).collect()
    }

    fn flow(&mut self, towards: Vec<ValueId>, held: bool) -> Flow<'_> {
        Flow { plan: self.plan, memory: self.memory, pool: self.pool, reached: HashSet::new(), towards, held }
    }
}

fn bytes_of<'v>(view: &View<'v>) -> &'v [u8] {
    match view.data {
        Slice::F32(values) => bytemuck::cast_slice(values),
        Slice::I64(values) => bytemuck::cast_slice(values),
        Slice::Bool(values) => values,
    }
}
