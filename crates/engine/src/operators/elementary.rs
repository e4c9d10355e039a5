use inscape_tensor::Element;
use inscape_tensor::math::{self, Arithmetic};

use super::curve::{Curve, From, along};
use super::discrete::single;
use crate::error::Refusal;
use crate::operator::{Built, Role, Site};

#[derive(Clone, Copy)]
struct Exp;

impl Curve for Exp {
    const FROM: From = From::Output;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        math::exp(x)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, y: f32) -> f32 {
        y
    }
}

/// y = eˣ.
pub(super) fn exp(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Exp)
}

#[derive(Clone, Copy)]
struct Log;

impl Curve for Log {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        math::ln(x)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        1.0 / x
    }
}

/// y = ln x.
pub(super) fn log(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Log)
}

#[derive(Clone, Copy)]
struct Sqrt;

impl Curve for Sqrt {
    const FROM: From = From::Output;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x.sqrt()
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, y: f32) -> f32 {
        0.5 / y
    }
}

/// y = √x.
pub(super) fn sqrt(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Sqrt)
}

#[derive(Clone, Copy)]
struct Reciprocal;

impl Curve for Reciprocal {
    const FROM: From = From::Output;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        1.0 / x
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, y: f32) -> f32 {
        -y * y
    }
}

/// y = 1/x.
pub(super) fn reciprocal(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Reciprocal)
}

#[derive(Clone, Copy)]
struct Neg;

impl Curve for Neg {
    const FROM: From = From::Nothing;
    const ROLE: Role = Role::Linear;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        -x
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, _: f32) -> f32 {
        -1.0
    }
}

/// y = −x.
pub(super) fn neg(site: &Site<'_>) -> Result<Built, Refusal> {
    match site.required(0)?.element {
        Element::I64 => single(site, i64::wrapping_neg),
        _ => along(site, Neg),
    }
}

#[derive(Clone, Copy)]
struct Abs;

impl Curve for Abs {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x.abs()
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        Sign.value::<A>(x)
    }
}

/// y = |x|; its derivative at 0 is 0.
pub(super) fn abs(site: &Site<'_>) -> Result<Built, Refusal> {
    match site.required(0)?.element {
        Element::I64 => single(site, i64::wrapping_abs),
        _ => along(site, Abs),
    }
}

#[derive(Clone, Copy)]
struct Sign;

impl Curve for Sign {
    const FROM: From = From::Nothing;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        if x > 0.0 {
            1.0
        } else if x < 0.0 {
            -1.0
        } else {
            x * 0.0
        }
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, _: f32) -> f32 {
        0.0
    }
}

/// y = −1, 0 or 1; its derivative is 0.
pub(super) fn sign(site: &Site<'_>) -> Result<Built, Refusal> {
    match site.required(0)?.element {
        Element::I64 => single(site, i64::signum),
        _ => along(site, Sign),
    }
}

#[derive(Clone, Copy)]
struct Floor;

impl Curve for Floor {
    const FROM: From = From::Nothing;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x.floor()
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, _: f32) -> f32 {
        0.0
    }
}

/// The greatest whole number not above x; its derivative is 0.
pub(super) fn floor(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Floor)
}

#[derive(Clone, Copy)]
struct Ceil;

impl Curve for Ceil {
    const FROM: From = From::Nothing;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x.ceil()
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, _: f32) -> f32 {
        0.0
    }
}

/// The least whole number not below x; its derivative is 0.
pub(super) fn ceil(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Ceil)
}

#[derive(Clone, Copy)]
struct Round;

impl Curve for Round {
    const FROM: From = From::Nothing;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x.round_ties_even()
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, _: f32) -> f32 {
        0.0
    }
}

/// The nearest whole number, the even one of two; its derivative is 0.
pub(super) fn round(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Round)
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use super::super::check::{Check, numbers};

    #[test]
    fn values_and_derivatives_are_the_definitions() {
        let functions: [(&str, fn(f64) -> f64); 10] = [
            ("Exp", f64::exp),
            ("Log", f64::ln),
            ("Sqrt", f64::sqrt),
            ("Reciprocal", f64::recip),
            ("Neg", |x| -x),
            ("Abs", f64::abs),
            ("Sign", f64::signum),
            ("Floor", f64::floor),
            ("Ceil", f64::ceil),
            ("Round", f64::round_ties_even),
        ];
        for (operator, f) in functions {
            let positive = matches!(operator, "Log" | "Sqrt");
            let x: Vec<f32> = noise(2, 64).into_iter().map(|x| 3.0 * x + 0.3f32.copysign(x)).collect();
            let x = if positive { x.into_iter().map(f32::abs).collect() } else { x };
            let check = Check::new(operator, 13).floats(&[4, 16], x);
            check.agrees_with(|x| x[0].iter().map(|&x| f(x)).collect());
        }
    }

    #[test]
    fn corners_are_flat_and_halves_go_to_the_even_number() {
        let abs = Check::new("Abs", 13).floats(&[1], vec![0.0]);
        assert_eq!(abs.gradients(&[vec![1.0]])[0], Some(vec![0.0]));
        let round = Check::new("Round", 11).floats(&[4], vec![0.5, 1.5, -2.5, 2.5]);
        assert_eq!(numbers(&round.run()[0]), [0.0, 2.0, -2.0, 2.0]);
    }

    #[test]
    fn integers_are_served_for_shapes() {
        let run = |operator| {
            let x = Constant::from_i64s(&[3], vec![-2, 0, i64::MIN]);
            Check::new(operator, 13).constant(x).run()[0].i64s().unwrap().to_vec()
        };
        assert_eq!(run("Neg"), [2, 0, i64::MIN]);
        assert_eq!(run("Abs"), [2, 0, i64::MIN]);
        assert_eq!(run("Sign"), [-1, 0, -1]);
    }
}
