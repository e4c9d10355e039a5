//! Rectifiers that f32 cannot decide, and what a gradient is when they are decided the other way.

use inscape::{Input, Model};
use inscape_engine::{Ask, Gradient, Plan, Seed, ValueId};
use inscape_tensor::{Pool, Tensor};
use inscape_testkit::relative_error;

/// f32 errors of the inputs of rectifiers are about 1e-6 in these networks.
const UNCLEAR: f32 = 3e-6;

struct Unclear {
    before: ValueId,
    after: ValueId,
    cell: usize,
    open: bool,
}

/// `gradient` with the unclear decisions turned that bring it nearer to `expected`, one after another.
pub fn replayed(model: &Model, input: &Input, seed: Seed, gradient: &[f32], expected: &[f32]) -> Vec<f32> {
    let graph = model.graph();
    let rectifiers: Vec<(ValueId, ValueId)> = graph
        .nodes()
        .filter(|(_, node)| ["Relu", "Clip"].contains(&node.operator.as_str()))
        .map(|(_, node)| (node.inputs[0].unwrap(), node.outputs[0].unwrap()))
        .collect();
    let (before, after): (Vec<ValueId>, Vec<ValueId>) = rectifiers.iter().copied().unzip();
    let mut wrt = vec![model.input()];
    wrt.extend(&after);
    let mut seeds = before.clone();
    seeds.push(seed.value);
    let shapes = vec![(model.input(), input.tensor().shape().to_vec())];
    let plan = Plan::new(graph, Ask { shapes, values: before, seeds, wrt, ..Ask::default() }).unwrap();
    let mut memory = plan.memory();
    let mut run = plan.forward(&mut memory, Pool::single(), &[input.tensor().view()]).unwrap();
    let relevance = run.backward(&Gradient, &[seed]).unwrap();

    let mut unclear = Vec::new();
    for &(before, after) in &rectifiers {
        for (cell, &x) in run.value(before).unwrap().f32s().iter().enumerate() {
            if x.abs() < UNCLEAR || (x - 6.0).abs() < UNCLEAR {
                unclear.push(Unclear { before, after, cell, open: x > 0.0 && x < 6.0 });
            }
        }
    }
    let mut best = gradient.to_vec();
    for decision in unclear {
        let at = after.iter().position(|&value| value == decision.after).unwrap();
        let passed = relevance[at + 1].values()[decision.cell];
        let mut start = Tensor::zeros(plan.shape(decision.before).unwrap());
        start.values_mut()[decision.cell] = if decision.open { -passed } else { passed };
        let turned = run.backward(&Gradient, &[Seed { value: decision.before, relevance: start }]).unwrap();
        let other: Vec<f32> = best.iter().zip(turned[0].values()).map(|(g, change)| g + change).collect();
        if relative_error(&other, expected) < relative_error(&best, expected) {
            best = other;
        }
    }
    best
}
