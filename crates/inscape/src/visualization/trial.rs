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

    /// The default recipe of the network: `smoothed` where its classes can be climbed through noise, otherwise `clear`.
    ///
    /// # Errors
    /// As [`Recipe::named`].
    pub fn recipe(&self) -> Result<Recipe, Error> {
        Recipe::named(if self.surprise < Trial::LIMIT { "smoothed" } else { "clear" })
    }
}

impl Model {
    /// Tries how well the network's classes can be climbed through noise, which tells its default recipe. `None` for a network
    /// without classes, or whose pictures have more than four channels.
    ///
    /// ```no_run
    /// use inscape::visualization::Recipe;
    /// let model = inscape::Model::open("model.onnx")?;
    /// let recipe = match model.trial(&Default::default())? {
    ///     Some(trial) => trial.recipe()?,
    ///     None => Recipe::named("clear")?,
    /// };
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) for a network too large for a batch of eight, and
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn trial(&self, watch: &Watch<'_>) -> Result<Option<Trial>, Error> {
        let Ok(card) = self.preprocessing() else { return Ok(None) };
        let Ok(shape) = self.head().and_then(|head| self.shape(head.scores)) else { return Ok(None) };
        let is_vector = shape.iter().filter(|&&size| size > 1).count() <= 1;
        if !is_vector || card.mean.len() > QUAD {
            return Ok(None);
        }
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
        Ok(Some(Trial { classes: tried, surprise: mean / (classes as f64).ln() }))
    }
}
