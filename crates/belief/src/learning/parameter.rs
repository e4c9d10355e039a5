use inscape_tensor::{Pool, vectorized};

use crate::network::Dense;

/// Numbers that are learned, and how they move.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parameter {
    pub(super) values: Vec<f32>,
    pub(super) velocity: Vec<f32>,
}

/// How far one step goes: velocity ← momentum·velocity + rate·gradient − cost·values, values ← values + velocity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stride {
    pub(super) momentum: f32,
    pub(super) rate: f32,
    pub(super) cost: f32,
}

/// The layer that weights (outputs × inputs) and biases make.
pub(super) fn dense(weights: &Parameter, bias: &Parameter) -> Dense {
    let outputs = bias.values.len();
    let inputs = weights.values.len() / outputs.max(1);
    Dense { inputs, outputs, weights: weights.values.clone(), bias: bias.values.clone() }
}

const TASK: usize = 1 << 14;

impl Parameter {
    pub(super) fn new(values: Vec<f32>) -> Parameter {
        let velocity = vec![0.0; values.len()];
        Parameter { values, velocity }
    }

    pub(super) fn step(&mut self, pool: &Pool, gradient: &[f32], stride: Stride) {
        let Stride { momentum, rate, cost } = stride;
        let mut tasks: Vec<_> = self
            .values
            .chunks_mut(TASK)
            .zip(self.velocity.chunks_mut(TASK))
            .zip(gradient.chunks(TASK))
            .collect();
        pool.chunks(&mut tasks, 1, |_, tasks| {
            for ((values, velocity), gradient) in tasks {
                vectorized(
                    #[inline(always)]
                    || {
                        for ((w, v), g) in values.iter_mut().zip(velocity.iter_mut()).zip(*gradient) {
                            *v = momentum * *v + (rate * g - cost * *w);
                            *w += *v;
                        }
                    },
                );
            }
        });
    }

    /// Root of the mean square of the values, and of the last step.
    pub(super) fn sizes(&self) -> [f64; 2] {
        [&self.values, &self.velocity].map(|numbers| {
            let sum: f64 = numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            (sum / numbers.len().max(1) as f64).sqrt()
        })
    }
}
