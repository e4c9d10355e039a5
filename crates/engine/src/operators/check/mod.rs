//! Checks one operator by itself, straight through the [`Operator`](crate::operator::Operator) trait, as a plan would run it.

mod definition;
mod origins;
mod running;

use std::collections::HashMap;

use inscape_tensor::{Constant, Element, count};
use inscape_testkit::noise;

use super::find;
use crate::error::Refusal;
use crate::graph::{Attribute, Node, ValueId};
use crate::operator::{Built, Input, Role, Site};
use running::Running;

/// A node to be built and run: its attributes, and its inputs with their numbers.
#[derive(Clone)]
pub(super) struct Check {
    node: Node,
    inputs: Vec<Option<Operand>>,
}

#[derive(Clone)]
struct Operand {
    value: Constant,
    /// Whether it is known when the operator is built.
    known: bool,
}

/// What came of running there and back.
pub(super) struct Ran {
    pub(super) outputs: Vec<Constant>,
    /// What was handed back at the first output: noise.
    pub(super) relevance: Vec<f32>,
    /// One for each input that is a run-time float.
    pub(super) gradients: Vec<Option<Vec<f32>>>,
}

impl Check {
    /// A node with one output and no inputs yet.
    pub(super) fn new(operator: &str, opset: i64) -> Check {
        let node = Node {
            name: "checked".into(),
            domain: String::new(),
            operator: operator.into(),
            opset,
            inputs: Vec::new(),
            outputs: vec![Some(ValueId(1000))],
            attributes: HashMap::new(),
        };
        Check { node, inputs: Vec::new() }
    }

    pub(super) fn attribute(mut self, name: &str, attribute: Attribute) -> Check {
        self.node.attributes.insert(name.into(), attribute);
        self
    }

    pub(super) fn int(self, name: &str, value: i64) -> Check {
        self.attribute(name, Attribute::Int(value))
    }

    pub(super) fn ints(self, name: &str, values: &[i64]) -> Check {
        self.attribute(name, Attribute::Ints(values.to_vec()))
    }

    pub(super) fn float(self, name: &str, value: f32) -> Check {
        self.attribute(name, Attribute::Float(value))
    }

    pub(super) fn text(self, name: &str, value: &str) -> Check {
        self.attribute(name, Attribute::Text(value.into()))
    }

    /// The number of outputs, where it is not one.
    pub(super) fn outputs(mut self, n: usize) -> Check {
        self.node.outputs = (0..n).map(|i| Some(ValueId(1000 + i as u32))).collect();
        self
    }

    /// Floats that are known only when the network runs.
    pub(super) fn floats(self, shape: &[usize], values: Vec<f32>) -> Check {
        self.run_time(Constant::from_f32s(shape, values))
    }

    /// The same, of noise that differs from input to input.
    pub(super) fn noisy(self, shape: &[usize]) -> Check {
        let values = noise(self.inputs.len() as u64 + 1, count(shape).unwrap());
        self.floats(shape, values)
    }

    /// Any numbers that are known only when the network runs.
    pub(super) fn run_time(self, value: Constant) -> Check {
        self.operand(Some(Operand { value: value.decoded(), known: false }))
    }

    /// An input known when the operator is built.
    pub(super) fn constant(self, value: Constant) -> Check {
        self.operand(Some(Operand { value: value.decoded(), known: true }))
    }

    /// A known list of integers.
    pub(super) fn list(self, values: &[i64]) -> Check {
        self.constant(Constant::from_i64s(&[values.len()], values))
    }

    /// An optional input left out.
    pub(super) fn absent(self) -> Check {
        self.operand(None)
    }

    fn operand(mut self, operand: Option<Operand>) -> Check {
        self.node.inputs.push(operand.as_ref().map(|_| ValueId(self.inputs.len() as u32)));
        self.inputs.push(operand);
        self
    }

    pub(super) fn build(&self) -> Result<Built, Refusal> {
        let inputs = self.inputs.iter().map(|operand| {
            let Operand { value, known } = operand.as_ref()?;
            let constant = known.then_some(value);
            Some(Input { element: value.element(), shape: value.shape(), constant })
        });
        let site = Site { node: &self.node, inputs: inputs.collect() };
        (find("", &self.node.operator).expect("a row in OPERATORS").build)(&site)
    }

    /// Why it cannot be built.
    #[track_caller]
    pub(super) fn refusal(&self) -> String {
        match self.build() {
            Err(refusal) => refusal.0,
            Ok(_) => panic!("{} was built", self.node.operator),
        }
    }

    #[track_caller]
    pub(super) fn role(&self) -> Role {
        match self.build().unwrap() {
            Built::Kernel { operator, .. } => operator.role(),
            Built::Constants(_) => panic!("nothing runs"),
        }
    }

    /// Builds and runs it forward, in every way a plan may: the outputs are the same in each.
    #[track_caller]
    pub(super) fn run(&self) -> Vec<Constant> {
        match self.build().unwrap() {
            Built::Constants(constants) => constants,
            Built::Kernel { outputs, operator } => {
                Running::new(&self.inputs, operator, outputs).forward().outputs.clone()
            }
        }
    }

    /// Runs it forward and hands noise back at the first output, in every way a plan may.
    #[track_caller]
    pub(super) fn run_both(&self) -> Ran {
        let Built::Kernel { outputs, operator } = self.build().unwrap() else { panic!("nothing runs") };
        let cells = count(&outputs[0].shape).unwrap();
        let relevance = noise(cells as u64 + 1, cells);
        let mut handed = vec![relevance.clone()];
        handed.extend(outputs[1..].iter().map(|_| Vec::new()));
        let mut running = Running::new(&self.inputs, operator, outputs);
        running.forward();
        let gradients = running.backward(&handed);
        Ran { outputs: running.outputs, relevance, gradients }
    }

    /// Runs it forward and hands relevance back: one entry per output (an empty one for none), and one gradient per
    /// input that is a run-time float.
    #[track_caller]
    pub(super) fn gradients(&self, relevance: &[Vec<f32>]) -> Vec<Option<Vec<f32>>> {
        let Built::Kernel { outputs, operator } = self.build().unwrap() else { panic!("nothing runs") };
        let mut running = Running::new(&self.inputs, operator, outputs);
        running.forward();
        running.backward(relevance)
    }
}

impl Ran {
    /// The floats of the first output.
    pub(super) fn output(&self) -> Vec<f32> {
        self.outputs[0].f32s().expect("floats").into_owned()
    }

    /// The shape of the first output.
    pub(super) fn shape(&self) -> Vec<usize> {
        self.outputs[0].shape().to_vec()
    }
}

/// The numbers of an array of any kind.
pub(super) fn numbers(constant: &Constant) -> Vec<f64> {
    match constant.element() {
        Element::F32 => constant.f32s().unwrap().iter().map(|&x| x.into()).collect(),
        Element::I64 => constant.i64s().unwrap().iter().map(|&x| x as f64).collect(),
        Element::Bool => constant.bools().unwrap().iter().map(|&x| x.into()).collect(),
    }
}
