use super::{Display, Keep, Recipe};
use crate::visualization::{Adam, Fourier, Jitter, Optimizer, Pad, Parametrization, Rotate, Transform, Zoom};

pub(super) const ABOUT: &str =
    "decorrelated colors in Fourier space under random padding, jitter, scale and rotation";

/// Feature visualization of Olah, Mordvintsev and Schubert (2017); the number of steps is that of their library, the
/// article's figures took 2,560.
pub(super) fn recipe() -> Recipe {
    Recipe {
        name: "olah".into(),
        source: "Olah et al. 2017".into(),
        steps: 512,
        parametrization: Parametrization::Fourier(Fourier { deviation: 0.01, decay: 1.0, saturation: 1.0 }),
        transforms: vec![
            Transform::Pad(Pad { grey: 0.5 }),
            Transform::Jitter(Jitter { pixels: 16 }),
            Transform::Scale(Zoom { factors: vec![1.0, 0.975, 1.025, 0.95, 1.05] }),
            Transform::Rotate(Rotate { degrees: (-5..=5).map(f64::from).collect() }),
            Transform::Jitter(Jitter { pixels: 8 }),
        ],
        views: 1,
        regularizers: vec![],
        optimizer: Optimizer::Adam(Adam { rate: 0.05, beta1: 0.9, beta2: 0.999, cooling: 0.0 }),
        rivals: 0.0,
        redirected: 16,
        restarts: 1,
        keep: Keep::Last,
        display: Display::Pixels,
        octaves: None,
    }
}
