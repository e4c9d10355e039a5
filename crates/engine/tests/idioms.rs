//! Nodes that spell out one function run as that function, and give what they give one by one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::Arc;

use inscape_engine::{Ask, Dimension, Gradient, Graph, GraphBuilder, InputType, Plan, Role, Seed, StepTime};
use inscape_tensor::{Constant, Element, Pool, Tensor};
use inscape_testkit::{assert_close, noise};

const SHAPE: [usize; 3] = [2, 5, 24];

/// Nodes (operator, inputs, output) from x to y; w, b and some numbers are constants.
fn graph(nodes: &[(&str, &[&str], &str)]) -> Arc<Graph> {
    let mut builder = GraphBuilder::default();
    let shape = Some(SHAPE.map(Dimension::Fixed).to_vec());
    builder.input("x", InputType { element: Element::F32, shape });
    builder.constant("w", Constant::from_f32s(&[24, 24], noise(3, 24 * 24)));
    builder.constant("b", Constant::from_f32s(&[24], noise(4, 24)));
    let root = std::f32::consts::SQRT_2;
    for (name, value) in [("half", 0.5), ("one", 1.0), ("root", root), ("inverse", 1.0 / root), ("two", 2.0)]
    {
        builder.constant(name, Constant::from_f32s(&[], vec![value]));
    }
    for (i, (operator, inputs, output)) in nodes.iter().enumerate() {
        builder.node(&i.to_string(), "", operator, 17, inputs, &[output], HashMap::new());
    }
    builder.output("y");
    Arc::new(builder.build().unwrap())
}

/// y, dx and the steps that ran, where some values between are asked for too.
fn run(graph: &Arc<Graph>, asked: &[&str]) -> (Tensor, Tensor, Vec<StepTime>) {
    let (x, y) = (graph.find("x").unwrap(), graph.find("y").unwrap());
    let mut values = vec![y];
    values.extend(asked.iter().map(|name| graph.find(name).unwrap()));
    let ask =
        Ask { shapes: vec![(x, SHAPE.to_vec())], values, seeds: vec![y], wrt: vec![x], ..Ask::default() };
    let plan = Plan::new(graph, ask).unwrap();
    let mut memory = plan.memory();
    memory.watch();
    let count = SHAPE.iter().product();
    let input = Tensor::new(SHAPE, noise(1, count).iter().map(|x| 3.0 * x).collect());
    let relevance = Tensor::new(SHAPE, noise(2, count));
    let mut activations = plan.forward(&mut memory, Pool::single(), &[input.view()]).unwrap();
    let out = Tensor::new(SHAPE, activations.value(y).unwrap().f32s().to_vec());
    let mut dx = activations.backward(&Gradient, &[Seed { value: y, relevance }]).unwrap();
    let times = plan.step_times(&memory);
    (out, dx.remove(0), times)
}

/// Asserts that the nodes run as one step, which gives what they give when all between them is asked for.
fn runs_as(idiom: &str, nodes: &[(&str, &[&str], &str)]) {
    let graph = graph(nodes);
    let between: Vec<&str> = nodes.iter().map(|node| node.2).filter(|&name| name != "y").collect();
    let (y, dx, steps) = run(&graph, &[]);
    let (exact_y, exact_dx, all) = run(&graph, &between);
    assert_eq!((steps.len(), all.len()), (1, nodes.len()), "{idiom}");
    assert_eq!(steps[0].idiom.unwrap_or("a product"), idiom);
    assert_close(y.values(), exact_y.values(), 1e-6);
    assert_close(dx.values(), exact_dx.values(), 1e-6);
}

#[test]
fn gelu_is_known_in_every_order() {
    let gate: [(&str, &[&str], &str); 3] =
        [("Div", &["x", "root"], "d"), ("Erf", &["d"], "e"), ("Add", &["e", "one"], "g")];
    let scaled: [(&str, &[&str], &str); 3] =
        [("Mul", &["inverse", "x"], "d"), ("Erf", &["d"], "e"), ("Add", &["one", "e"], "g")];
    for gate in [gate, scaled] {
        for rest in [
            [("Mul", &["x", "g"][..], "p"), ("Mul", &["p", "half"][..], "y")],
            [("Mul", &["g", "x"][..], "p"), ("Mul", &["half", "p"][..], "y")],
            [("Mul", &["x", "half"][..], "p"), ("Mul", &["p", "g"][..], "y")],
            [("Mul", &["half", "x"][..], "p"), ("Mul", &["g", "p"][..], "y")],
        ] {
            runs_as("Gelu", &[&gate[..], &rest].concat());
        }
    }
}

#[test]
fn swish_and_products_with_a_bias_are_known() {
    runs_as("Swish", &[("Sigmoid", &["x"], "s"), ("Mul", &["x", "s"], "y")]);
    runs_as("Swish", &[("Sigmoid", &["x"], "s"), ("Mul", &["s", "x"], "y")]);
    runs_as("a product", &[("MatMul", &["x", "w"], "m"), ("Add", &["m", "b"], "y")]);
    runs_as("a product", &[("MatMul", &["x", "w"], "m"), ("Add", &["b", "m"], "y")]);
}

#[test]
fn what_only_looks_alike_stays() {
    for nodes in [
        // another factor than 1/√2, than ½, than 1
        [
            ("Div", &["x", "two"][..], "d"),
            ("Erf", &["d"][..], "e"),
            ("Add", &["e", "one"][..], "g"),
            ("Mul", &["x", "g"][..], "p"),
            ("Mul", &["p", "half"][..], "y"),
        ],
        [
            ("Div", &["x", "root"][..], "d"),
            ("Erf", &["d"][..], "e"),
            ("Add", &["e", "one"][..], "g"),
            ("Mul", &["x", "g"][..], "p"),
            ("Mul", &["p", "two"][..], "y"),
        ],
        [
            ("Div", &["root", "x"][..], "d"),
            ("Erf", &["d"][..], "e"),
            ("Add", &["e", "one"][..], "g"),
            ("Mul", &["x", "g"][..], "p"),
            ("Mul", &["p", "half"][..], "y"),
        ],
    ] {
        assert_eq!(run(&graph(&nodes), &[]).2.len(), 5);
    }
    let twice = [("Sigmoid", &["x"][..], "s"), ("Mul", &["x", "s"][..], "p"), ("Add", &["p", "s"][..], "y")];
    assert_eq!(run(&graph(&twice), &[]).2.len(), 3, "the gate is read by another too");
    let roles = |graph: &Arc<Graph>| {
        let x = graph.find("x").unwrap();
        let ask =
            Ask { shapes: vec![(x, SHAPE.to_vec())], values: graph.outputs().to_vec(), ..Ask::default() };
        Plan::new(graph, ask).unwrap().roles().iter().map(|(_, role)| *role).collect::<Vec<_>>()
    };
    let swish = graph(&[("Sigmoid", &["x"], "s"), ("Mul", &["x", "s"], "y")]);
    assert_eq!(roles(&swish), [Role::Smooth, Role::Product], "roles are those of the file's nodes");
}
