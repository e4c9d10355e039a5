//! Nodes that spell out one function run as that function, and give what they give one by one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::Arc;

use inscape_engine::{
    Ask, Attribute, Dimension, Gradient, Graph, GraphBuilder, InputType, Plan, Role, Seed, StepTime,
};
use inscape_tensor::{Constant, Element, Pool, Tensor};
use inscape_testkit::{assert_close, noise};

const SHAPE: [usize; 3] = [2, 5, 24];

/// Nodes (operator, inputs, outputs) from x to y; w, b, some numbers and shapes are constants. An operator may be followed
/// by its axis or order of axes.
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
    let shapes: [(&str, &[i64]); 4] = [
        ("thrice", &[2, 5, 3, 2, 4]),
        ("heads", &[2, 5, 2, 4]),
        ("joined", &[2, 5, 8]),
        ("items", &[4, 5, 4]),
    ];
    for (name, shape) in shapes {
        builder.constant(name, Constant::from_i64s(&[shape.len()], shape.to_vec()));
    }
    for (name, index) in [("0", 0), ("1", 1), ("-1", -1)] {
        builder.constant(name, Constant::from_i64s(&[], vec![index]));
    }
    for (i, (operator, inputs, output)) in nodes.iter().enumerate() {
        let (operator, axes) = operator.split_once(' ').unwrap_or((operator, ""));
        let axes: Vec<i64> = axes.split_whitespace().map(|axis| axis.parse().unwrap()).collect();
        let attribute = match axes[..] {
            [] => None,
            [axis] => Some(("axis".into(), Attribute::Int(axis))),
            _ => Some(("perm".into(), Attribute::Ints(axes))),
        };
        let outputs: Vec<&str> = output.split_whitespace().collect();
        let attributes: HashMap<_, _> = attribute.into_iter().collect();
        builder.node(&i.to_string(), "", operator, 17, inputs, &outputs, attributes);
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
    let shape = plan.shape(y).unwrap().to_vec();
    let relevance = Tensor::new(shape.clone(), noise(2, shape.iter().product()));
    let mut activations = plan.forward(&mut memory, Pool::single(), &[input.view()]).unwrap();
    let out = Tensor::new(shape, activations.value(y).unwrap().f32s().to_vec());
    let mut dx = activations.backward(&Gradient, &[Seed { value: y, relevance }]).unwrap();
    let times = plan.step_times(&memory);
    (out, dx.remove(0), times)
}

/// Asserts that the nodes run as one step, which gives what they give when all between them is asked for.
fn runs_as(idiom: &str, nodes: &[(&str, &[&str], &str)]) {
    let graph = graph(nodes);
    let outputs = nodes.iter().flat_map(|node| node.2.split_whitespace());
    let between: Vec<&str> = outputs.filter(|&name| name != "y").collect();
    let (y, dx, steps) = run(&graph, &[]);
    let (exact_y, exact_dx, all) = run(&graph, &between);
    let moving = nodes.iter().filter(|node| node.0 != "Reshape").count();
    assert_eq!((steps.len(), all.len()), (1, moving), "{idiom}");
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

/// As torchvision exports it: queries, keys and values are picked from one array.
const PICKED: [(&str, &[&str], &str); 15] = [
    ("Reshape", &["x", "thrice"], "r"),
    ("Transpose 2 0 1 3 4", &["r"], "t"),
    ("Gather 0", &["t", "0"], "q1"),
    ("Gather 0", &["t", "1"], "k1"),
    ("Gather 0", &["t", "-1"], "v1"),
    ("Transpose 0 2 1 3", &["q1"], "q2"),
    ("Transpose 0 2 3 1", &["k1"], "k2"),
    ("Transpose 0 2 1 3", &["v1"], "v2"),
    ("Mul", &["q2", "half"], "q"),
    ("Mul", &["inverse", "k2"], "k"),
    ("MatMul", &["q", "k"], "s"),
    ("Softmax -1", &["s"], "p"),
    ("MatMul", &["p", "v2"], "o"),
    ("Transpose 0 2 1 3", &["o"], "m"),
    ("Reshape", &["m", "joined"], "y"),
];

/// As others do: parts of a split, heads and pictures as one axis, scores divided, nothing moved afterwards.
const SPLIT: [(&str, &[&str], &str); 14] = [
    ("Split 2", &["x"], "q0 k0 v0"),
    ("Reshape", &["q0", "heads"], "q1"),
    ("Reshape", &["k0", "heads"], "k1"),
    ("Reshape", &["v0", "heads"], "v1"),
    ("Transpose 0 2 1 3", &["q1"], "q2"),
    ("Transpose 0 2 1 3", &["k1"], "k2"),
    ("Transpose 0 2 1 3", &["v1"], "v2"),
    ("Reshape", &["q2", "items"], "q"),
    ("Reshape", &["k2", "items"], "k3"),
    ("Transpose 0 2 1", &["k3"], "k"),
    ("MatMul", &["q", "k"], "s"),
    ("Div", &["s", "root"], "d"),
    ("Softmax 2", &["d"], "p"),
    ("MatMul", &["p", "v"], "y"),
];

#[test]
fn attention_is_known_however_its_heads_were_cut() {
    runs_as("Attention", &PICKED);
    let mut nodes = SPLIT.to_vec();
    nodes.insert(10, ("Reshape", &["v2", "items"], "v"));
    runs_as("Attention", &nodes);
}

#[test]
fn attention_stays_in_parts_where_it_is_looked_into_or_is_another() {
    let names = |nodes: &[(&str, &[&str], &str)], asked: &[&str]| {
        let graph = graph(nodes);
        let steps = run(&graph, asked).2;
        steps.iter().filter(|step| step.idiom == Some("Attention")).count()
    };
    assert_eq!(names(&PICKED, &["t"]), 1, "what lies before it may be asked for");
    for between in ["p", "s"] {
        assert_eq!(names(&PICKED, &[between]), 0, "{between} is asked for");
    }
    let changed = |at: usize, node| {
        let mut nodes = PICKED;
        nodes[at] = node;
        nodes
    };
    assert_eq!(names(&changed(11, ("Softmax 2", &["s"], "p")), &[]), 0, "another axis");
    assert_eq!(names(&changed(4, ("Gather 0", &["t", "1"], "v1")), &[]), 0, "keys that are the values");
    assert_eq!(
        names(&changed(7, ("Transpose 0 2 1 3", &["q1"], "v2")), &[]),
        0,
        "queries that are the values"
    );
    let mut scaled = PICKED.to_vec();
    scaled[7] = ("Transpose 0 2 1 3", &["v1"], "v3");
    scaled.insert(8, ("Mul", &["v3", "half"], "v2"));
    assert_eq!(names(&scaled, &[]), 0, "values that were scaled");
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
