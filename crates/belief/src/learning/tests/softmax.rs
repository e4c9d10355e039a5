//! Backpropagation through all layers, against central differences.

use inscape_tensor::Pool;

use super::super::parameter::Stride;
use super::super::tuner::Tuner;
use super::{close, normal, sigma, slopes, times, uniform, wide};
use crate::network::Dense;

const WIDTHS: [usize; 4] = [5, 4, 3, 3];
const LABELS: [u8; 4] = [0, 2, 1, 2];

fn layers() -> Vec<Dense> {
    let dense = |i: usize| {
        let (inputs, outputs) = (WIDTHS[i], WIDTHS[i + 1]);
        let item = 10 + 2 * i as u64;
        Dense {
            inputs,
            outputs,
            weights: normal(item, inputs * outputs, 0.8),
            bias: normal(item + 1, outputs, 0.3),
        }
    };
    (0..3).map(dense).collect()
}

fn loss(parameters: &[Vec<f64>], rows: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (row, &label) in rows.chunks(WIDTHS[0]).zip(&LABELS) {
        let mut here = row.to_vec();
        for (i, pair) in parameters.chunks(2).enumerate() {
            let total = times(&pair[0], &here).iter().zip(&pair[1]).map(|(a, b)| a + b).collect::<Vec<_>>();
            here = if i < 2 { total.iter().map(|&a| sigma(a)).collect() } else { total };
        }
        let partition: f64 = here.iter().map(|a| a.exp()).sum();
        sum += partition.ln() - here[usize::from(label)];
    }
    sum / LABELS.len() as f64
}

#[test]
fn gradients_of_all_layers_are_central_differences() {
    let rows = uniform(20, LABELS.len() * WIDTHS[0]);
    let mut tuner = Tuner::new(&layers(), LABELS.len(), Pool::single());
    tuner.input().copy_from_slice(&rows);
    let judged = tuner.learn(&LABELS, Stride { momentum: 0.0, rate: 1.0, cost: 0.0 });
    let parameters: Vec<Vec<f64>> = layers().iter().flat_map(|l| [wide(&l.weights), wide(&l.bias)]).collect();
    let expected = loss(&parameters, &wide(&rows));
    assert!((judged.loss / LABELS.len() as f64 - expected).abs() < 1e-5);
    for p in 0..parameters.len() {
        let along = slopes(&parameters[p], |numbers| {
            let mut there = parameters.clone();
            there[p] = numbers.to_vec();
            loss(&there, &wide(&rows))
        });
        close(tuner.numbers()[2 * p + 1], &along.iter().map(|s| -s).collect::<Vec<_>>(), 2e-5);
    }
}
