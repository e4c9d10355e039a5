use serde::{Deserialize, Serialize};

use super::{Ground, Restraint, zero_smallest};

/// After each step, zeros at the pixels whose norm over the channels is smallest (Yosinski et al. 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmallNorm {
    /// The share of pixels, in per cent.
    pub percent: f64,
}

impl Restraint for SmallNorm {
    fn after(&self, ground: &Ground<'_>, image: &mut [f32], _: &[f32]) {
        let mut squares = vec![0.0; ground.frame.area()];
        for plane in image.chunks_exact(ground.frame.area()) {
            squares.iter_mut().zip(plane).for_each(|(sum, v)| *sum += v * v);
        }
        zero_smallest(ground.frame, self.percent, &squares, image);
    }
}
