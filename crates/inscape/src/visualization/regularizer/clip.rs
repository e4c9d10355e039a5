use serde::{Deserialize, Serialize};

use super::{Ground, Restraint};

/// Back into the range of pixels, before the network sees the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {}

impl Restraint for Clip {
    fn before(&self, ground: &Ground<'_>, image: &mut [f32]) {
        let ends = ground.feed.low.iter().zip(&ground.feed.high);
        for (plane, (&low, &high)) in image.chunks_exact_mut(ground.frame.area()).zip(ends) {
            plane.iter_mut().for_each(|v| *v = v.max(low).min(high));
        }
    }
}
