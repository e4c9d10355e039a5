use inscape_tensor::vectorized;
use serde::{Deserialize, Serialize};

use super::{Ground, Restraint};
use crate::visualization::parametrization::BAND;

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
        ground.pool.chunks(&mut ground.frame.bands(gradient), 1, |i, bands| {
            let planes = bands.iter_mut().flatten().zip(image.chunks_exact(area));
            for (gradient, image) in planes {
                let rows = gradient.chunks_exact_mut(width).enumerate();
                rows.for_each(|(y, row)| penalize_row(slope, image, (i * BAND + y) * width, row));
            }
        });
    }

    fn corrects(&self) -> bool {
        false
    }
}

/// Takes slope·Σ(v_p − v_q) over the neighbors q of each place p from the gradient of one row, which begins at `at`.
fn penalize_row(slope: f32, image: &[f32], at: usize, gradient: &mut [f32]) {
    let width = gradient.len();
    let row = &image[at..at + width];
    let take = |gradient: &mut [f32], here: &[f32], there: &[f32]| {
        let pairs = here.iter().zip(there);
        gradient.iter_mut().zip(pairs).for_each(|(g, (v, other))| *g -= slope * (v - other));
    };
    vectorized(
        #[inline(always)]
        || {
            take(&mut gradient[1..], &row[1..], row);
            take(gradient, row, &row[1..]);
            if at > 0 {
                take(gradient, row, &image[at - width..at]);
            }
            take(gradient, row, &image[at + width..]);
        },
    );
}
