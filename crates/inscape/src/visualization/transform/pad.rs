use serde::{Deserialize, Serialize};

use super::{Affine, Motion};
use crate::random::Deviates;

/// Grey around the image, into which it may be shifted and turned; the network's own window then cuts out the middle.
/// Without it, the mean color lies there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// The grey, 0..1.
    pub grey: f32,
}

impl Motion for Pad {
    fn draw(&self, _: &mut Deviates) -> Affine {
        Affine::IDENTITY
    }
}
