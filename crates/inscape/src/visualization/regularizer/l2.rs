use serde::{Deserialize, Serialize};

use super::{Ground, Restraint};

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
        let area = ground.frame.area();
        let planes = gradient.chunks_exact_mut(area).zip(image.chunks_exact(area));
        for ((gradient, image), mean) in planes.zip(ground.feed.neutral()) {
            gradient.iter_mut().zip(image).for_each(|(g, v)| *g -= slope * (v - mean));
        }
    }

    fn corrects(&self) -> bool {
        false
    }

    fn settled(&self, ground: &Ground<'_>) -> Option<(&'static str, f64)> {
        Some(("lambda", self.factor(ground)))
    }
}
