use super::{Display, Keep, Recipe};
use crate::visualization::{
    Ascent, Optimizer, Parametrization, Pixels, Rate, Regularizer, Space, Sphere, Start,
};

pub(super) const ABOUT: &str =
    "a unit's activation on the sphere of the data's mean norm, from several random starts";

/// Activation maximization of Erhan, Bengio, Courville and Vincent (2009): x ~ U[0,1], ‖x‖ = ρ after every step. The step
/// size is unpublished.
pub(super) fn recipe() -> Recipe {
    Recipe {
        name: "erhan".into(),
        source: "Erhan et al. 2009".into(),
        steps: 200,
        parametrization: Parametrization::Pixels(Pixels {
            space: Space::Model,
            start: Start::Uniform { low: 0.0, high: 1.0 },
        }),
        transforms: vec![],
        views: 1,
        regularizers: vec![Regularizer::Sphere(Sphere { norm: None })],
        optimizer: Optimizer::Ascent(Ascent { rate: Rate::Radius { fraction: 0.2 } }),
        rivals: 0.0,
        redirected: 0,
        restarts: 9,
        keep: Keep::Best,
        display: Display::Stretched,
        octaves: None,
    }
}
