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
    /// Where the two part.
    pub parting: Parting,
}

/// Where a target and its linearization part by a tenth of the linear change, |S(I₀+εd) − S(I₀) − ε·w·d| > |ε·w·d|/10,
/// looking to both sides of I₀. Distances are in model space.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Parting {
    /// The least |ε| at which they do.
    At(f64),
    /// They do not up to this |ε|, which is ‖I₀‖, or 1 where that is less.
    Beyond(f64),
    /// Below this |ε| the linear change drowns in the rounding of the score, and where it does not they have parted
    /// already: nothing can be said of a radius.
    Drowned(f64),
}

/// Points drawn on each side of the input.
const SIDE: i32 = 16;

/// The part of the linear change by which target and linearization are said to part.
const TENTH: f64 = 0.1;

/// Rounding of a score, as a part of the largest of |S|, |w·I₀| and |b|: a generous bound for f32 networks.
const ROUNDING: f64 = 1e-5;

/// Ratio of neighboring distances that are looked at.
const FINER: f64 = std::f64::consts::SQRT_2;

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
        let inner: f64 = w.iter().zip(here.values()).map(|(w, &x)| w * f64::from(x)).sum();
        let mut deviates = Deviates::new(seed, 0);
        let random: Vec<f64> = w.iter().map(|_| deviates.normal()).collect();
        let reach = length(&here.values().iter().map(|&x| f64::from(x)).collect::<Vec<_>>()).max(1.0);
        let offset = aim.score - inner;
        let size = aim.score.abs().max(inner.abs()).max(offset.abs());
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
            let parting = parting(size, slope, reach, |step| Ok(at(step)? - aim.score - step * slope))?;
            let wide = match parting {
                Parting::At(radius) => 2.0 * radius,
                Parting::Beyond(reach) => reach,
                Parting::Drowned(least) => reach.min(2.0 * least),
            };
            let mut points = Vec::new();
            for k in -SIDE..=SIDE {
                let step = wide * f64::from(k) / f64::from(SIDE);
                points.push([step, at(step)?, aim.score + step * slope]);
            }
            lines.push(Line { direction, slope, points, parting });
        }
        watch.step(2, 2)?;
        Ok(FirstOrder { target: aim.subject, score: aim.score, inner, offset, norm, lines })
    }
}

/// Looks outwards for the first distance at which `rest`, the target less its linearization, is more than a tenth of the
/// linear change on either side; `size` is what the score's rounding is measured by.
fn parting(
    size: f64,
    slope: f64,
    reach: f64,
    rest: impl Fn(f64) -> Result<f64, Error>,
) -> Result<Parting, Error> {
    let holds = |step: f64| -> Result<bool, Error> {
        let allowed = TENTH * (step * slope).abs();
        Ok(rest(step)?.abs() <= allowed && rest(-step)?.abs() <= allowed)
    };
    let halved = |mut near: f64, mut far: f64| -> Result<f64, Error> {
        for _ in 0..8 {
            let middle = f64::midpoint(near, far);
            if holds(middle)? { near = middle } else { far = middle }
        }
        Ok(far)
    };
    let least = (ROUNDING * size / (TENTH * slope.abs())).max(1e-6 * reach);
    if slope == 0.0 || least > reach || !holds(least)? {
        return Ok(Parting::Drowned(if slope == 0.0 { f64::INFINITY } else { least }));
    }
    let (mut near, mut far) = (least, least);
    while holds(far)? {
        if far >= reach {
            return Ok(Parting::Beyond(reach));
        }
        (near, far) = (far, (far * FINER).min(reach));
    }
    let mut radius = halved(near, far)?;
    // Whatever is drawn nearer than the radius has to hold too, or the plot would belie it.
    let mut k = 1;
    while k < SIDE / 2 {
        let drawn = |k: i32| radius * f64::from(2 * k) / f64::from(SIDE);
        if drawn(k) > least && !holds(drawn(k))? {
            radius = halved(drawn(k - 1).max(least), drawn(k))?;
            k = 0;
        }
        k += 1;
    }
    Ok(Parting::At(radius))
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|v| v * v).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::{Parting, parting};

    fn radius(parting: Parting) -> f64 {
        match parting {
            Parting::At(radius) => radius,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_radius_is_where_a_parabola_leaves_its_tangent() {
        // ε² = |2ε|/10 at ε = 0.2.
        let found = parting(1.0, 2.0, 100.0, |e| Ok(e * e)).unwrap();
        assert!((radius(found) - 0.2).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn a_side_that_bends_first_is_seen_whichever_it_is() {
        for side in [1.0, -1.0] {
            let found = parting(1.0, 2.0, 100.0, |e| Ok(if e * side > 0.0 { e * e } else { 0.0 })).unwrap();
            assert!((radius(found) - 0.2).abs() < 1e-3, "{side}: {found:?}");
        }
    }

    #[test]
    fn a_short_excursion_is_not_stepped_over() {
        let bump = |e: f64| if (0.9..1.2).contains(&e) { e } else { 0.001 * e * e };
        let found = parting(1.0, 1.0, 1000.0, |e| Ok(bump(e))).unwrap();
        assert!((radius(found) - 0.9).abs() < 2e-3, "{found:?}");
    }

    #[test]
    fn what_drowns_in_rounding_has_no_radius() {
        let noise = |e: f64| Ok(1e-6 * (1e9 * e).sin());
        assert!(matches!(parting(20.0, 1e-9, 100.0, noise).unwrap(), Parting::Drowned(_)));
        assert_eq!(parting(20.0, 0.0, 100.0, noise).unwrap(), Parting::Drowned(f64::INFINITY));
        // Here the score bends below the least distance that can be told from rounding.
        let early = parting(20.0, 0.01, 100.0, |e| Ok(e * e)).unwrap();
        assert!(matches!(early, Parting::Drowned(least) if (least - 0.2).abs() < 1e-9), "{early:?}");
    }

    #[test]
    fn a_line_is_followed_to_the_end_and_a_broken_score_is_none() {
        assert_eq!(parting(1.0, 2.0, 100.0, |_| Ok(0.0)).unwrap(), Parting::Beyond(100.0));
        let broken = parting(1.0, 2.0, 100.0, |e| Ok(if e < -3.0 { f64::NAN } else { 0.0 })).unwrap();
        assert!((radius(broken) - 3.0).abs() < 1e-2, "{broken:?}");
    }
}
