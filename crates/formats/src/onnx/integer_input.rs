use std::collections::{HashMap, HashSet};

use super::opset::domain;
use super::proto::tensor_proto::DataType;
use super::proto::{AttributeProto, GraphProto, NodeProto};

/// Operators that move numbers without reading them; the moved value is their first input.
const MOVES: &[&str] =
    &["Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Gather"];

/// The Cast nodes, by output name, through which every reader of an integer input reads it as float.
///
/// A picture that a network takes as uint8 starts, for gradients, at its first float value: where each path from the
/// input leads over moves alone to such a Cast, the input may be float and the Casts identities. `None` where any path
/// does not: the numbers are then integers of the network's own (indices, sizes).
pub(crate) fn first_casts<'g>(input: &'g str, readers: &Readers<'g>) -> Option<HashSet<&'g str>> {
    let (mut casts, mut seen, mut open) = (HashSet::new(), HashSet::from([input]), vec![input]);
    while let Some(value) = open.pop() {
        if readers.elsewhere.contains(value) {
            return None;
        }
        for node in readers.nodes.get(value).into_iter().flatten() {
            let moved = node.input.first().is_some_and(|first| first == value)
                && node.input.iter().filter(|read| *read == value).count() == 1;
            let [output] = node.output.as_slice() else { return None };
            if !domain(node.domain()).is_empty() || !moved {
                return None;
            }
            if casts_to_float(node) {
                casts.insert(output.as_str());
            } else if MOVES.contains(&node.op_type()) {
                if seen.insert(output) {
                    open.push(output);
                }
            } else {
                return None;
            }
        }
    }
    (!casts.is_empty()).then_some(casts)
}

/// Who reads each value of a graph.
pub(crate) struct Readers<'g> {
    nodes: HashMap<&'g str, Vec<&'g NodeProto>>,
    /// Values that are outputs of the graph or read inside a subgraph.
    elsewhere: HashSet<&'g str>,
}

impl<'g> Readers<'g> {
    pub(crate) fn new(graph: &'g GraphProto) -> Readers<'g> {
        let mut readers = Readers { nodes: HashMap::new(), elsewhere: HashSet::new() };
        readers.elsewhere.extend(graph.output.iter().map(|output| output.name()));
        let mut subgraphs = Vec::new();
        for node in &graph.node {
            for input in &node.input {
                readers.nodes.entry(input).or_default().push(node);
            }
            subgraphs.extend(node.attribute.iter().filter_map(subgraph));
        }
        while let Some(graph) = subgraphs.pop() {
            readers.elsewhere.extend(graph.output.iter().map(|output| output.name()));
            for node in &graph.node {
                readers.elsewhere.extend(node.input.iter().map(String::as_str));
                subgraphs.extend(node.attribute.iter().filter_map(subgraph));
            }
        }
        readers
    }
}

fn subgraph(attribute: &AttributeProto) -> Option<&GraphProto> {
    attribute.g.as_deref()
}

fn casts_to_float(node: &NodeProto) -> bool {
    let to = node.attribute.iter().find(|attribute| attribute.name() == "to").map(|to| to.i());
    let floats = [DataType::Float, DataType::Float16, DataType::Bfloat16, DataType::Double];
    node.op_type() == "Cast" && floats.iter().any(|&float| to == Some(float as i64))
}
