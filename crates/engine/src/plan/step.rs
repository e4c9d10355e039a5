use std::collections::HashSet;

use inscape_tensor::{Constant, Element, Pool, Slot};

use super::Ask;
use crate::error::Refusal;
use crate::graph::{Node, NodeId, ValueId};
use crate::operator::{Built, Input, Operator, Placement, Site, Type};
use crate::operators::{self, OperatorRow};

/// One node of a plan.
pub(super) struct Step {
    pub node: NodeId,
    pub operator: Box<dyn Operator>,
    pub inputs: Vec<Option<Operand>>,
    pub outputs: Vec<Product>,
    /// Scale and shift of the nodes it took in, in order.
    pub absorbed: Vec<(Vec<f32>, Vec<f32>)>,
    /// What was added behind it along the last axis.
    pub absorbed_last: Option<Vec<f32>>,
    /// The operator it became by standing for several nodes, of which its own is the last.
    pub idiom: Option<&'static str>,
    /// Whether backward needs its notes.
    pub saves: bool,
    /// Whether the first output is written over the first input.
    pub in_place: bool,
}

/// What a step reads.
pub(super) enum Operand {
    Constant(Constant),
    Value { value: ValueId, kind: Type },
}

/// What a step writes.
pub(super) struct Product {
    pub value: Option<ValueId>,
    pub kind: Type,
    pub slot: Slot,
}

impl Step {
    /// The run-time values it reads, with their places among the inputs.
    pub fn reads(&self) -> impl Iterator<Item = (usize, ValueId)> + '_ {
        self.inputs.iter().enumerate().filter_map(|(i, operand)| match operand {
            Some(Operand::Value { value, .. }) => Some((i, *value)),
            _ => None,
        })
    }

    /// The values it writes, with their places among the outputs.
    pub fn writes(&self) -> impl Iterator<Item = (usize, ValueId)> + '_ {
        self.outputs.iter().enumerate().filter_map(|(i, product)| Some((i, product.value?)))
    }

    pub fn first_read(&self) -> Option<ValueId> {
        self.reads().find(|&(i, _)| i == 0).map(|(_, value)| value)
    }

    pub fn is_alias(&self) -> bool {
        self.operator.placement() == Placement::Alias && self.first_read().is_some()
    }

    /// The run-time inputs that lie in places of their own.
    pub fn lent_inputs(&self) -> impl Iterator<Item = ValueId> + '_ {
        self.reads().filter(|&(i, _)| !(self.in_place && i == 0)).map(|(_, value)| value)
    }

    /// Readies the weights, and lets go of constants that the operator has taken unless it may have to be rebuilt.
    fn prepare(&mut self, pool: &Pool, backward: bool, rebuild: bool) {
        self.saves = backward;
        let owned = self.operator.owned();
        for (i, operand) in self.inputs.iter_mut().enumerate() {
            match operand {
                Some(Operand::Constant(_)) if owned >> i & 1 == 1 && !rebuild => *operand = None,
                Some(Operand::Constant(constant)) => *constant = constant.decoded(),
                _ => {}
            }
        }
        if let Some(linear) = self.operator.linear() {
            linear.prepare(pool, backward);
        }
    }

    /// The operator made anew, as it was before its weights were prepared.
    pub fn rebuilt(&self, node: &Node) -> Option<Box<dyn Operator>> {
        let inputs = self.inputs.iter().map(|operand| {
            Some(match operand.as_ref()? {
                Operand::Value { kind, .. } => {
                    Input { element: kind.element, shape: &kind.shape, constant: None }
                }
                Operand::Constant(constant) => input_of(constant),
            })
        });
        let site = Site { node, inputs: inputs.collect() };
        let Ok(Built::Kernel { mut operator, .. }) = build(&site) else { return None };
        if let Some(linear) = operator.linear() {
            for (scale, shift) in &self.absorbed {
                linear.absorb(scale, shift);
            }
            if let Some(addend) = &self.absorbed_last {
                linear.absorb_last(addend);
            }
        }
        Some(operator)
    }
}

pub(super) fn input_of(constant: &Constant) -> Input<'_> {
    Input { element: constant.element(), shape: constant.shape(), constant: Some(constant) }
}

/// Builds what the operator table has for a node.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let node = site.node;
    let built = (row(node)?.build)(site)?;
    let count = match &built {
        Built::Kernel { outputs, .. } => {
            if let Some(kind) = outputs.iter().find(|kind| kind.bytes().is_none()) {
                return Err(Refusal(format!("an output of shape {:?} exceeds memory", kind.shape)));
            }
            outputs.len()
        }
        Built::Constants(constants) => constants.len(),
    };
    match node.outputs.iter().rposition(Option::is_some) {
        Some(last) if last >= count => Err(Refusal(format!("output {last} is not supported"))),
        _ => Ok(built),
    }
}

/// The operator table's row for a node.
pub(super) fn row(node: &Node) -> Result<&'static OperatorRow, Refusal> {
    operators::find(&node.domain, &node.operator).ok_or_else(|| {
        let domain =
            if node.domain.is_empty() { String::new() } else { format!(" of domain {}", node.domain) };
        Refusal(format!("operator {}{domain} is not supported", node.operator))
    })
}

/// Weights of an operator that are put in order by all threads; fewer are by one, beside those of other operators.
const HEAVY: u64 = 1 << 20;

/// Readies all steps; `passed` tells which of them backward goes through.
pub(super) fn prepare(steps: &mut [Step], passed: &[bool], ask: &Ask) {
    let (heavy, mut light): (Vec<_>, Vec<_>) =
        steps.iter_mut().zip(passed).partition(|(step, _)| step.operator.work().weights > HEAVY);
    ask.pool.chunks(&mut light, 1, |_, light| {
        light.iter_mut().for_each(|(step, passed)| step.prepare(Pool::single(), **passed, ask.keep_values));
    });
    for (step, &passed) in heavy {
        step.prepare(&ask.pool, passed, ask.keep_values);
    }
}

/// Drops the steps that nothing asked for depends on.
pub(super) fn keep_needed<'a>(steps: &mut Vec<Step>, asked: impl Iterator<Item = &'a ValueId>) {
    let mut needed: HashSet<ValueId> = asked.copied().collect();
    let mut kept = vec![false; steps.len()];
    for (step, kept) in steps.iter().zip(&mut kept).rev() {
        *kept = step.writes().any(|(_, value)| needed.contains(&value));
        if *kept {
            needed.extend(step.reads().map(|(_, value)| value));
        }
    }
    let mut kept = kept.into_iter();
    steps.retain(|_| kept.next().unwrap_or(false));
}

pub(super) fn bytes_of_constants(steps: &[Step]) -> usize {
    let held = steps.iter().flat_map(|step| &step.inputs).filter_map(|operand| match operand {
        Some(Operand::Constant(constant)) => Some(constant.len() * constant.element().size()),
        _ => None,
    });
    let owned = steps.iter().map(|step| step.operator.weight_bytes());
    held.chain(owned).sum()
}

pub(super) fn bytes_of_notes(steps: &[Step]) -> usize {
    steps.iter().filter(|step| step.saves).map(|step| step.operator.keeps().words * Element::F32.size()).sum()
}
