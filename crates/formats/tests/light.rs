//! Nine classic architectures of the ONNX project's backend tests give their expected outputs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use inscape_engine::{Ask, Dimension, Plan};
use inscape_tensor::{Pool, Tensor};
use inscape_testkit::{assert_close, shared};

const NAMES: [&str; 9] = [
    "bvlc_alexnet",
    "densenet121",
    "inception_v1",
    "inception_v2",
    "resnet50",
    "shufflenet",
    "squeezenet",
    "vgg19",
    "zfnet512",
];

#[test]
fn the_light_models_give_their_expected_outputs() {
    let pool = Pool::new(2).unwrap();
    for name in NAMES {
        let Some(model) = shared(&format!("models/light/light_{name}.onnx")) else { return };
        let Some(expected) = shared(&format!("models/light/light_{name}_output_0.pb")) else { return };
        let graph = Arc::new(inscape_formats::open(model).unwrap().graph);
        let [(input, kind)] = graph.inputs() else { panic!("{name} has several inputs") };
        let fixed = |size: &Dimension| match size {
            Dimension::Fixed(size) => *size,
            Dimension::Symbolic(_) => 1,
        };
        let shape: Vec<usize> = kind.shape.as_ref().unwrap().iter().map(fixed).collect();
        let scores = graph.outputs()[0];
        let ask = Ask { shapes: vec![(*input, shape.clone())], values: vec![scores], ..Ask::default() };
        let plan = Plan::new(&graph, ask).unwrap_or_else(|error| panic!("{name}: {error}"));
        let n: usize = shape.iter().product();
        let ramp = Tensor::new(shape, (0..n).map(|i| (i as f64 / n as f64) as f32).collect());
        let mut memory = plan.memory();
        let run = plan.forward(&mut memory, &pool, &[ramp.view()]).unwrap();
        assert_close(run.value(scores).unwrap().f32s(), &last_floats(&expected), 1e-4);
    }
}

/// The 1,000 numbers of a TensorProto whose raw data is its last field.
fn last_floats(path: &std::path::Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let (words, _) = bytes[bytes.len() - 4000..].as_chunks();
    words.iter().map(|&word| f32::from_le_bytes(word)).collect()
}
