//! The first-order argument of Simonyan et al. (2014): near an input I₀ a target is almost w·I + b with w = ∂S/∂I.

use inscape_tensor::Tensor;

use crate::attribution::Subject;
use crate::error::Error;
use crate::model::{Input, Model};
use crate::random::Deviates;
use crate::target::Target;
use crate::watch::Watch;

/// A target, its linear part at an input, and how far that holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FirstOrder {
    /// What was asked about.
    pub target: Subject,
    /// S(I₀).
    pub score: f64,
    /// w·I₀.
    pub inner: f64,
    /// b = S(I₀) − w·I₀.
    pub offset: f64,
    /// ‖w‖.
    pub norm: f64,
    /// Along the gradient, d = w/‖w‖, and along a random direction.
    pub lines: Vec<Line>,
}

/// A target along a line I₀ + εd with ‖d‖ = 1.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line {
    /// `gradient` or `random`.
    pub direction: &'static str,
    /// w·d.
    pub slope: f64,
    /// ε, S(I₀+εd) and its linearization S(I₀) + ε·w·d.
    pub points: Vec<[f64; 3]>,
    /// The least ε > 0 at which they part by 10 % of ε·w·d, in model space; `None` where they do not within ‖I₀‖.
    pub radius: Option<f64>,
}

/// Points drawn on each side of the input.
const SIDE: i32 = 16;

impl Model {
    /// Follows a target along its gradient and along a random direction (drawn from `seed`), and finds where it leaves its
    /// linearization.
    ///
    /// # Errors
    /// As [`Model::attribute`], and where the watch says to stop.
    pub fn first_order(
        &self,
        input: &Input,
        target: impl Into<Target>,
        seed: u64,
        watch: &Watch<'_>,
    ) -> Result<FirstOrder, Error> {
        let aim = self.aim(input, target)?;
        let here = input.tensor();
        let w: Vec<f64> = aim.gradient.values().iter().map(|&w| f64::from(w)).collect();
        let norm = length(&w);
        let inner = w.iter().zip(here.values()).map(|(w, &x)| w * f64::from(x)).sum();
        let mut deviates = Deviates::new(seed, 0);
        let random: Vec<f64> = w.iter().map(|_| deviates.normal()).collect();
        let reach = length(&here.values().iter().map(|&x| f64::from(x)).collect::<Vec<_>>()).max(1.0);
        let mut lines = Vec::new();
        for (i, (direction, d)) in [("gradient", &w), ("random", &random)].into_iter().enumerate() {
            watch.step(i, 2)?;
            let length = length(d).max(f64::MIN_POSITIVE);
            let d: Vec<f64> = d.iter().map(|d| d / length).collect();
            let slope: f64 = w.iter().zip(&d).map(|(w, d)| w * d).sum();
            let at = |step: f64| {
                let moved = here.values().iter().zip(&d).map(|(&x, d)| (f64::from(x) + step * d) as f32);
                aim.value_at(self, &Tensor::new(here.shape(), moved.collect()))
            };
            let radius = radius(aim.score, slope, reach, at)?;
            let wide = 2.0 * radius.unwrap_or(reach / 2.0);
            let mut points = Vec::new();
            for k in -SIDE..=SIDE {
                let step = wide * f64::from(k) / f64::from(SIDE);
                points.push([step, at(step)?, aim.score + step * slope]);
            }
            lines.push(Line { direction, slope, points, radius });
        }
        watch.step(2, 2)?;
        Ok(FirstOrder {
            target: aim.subject,
            score: aim.score,
            inner,
            offset: aim.score - inner,
            norm,
            lines,
        })
    }
}

/// Doubles the step until target and linearization part by 10 % of the linear change, then halves the bracket.
fn radius(
    score: f64,
    slope: f64,
    reach: f64,
    at: impl Fn(f64) -> Result<f64, Error>,
) -> Result<Option<f64>, Error> {
    let parted = |step: f64| -> Result<bool, Error> {
        Ok((at(step)? - score - step * slope).abs() > 0.1 * (step * slope).abs())
    };
    // Below this step the linear change drowns in the rounding of f32 scores.
    let least = 1e-4 * score.abs().max(1.0) / slope.abs().max(f64::MIN_POSITIVE);
    let (mut near, mut far) = (0.0, least.max(1e-6 * reach));
    while far <= reach && !parted(far)? {
        (near, far) = (far, far * 2.0);
    }
    if far > reach {
        return Ok(None);
    }
    for _ in 0..8 {
        let middle = (near + far) / 2.0;
        if middle > least && parted(middle)? { far = middle } else { near = middle }
    }
    Ok(Some(far))
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|v| v * v).sum::<f64>().sqrt()
}
