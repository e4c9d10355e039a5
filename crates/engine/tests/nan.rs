//! A number that is none stays none, as in PyTorch and ONNX Runtime, whether or not notes are taken for backward.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::Arc;

use inscape_engine::{Ask, Attribute, GraphBuilder, InputType, Plan};
use inscape_tensor::{Constant, Element, Pool, Tensor};

const SHAPE: [usize; 4] = [1, 2, 6, 6];

/// What an operator makes of numbers that are none.
fn run(
    operator: &str,
    more: &[(&str, Constant)],
    attributes: &[(&str, Attribute)],
    noting: bool,
) -> Vec<f32> {
    let mut builder = GraphBuilder::default();
    builder.input("x", InputType { element: Element::F32, shape: None });
    let mut inputs = vec!["x"];
    for (name, constant) in more {
        builder.constant(name, constant.clone());
        inputs.push(name);
    }
    let attributes: HashMap<_, _> =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    builder.node("node", "", operator, 17, &inputs, &["y"], attributes);
    builder.output("y");
    let graph = Arc::new(builder.build().unwrap());
    let (x, y) = (graph.find("x").unwrap(), graph.outputs()[0]);
    let back = if noting { vec![y] } else { Vec::new() };
    let wrt = if noting { vec![x] } else { Vec::new() };
    let ask = Ask { shapes: vec![(x, SHAPE.to_vec())], values: vec![y], seeds: back, wrt, ..Ask::default() };
    let plan = Plan::new(&graph, ask).unwrap();
    let x = Tensor::new(SHAPE, vec![f32::NAN; SHAPE.iter().product()]);
    let mut memory = plan.memory();
    let found = plan.forward(&mut memory, Pool::single(), &[x.view()]).unwrap();
    found.value(y).unwrap().f32s().to_vec()
}

fn stays(operator: &str, more: &[(&str, Constant)], attributes: &[(&str, Attribute)]) {
    for noting in [false, true] {
        let y = run(operator, more, attributes, noting);
        assert!(!y.is_empty() && y.iter().all(|y| y.is_nan()), "{operator}, notes {noting}: {y:?}");
    }
}

#[test]
fn functions_of_one_number() {
    let names = "Abs Acos Asin Atan Ceil Celu Cos Elu Erf Exp Floor HardSigmoid HardSwish LeakyRelu Log Neg Reciprocal \
                 Relu Round Selu Sigmoid Sin Softplus Softsign Sqrt Tan Tanh ThresholdedRelu";
    names.split_whitespace().for_each(|name| stays(name, &[], &[]));
    let bound = |value: f32| Constant::from_f32s(&[], vec![value]);
    stays("Clip", &[("low", bound(0.0)), ("high", bound(6.0))], &[]);
}

#[test]
fn functions_of_several_numbers() {
    let other = Constant::from_f32s(&[], vec![1.0]);
    for name in ["Add", "Mul", "Max", "Min", "PRelu"] {
        stays(name, &[("b", other.clone())], &[]);
    }
    for name in ["Max", "Min"] {
        stays(name, &[("b", other.clone()), ("c", other.clone())], &[]);
    }
}

#[test]
fn pools_and_sums() {
    let names = "GlobalAveragePool GlobalMaxPool ReduceMax ReduceMin ReduceMean ReduceSum ReduceL1 ReduceL2 ReduceLogSumExp \
                 Softmax LogSoftmax";
    names.split_whitespace().for_each(|name| stays(name, &[], &[]));
    for stride in 1..4 {
        let attributes =
            [("kernel_shape", Attribute::Ints(vec![3, 3])), ("strides", Attribute::Ints(vec![stride; 2]))];
        stays("MaxPool", &[], &attributes);
        stays("AveragePool", &[], &attributes);
    }
}
