//! Random changes of the image before the network sees it, so that what is found does not hang on exact places.

mod affine;
mod flip;
mod jitter;
mod noise;
mod pad;
mod roll;
mod rotate;
mod sampler;
mod scale;

use serde::{Deserialize, Serialize};

pub(crate) use affine::{Affine, Edge};
pub use flip::Flip;
pub use jitter::Jitter;
pub(crate) use noise::Grain;
pub use noise::Noise;
pub use pad::Pad;
pub use roll::Roll;
pub use rotate::Rotate;
pub(crate) use sampler::{QUAD, Quad, Sampler};
pub use scale::Scale;

use crate::random::Deviates;

/// One change. To add one: one file here, one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Transform {
    /// Grey around the image.
    Pad(Pad),
    /// A shift.
    Jitter(Jitter),
    /// A shift around the edges.
    Roll(Roll),
    /// A change of size.
    Scale(Scale),
    /// A turn.
    Rotate(Rotate),
    /// A mirror image.
    Flip(Flip),
    /// Normal noise.
    Noise(Noise),
}

/// What a transform does to the plane.
pub(crate) trait Motion {
    /// Draws a map from places of the outcome to places of what came in, about the centers of both.
    fn draw(&self, random: &mut Deviates) -> Affine;
}

impl Transform {
    fn motion(&self) -> &dyn Motion {
        match self {
            Transform::Pad(motion) => motion,
            Transform::Jitter(motion) => motion,
            Transform::Roll(motion) => motion,
            Transform::Scale(motion) => motion,
            Transform::Rotate(motion) => motion,
            Transform::Flip(motion) => motion,
            Transform::Noise(motion) => motion,
        }
    }

    /// The change for images of a shorter side.
    pub(crate) fn fitted(&self, side: usize) -> Transform {
        match self {
            Transform::Jitter(jitter) => Transform::Jitter(jitter.fitted(side)),
            other => other.clone(),
        }
    }

    /// Draws all of a row of transforms as one map, so that the image is sampled once.
    pub(crate) fn draw(transforms: &[Transform], random: &mut Deviates) -> Affine {
        transforms.iter().fold(Affine::IDENTITY, |map, transform| map.then(&transform.motion().draw(random)))
    }

    /// What lies beyond the image under a row of transforms.
    pub(crate) fn edge(transforms: &[Transform]) -> Edge {
        transforms.iter().fold(Edge::Neutral, |edge, transform| match transform {
            Transform::Pad(pad) => Edge::Grey(pad.grey),
            Transform::Roll(_) => Edge::Around,
            _ => edge,
        })
    }
}
