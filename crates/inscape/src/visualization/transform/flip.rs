use serde::{Deserialize, Serialize};

use super::{Affine, Motion};
use crate::random::Deviates;

/// Left and right exchanged, half the time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flip {}

impl Motion for Flip {
    fn draw(&self, random: &mut Deviates) -> Affine {
        let side = if random.below(2) == 1 { -1.0 } else { 1.0 };
        Affine { matrix: [[1.0, 0.0], [0.0, side]], shift: [0.0, 0.0] }
    }
}
