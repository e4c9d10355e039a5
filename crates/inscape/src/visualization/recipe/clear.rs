use super::{Display, Keep, Recipe};
use crate::visualization::{
    Adam, Flip, Fourier, Jitter, Optimizer, Pad, Parametrization, Pull, Regularizer, Rotate, TotalVariation,
    Transform, Zoom,
};

pub(super) const ABOUT: &str = "the default of networks that lose their classes in noise";

/// The parametrization of Olah et al. (2017) under wider changes of size and place, mirrored at times; total variation and a
/// pull to grey leave the ground plain, the ten strongest other classes count against the one that is climbed, and the rate
/// falls over the second half. Chosen by how often another network names the class (`docs/visualization.md`).
pub(super) fn recipe() -> Recipe {
    Recipe {
        name: "clear".into(),
        source: "after Olah et al. 2017".into(),
        steps: 256,
        parametrization: Parametrization::Fourier(Fourier { deviation: 0.01, decay: 1.0, saturation: 1.0 }),
        transforms: vec![
            Transform::Pad(Pad { grey: 0.5 }),
            Transform::Jitter(Jitter { pixels: 16 }),
            Transform::Scale(Zoom { factors: vec![0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2] }),
            Transform::Rotate(Rotate { degrees: vec![-15.0, -10.0, -5.0, 0.0, 0.0, 0.0, 5.0, 10.0, 15.0] }),
            Transform::Jitter(Jitter { pixels: 32 }),
            Transform::Flip(Flip {}),
        ],
        views: 1,
        regularizers: vec![
            Regularizer::TotalVariation(TotalVariation { weight: 1.0 }),
            Regularizer::Pull(Pull { weight: 2.0 }),
        ],
        optimizer: Optimizer::Adam(Adam { rate: 0.05, beta1: 0.9, beta2: 0.999, cooling: 0.5 }),
        rivals: 0.5,
        redirected: 16,
        restarts: 1,
        keep: Keep::Last,
        display: Display::Pixels,
        octaves: None,
    }
}
