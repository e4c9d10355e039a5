use serde::{Deserialize, Serialize};

use super::{Climb, Climber};

/// Plain gradient ascent, v ← v + η·g, with η by a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ascent {
    /// The rule.
    pub rate: Rate,
}

/// How large a step is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Rate {
    /// η = rate·factor, with the factor chosen at the first step so that the mean |Δv| there is `first`.
    Constant {
        /// The published rate.
        rate: f64,
        /// The mean size of the first step.
        first: f64,
        /// The largest mean |Δv| of any step: a posterior's slope may grow a thousandfold after the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<f64>,
    },
    /// η = min(`most`, `gain`/‖g‖²): each step would raise a linear objective by `gain` (Yosinski et al. 2015).
    Progress {
        /// The wanted gain.
        gain: f64,
        /// The largest η.
        most: f64,
    },
    /// η = size/mean|g| (Mordvintsev et al. 2015).
    Mean {
        /// The mean size of every step.
        size: f64,
    },
    /// η = fraction·‖v‖/‖g‖, the fraction halved whenever the objective has fallen.
    Radius {
        /// The first step's share of the image's norm.
        fraction: f64,
    },
}

impl Climber for Ascent {
    fn step(&self, climb: Climb<'_>) {
        let Climb { step, score, from, values, gradient, memory, .. } = climb;
        let square = |values: &[f32]| values.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>();
        let mean =
            || gradient.iter().map(|&g| f64::from(g.abs())).sum::<f64>() / gradient.len().max(1) as f64;
        let eta = match self.rate {
            Rate::Constant { rate, first, most } => {
                // a first step without any gradient settles nothing
                if memory[0] == 0.0 && mean() > 0.0 {
                    memory[0] = (first / mean() / rate) as f32;
                }
                let eta = rate * f64::from(memory[0]);
                most.map_or(eta, |most| eta.min(most / mean()))
            }
            Rate::Progress { gain, most } => (gain / square(gradient)).min(most),
            Rate::Mean { size } => size / mean(),
            Rate::Radius { fraction } => {
                // beside the optimum the objective changes by no more than its rounding
                let former = f64::from(memory[1]);
                let fell = step > 0 && score < former - 1e-6 * former.abs();
                memory[0] =
                    if step == 0 { fraction as f32 } else { memory[0] * if fell { 0.5 } else { 1.0 } };
                memory[1] = score as f32;
                f64::from(memory[0]) * (square(from) / square(gradient)).sqrt()
            }
        };
        if eta.is_finite() {
            let eta = eta as f32;
            values.iter_mut().zip(from).zip(gradient).for_each(|((v, from), g)| *v = from + eta * g);
        } else {
            values.copy_from_slice(from);
        }
    }

    fn memory(&self, _: usize) -> usize {
        2
    }

    fn settled(&self, memory: &[f32]) -> Option<(&'static str, f64)> {
        matches!(self.rate, Rate::Constant { .. }).then(|| ("rate_factor", f64::from(memory[0])))
    }
}
