use std::time::{Duration, Instant};

use super::step::{Operand, Step};
use super::{Memory, Plan};
use crate::graph::NodeId;

/// What one step of a plan has taken, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct StepTime {
    /// Its node; what was absorbed into it is part of it.
    pub node: NodeId,
    /// The operator it stands for, where several nodes spell that out and this is the last of them.
    pub idiom: Option<&'static str>,
    /// Multiply-adds of its definition forward. Fast algorithms take fewer.
    pub multiply_adds: u64,
    /// The same on the way back.
    pub multiply_adds_back: u64,
    /// Bytes it reads and writes forward: inputs, outputs, weights.
    pub bytes: u64,
    /// All forward runs together.
    pub forward: Duration,
    /// All ways back together.
    pub backward: Duration,
}

/// For every step the time of its forward runs and of its ways back; nothing where nobody asked.
#[derive(Default)]
pub(super) struct Clock(Vec<[Duration; 2]>);

#[derive(Clone, Copy)]
pub(super) enum Way {
    Forward,
    Backward,
}

impl Clock {
    pub fn time(&mut self, step: usize, way: Way, work: impl FnOnce()) {
        let Some(times) = self.0.get_mut(step) else { return work() };
        let start = Instant::now();
        work();
        times[way as usize] += start.elapsed();
    }
}

impl Memory {
    /// Times every step from now on, from nothing.
    pub fn watch(&mut self) {
        self.clock = Clock(vec![[Duration::ZERO; 2]; self.saved.len()]);
    }
}

impl Plan {
    /// What the steps that run have taken since [`Memory::watch`], in their order; empty where it was not called.
    pub fn step_times(&self, memory: &Memory) -> Vec<StepTime> {
        let timed = self.steps.iter().zip(&memory.clock.0).filter(|(step, _)| !step.is_alias());
        timed.map(|(step, &[forward, backward])| step.time(forward, backward)).collect()
    }
}

impl Step {
    fn time(&self, forward: Duration, backward: Duration) -> StepTime {
        let inputs = self.inputs.iter().flatten().map(|operand| match operand {
            Operand::Constant(constant) => constant.len() * constant.element().size(),
            Operand::Value { kind, .. } => kind.bytes().unwrap_or(0),
        });
        let outputs = self.outputs.iter().filter_map(|product| product.kind.bytes());
        let work = self.operator.work();
        let weights = work.weights * size_of::<f32>() as u64;
        StepTime {
            node: self.node,
            idiom: self.idiom,
            multiply_adds: work.multiply_adds,
            multiply_adds_back: work.multiply_adds_back,
            bytes: inputs.chain(outputs).sum::<usize>() as u64 + weights,
            forward,
            backward,
        }
    }
}
