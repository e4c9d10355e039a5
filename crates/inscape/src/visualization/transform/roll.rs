use serde::{Deserialize, Serialize};

use super::{Affine, Motion};
use crate::random::Deviates;

/// A shift by whole pixels, down and right each drawn evenly from −`pixels` to `pixels`; what leaves at one edge comes in
/// at the other (Mordvintsev et al. 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roll {
    /// The largest shift.
    pub pixels: usize,
}

impl Motion for Roll {
    fn draw(&self, random: &mut Deviates) -> Affine {
        let mut shift = || random.below(2 * self.pixels + 1) as f64 - self.pixels as f64;
        Affine::shift([shift(), shift()])
    }
}
