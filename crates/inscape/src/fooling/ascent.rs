use inscape_tensor::Tensor;

use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::model::Model;
use crate::random::Deviates;
use crate::report::{Curves, Series};
use crate::target::{Objective, Position, Settled, Term};
use crate::watch::Watch;

/// How pixels climb the gradient of a class's probability (Nguyen, Yosinski and Clune 2015).
///
/// X is the image less the mean color, in levels 0..255; it begins as N(0, 1). In each step
/// X ← (X + rate·∇P)·(1 − decay) with rate = min(max_rate, min(early, late·(1 − P)) / ‖∇P‖²), so that P should rise by
/// `early`, or by a part of what is missing; then X + mean is kept within 0..255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ascent {
    /// 300, as published.
    pub steps: usize,
    /// 0.01, as published; their control without regularization has 0, with 500 steps and `early` 0.02.
    pub decay: f64,
    /// The rise wanted while P is low: 0.03, as published.
    pub early: f64,
    /// The part of 1 − P wanted when it is high: 0.1, as published.
    pub late: f64,
    /// 1e12, as published.
    pub max_rate: f64,
    /// What the start is drawn from, together with the class.
    pub seed: u64,
}

impl Default for Ascent {
    fn default() -> Ascent {
        Ascent { steps: 300, decay: 0.01, early: 0.03, late: 0.1, max_rate: 1e12, seed: 0 }
    }
}

/// An image that climbed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ascended {
    /// The class.
    pub class: usize,
    /// The best image on the way, on 8-bit levels.
    pub image: Image,
    /// Its probability.
    pub probability: f64,
    /// The step it comes from; 0 is the start.
    pub step: usize,
    /// The class's probability before each step and after the last.
    pub probabilities: Vec<f64>,
    /// What could mislead.
    pub warnings: Vec<String>,
}

impl Ascent {
    fn check(&self) -> Result<(), Error> {
        const MOST: usize = 1_000_000;
        let wrong = |context: String| Err(Error::new(ErrorKind::Setting, context));
        if self.steps == 0 || self.steps > MOST {
            return wrong(format!("steps is {}; it must be 1 to {MOST}", self.steps));
        }
        if !(0.0..1.0).contains(&self.decay) {
            return wrong(format!("decay is {}; it must be 0 or more and below 1", self.decay));
        }
        for (name, number) in [("early", self.early), ("late", self.late), ("max_rate", self.max_rate)] {
            if !number.is_finite() || number <= 0.0 {
                return wrong(format!("{name} is {number}; it must be above 0"));
            }
        }
        Ok(())
    }
}

impl Model {
    /// Climbs the probability of a class from noise around the mean color.
    ///
    /// # Errors
    /// Where a setting is out of range, there is no such class, the model takes no pictures or gives no class scores, or
    /// the watch says to stop.
    pub fn ascend(&self, class: usize, ascent: &Ascent, watch: &Watch<'_>) -> Result<Ascended, Error> {
        ascent.check()?;
        let slope = Slope::new(self, class)?;
        let levels = Levels::of(self)?;
        let mut draw = Deviates::new(ascent.seed, class as u64);
        let mut x: Vec<f64> = (0..levels.shape.iter().product()).map(|_| draw.normal()).collect();
        let mut probabilities = Vec::new();
        let mut warnings = Vec::new();
        let mut best = (f64::NEG_INFINITY, 0, Tensor::zeros(self.input_shape()));
        for step in 0..=ascent.steps {
            watch.step(step, ascent.steps)?;
            levels.clip(&mut x);
            let input = levels.input(&x);
            let (p, gradient) = slope.at(self, &input)?;
            let gradient = levels.gradient(&gradient);
            let norm: f64 = gradient.iter().map(|g| g * g).sum();
            if !p.is_finite() || !norm.is_finite() {
                warnings.push(format!("the network overflows at step {step}; the ascent ended there"));
                break;
            }
            probabilities.push(p);
            if p > best.0 {
                best = (p, step, input);
            }
            if norm == 0.0 && step < ascent.steps {
                warnings.push(format!("the gradient is zero at step {step}; the ascent ended there"));
                break;
            }
            let wanted = ascent.early.min(ascent.late * (1.0 - p));
            let rate = ascent.max_rate.min(wanted / norm);
            x.iter_mut().zip(&gradient).for_each(|(x, g)| *x = (*x + rate * g) * (1.0 - ascent.decay));
        }
        let (highest, step, input) = best;
        if highest <= 0.5 {
            let why =
                "from near zero the gradient tells little and steps overshoot; another seed may do better";
            warnings.push(format!("the probability never reached 0.5: {why}"));
        }
        let image = self.preprocessing()?.picture(&input)?;
        let mut seen = Tensor::zeros(self.input_shape());
        let pixels: Vec<u8> = match levels.means.len() {
            1 => image.rgb().iter().copied().step_by(3).collect(),
            _ => image.rgb().to_vec(),
        };
        self.preprocessing()?.fill(&pixels, seen.values_mut());
        let probability = self.probabilities(&seen)?.first().map_or(0.0, |all| all[class]);
        Ok(Ascended { class, image, probability, step, probabilities, warnings })
    }
}

