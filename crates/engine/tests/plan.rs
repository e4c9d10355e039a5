//! Plans on hand-built graphs: what is kept, shared, folded and refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::Arc;

use inscape_engine::{
    Ask, DeconvNet, Dimension, ErrorKind, Gradient, Graph, GraphBuilder, GuidedBackprop, InputType, Plan,
    Seed,
};
use inscape_tensor::{Constant, Element, Pool, Tensor};

type Nodes<'a> = &'a [(&'a str, &'a [&'a str], &'a [&'a str])];

fn graph(constants: &[(&str, Constant)], nodes: Nodes<'_>, output: &str) -> Arc<Graph> {
    let mut builder = GraphBuilder::default();
    let shape = Some(vec![Dimension::Symbolic("n".into())]);
    builder.input("x", InputType { element: Element::F32, shape });
    for (name, constant) in constants {
        builder.constant(name, constant.clone());
    }
    for (operator, inputs, outputs) in nodes {
        builder.node(outputs[0], "", operator, 17, inputs, outputs, HashMap::new());
    }
    builder.output(output);
    Arc::new(builder.build().unwrap())
}

fn ask(graph: &Graph, n: usize) -> Ask {
    let x = graph.find("x").unwrap();
    let y = graph.outputs()[0];
    Ask { shapes: vec![(x, vec![n])], values: vec![y], seeds: vec![y], wrt: vec![x], ..Ask::default() }
}

#[test]
fn a_value_with_two_consumers_sums_their_relevance_before_its_producer_runs() {
    // h = relu(x); y = relu(h) + relu(relu(h)): dy/dx = 2 where x > 0.
    let nodes: Nodes<'_> = &[
        ("Relu", &["x"], &["h"]),
        ("Relu", &["h"], &["a"]),
        ("Relu", &["h"], &["b"]),
        ("Relu", &["b"], &["c"]),
        ("Add", &["a", "c"], &["y"]),
    ];
    let graph = graph(&[], nodes, "y");
    let plan = Plan::new(&graph, ask(&graph, 3)).unwrap();
    let mut memory = plan.memory();
    let x = Tensor::new([3], vec![1.0, -2.0, 3.0]);
    let mut run = plan.forward(&mut memory, Pool::single(), &[x.view()]).unwrap();
    assert_eq!(run.value(graph.outputs()[0]).unwrap().f32s(), [2.0, 0.0, 6.0]);
    let seed = Seed { value: graph.outputs()[0], relevance: Tensor::new([3], vec![1.0, 1.0, -1.0]) };
    for _ in 0..2 {
        let gradient = run.backward(&Gradient, std::slice::from_ref(&seed)).unwrap();
        assert_eq!(gradient[0].values(), [2.0, 0.0, -2.0]);
        let deconv = run.backward(&DeconvNet, std::slice::from_ref(&seed)).unwrap();
        assert_eq!(deconv[0].values(), [2.0, 2.0, 0.0]);
        let guided = run.backward(&GuidedBackprop, std::slice::from_ref(&seed)).unwrap();
        assert_eq!(guided[0].values(), [2.0, 0.0, 0.0]);
    }
}

#[test]
fn inner_values_can_be_asked_and_backward_can_stop_at_them() {
    let nodes: Nodes<'_> = &[("Relu", &["x"], &["h"]), ("Mul", &["h", "h"], &["y"])];
    let graph = graph(&[], nodes, "y");
    let h = graph.find("h").unwrap();
    let asked = Ask { values: vec![h], wrt: vec![h, graph.find("x").unwrap()], ..ask(&graph, 2) };
    let plan = Plan::new(&graph, asked).unwrap();
    let mut memory = plan.memory();
    let x = Tensor::new([2], vec![3.0, -1.0]);
    let mut run = plan.forward(&mut memory, Pool::single(), &[x.view()]).unwrap();
    assert_eq!(run.value(h).unwrap().f32s(), [3.0, 0.0]);
    let seed = Seed { value: graph.outputs()[0], relevance: Tensor::new([2], vec![1.0, 1.0]) };
    let gradients = run.backward(&Gradient, &[seed]).unwrap();
    assert_eq!(gradients[0].values(), [6.0, 0.0]);
    assert_eq!(gradients[1].values(), [6.0, 0.0]);
}

#[test]
fn some_values_alone_can_be_asked_and_held_ones_pass_nothing_on() {
    // h = relu(x), g = h·h, y = g + h: dy/dh = 2h + 1, of which 1 does not go through g.
    let nodes: Nodes<'_> =
        &[("Relu", &["x"], &["h"]), ("Mul", &["h", "h"], &["g"]), ("Add", &["g", "h"], &["y"])];
    let graph = graph(&[], nodes, "y");
    let [x, h, g, y] = ["x", "h", "g", "y"].map(|name| graph.find(name).unwrap());
    let asked = Ask { seeds: vec![y, g], wrt: vec![g, h, x], ..ask(&graph, 2) };
    let plan = Plan::new(&graph, asked).unwrap();
    let mut memory = plan.memory();
    let input = Tensor::new([2], vec![3.0, -1.0]);
    let mut run = plan.forward(&mut memory, Pool::single(), &[input.view()]).unwrap();
    let seed = |value| [Seed { value, relevance: Tensor::new([2], vec![1.0, 1.0]) }];
    for _ in 0..2 {
        let total = run.backward_to(&[h, g], &Gradient, &seed(y)).unwrap();
        assert_eq!((total[0].values(), total[1].values()), (&[7.0, 1.0][..], &[1.0, 1.0][..]));
        let direct = run.backward_directly_to(&[g, h, x], &Gradient, &seed(y)).unwrap();
        let direct: Vec<&[f32]> = direct.iter().map(Tensor::values).collect();
        assert_eq!(direct, [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]);
        let from_held = run.backward_directly_to(&[h], &Gradient, &seed(g)).unwrap();
        assert_eq!(from_held[0].values(), [6.0, 0.0]);
        assert_eq!(run.backward(&Gradient, &seed(y)).unwrap()[2].values(), [7.0, 0.0]);
    }
    let error = run.backward_to(&[y], &Gradient, &seed(y)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotPlanned);
}

#[test]
fn if_takes_the_branch_of_its_constant_condition_and_ignores_the_other() {
    for (truth, expected) in [(1, [2.0, 0.0]), (0, [4.0, 1.0])] {
        let condition = Constant::from_bools(&[], vec![truth]);
        let nodes: Nodes<'_> = &[
            ("Relu", &["x"], &["then"]),
            ("Mul", &["x", "x"], &["else"]),
            ("NoSuchOperator", &["x"], &["dead"]),
            ("If", &["c", "then", "else"], &["y"]),
        ];
        let graph = graph(&[("c", condition)], nodes, "y");
        let plan = Plan::new(&graph, ask(&graph, 2)).unwrap();
        let mut memory = plan.memory();
        let x = Tensor::new([2], vec![2.0, -1.0]);
        let run = plan.forward(&mut memory, Pool::single(), &[x.view()]).unwrap();
        assert_eq!(run.value(graph.outputs()[0]).unwrap().f32s(), expected);
    }
}

#[test]
fn all_unsupported_nodes_are_named_in_one_error() {
    let nodes: Nodes<'_> = &[("Foo", &["x"], &["a"]), ("Bar", &["x"], &["b"]), ("Add", &["a", "b"], &["y"])];
    let graph = graph(&[], nodes, "y");
    let error = Plan::new(&graph, ask(&graph, 2)).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.context.contains("Foo") && error.context.contains("Bar"), "{error}");
}

#[test]
fn unsupported_nodes_behind_unsupported_ones_are_named_too() {
    let nodes: Nodes<'_> = &[
        ("Relu", &["x"], &["h"]),
        ("Foo", &["h"], &["a"]),
        ("Bar", &["a"], &["b"]),
        ("Relu", &["b"], &["r"]),
        ("Baz", &["r", "h"], &["y"]),
    ];
    let graph = graph(&[], nodes, "y");
    let error = Plan::new(&graph, ask(&graph, 2)).err().unwrap();
    assert!(error.context.starts_with("3 nodes are not supported"), "{error}");
    assert!(error.context.contains("'a' Foo (opset 17, inputs [2])"), "{error}");
    assert!(error.context.contains("'b' Bar (opset 17, inputs ?)"), "{error}");
    assert!(error.context.contains("'y' Baz (opset 17, inputs ? [2])"), "{error}");
    let shapes = Plan::shapes(&graph, &ask(&graph, 2));
    assert_eq!(shapes.get(&graph.find("h").unwrap()), Some(&vec![2]));
    assert!(!shapes.contains_key(&graph.find("r").unwrap()));
}

