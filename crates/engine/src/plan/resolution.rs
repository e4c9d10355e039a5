use std::collections::HashMap;

use inscape_tensor::{Constant, Element, Pool, ViewMut};

use super::ask::Ask;
use super::room;
use super::step::{self, Operand, Product, Step, build, input_of};
use crate::error::{Error, ErrorKind, Refusal};
use crate::graph::{Graph, Node, NodeId, ValueId};
use crate::operator::{Built, Forward, Input, Operator, Reach, Role, Site, Type};

/// The nodes that what is asked depends on, built for the shapes at hand, with everything known folded away.
///
/// Nodes are built on demand, from the asked values down, so a branch of an `If` that is not taken never matters.
pub(super) struct Resolution<'g> {
    graph: &'g Graph,
    pub steps: Vec<Step>,
    pub types: HashMap<ValueId, Type>,
    pub same: HashMap<ValueId, ValueId>,
    pub inputs: Vec<(ValueId, Type)>,
    constants: HashMap<ValueId, Constant>,
    refused: Vec<(NodeId, Refusal)>,
    done: Vec<bool>,
    /// Bytes that constants made here may still take.
    room: usize,
}

impl<'g> Resolution<'g> {
    pub fn new(graph: &'g Graph, ask: &Ask) -> Result<Resolution<'g>, Error> {
        let mut resolution = Resolution::begun(graph, ask);
        resolution.proceed(ask)?;
        Ok(resolution)
    }

    /// As much as can be told of a graph that may be refused.
    pub fn as_far_as_possible(graph: &'g Graph, ask: &Ask) -> Resolution<'g> {
        let mut resolution = Resolution::begun(graph, ask);
        // Whoever asks for this has the refusal from a plan already.
        let _ = resolution.proceed(ask);
        resolution
    }

    fn begun(graph: &'g Graph, ask: &Ask) -> Resolution<'g> {
        Resolution {
            graph,
            steps: Vec::new(),
            types: HashMap::new(),
            same: HashMap::new(),
            inputs: Vec::new(),
            constants: ask.bound.iter().cloned().collect(),
            refused: Vec::new(),
            done: vec![false; graph.nodes().len()],
            room: room::for_constants(graph, ask),
        }
    }

    fn proceed(&mut self, ask: &Ask) -> Result<(), Error> {
        let graph = self.graph;
        for (value, shape) in &ask.shapes {
            let declared = graph.inputs().iter().find(|(input, _)| input == value);
            let Some((_, declared)) = declared else {
                let context = format!("'{}' is not an input of the network", graph.name(*value));
                return Err(Error::new(ErrorKind::Shape, context));
            };
            let kind = Type { element: declared.element, shape: shape.clone() };
            if kind.bytes().is_none() {
                return Err(Error::new(
                    ErrorKind::Shape,
                    format!("an input of shape {shape:?} exceeds memory"),
                ));
            }
            self.types.insert(*value, kind.clone());
            self.inputs.push((*value, kind));
        }
        for &value in ask.values.iter().chain(&ask.seeds).chain(&ask.wrt) {
            self.demand(value)?;
        }
        if self.refused.is_empty() { Ok(()) } else { Err(self.refusals()) }
    }

    /// What a value is the same as: itself, or for an output of `If` the value of the branch taken.
    pub fn same(&self, value: ValueId) -> ValueId {
        self.same.get(&value).copied().unwrap_or(value)
    }

    pub fn require_float(&self, value: ValueId) -> Result<(), Error> {
        let name = self.graph.name(value);
        let context = match self.types.get(&value) {
            Some(kind) if kind.element == Element::F32 => return Ok(()),
            Some(kind) => format!("'{name}' holds {}; only float values have gradients", kind.element),
            None => format!("'{name}' does not depend on the network's input, so it has no gradient"),
        };
        Err(Error::new(ErrorKind::NotPlanned, context))
    }

    pub fn asked_constants(&self, values: &[ValueId]) -> HashMap<ValueId, Constant> {
        let known = |&value: &ValueId| Some((value, self.known(value)?.decoded()));
        values.iter().filter_map(known).collect()
    }

    pub fn reaches(&self) -> HashMap<NodeId, Reach> {
        self.steps.iter().map(|step| (step.node, step.operator.reach())).collect()
    }

    pub fn roles(&self) -> Vec<(NodeId, Role)> {
        let mut roles: Vec<_> = self.steps.iter().map(|step| (step.node, step.operator.role())).collect();
        roles.sort_by_key(|&(node, _)| node);
        roles
    }

    fn known(&self, value: ValueId) -> Option<&Constant> {
        let value = self.same(value);
        self.constants.get(&value).or_else(|| self.graph.constant(value))
    }

    fn demand(&mut self, value: ValueId) -> Result<(), Error> {
        let mut stack: Vec<NodeId> = self.pending(value).into_iter().collect();
        while let Some(&node) = stack.last() {
            if self.done[node.index()] {
                stack.pop();
                continue;
            }
            let before = stack.len();
            for value in self.awaited(self.graph.node(node)) {
                stack.extend(self.pending(value));
            }
            if stack.len() == before {
                self.settle(node)?;
                self.done[node.index()] = true;
            }
        }
        let given = self.types.contains_key(&value) || self.known(value).is_some();
        if !given && self.graph.inputs().iter().any(|&(input, _)| input == value) {
            return Err(self.no_shape(value));
        }
        Ok(())
    }

    /// The node that must be settled before a value is known; bound inputs and settled nodes need none.
    fn pending(&self, value: ValueId) -> Option<NodeId> {
        let node = self.graph.producer(value)?;
        (!self.done[node.index()] && !self.constants.contains_key(&value)).then_some(node)
    }

    /// What a node has to wait for: all its inputs, or of an `If` the condition first and then the branch it takes.
    fn awaited(&self, node: &Node) -> Vec<ValueId> {
        if !is_if(node) {
            return node.inputs.iter().flatten().copied().collect();
        }
        let condition = node.inputs.first().copied().flatten();
        match self.taken(node) {
            Some(branch) => branch.iter().flatten().copied().collect(),
            None => condition.into_iter().collect(),
        }
    }

    /// The values of the branch that an `If` takes, once its condition is known.
    fn taken<'n>(&self, node: &'n Node) -> Option<&'n [Option<ValueId>]> {
        let condition = self.known(node.inputs.first().copied().flatten()?)?;
        let holds = condition.bools().and_then(|values| values.first()).is_some_and(|&truth| truth != 0);
        let (then, other) = node.inputs[1..].split_at_checked(node.outputs.len())?;
        Some(if holds { then } else { other })
    }

    fn settle(&mut self, id: NodeId) -> Result<(), Error> {
        let node = self.graph.node(id);
        if is_if(node) {
            self.choose(id, node);
            return Ok(());
        }
        // An operator that is not there at all is named whatever became of its inputs.
        if let Err(refusal) = step::row(node) {
            self.refused.push((id, refusal));
            return Ok(());
        }
        let mut failed = false;
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for &value in &node.inputs {
            let Some(value) = value.map(|value| self.same(value)) else {
                inputs.push(None);
                continue;
            };
            let input = match (self.known(value), self.types.get(&value)) {
                (Some(constant), _) => input_of(constant),
                (None, Some(kind)) => Input { element: kind.element, shape: &kind.shape, constant: None },
                (None, None) if self.graph.producer(value).is_none() => return Err(self.no_shape(value)),
                (None, None) => {
                    failed = true;
                    break;
                }
            };
            inputs.push(Some(input));
        }
        if failed {
            return Ok(());
        }
        let site = Site { node, inputs };
        match build(&site) {
            Err(refusal) => self.refused.push((id, refusal)),
            Ok(Built::Constants(constants)) => self.learn(node, constants),
            Ok(Built::Kernel { outputs, operator }) => {
                if site.inputs.iter().flatten().all(|input| input.constant.is_some()) {
                    let bytes: usize = outputs.iter().filter_map(Type::bytes).sum();
                    self.take_room(id, bytes)?;
                    let constants = folded(node, operator, outputs, |value| self.known(value));
                    self.learn(node, constants);
                } else {
                    self.push(id, node, operator, outputs);
                }
            }
        }
        Ok(())
    }

    fn choose(&mut self, id: NodeId, node: &Node) {
        let Some(taken) = self.taken(node) else {
            let reason = "its condition depends on the network's input";
            self.refused.push((id, Refusal(reason.into())));
            return;
        };
        for (&output, &source) in node.outputs.iter().zip(taken) {
            if let (Some(output), Some(source)) = (output, source) {
                let source = self.same(source);
                self.same.insert(output, source);
            }
        }
    }

    fn learn(&mut self, node: &Node, constants: Vec<Constant>) {
        for (value, constant) in node.outputs.iter().zip(constants) {
            if let Some(value) = *value {
                let kind = Type { element: constant.element(), shape: constant.shape().to_vec() };
                self.types.insert(value, kind);
                self.constants.insert(value, constant);
            }
        }
    }

    fn push(&mut self, id: NodeId, node: &Node, operator: Box<dyn Operator>, outputs: Vec<Type>) {
        let operand = |value: ValueId| {
            let value = self.same(value);
            match self.known(value) {
                Some(constant) => Some(Operand::Constant(constant.clone())),
                None => Some(Operand::Value { value, kind: self.types.get(&value)?.clone() }),
            }
        };
        let inputs = node.inputs.iter().map(|value| value.and_then(operand)).collect();
        let named = node.outputs.iter().copied().chain(std::iter::repeat(None));
        let outputs: Vec<Product> = outputs
            .into_iter()
            .zip(named)
            .map(|(kind, value)| Product { value, kind, slot: Default::default() })
            .collect();
        for product in &outputs {
            if let Some(value) = product.value {
                self.types.insert(value, product.kind.clone());
            }
        }
        let step = Step {
            node: id,
            operator,
            inputs,
            outputs,
            absorbed: Vec::new(),
            absorbed_last: None,
            idiom: None,
            saves: false,
            in_place: false,
        };
        self.steps.push(step);
    }

    fn take_room(&mut self, id: NodeId, bytes: usize) -> Result<(), Error> {
        let left = self.room.checked_sub(bytes).ok_or_else(|| {
            let context = format!(
                "{} would make a constant of {} MiB, more memory than is allowed for constants of a file of this size",
                described(self.graph.node(id)),
                bytes.div_ceil(1 << 20)
            );
            Error::new(ErrorKind::Memory, context)
        })?;
        self.room = left;
        Ok(())
    }

    fn no_shape(&self, value: ValueId) -> Error {
        let context = format!(
            "input '{}' of the network was given neither a shape nor a value",
            self.graph.name(value)
        );
        Error::new(ErrorKind::Shape, context)
    }

    fn refusals(&self) -> Error {
        let lines: Vec<String> = self
            .refused
            .iter()
            .map(|(id, refusal)| {
                let node = self.graph.node(*id);
                let shapes = node.inputs.iter().map(|value| match value.map(|value| self.same(value)) {
                    None => "-".to_owned(),
                    Some(value) => match (self.types.get(&value), self.known(value)) {
                        (Some(kind), _) => format!("{:?}", kind.shape),
                        (None, Some(constant)) => format!("{:?}", constant.shape()),
                        (None, None) => "?".to_owned(),
                    },
                });
                let shapes = shapes.collect::<Vec<_>>().join(" ");
                format!("  {} (opset {}, inputs {shapes}): {refusal}", described(node), node.opset)
            })
            .collect();
        let nodes =
            if lines.len() == 1 { "1 node is".to_owned() } else { format!("{} nodes are", lines.len()) };
        Error::new(ErrorKind::Unsupported, format!("{nodes} not supported:\n{}", lines.join("\n")))
    }
}

fn is_if(node: &Node) -> bool {
    node.operator == "If" && matches!(node.domain.as_str(), "" | "ai.onnx")
}

fn described(node: &Node) -> String {
    if node.name.is_empty() {
        format!("{} node without a name", node.operator)
    } else {
        format!("node '{}' {}", node.name, node.operator)
    }
}

/// Runs an operator on constants.
fn folded<'c>(
    node: &Node,
    mut operator: Box<dyn Operator>,
    outputs: Vec<Type>,
    known: impl Fn(ValueId) -> Option<&'c Constant>,
) -> Vec<Constant> {
    if let Some(linear) = operator.linear() {
        linear.prepare(Pool::single(), false);
    }
    let inputs: Vec<Option<Constant>> =
        node.inputs.iter().map(|value| value.and_then(&known).map(Constant::decoded)).collect();
    let mut bytes: Vec<inscape_tensor::Arena> =
        outputs.iter().map(|kind| inscape_tensor::Arena::new(kind.bytes().unwrap_or(0))).collect();
    let whole = |kind: &Type| inscape_tensor::Slot { offset: 0, len: kind.bytes().unwrap_or(0) };
    let views = bytes.iter_mut().zip(&outputs).flat_map(|(bytes, kind)| {
        let (_, writes) = bytes.lend(&[], &[whole(kind)]);
        writes.into_iter().map(|bytes| ViewMut::over(bytes, kind.element, &kind.shape))
    });
    let mut pass = Forward {
        inputs: inputs.iter().map(|constant| constant.as_ref().map(Constant::view)).collect(),
        outputs: views.collect(),
        saved: None,
        pool: Pool::single(),
    };
    operator.forward(&mut pass);
    bytes.iter().zip(&outputs).map(|(bytes, kind)| kind.constant(bytes.read(whole(kind)))).collect()
}
