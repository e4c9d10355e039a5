use serde::{Deserialize, Serialize};

use super::{Ground, Restraint, pull_to_mean};

/// The penalty ½‖v − v₀‖² about the mean image v₀. Its slope counts `weight` times the mean size of the objective's at the same
/// step, so that one weight serves every network: where a pixel's slope is the mean one, it comes to rest at a distance of
/// 1/`weight` from v₀.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// The weight, per unit of the image's numbers.
    pub weight: f64,
}

impl Restraint for Pull {
    fn penalize(&self, ground: &Ground<'_>, image: &[f32], gradient: &mut [f32]) {
        let slope = (self.weight * ground.slopes[1]) as f32;
        pull_to_mean(ground, slope, image, gradient);
    }

    fn corrects(&self) -> bool {
        false
    }
}
