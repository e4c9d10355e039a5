use super::{Display, Keep, Recipe};
use crate::visualization::{
    Ascent, Clip, Octaves, Optimizer, Parametrization, Pixels, Rate, Regularizer, Roll, Space, Start,
    Transform,
};

pub(super) const ABOUT: &str =
    "a given picture is driven towards what a layer sees in it, from coarse to fine";

/// DeepDream (Mordvintsev, Olah and Tyka 2015).
pub(super) fn recipe() -> Recipe {
    Recipe {
        name: "deepdream".into(),
        source: "Mordvintsev et al. 2015".into(),
        steps: 10,
        parametrization: Parametrization::Pixels(Pixels { space: Space::Levels, start: Start::Picture }),
        transforms: vec![Transform::Roll(Roll { pixels: 32 })],
        views: 1,
        regularizers: vec![Regularizer::Clip(Clip {})],
        optimizer: Optimizer::Ascent(Ascent { rate: Rate::Mean { size: 1.5 } }),
        rivals: 0.0,
        redirected: 0,
        restarts: 1,
        keep: Keep::Last,
        display: Display::Pixels,
        octaves: Some(Octaves { count: 4, factor: 1.4 }),
    }
}
