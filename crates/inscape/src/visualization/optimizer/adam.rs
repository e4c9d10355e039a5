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
        let Climb { pool, step, steps, values, gradient, memory, .. } = climb;
        // powers by repeated squaring: exact operations, the same on every machine
        let time = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let (b1, b2) = (self.beta1 as f32, self.beta2 as f32);
        let left = (steps - step) as f64 / (self.cooling * steps as f64).max(1.0);
        let rate = (self.rate * left.min(1.0) / (1.0 - self.beta1.powi(time))) as f32;
        let unbias = (1.0 / (1.0 - self.beta2.powi(time))) as f32;
        // mean and mean square lie side by side, so that a task owns both
        let mut tasks: Vec<_> = values.chunks_mut(TASK).zip(memory.chunks_mut(2 * TASK)).collect();
        pool.chunks(&mut tasks, 1, |i, tasks| {
            for (values, memory) in tasks {
                let gradient = &gradient[i * TASK..][..values.len()];
                let pairs = memory.as_chunks_mut::<2>().0;
                vectorized(|| {
                    for ((value, pair), &g) in values.iter_mut().zip(pairs).zip(gradient) {
                        pair[0] = b1 * pair[0] + (1.0 - b1) * g;
                        pair[1] = b2 * pair[1] + (1.0 - b2) * g * g;
                        let size = (pair[1] * unbias).sqrt();
                        *value += if size > 0.0 { rate * pair[0] / size } else { 0.0 };
                    }
                });
            }
        });
    }

    fn memory(&self, len: usize) -> usize {
        2 * len
    }
}
