mod ask;
mod backward;
mod forward;
mod fusion;
mod idioms;
mod layout;
mod lifetimes;
mod profile;
mod resolution;
mod room;
mod step;

use std::collections::HashMap;
use std::sync::Arc;

use inscape_tensor::{Arena, Constant, Slot};

use crate::error::{Error, ErrorKind};
use crate::graph::{Graph, NodeId, ValueId};
use crate::operator::{Reach, Role, Type};

pub use ask::{Ask, Seed};
pub use forward::Activations;
pub use profile::StepTime;

use backward::Route;
use profile::Clock;
use resolution::Resolution;
use step::Step;

/// A graph made ready to run: constants folded, normalisation absorbed into weights, weights packed, every value's
/// place in memory assigned by how long it lives.
///
/// A plan is shared freely between threads; every run needs a [`Memory`] of its own.
pub struct Plan {
    graph: Arc<Graph>,
    inputs: Vec<(ValueId, Type)>,
    steps: Vec<Step>,
    /// Where each run-time value lives; several may share a place, one after another.
    slots: HashMap<ValueId, Slot>,
    types: HashMap<ValueId, Type>,
    /// Values that were asked for and turned out to be known beforehand.
    constants: HashMap<ValueId, Constant>,
    /// For outputs of `If`: the value of the branch taken.
    same: HashMap<ValueId, ValueId>,
    roles: Vec<(NodeId, Role)>,
    reaches: HashMap<NodeId, Reach>,
    route: Route,
    values: Vec<ValueId>,
    arena: usize,
    bytes: usize,
}

/// The buffers of one run of one plan at a time. Later runs use them again and allocate nothing large.
pub struct Memory {
    arena: Arena,
    saved: Vec<Vec<u32>>,
    clock: Clock,
}

impl Plan {
    /// Makes a plan.
    ///
    /// # Errors
    /// - [`ErrorKind::Unsupported`]: every node that cannot be run, all in one message, each with its operator, opset,
    ///   shapes and reason.
    /// - [`ErrorKind::Shape`]: an input without a shape.
    /// - [`ErrorKind::Memory`]: constants and activations exceed [`Ask::memory`]; names the largest value. Or constants made
    ///   of constants exceed 1 GiB and four times the graph's own; found out before they are made.
    pub fn new(graph: &Arc<Graph>, ask: Ask) -> Result<Plan, Error> {
        let mut resolution = Resolution::new(graph, &ask)?;
        let translate = |values: &[ValueId], resolution: &Resolution<'_>| -> Vec<ValueId> {
            values.iter().map(|&value| resolution.same(value)).collect()
        };
        let values = translate(&ask.values, &resolution);
        let seeds = translate(&ask.seeds, &resolution);
        let wrt = translate(&ask.wrt, &resolution);
        for &value in seeds.iter().chain(&wrt) {
            resolution.require_float(value)?;
        }
        let constants = resolution.asked_constants(&values);
        let (roles, reaches) = (resolution.roles(), resolution.reaches());
        let visible: Vec<ValueId> =
            values.iter().chain(&seeds).chain(&wrt).chain(graph.outputs()).copied().collect();
        let mut steps = std::mem::take(&mut resolution.steps);
        step::keep_needed(&mut steps, values.iter().chain(&seeds));
        fusion::absorb(&mut steps, &visible);
        let asked: Vec<ValueId> = values.iter().chain(&seeds).copied().collect();
        idioms::replace(graph, &mut steps, &visible, &asked, !ask.keep_values);
        let mut route = Route::new(&steps, &seeds, &wrt, &resolution.types, ask.keep_values);
        step::prepare(&mut steps, &route.passed, &ask);
        let inputs = resolution.inputs;
        let layout = lifetimes::storages(&inputs, &mut steps, &mut route, &values, &resolution.types);
        let (arena, slots) = layout::assign(layout, &mut steps, &mut route);
        let plan = Plan {
            graph: graph.clone(),
            inputs,
            slots,
            types: resolution.types,
            constants,
            same: resolution.same,
            roles,
            reaches,
            route,
            values,
            arena,
            bytes: arena + step::bytes_of_constants(&steps) + step::bytes_of_notes(&steps),
            steps,
        };
        plan.check_memory(ask.memory)?;
        Ok(plan)
    }

    /// The shapes of all values that can be told, also where some nodes cannot be run or memory does not suffice.
    pub fn shapes(graph: &Graph, ask: &Ask) -> HashMap<ValueId, Vec<usize>> {
        let resolution = Resolution::as_far_as_possible(graph, ask);
        let mut shapes: HashMap<ValueId, Vec<usize>> =
            resolution.types.iter().map(|(&value, kind)| (value, kind.shape.clone())).collect();
        for (&output, &source) in &resolution.same {
            if let Some(kind) = resolution.types.get(&source) {
                shapes.insert(output, kind.shape.clone());
            }
        }
        shapes
    }

    /// The graph it was made from.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// The shape of a value that lies between the inputs and what was asked.
    pub fn shape(&self, value: ValueId) -> Option<&[usize]> {
        self.types.get(&self.target(value)).map(|kind| kind.shape.as_slice())
    }

    /// The nodes that depend on the inputs, each with its part in the network, before anything was fused.
    pub fn roles(&self) -> &[(NodeId, Role)] {
        &self.roles
    }

    /// What a position of a node's outputs sees of its inputs, before anything was fused; `None` for a node that does not
    /// depend on the inputs.
    pub fn reach(&self, node: NodeId) -> Option<Reach> {
        self.reaches.get(&node).copied()
    }

    /// Bytes of constants and buffers of one run.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Buffers for one run at a time.
    pub fn memory(&self) -> Memory {
        let words = |step: &Step| vec![0; if step.saves { step.operator.keeps().words } else { 0 }];
        Memory {
            arena: Arena::new(self.arena),
            saved: self.steps.iter().map(words).collect(),
            clock: Clock::default(),
        }
    }

    fn target(&self, value: ValueId) -> ValueId {
        self.same.get(&value).copied().unwrap_or(value)
    }

    fn check_memory(&self, limit: Option<usize>) -> Result<(), Error> {
        let Some(limit) = limit.filter(|&limit| self.bytes > limit) else { return Ok(()) };
        let largest =
            self.types.iter().max_by_key(|(value, kind)| (kind.bytes(), std::cmp::Reverse(**value)));
        let largest = largest.map_or(String::new(), |(&value, kind)| {
            format!("; the largest value is '{}' of shape {:?}", self.graph.name(value), kind.shape)
        });
        let mib = |bytes: usize| bytes.div_ceil(1 << 20);
        let context = format!(
            "the network needs {} MiB for this input, more than the {} MiB allowed{largest}; use a smaller input or \
             raise the limit",
            mib(self.bytes),
            mib(limit)
        );
        Err(Error::new(ErrorKind::Memory, context))
    }
}
