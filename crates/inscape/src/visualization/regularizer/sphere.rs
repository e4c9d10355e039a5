use serde::{Deserialize, Serialize};

use super::{Ground, Restraint};

/// Before and after each step, v ← ρ·v/‖v‖ (Erhan et al. 2009).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sphere {
    /// ρ: the mean norm of the data, in the numbers the image is written in. Where it is left out, the card's `norm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<f64>,
}

impl Sphere {
    fn project(&self, image: &mut [f32]) {
        let square: f64 = image.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
        if let Some(norm) = self.norm
            && square > 0.0
        {
            let factor = norm / square.sqrt();
            image.iter_mut().for_each(|v| *v = (f64::from(*v) * factor) as f32);
        }
    }
}

impl Restraint for Sphere {
    fn before(&self, _: &Ground<'_>, image: &mut [f32]) {
        self.project(image);
    }

    fn after(&self, _: &Ground<'_>, image: &mut [f32], _: &[f32]) {
        self.project(image);
    }
}
