//! The rules on a small convolutional network, and two more rules that need no operator's file to change.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::Arc;

use inscape_engine::{
    Ask, Attribute, DeconvNet, Dimension, Gradient, Graph, GraphBuilder, GuidedBackprop, InputType, Passing,
    Plan, Role, Rule, Seed,
};
use inscape_tensor::{Constant, Element, Pool, Tensor};
use inscape_testkit::{assert_close, noise};

/// conv 3→4 (3×3) – middle – max-pool 2×2 – conv 4→5 (3×3) – middle – flatten – gemm 45→6, without biases.
fn network(rectifier: Option<&str>) -> Arc<Graph> {
    let mut builder = GraphBuilder::default();
    let shape = [1, 3, 12, 12].map(Dimension::Fixed).to_vec();
    builder.input("x", InputType { element: Element::F32, shape: Some(shape) });
    let weights: [(&str, &[usize]); 3] = [("w1", &[4, 3, 3, 3]), ("w2", &[5, 4, 3, 3]), ("w3", &[6, 45])];
    for (seed, (name, shape)) in weights.into_iter().enumerate() {
        builder.constant(name, Constant::from_f32s(shape, noise(seed as u64, shape.iter().product())));
    }
    let ints = |name: &str, values: &[i64]| (name.to_owned(), Attribute::Ints(values.to_vec()));
    let none = HashMap::new;
    let middle = rectifier.unwrap_or("Identity");
    builder.node("", "", "Conv", 17, &["x", "w1"], &["c1"], none());
    builder.node("", "", middle, 17, &["c1"], &["r1"], none());
    let pool = HashMap::from([ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])]);
    builder.node("", "", "MaxPool", 17, &["r1"], &["p1"], pool);
    builder.node("", "", "Conv", 17, &["p1", "w2"], &["c2"], none());
    builder.node("", "", middle, 17, &["c2"], &["r2"], none());
    builder.node("", "", "Flatten", 17, &["r2"], &["f"], none());
    let transposed = HashMap::from([("transB".to_owned(), Attribute::Int(1))]);
    builder.node("", "", "Gemm", 17, &["f", "w3"], &["scores"], transposed);
    builder.output("scores");
    Arc::new(builder.build().unwrap())
}

fn relevance(graph: &Arc<Graph>, rule: &dyn Rule, names: &[&str]) -> (f32, Vec<Tensor>) {
    let scores = graph.outputs()[0];
    let x = graph.find("x").unwrap();
    let wrt = names.iter().map(|name| graph.find(name).unwrap()).collect();
    let plan = Plan::new(
        graph,
        Ask {
            shapes: vec![(x, vec![1, 3, 12, 12])],
            values: vec![scores],
            seeds: vec![scores],
            wrt,
            keep_values: rule.reads_values(),
            ..Ask::default()
        },
    )
    .unwrap();
    let mut memory = plan.memory();
    let input = Tensor::new([1, 3, 12, 12], noise(7, 432));
    let mut run = plan.forward(&mut memory, Pool::single(), &[input.view()]).unwrap();
    let score = run.value(scores).unwrap().f32s()[2];
    let mut seed = Tensor::zeros([1, 6]);
    seed.values_mut()[2] = if rule.reads_values() { score } else { 1.0 };
    (score, run.backward(rule, &[Seed { value: scores, relevance: seed }]).unwrap())
}

#[test]
fn without_a_rectifier_the_three_rules_are_one() {
    let graph = network(None);
    let (_, gradient) = relevance(&graph, &Gradient, &["x"]);
    for rule in [&DeconvNet as &dyn Rule, &GuidedBackprop] {
        assert_eq!(relevance(&graph, rule, &["x"]).1[0], gradient[0]);
    }
}

#[test]
fn the_rules_differ_only_by_the_mask_at_rectifiers() {
    let graph = network(Some("Relu"));
    let before = forward(&graph, "c2");
    let expected: [(&dyn Rule, fn(f32, f32) -> f32); 3] = [
        (&Gradient, |r, x| if x > 0.0 { r } else { 0.0 }),
        (&DeconvNet, |r, _| r.max(0.0)),
        (&GuidedBackprop, |r, x| if x > 0.0 { r.max(0.0) } else { 0.0 }),
    ];
    for (rule, mask) in expected {
        let (_, maps) = relevance(&graph, rule, &["r2", "c2"]);
        let masked: Vec<f32> = maps[0].values().iter().zip(&before).map(|(&r, &x)| mask(r, x)).collect();
        assert_eq!(maps[1].values(), masked);
        assert!(masked.iter().any(|&r| r != 0.0));
    }
}

