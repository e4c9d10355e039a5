use super::{Display, Keep, Recipe};
use crate::visualization::{Ascent, L2, Optimizer, Parametrization, Pixels, Rate, Regularizer, Space, Start};

pub(super) const ABOUT: &str =
    "the class score less λ‖I‖², from the zero image; the mean is added for display";

/// Class model visualization of Simonyan, Vedaldi and Zisserman (2014). λ, the step and their number are unpublished.
pub(super) fn recipe() -> Recipe {
    Recipe {
        name: "simonyan".into(),
        source: "Simonyan et al. 2014".into(),
        steps: 200,
        parametrization: Parametrization::Pixels(Pixels { space: Space::Levels, start: Start::Zero }),
        transforms: vec![],
        views: 1,
        regularizers: vec![Regularizer::L2(L2 { lambda: None, amplitude: 20.0 })],
        optimizer: Optimizer::Ascent(Ascent {
            rate: Rate::Constant { rate: 1.0, first: 1.0, most: Some(1.0) },
        }),
        rivals: 0.0,
        redirected: 0,
        restarts: 1,
        keep: Keep::Last,
        display: Display::Pixels,
        octaves: None,
    }
}
