use serde::{Deserialize, Serialize};

use super::{Ground, Restraint, pull_to_mean};

/// The penalty λ‖v − v₀‖² of Simonyan et al. (2014) about the mean image v₀, in the numbers the image is written in. The
/// paper gives no λ. Where none is given, it is chosen at the first step: the one for which a linear network would end, at
/// v₀ + w/(2λ), with a mean |v − v₀| of `amplitude`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct L2 {
    /// The factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<f64>,
    /// What stands in for it.
    pub amplitude: f64,
}

impl L2 {
    fn factor(&self, ground: &Ground<'_>) -> f64 {
        self.lambda.unwrap_or(ground.slopes[0] / (2.0 * self.amplitude))
    }
}

impl Restraint for L2 {
    fn penalize(&self, ground: &Ground<'_>, image: &[f32], gradient: &mut [f32]) {
        let slope = (2.0 * self.factor(ground)) as f32;
        pull_to_mean(ground, slope, image, gradient);
    }

    fn corrects(&self) -> bool {
        false
    }

    fn settled(&self, ground: &Ground<'_>) -> Option<(&'static str, f64)> {
        Some(("lambda", self.factor(ground)))
    }
}
