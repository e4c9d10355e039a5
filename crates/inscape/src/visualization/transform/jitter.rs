use serde::{Deserialize, Serialize};

use super::{Affine, Motion};
use crate::random::Deviates;

/// A shift by whole pixels, down and right each drawn evenly from 0 to `pixels`, less half of it; of an image whose shorter side
/// has fewer than 224 pixels in proportion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    /// The range of the shift.
    pub pixels: usize,
}

/// The side of the images that recipes were made for.
const SIDE: usize = 224;

impl Jitter {
    pub(super) fn fitted(&self, side: usize) -> Jitter {
        Jitter { pixels: self.pixels * side.min(SIDE) / SIDE }
    }
}

impl Motion for Jitter {
    fn draw(&self, random: &mut Deviates) -> Affine {
        let half = (self.pixels / 2) as f64;
        let mut shift = || random.below(self.pixels + 1) as f64 - half;
        Affine::shift([shift(), shift()])
    }
}
