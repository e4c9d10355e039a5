use serde::{Deserialize, Serialize};

use super::{Ground, Restraint, zero_smallest};

/// After each step, zeros at the pixels whose removal changes the objective least, to first order: smallest
/// |Σ over channels of gradient·(−v)| (Yosinski et al. 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmallContribution {
    /// The share of pixels, in per cent.
    pub percent: f64,
}

impl Restraint for SmallContribution {
    fn after(&self, ground: &Ground<'_>, image: &mut [f32], gradient: &[f32]) {
        let area = ground.frame.area();
        let mut sums = vec![0.0f32; area];
        for (plane, slope) in image.chunks_exact(area).zip(gradient.chunks_exact(area)) {
            sums.iter_mut().zip(plane.iter().zip(slope)).for_each(|(sum, (v, g))| *sum -= v * g);
        }
        sums.iter_mut().for_each(|sum| *sum = sum.abs());
        zero_smallest(ground.frame, self.percent, &sums, image);
    }
}
