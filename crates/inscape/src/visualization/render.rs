use inscape_tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::course::Course;
use super::state::State;
use super::studio::Studio;
use super::{Optimizer, Parametrization, Regularizer, Transform};
use crate::error::Error;
use crate::model::Model;
use crate::target::Objective;

/// One image that climbed one objective.
#[derive(Clone, Debug)]
pub struct Rendering {
    /// What it climbed.
    pub objective: Objective,
    /// The unit's position along all axes but the batch's, where the objective is one unit.
    pub position: Option<Vec<usize>>,
    /// The image in the network's own numbers: (1, C, H, W).
    pub image: Tensor,
    /// The objective before the first step, without transforms.
    pub score_first: f64,
    /// The objective of the image, without transforms.
    pub score_last: f64,
    /// Score and probability of the image, where the objective is about one class.
    pub class: Option<[f64; 2]>,
    /// The objective at every step, as the optimizer saw it.
    pub curve: Vec<CurvePoint>,
    /// Steps that were taken.
    pub steps: usize,
    /// Numbers that were settled at the first step, by name.
    pub settled: Vec<(&'static str, f64)>,
    /// The image every few steps, in the network's own numbers, where an animation was asked for.
    pub frames: Vec<Tensor>,
    /// What could mislead, in sentences.
    pub warnings: Vec<String>,
}

/// One step of an ascent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Steps done before.
    pub step: usize,
    /// The objective under the step's transforms.
    pub objective: f64,
    /// The class's score and probability, where the objective is about one class.
    pub class: Option<[f64; 2]>,
}

/// What an ascent gives.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// One image per objective, in their order.
    pub renderings: Vec<Rendering>,
    /// Where it stands, to go on from where it was stopped; `None` when it ran to its end.
    pub unfinished: Option<State>,
}

/// Finds the inputs that maximize objectives, one image each, as one batch:
/// argmax over θ of E[objective(network(transform(parametrization(θ))))] − regularizers.
///
/// # Errors
/// [`ErrorKind::Target`](crate::ErrorKind::Target) for a unit the network does not have,
/// [`ErrorKind::Setting`](crate::ErrorKind::Setting) for parts that do not fit each other or a network that takes no pictures,
/// [`ErrorKind::Memory`](crate::ErrorKind::Memory) for too large a batch.
pub fn render(
    model: &Model,
    objectives: &[Objective],
    parametrization: &Parametrization,
    transforms: &[Transform],
    regularizers: &[Regularizer],
    optimizer: &Optimizer,
    course: &Course<'_>,
) -> Result<Rendered, Error> {
    let mut studio =
        Studio::new(model, objectives, parametrization, transforms, regularizers, optimizer, course)?;
    while studio.step_number() < course.steps && !course.stops() && studio.alive() {
        let scores = studio.step()?;
        course.tell(studio.step_number(), &scores);
    }
    studio.finish()
}
