use std::collections::HashMap;

use inscape_tensor::Constant;

use super::{Attribute, Graph, InputType, Node, NodeId, ValueId};
use crate::error::{Error, ErrorKind};

/// Puts a [`Graph`] together from names, in any order; [`GraphBuilder::build`] sorts and checks it.
///
/// ```
/// use std::collections::HashMap;
/// use inscape_engine::{Dimension, GraphBuilder, InputType};
/// use inscape_tensor::Element;
///
/// let mut builder = GraphBuilder::default();
/// let shape = Some(vec![Dimension::Fixed(1), Dimension::Fixed(3)]);
/// builder.input("x", InputType { element: Element::F32, shape });
/// builder.node("rectify", "", "Relu", 17, &["x"], &["y"], HashMap::new());
/// builder.output("y");
/// let graph = builder.build()?;
/// assert_eq!(graph.name(graph.outputs()[0]), "y");
/// # Ok::<(), inscape_engine::Error>(())
/// ```
#[derive(Default)]
pub struct GraphBuilder {
    nodes: Vec<Node>,
    names: Vec<String>,
    by_name: HashMap<String, ValueId>,
    constants: HashMap<ValueId, Constant>,
    inputs: Vec<(ValueId, InputType)>,
    outputs: Vec<ValueId>,
    notes: Vec<String>,
}

impl GraphBuilder {
    /// Adds an input of the network.
    pub fn input(&mut self, name: &str, kind: InputType) {
        let value = self.value(name);
        self.inputs.push((value, kind));
    }

    /// Adds a constant.
    pub fn constant(&mut self, name: &str, constant: Constant) {
        let value = self.value(name);
        self.constants.insert(value, constant);
    }

    /// Adds a node. An empty value name stands for an optional input or output that is left out.
    pub fn node(
        &mut self,
        name: &str,
        domain: &str,
        operator: &str,
        opset: i64,
        inputs: &[&str],
        outputs: &[&str],
        attributes: HashMap<String, Attribute>,
    ) {
        let inputs = inputs.iter().map(|name| self.optional(name)).collect();
        let outputs = outputs.iter().map(|name| self.optional(name)).collect();
        let (name, domain, operator) = (name.to_owned(), domain.to_owned(), operator.to_owned());
        self.nodes.push(Node { name, domain, operator, opset, inputs, outputs, attributes });
    }

    /// Names an output of the network.
    pub fn output(&mut self, name: &str) {
        let value = self.value(name);
        self.outputs.push(value);
    }

    /// Adds a sentence on what reading the file changed.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Sorts the nodes and checks that the whole hangs together.
    ///
    /// A constant that is also an input (as in ONNX files of IR version 3) is a constant.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] for a cycle, a name nobody produces, two producers of one value, or no output.
    pub fn build(mut self) -> Result<Graph, Error> {
        let malformed = |context: String| Error::new(ErrorKind::Malformed, context);
        self.inputs.retain(|(value, _)| !self.constants.contains_key(value));
        if self.outputs.is_empty() {
            return Err(malformed("the graph has no outputs".into()));
        }
        let mut sources = vec![0u8; self.names.len()];
        for value in self.inputs.iter().map(|(value, _)| value).chain(self.constants.keys()) {
            sources[value.index()] = sources[value.index()].saturating_add(1);
        }
        for value in self.nodes.iter().flat_map(|node| node.outputs.iter().flatten()) {
            sources[value.index()] = sources[value.index()].saturating_add(1);
        }
        for (name, &count) in self.names.iter().zip(&sources) {
            match count {
                0 => return Err(malformed(format!("value '{name}' is read but nothing produces it"))),
                1 => {}
                _ => return Err(malformed(format!("value '{name}' is produced more than once"))),
            }
        }
        let nodes = sorted(self.nodes, self.names.len()).map_err(malformed)?;
        let mut producers = vec![None; self.names.len()];
        for (i, node) in nodes.iter().enumerate() {
            for value in node.outputs.iter().flatten() {
                producers[value.index()] = Some(NodeId(i as u32));
            }
        }
        Ok(Graph {
            nodes,
            names: self.names,
            by_name: self.by_name,
            producers,
            constants: self.constants,
            inputs: self.inputs,
            outputs: self.outputs,
            notes: self.notes,
        })
    }

    fn optional(&mut self, name: &str) -> Option<ValueId> {
        (!name.is_empty()).then(|| self.value(name))
    }

    fn value(&mut self, name: &str) -> ValueId {
        if let Some(&value) = self.by_name.get(name) {
            return value;
        }
        let value = ValueId(self.names.len() as u32);
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), value);
        value
    }
}

/// Kahn's algorithm; among nodes that are ready, the file's order is kept.
fn sorted(nodes: Vec<Node>, values: usize) -> Result<Vec<Node>, String> {
    let mut producer = vec![None; values];
    for (i, node) in nodes.iter().enumerate() {
        for value in node.outputs.iter().flatten() {
            producer[value.index()] = Some(i);
        }
    }
    let mut readers = vec![Vec::new(); nodes.len()];
    let mut waiting = vec![0usize; nodes.len()];
    for (i, node) in nodes.iter().enumerate() {
        for source in node.inputs.iter().flatten().filter_map(|value| producer[value.index()]) {
            readers[source].push(i);
            waiting[i] += 1;
        }
    }
    let mut ready: std::collections::BTreeSet<usize> =
        (0..nodes.len()).filter(|&i| waiting[i] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(i) = ready.pop_first() {
        order.push(i);
        for &reader in &readers[i] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    if let Some(stuck) = (0..nodes.len()).find(|&i| waiting[i] > 0) {
        return Err(format!("node '{}' ({}) is part of a cycle", nodes[stuck].name, nodes[stuck].operator));
    }
    let mut slots: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|i| slots[i].take()).collect())
}
