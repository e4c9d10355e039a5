use std::collections::HashSet;

use inscape_engine::{Ask, ErrorKind, Graph, Node, Plan, Role, ValueId};
use inscape_tensor::Element;

use super::receptive_field::{ReceptiveField, receptive_fields};
use crate::error::Error;
use crate::model::Model;

/// What a network is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The nodes that compute something from the input, in order.
    pub layers: Vec<Layer>,
    /// Weights: all float constants that these nodes read.
    pub parameters: u64,
    /// Multiplications with additions of one input's forward pass.
    pub multiply_adds: u64,
    /// What keeps the network from running: every node that is not supported, or the memory it would take. Layers then
    /// have the shapes that can be told and no more.
    pub unsupported: Option<String>,
}

/// One node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Layer {
    /// The node's name; may be empty.
    pub node: String,
    /// The operator.
    pub operator: String,
    /// Its part in the network, where it is known.
    pub role: Option<Role>,
    /// The name of its first output: what a target calls it.
    pub value: String,
    /// The shape of that output for one input; empty where it is not known.
    pub shape: Vec<usize>,
    /// The float constants it reads, each counted at its first reader.
    pub parameters: u64,
    /// Multiplications with additions in convolutions and matrix products; 0 for all else.
    pub multiply_adds: u64,
    /// What a position of the output sees of the input, where that is a window.
    pub receptive_field: Option<ReceptiveField>,
}

impl Model {
    /// Layers with shapes, units, receptive fields, parameters and multiply-adds, and what is not supported.
    ///
    /// # Errors
    /// Where an input has no shape.
    pub fn inspect(&self) -> Result<Inspection, Error> {
        let graph = self.graph();
        let ask = Ask {
            shapes: vec![(self.input(), self.fed_shape_of_one().to_vec())],
            values: graph.outputs().to_vec(),
            memory: self.memory(),
            ..Ask::default()
        };
        let layers = match Plan::new(graph, ask.clone()) {
            Ok(plan) => planned(graph, &plan, self.input()),
            Err(error) if matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Memory) => {
                let layers = listed(graph, &ask, self.input());
                return Ok(Inspection { unsupported: Some(error.context), ..totaled(layers) });
            }
            Err(error) => return Err(error.into()),
        };
        Ok(totaled(layers))
    }
}

fn totaled(layers: Vec<Layer>) -> Inspection {
    let parameters = layers.iter().map(|layer| layer.parameters).sum();
    let multiply_adds = layers.iter().map(|layer| layer.multiply_adds).sum();
    Inspection { layers, parameters, multiply_adds, unsupported: None }
}

fn planned(graph: &Graph, plan: &Plan, input: ValueId) -> Vec<Layer> {
    let fields = receptive_fields(graph, plan, input);
    let moving: HashSet<ValueId> =
        plan.roles().iter().flat_map(|&(id, _)| graph.node(id).outputs.iter().flatten().copied()).collect();
    let mut counted = HashSet::new();
    let mut layers = Vec::new();
    for &(id, role) in plan.roles() {
        let node = graph.node(id);
        let Some(value) = node.outputs.first().copied().flatten() else { continue };
        let mut layer = unplanned(graph, node, value, &mut counted);
        layer.role = Some(role);
        layer.shape = plan.shape(value).unwrap_or_default().to_vec();
        layer.multiply_adds = multiply_adds(plan, node, &layer.shape).unwrap_or(0);
        // Weights that other nodes made before anything ran are known only to the plan.
        let folded = |value: &ValueId| graph.producer(*value).is_some() && !moving.contains(value);
        if matches!(
            node.operator.as_str(),
            "Conv" | "ConvTranspose" | "Gemm" | "MatMul" | "BatchNormalization"
        ) {
            for value in node.inputs.iter().flatten().filter(|value| folded(value)) {
                if counted.insert(*value) {
                    layer.parameters += product(plan.shape(*value).unwrap_or(&[0]));
                }
            }
        }
        layer.receptive_field = fields.get(&value).copied();
        layers.push(layer);
    }
    layers
}

/// Without a plan: every node that the input reaches, with what can be told of it.
fn listed(graph: &Graph, ask: &Ask, input: ValueId) -> Vec<Layer> {
    let shapes = Plan::shapes(graph, ask);
    let mut reached = HashSet::from([input]);
    let mut counted = HashSet::new();
    let mut layers = Vec::new();
    for (_, node) in graph.nodes() {
        if node.inputs.iter().flatten().any(|value| reached.contains(value)) {
            reached.extend(node.outputs.iter().flatten());
            if let Some(value) = node.outputs.first().copied().flatten() {
                let mut layer = unplanned(graph, node, value, &mut counted);
                layer.shape = shapes.get(&value).cloned().unwrap_or_default();
                layers.push(layer);
            }
        }
    }
    layers
}

fn unplanned(graph: &Graph, node: &Node, value: ValueId, counted: &mut HashSet<ValueId>) -> Layer {
    let mut parameters = 0;
    for value in node.inputs.iter().flatten() {
        let weights = graph.constant(*value).filter(|constant| constant.element() == Element::F32);
        if let Some(weights) = weights.filter(|weights| !weights.shape().is_empty())
            && counted.insert(*value)
        {
            parameters += weights.len() as u64;
        }
    }
    Layer {
        node: node.name.clone(),
        operator: node.operator.clone(),
        role: None,
        value: graph.name(value).to_owned(),
        shape: Vec::new(),
        parameters,
        multiply_adds: 0,
        receptive_field: None,
    }
}

/// From shapes alone: every output of a convolution reads the weights of one filter, every input of a transposed one
/// meets those of its channel, every output of a matrix product one row.
fn multiply_adds(plan: &Plan, node: &Node, output: &[usize]) -> Option<u64> {
    let shape = |i: usize| {
        let value = node.inputs.get(i).copied().flatten()?;
        plan.graph().constant(value).map(|constant| constant.shape()).or_else(|| plan.shape(value))
    };
    let (left, right) = (shape(0)?, shape(1)?);
    match node.operator.as_str() {
        "Conv" => Some(product(output) * product(right.get(1..)?)),
        "ConvTranspose" => Some(product(left) * product(right.get(1..)?)),
        "Gemm" => Some(product(output) * product(right) / (*output.last()? as u64).max(1)),
        "MatMul" => Some(product(output) * *left.last()? as u64),
        _ => None,
    }
}

fn product(shape: &[usize]) -> u64 {
    shape.iter().map(|&size| size as u64).product()
}