#[test]
fn constants_that_grow_without_end_are_refused_before_they_are_made() {
    let names: Vec<String> = (0..12).map(|i| format!("c{i}")).collect();
    let eightfold: Vec<[&str; 8]> = names.iter().map(|name| [name.as_str(); 8]).collect();
    let mut builder = GraphBuilder::default();
    builder.input("x", InputType { element: Element::F32, shape: None });
    builder.constant("c0", Constant::from_f32s(&[1000], vec![1.0; 1000]));
    let axis = HashMap::from([("axis".to_owned(), inscape_engine::Attribute::Int(0))]);
    for (eight, name) in eightfold.iter().zip(&names[1..]) {
        builder.node(name, "", "Concat", 17, eight, &[name], axis.clone());
    }
    builder.node("y", "", "Add", 17, &["x", "c11"], &["y"], HashMap::new());
    builder.output("y");
    let graph = Arc::new(builder.build().unwrap());
    for memory in [None, Some(1 << 20)] {
        let error = Plan::new(&graph, Ask { memory, ..ask(&graph, 1) }).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Memory);
        // 4000 bytes and eight times as many at every step: the sum passes 1 GiB at the sixth, and 1 MiB at the third.
        let (node, size) = if memory.is_none() { ("'c6'", "1000 MiB") } else { ("'c3'", "2 MiB") };
        assert!(error.context.contains(node) && error.context.contains(size), "{error}");
    }
}

#[test]
fn a_plan_above_its_memory_is_refused_and_names_the_largest_value() {
    let graph = graph(&[], &[("Relu", &["x"], &["h"]), ("Mul", &["h", "h"], &["y"])], "y");
    let error = Plan::new(&graph, Ask { memory: Some(1 << 20), ..ask(&graph, 1 << 20) }).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Memory);
    assert!(error.context.contains("'x'") || error.context.contains("'h'"), "{error}");
}