impl Ascended {
    /// The probability over the steps.
    pub fn curve(&self, name: &str) -> Curves {
        let points = self.probabilities.iter().enumerate().map(|(step, &p)| [step as f64, p]).collect();
        Curves {
            title: "Fooling image by gradient ascent: confidence".into(),
            across: "step".into(),
            up: "probability".into(),
            series: vec![Series { name: name.to_owned(), points }],
        }
    }
}

/// The gradient of one class's probability.
struct Slope {
    values: Vec<inscape_engine::ValueId>,
    settled: Settled,
}

impl Slope {
    fn new(model: &Model, class: usize) -> Result<Slope, Error> {
        let ground = model.ground();
        let objective = Objective::from(Term::Posterior(class));
        let values = ground.values(&objective)?;
        let start = Tensor::zeros(model.input_shape());
        let wanted = model.backward_to_input(&start, &values)?;
        let settled = model.run(&wanted, &start, |activations| {
            Settled::new(&objective, &ground, Position::Max, |value| Ok(activations.value(value)?))
        })?;
        Ok(Slope { values, settled })
    }

    fn at(&self, model: &Model, input: &Tensor) -> Result<(f64, Tensor), Error> {
        let found = model.gradients(input, &self.values, &self.settled)?;
        Ok((found.scores[0], found.gradients))
    }
}

/// Between the network's numbers and levels less the mean: x = (level·scale − mean)/std, X = level − mean/scale.
struct Levels {
    /// By channel: std/scale, the levels in one of the network's units.
    units: Vec<f64>,
    /// By channel: mean/scale.
    means: Vec<f64>,
    shape: [usize; 4],
}

impl Levels {
    fn of(model: &Model) -> Result<Levels, Error> {
        let p = model.preprocessing()?;
        let by_scale = |numbers: &[f64]| numbers.iter().map(|number| number / p.scale).collect();
        Ok(Levels { units: by_scale(&p.std), means: by_scale(&p.mean), shape: p.shape() })
    }

    fn area(&self) -> usize {
        self.shape[2] * self.shape[3]
    }

    fn clip(&self, x: &mut [f64]) {
        for (plane, mean) in x.chunks_exact_mut(self.area()).zip(&self.means) {
            plane.iter_mut().for_each(|x| *x = (*x + mean).clamp(0.0, 255.0) - mean);
        }
    }

    fn input(&self, x: &[f64]) -> Tensor {
        let planes = x.chunks_exact(self.area()).zip(&self.units);
        let values = planes.flat_map(|(plane, unit)| plane.iter().map(move |x| (x / unit) as f32));
        Tensor::new(self.shape, values.collect())
    }

    fn gradient(&self, of_input: &Tensor) -> Vec<f64> {
        let planes = of_input.values().chunks_exact(self.area()).zip(&self.units);
        planes.flat_map(|(plane, unit)| plane.iter().map(move |&g| f64::from(g) / unit)).collect()
    }
}