fn forward(graph: &Arc<Graph>, name: &str) -> Vec<f32> {
    let (x, value) = (graph.find("x").unwrap(), graph.find(name).unwrap());
    let ask = Ask { shapes: vec![(x, vec![1, 3, 12, 12])], values: vec![value], ..Ask::default() };
    let plan = Plan::new(graph, ask).unwrap();
    let input = Tensor::new([1, 3, 12, 12], noise(7, 432));
    let mut memory = plan.memory();
    plan.forward(&mut memory, Pool::single(), &[input.view()]).unwrap().value(value).unwrap().f32s().to_vec()
}

/// LRP-ε (Bach et al. 2015): R_i = x_i Σ_j w_ij R_j / (z_j + ε sign z_j).
struct LrpEpsilon;

/// LRP-γ (Montavon et al. 2019): LRP with weights w + γ·max(0, w).
struct LrpGamma;

impl Rule for LrpEpsilon {
    fn reads_values(&self) -> bool {
        true
    }

    fn pass(&self, node: &mut Passing<'_, '_>) {
        match node.role() {
            Role::Linear => {
                let output = node.pass.output(0);
                share(node, output);
                node.vjp();
                times_input(node);
            }
            Role::Rectifier => node.straight(),
            _ => node.vjp(),
        }
    }
}

impl Rule for LrpGamma {
    fn reads_values(&self) -> bool {
        true
    }

    fn pass(&self, node: &mut Passing<'_, '_>) {
        match node.role() {
            Role::Linear => {
                let changed = node.reweighted(&|w| w + 0.25 * w.max(0.0)).unwrap();
                let z = node.forward_of(&*changed);
                share(node, &z);
                node.vjp_of(&*changed);
                times_input(node);
            }
            Role::Rectifier => node.straight(),
            _ => node.vjp(),
        }
    }
}

fn share(node: &mut Passing<'_, '_>, output: &[f32]) {
    for (relevance, &z) in node.pass.relevance[0].as_deref_mut().unwrap().iter_mut().zip(output) {
        *relevance /= z + 1e-7 * z.signum();
    }
}

fn times_input(node: &mut Passing<'_, '_>) {
    let input = node.pass.input(0);
    for (gradient, x) in node.pass.gradients[0].as_deref_mut().unwrap().iter_mut().zip(input) {
        *gradient *= x;
    }
}

#[test]
fn lrp_conserves_relevance_on_a_network_without_biases() {
    let graph = network(Some("Relu"));
    for rule in [&LrpEpsilon as &dyn Rule, &LrpGamma] {
        let (score, maps) = relevance(&graph, rule, &["x", "p1"]);
        for map in &maps {
            let sum: f64 = map.values().iter().map(|&r| f64::from(r)).sum();
            assert!((sum - f64::from(score)).abs() < 1e-3 * f64::from(score).abs(), "{sum} is not {score}");
        }
    }
}

#[test]
fn backward_from_an_inner_unit_matches_differences() {
    let graph = network(Some("Relu"));
    let (x, c2) = (graph.find("x").unwrap(), graph.find("c2").unwrap());
    let ask = Ask {
        shapes: vec![(x, vec![1, 3, 12, 12])],
        values: vec![c2],
        seeds: vec![c2],
        wrt: vec![x],
        ..Ask::default()
    };
    let plan = Plan::new(&graph, ask).unwrap();
    let mut memory = plan.memory();
    let base = noise(7, 432);
    let mut unit = |values: Vec<f32>| {
        let input = Tensor::new([1, 3, 12, 12], values);
        plan.forward(&mut memory, Pool::single(), &[input.view()]).unwrap().value(c2).unwrap().f32s()[22]
    };
    let step = 1e-3;
    let differences: Vec<f32> = (0..432)
        .map(|i| {
            let moved = |by: f32| {
                let mut values = base.clone();
                values[i] += by;
                values
            };
            (unit(moved(step)) - unit(moved(-step))) / (2.0 * step)
        })
        .collect();
    let input = Tensor::new([1, 3, 12, 12], base.clone());
    let mut run = plan.forward(&mut memory, Pool::single(), &[input.view()]).unwrap();
    let mut seed = Tensor::zeros([1, 5, 3, 3]);
    seed.values_mut()[22] = 1.0;
    let gradient = run.backward(&Gradient, &[Seed { value: c2, relevance: seed }]).unwrap();
    assert_close(gradient[0].values(), &differences, 5e-3);
}
