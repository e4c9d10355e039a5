//! One node test: a model, what it is fed and what it must give.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use inscape_engine::{Ask, ErrorKind, Graph, Plan, ValueId};
use inscape_tensor::{Constant, Element, Encoding, Pool, View};
use prost::Message;

use crate::scope;
use crate::wire::{Model, Node, Tensor, Value};

pub struct Case {
    pub name: String,
    /// The operator it tests.
    pub operator: String,
    /// The operators its graph is made of.
    nodes: Vec<String>,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    folder: PathBuf,
}

pub enum Outcome {
    Passed,
    Refused(&'static str),
    Failed(String),
}

impl Case {
    pub fn read(folder: &Path) -> Case {
        let bytes = std::fs::read(folder.join("model.onnx")).unwrap();
        let graph = Model::decode(&bytes[..]).unwrap().graph.unwrap();
        let operator = |node: &Node| match node.domain.as_deref() {
            None | Some("" | "ai.onnx") => node.operator.clone().unwrap_or_default(),
            Some(domain) => format!("{domain}.{}", node.operator.as_deref().unwrap_or_default()),
        };
        let nodes: Vec<String> = graph.nodes.iter().map(operator).collect();
        Case {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            operator: nodes.first().cloned().unwrap_or_default(),
            nodes,
            inputs: graph.inputs,
            outputs: graph.outputs,
            folder: folder.to_owned(),
        }
    }

    pub fn in_scope(&self) -> bool {
        scope::OPERATORS.contains(&self.operator.as_str())
            && self.nodes.iter().all(|node| scope::OPERATORS.contains(&node.as_str()))
    }

    pub fn outcome(&self) -> Outcome {
        match std::panic::catch_unwind(|| self.attempt()) {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(Trouble::Refused(error))) => match scope::reason(&error, self.in_scope()) {
                Some(reason) => Outcome::Refused(reason),
                None => Outcome::Failed(error),
            },
            Ok(Err(Trouble::Wrong(difference))) => Outcome::Failed(difference),
            Err(_) => Outcome::Failed("panicked".into()),
        }
    }

    fn attempt(&self) -> Result<(), Trouble> {
        let opened = inscape_formats::open(self.folder.join("model.onnx"));
        let graph = Arc::new(opened.map_err(|error| Trouble::Refused(error.to_string()))?.graph);
        let inputs = self.arrays("input", &self.inputs, &graph)?;
        let outputs = self.arrays("output", &self.outputs, &graph)?;
        let plan = planned(&graph, &inputs, &outputs)?;
        let mut memory = plan.0.memory();
        let fed: Vec<View<'_>> = plan.1.iter().map(|input| input.view()).collect();
        let run = plan.0.forward(&mut memory, Pool::single(), &fed);
        let activations = run.map_err(|error| Trouble::Wrong(error.to_string()))?;
        for array in &outputs {
            let value = activations.value(array.value).map_err(|error| Trouble::Wrong(error.to_string()))?;
            difference(&value, &array.constant, array.encoding)
                .map_or(Ok(()), |what| Err(Trouble::Wrong(format!("{}: {what}", graph.name(array.value)))))?;
        }
        Ok(())
    }

    fn arrays(&self, kind: &str, values: &[Value], graph: &Graph) -> Result<Vec<Array>, Trouble> {
        let mut arrays = Vec::new();
        for (i, value) in values.iter().enumerate() {
            let Some(declared) = value.data_type() else {
                return Err(Trouble::Refused(format!("data type of {kind} {i}: not an array")));
            };
            let bytes = match std::fs::read(self.folder.join(format!("test_data_set_0/{kind}_{i}.pb"))) {
                Ok(bytes) => bytes,
                Err(error) => return Err(Trouble::Wrong(format!("{kind} {i}: {error}"))),
            };
            let tensor = Tensor::decode(&bytes[..]).map_err(|error| Trouble::Wrong(error.to_string()))?;
            let held = tensor.constant(declared);
            let (constant, encoding) =
                held.map_err(|data_type| Trouble::Refused(format!("data type {data_type} of {kind} {i}")))?;
            let value = graph.find(value.name()).map_err(|error| Trouble::Wrong(error.to_string()))?;
            arrays.push(Array { value, constant, encoding });
        }
        Ok(arrays)
    }
}

enum Trouble {
    Refused(String),
    Wrong(String),
}

struct Array {
    value: ValueId,
    constant: Constant,
    encoding: Encoding,
}

/// A plan to which integers and truth values are known and floats are fed, and what it is fed. Where that is refused
/// because floats must be known as well, all but the first are bound, then all.
fn planned<'i>(
    graph: &Arc<Graph>,
    inputs: &'i [Array],
    outputs: &[Array],
) -> Result<(Plan, Vec<&'i Constant>), Trouble> {
    let mut floats = inputs.iter().filter(|input| input.constant.element() == Element::F32).count();
    loop {
        let mut ask = Ask { values: outputs.iter().map(|output| output.value).collect(), ..Ask::default() };
        let mut fed = Vec::new();
        for input in inputs {
            if input.constant.element() == Element::F32 && fed.len() < floats {
                ask.shapes.push((input.value, input.constant.shape().to_vec()));
                fed.push(&input.constant);
            } else {
                ask.bound.push((input.value, input.constant.clone()));
            }
        }
        match Plan::new(graph, ask) {
            Ok(plan) => return Ok((plan, fed)),
            Err(error) => {
                let unknown = error.context.contains("must be known before the network runs");
                if !unknown || floats == 0 {
                    let refused = matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Shape);
                    let context = error.context;
                    return Err(if refused { Trouble::Refused(context) } else { Trouble::Wrong(context) });
                }
                floats = if floats > 1 { 1 } else { 0 };
            }
        }
    }
}

/// What is wrong with an output, by the measure of ONNX's own runner: 1e-3 of the expected number, and 1e-7.
fn difference(actual: &View<'_>, expected: &Constant, encoding: Encoding) -> Option<String> {
    if actual.shape != expected.shape() {
        return Some(format!("shape {:?} instead of {:?}", actual.shape, expected.shape()));
    }
    if actual.element() != expected.element() {
        return Some(format!("{} instead of {}", actual.element(), expected.element()));
    }
    let (actual, expected) = (numbers(actual), numbers(&expected.view()));
    // bfloat16 has 8 bits, so that its own rounding is more than 1e-3
    let relative = if encoding == Encoding::Bf16 { 1.0 / 128.0 } else { 1e-3 };
    let differs = |&(&a, &e): &(&f64, &f64)| {
        let same = a == e || (a.is_nan() && e.is_nan());
        !same
            && (!a.is_finite()
                || (a - e).abs().partial_cmp(&(1e-7 + relative * e.abs())).is_none_or(|o| o.is_gt()))
    };
    let wrong: Vec<(usize, (&f64, &f64))> =
        actual.iter().zip(&expected).enumerate().filter(|(_, pair)| differs(pair)).collect();
    let (place, (a, e)) = wrong.first()?;
    Some(format!(
        "{} of {} numbers differ, first at {place}: {a} instead of {e}",
        wrong.len(),
        expected.len()
    ))
}

fn numbers(view: &View<'_>) -> Vec<f64> {
    match view.element() {
        Element::F32 => view.f32s().iter().map(|&v| v.into()).collect(),
        Element::I64 => view.i64s().iter().map(|&v| v as f64).collect(),
        Element::Bool => view.bools().iter().map(|&v| v.into()).collect(),
    }
}
