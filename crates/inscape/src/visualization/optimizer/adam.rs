use inscape_tensor::vectorized;
use serde::{Deserialize, Serialize};

use super::{Climb, Climber};

/// Adam (Kingma and Ba 2015), climbing: steps of about `rate` in every number, whatever the gradient's size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adam {
    /// The step size α.
    pub rate: f64,
    /// Decay of the mean.
    pub beta1: f64,
    /// Decay of the mean square.
    pub beta2: f64,
    /// The last share of the steps, over which the rate falls to 0 in a line: what jitters comes to rest.
    #[serde(default)]
    pub cooling: f64,
}

/// Numbers that are worth a task of their own.
const TASK: usize = 1 << 14;

impl Climber for Adam {
    fn step(&self, climb: Climb<'_>) {
        let Climb { pool, step, steps, from, values, gradient, memory, .. } = climb;
        // powers by repeated squaring: exact operations, the same on every machine
        let time = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let (b1, b2) = (self.beta1 as f32, self.beta2 as f32);
        let left = (steps - step) as f64 / (self.cooling * steps as f64).max(1.0);
        let rate = (self.rate * left.min(1.0) / (1.0 - self.beta1.powi(time))) as f32;
        let unbias = (1.0 / (1.0 - self.beta2.powi(time))) as f32;
        let (means, squares) = memory.split_at_mut(values.len());
        let moments = means.chunks_mut(TASK).zip(squares.chunks_mut(TASK));
        let mut tasks: Vec<_> = values.chunks_mut(TASK).zip(moments).collect();
        pool.chunks(&mut tasks, 1, |i, tasks| {
            for (values, (means, squares)) in tasks {
                let part = i * TASK..i * TASK + values.len();
                let numbers = values.iter_mut().zip(&from[part.clone()]).zip(&gradient[part]);
                vectorized(|| {
                    for ((numbers, mean), square) in numbers.zip(means.iter_mut()).zip(squares.iter_mut()) {
                        let ((value, from), &g) = numbers;
                        *mean = b1 * *mean + (1.0 - b1) * g;
                        *square = b2 * *square + (1.0 - b2) * g * g;
                        let size = (*square * unbias).sqrt();
                        *value = from + if size > 0.0 { rate * *mean / size } else { 0.0 };
                    }
                });
            }
        });
    }

    fn memory(&self, len: usize) -> usize {
        2 * len
    }
}
