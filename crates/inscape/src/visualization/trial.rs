use std::fmt;

use super::course::Course;
use super::recipe::Recipe;
use super::regularizer::{Regularizer, TotalVariation};
use super::render::render;
use super::transform::QUAD;
use super::{Adam, Fourier, Noise, Optimizer, Parametrization, Transform};
use crate::error::Error;
use crate::model::Model;
use crate::target::{Objective, Term};
use crate::watch::Watch;

/// How well a network's classes can be climbed through noise: a few classes, evenly spread, are climbed in [`Trial::STEPS`] under normal
/// noise of 0.3 of the range from black to white, and what counts is the probability the network gives them in the last four.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The classes.
    pub classes: Vec<usize>,
    /// The mean of −ln P over classes and steps, as a share of ln K, that of a guess among K classes: 1 where nothing was found,
    /// 0 where the network is sure.
    pub surprise: f64,
}

const CLASSES: usize = 8;
/// Last steps, which count.
const COUNTED: usize = 4;

impl Trial {
    /// Steps of a trial.
    pub const STEPS: usize = 16;

    /// The surprise below which shapes show through the noise. Measured: SqueezeNet 1.1, whose images noise spoils, 1.08;
    /// EfficientNet-Lite0 and Lite2, whose images need it, 0.68 and 0.42.
    pub const LIMIT: f64 = 0.85;
}

/// What tells a network's default recipe.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fitting {
    /// It sees grey pictures: `strokes`.
    Grey,
    /// It has no classes to try: `clear`.
    Untried,
    /// Its classes were climbed through noise: `smoothed` where that went well, otherwise `clear`.
    Tried(Trial),
}

impl Fitting {
    /// The default recipe.
    ///
    /// # Errors
    /// As [`Recipe::named`].
    pub fn recipe(&self) -> Result<Recipe, Error> {
        Recipe::named(match self {
            Fitting::Grey => "strokes",
            Fitting::Tried(trial) if trial.surprise < Trial::LIMIT => "smoothed",
            Fitting::Untried | Fitting::Tried(_) => "clear",
        })
    }
}

impl fmt::Display for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fitting::Grey => write!(f, "the network sees grey pictures"),
            Fitting::Untried => write!(f, "the network has no classes to try under noise"),
            Fitting::Tried(Trial { surprise, .. }) => {
                let limit = Trial::LIMIT;
                write!(
                    f,
                    "climbed through noise, its classes keep {surprise:.2} of a guess's surprise, and {limit} parts the two"
                )
            }
        }
    }
}

impl Model {
    /// What tells the network's default recipe; for networks of color pictures a short trial under noise.
    ///
    /// ```no_run
    /// let model = inscape::Model::open("model.onnx")?;
    /// let recipe = model.fitting(&Default::default())?.recipe()?;
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) for a network that takes no pictures,
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) for one too large for a batch of eight, and
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn fitting(&self, watch: &Watch<'_>) -> Result<Fitting, Error> {
        let channels = self.preprocessing()?.mean.len();
        if channels == 1 {
            return Ok(Fitting::Grey);
        }
        let Ok(shape) = self.head().and_then(|head| self.shape(head.scores)) else {
            return Ok(Fitting::Untried);
        };
        let is_vector = shape.iter().filter(|&&size| size > 1).count() <= 1;
        match is_vector && channels <= QUAD {
            true => Ok(Fitting::Tried(self.tried(watch)?)),
            false => Ok(Fitting::Untried),
        }
    }

    fn tried(&self, watch: &Watch<'_>) -> Result<Trial, Error> {
        let classes = self.class_count()?;
        let count = CLASSES.min(classes);
        let tried: Vec<usize> = (0..count).map(|i| (2 * i + 1) * classes / (2 * count)).collect();
        let objectives: Vec<Objective> =
            tried.iter().map(|&class| Objective { terms: vec![(1.0, Term::Class(class))] }).collect();
        let course = Course {
            steps: Trial::STEPS,
            views: 1,
            rivals: 0.5,
            streams: (0..count as u64).collect(),
            watch: *watch,
            ..Course::default()
        };
        let rendered = render(
            self,
            &objectives,
            &Parametrization::Fourier(Fourier { deviation: 0.01, decay: 1.0, saturation: 0.5 }),
            &[Transform::Noise(Noise { first: 0.3, last: 0.3 })],
            &[Regularizer::TotalVariation(TotalVariation { weight: 0.3 })],
            &Optimizer::Adam(Adam { rate: 0.2, beta1: 0.9, beta2: 0.999, cooling: 0.0 }),
            &course,
        )?;
        // a render that was cancelled gives what it has
        watch.step(rendered.renderings[0].steps, Trial::STEPS)?;
        let mut surprises = Vec::new();
        for rendering in &rendered.renderings {
            let last = rendering.curve.iter().rev().take(COUNTED).filter_map(|point| point.class);
            surprises.extend(last.map(|[_, probability]| -probability.max(f64::MIN_POSITIVE).ln()));
        }
        let mean = surprises.iter().sum::<f64>() / surprises.len().max(1) as f64;
        Ok(Trial { classes: tried, surprise: mean / (classes as f64).ln() })
    }
}
