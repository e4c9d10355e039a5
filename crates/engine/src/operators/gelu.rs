use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use inscape_tensor::math::{self, Arithmetic};

use super::curve::{Curve, along, operator};
use crate::error::Refusal;
use crate::operator::{Built, Operator, Site};

#[derive(Clone, Copy)]
struct Erf;

impl Curve for Erf {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        math::erf(x)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        FRAC_2_SQRT_PI * math::exp_by::<A>(-x * x)
    }
}

/// y = 2/√π ∫₀ˣ e^(−t²) dt.
pub(super) fn erf(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Erf)
}

/// Φ(x) from e^(−x²/2), absolute error below 2e-7 (Abramowitz and Stegun, 7.1.26), as
/// much as two roundings of a number near 1.
#[inline(always)]
fn below<A: Arithmetic>(x: f32, bell: f32) -> f32 {
    let t = 1.0 / A::mul_add(0.327_591_1 * FRAC_1_SQRT_2, x.abs(), 1.0);
    let p = A::mul_add(1.061_405_4, t, -1.453_152_1);
    let p = A::mul_add(p, t, 1.421_413_8);
    let p = A::mul_add(p, t, -0.284_496_72);
    let p = A::mul_add(p, t, 0.254_829_6);
    let tail = 0.5 * p * t * bell;
    if x > 0.0 { 1.0 - tail } else { tail }
}

#[derive(Clone, Copy)]
struct Gelu;

impl Curve for Gelu {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x * below::<A>(x, math::exp_by::<A>(-0.5 * x * x))
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        let bell = math::exp_by::<A>(-0.5 * x * x);
        below::<A>(x, bell) + x * (0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI) * bell
    }
}

/// Gelu through tanh(√(2/π)·(x + 0.044715x³)).
#[derive(Clone, Copy)]
struct TanhGelu;

impl TanhGelu {
    const ROOT: f32 = FRAC_1_SQRT_2 * FRAC_2_SQRT_PI;
    const CUBIC: f32 = 0.044_715;

    #[inline(always)]
    fn gate(x: f32) -> f32 {
        math::tanh(Self::ROOT * (x + Self::CUBIC * x * x * x))
    }
}

impl Curve for TanhGelu {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        0.5 * x * (1.0 + TanhGelu::gate(x))
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        let gate = TanhGelu::gate(x);
        let inner = TanhGelu::ROOT * (1.0 + 3.0 * TanhGelu::CUBIC * x * x);
        0.5 * (1.0 + gate) + 0.5 * x * (1.0 - gate * gate) * inner
    }
}

/// y = x·Φ(x), the exact one.
pub(crate) fn exact() -> Box<dyn Operator> {
    operator(Gelu)
}

/// y = x·Φ(x) with the normal distribution Φ, or attribute `approximate` = "tanh" (Hendrycks and Gimpel 2016).
pub(super) fn gelu(site: &Site<'_>) -> Result<Built, Refusal> {
    match site.text("approximate", "none")? {
        "none" => along(site, Gelu),
        "tanh" => along(site, TanhGelu),
        other => {
            Err(Refusal(format!("attribute 'approximate' is '{other}'; 'none' and 'tanh' are supported")))
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_testkit::noise;

    use super::super::check::Check;
    use crate::graph::Attribute;

    /// Its power series, all terms positive.
    fn erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum
    }

    #[test]
    fn values_and_derivatives_are_the_definitions() {
        let x: Vec<f32> = noise(6, 80).into_iter().map(|x| 5.0 * x).collect();
        Check::new("Erf", 13)
            .floats(&[80], x.clone())
            .agrees_with(|x| x[0].iter().map(|&x| erf(x)).collect());
        Check::new("Gelu", 20)
            .floats(&[80], x.clone())
            .agrees_with(|x| x[0].iter().map(|&x| 0.5 * x * (1.0 + erf(x / 2f64.sqrt()))).collect());
        let tanh = Check::new("Gelu", 20).attribute("approximate", Attribute::Text("tanh".into()));
        tanh.floats(&[80], x).agrees_with(|x| {
            let root = (2.0 / std::f64::consts::PI).sqrt();
            x[0].iter().map(|&x| 0.5 * x * (1.0 + (root * (x + 0.044715 * x.powi(3))).tanh())).collect()
        });
        let other = Check::new("Gelu", 20).attribute("approximate", Attribute::Text("rough".into()));
        assert!(other.floats(&[1], vec![0.0]).refusal().contains("rough"));
    }
}
