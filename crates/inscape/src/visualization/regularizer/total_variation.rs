use inscape_tensor::vectorized;
use serde::{Deserialize, Serialize};

use super::{Ground, Restraint};

/// The penalty ½Σ(v_p − v_q)² over neighbors p, q in a row or column (Mahendran and Vedaldi 2015, β = 2). Its slope counts
/// `weight` times the mean size of the objective's, so that one weight serves every network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalVariation {
    /// The weight, per unit of the image's numbers.
    pub weight: f64,
}

impl Restraint for TotalVariation {
    fn penalize(&self, ground: &Ground<'_>, image: &[f32], gradient: &mut [f32]) {
        let (area, width) = (ground.frame.area(), ground.frame.width);
        let slope = (self.weight * ground.slopes[1]) as f32;
        for (image, gradient) in image.chunks_exact(area).zip(gradient.chunks_exact_mut(area)) {
            vectorized(
                #[inline(always)]
                || {
                    for (image, gradient) in image.chunks_exact(width).zip(gradient.chunks_exact_mut(width)) {
                        for x in 1..width {
                            let difference = slope * (image[x] - image[x - 1]);
                            gradient[x] -= difference;
                            gradient[x - 1] += difference;
                        }
                    }
                    for at in width..area {
                        let difference = slope * (image[at] - image[at - width]);
                        gradient[at] -= difference;
                        gradient[at - width] += difference;
                    }
                },
            );
        }
    }

    fn corrects(&self) -> bool {
        false
    }
}
