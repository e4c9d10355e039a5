//! Small networks built by hand, with weights of noise.
#![allow(dead_code, reason = "no test file needs every network")]

use std::collections::HashMap;

use inscape::{Input, Model, Options};
use inscape_engine::{Attribute, Dimension, GraphBuilder, InputType};
use inscape_tensor::{Constant, Element, Tensor};
use inscape_testkit::noise;

pub const SHAPE: [usize; 4] = [1, 3, 6, 5];

/// Operator, shapes of its weights, attributes.
pub type Layer<'a> = (&'a str, &'a [&'a [usize]], &'a [(&'a str, i64)]);

/// A network of named layers on (1, 3, 6, 5): each row is an operator, its weights' shape (none: no weights) and its
/// attributes.
pub fn network(layers: &[Layer<'_>]) -> Model {
    network_on(1, layers)
}

/// The same, run by several threads.
pub fn network_on(threads: usize, layers: &[Layer<'_>]) -> Model {
    let mut builder = GraphBuilder::default();
    let shape = Some(SHAPE.map(Dimension::Fixed).to_vec());
    builder.input("x", InputType { element: Element::F32, shape });
    let mut value = "x".to_owned();
    for (i, (operator, weights, attributes)) in layers.iter().enumerate() {
        let mut inputs = vec![value.clone()];
        for (j, shape) in weights.iter().enumerate() {
            let name = format!("w{i}.{j}");
            let len = shape.iter().product();
            builder.constant(&name, Constant::from_f32s(shape, noise((i * 10 + j) as u64, len)));
            inputs.push(name);
        }
        let attributes: HashMap<String, Attribute> =
            attributes.iter().map(|&(name, value)| (name.to_owned(), Attribute::Int(value))).collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let output = format!("v{i}");
        builder.node(&format!("node{i}"), "", operator, 17, &inputs, &[&output], attributes);
        value = output;
    }
    builder.output(&value);
    Model::from_graph(builder.build().unwrap(), Options { threads, ..Options::default() }).unwrap()
}

/// Flatten and a dense layer of four classes: S = Wx + b.
pub fn linear() -> Model {
    network(&[("Flatten", &[], &[("axis", 1)]), ("Gemm", &[&[90, 4], &[4]], &[])])
}

pub fn rectified() -> Model {
    rectified_on(1)
}

pub fn rectified_on(threads: usize) -> Model {
    let layers: [Layer<'_>; 7] = [
        ("Conv", &[&[4, 3, 3, 3], &[4]], &[]),
        ("Relu", &[], &[]),
        ("Conv", &[&[5, 4, 2, 2], &[5]], &[]),
        ("Relu", &[], &[]),
        ("GlobalAveragePool", &[], &[]),
        ("Flatten", &[], &[("axis", 1)]),
        ("Gemm", &[&[5, 4], &[4]], &[]),
    ];
    network_on(threads, &layers)
}

pub fn picture(model: &Model, seed: u64) -> Input {
    model.input_of(Tensor::new(SHAPE, noise(seed, 90))).unwrap()
}
