mod attribute;
mod builder;
mod names;

use std::collections::HashMap;

use inscape_tensor::{Constant, Element};

pub use attribute::Attribute;
pub use builder::GraphBuilder;
pub use names::edit_distance;

/// A value of a graph, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub(crate) u32);

/// A node of a graph, by its place in the order of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl ValueId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl NodeId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// One axis of a graph input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// A size fixed in the file.
    Fixed(usize),
    /// A size left open, with its name (which may be empty).
    Symbolic(String),
}

/// What a graph input takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputType {
    /// The kind of number.
    pub element: Element,
    /// Sizes by axis; `None` where the file does not even give the rank.
    pub shape: Option<Vec<Dimension>>,
}

/// One operation: an operator's name, its attributes, and the values it reads and writes.
#[derive(Clone, Debug)]
pub struct Node {
    /// The node's name in the file; may be empty.
    pub name: String,
    /// The operator set's domain; empty for ONNX's own.
    pub domain: String,
    /// The operator, as ONNX spells it: `Conv`.
    pub operator: String,
    /// The version of the operator set.
    pub opset: i64,
    /// What it reads; `None` where an optional input is left out.
    pub inputs: Vec<Option<ValueId>>,
    /// What it writes; `None` where an optional output is not named.
    pub outputs: Vec<Option<ValueId>>,
    /// Its attributes by name.
    pub attributes: HashMap<String, Attribute>,
}

/// A network: topologically ordered nodes and named values. Never changes once built; names are exactly the file's.
#[derive(Debug)]
pub struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) names: Vec<String>,
    pub(crate) by_name: HashMap<String, ValueId>,
    pub(crate) producers: Vec<Option<NodeId>>,
    pub(crate) constants: HashMap<ValueId, Constant>,
    pub(crate) inputs: Vec<(ValueId, InputType)>,
    pub(crate) outputs: Vec<ValueId>,
    pub(crate) notes: Vec<String>,
}

impl Graph {
    /// The nodes in an order in which each comes after all it reads.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (NodeId(i as u32), node))
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All values, in the order in which the file first names them.
    pub fn values(&self) -> impl ExactSizeIterator<Item = (ValueId, &str)> {
        self.names.iter().enumerate().map(|(i, name)| (ValueId(i as u32), name.as_str()))
    }

    /// The name of a value, as in the file.
    pub fn name(&self, value: ValueId) -> &str {
        &self.names[value.index()]
    }

    /// The node that writes a value; `None` for inputs and constants.
    pub fn producer(&self, value: ValueId) -> Option<NodeId> {
        self.producers[value.index()]
    }

    /// The nodes that read a value, each once for every time it reads it.
    pub fn consumers(&self, value: ValueId) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes().flat_map(move |(id, node)| {
            node.inputs.iter().filter(move |&&input| input == Some(value)).map(move |_| id)
        })
    }

    /// The constant behind a value, where it is one in the file.
    pub fn constant(&self, value: ValueId) -> Option<&Constant> {
        self.constants.get(&value)
    }

    /// All constants of the file.
    pub fn constants(&self) -> impl Iterator<Item = (ValueId, &Constant)> {
        self.constants.iter().map(|(&id, constant)| (id, constant))
    }

    /// What the network is fed (constants that old files list as inputs are not among them).
    pub fn inputs(&self) -> &[(ValueId, InputType)] {
        &self.inputs
    }

    /// What the network gives.
    pub fn outputs(&self) -> &[ValueId] {
        &self.outputs
    }

    /// What reading the file changed, in sentences: widened weights, inlined functions.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
