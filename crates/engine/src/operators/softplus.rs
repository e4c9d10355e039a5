use inscape_tensor::math::{self, Arithmetic};

use super::curve::{Curve, along};
use crate::error::Refusal;
use crate::operator::{Built, Site};

#[derive(Clone, Copy)]
struct Softplus;

impl Curve for Softplus {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        let above = if x < 0.0 { 0.0 } else { x };
        above + math::ln_1p(math::exp(-x.abs()))
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        math::sigmoid(x)
    }
}

/// y = ln(1 + eˣ).
pub(super) fn softplus(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Softplus)
}

#[derive(Clone, Copy)]
struct Softsign;

impl Curve for Softsign {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x / (1.0 + x.abs())
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        let scale = 1.0 / (1.0 + x.abs());
        scale * scale
    }
}

/// y = x / (1 + |x|).
pub(super) fn softsign(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Softsign)
}

#[derive(Clone, Copy)]
struct Mish;

impl Curve for Mish {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x * math::tanh(Softplus.value::<A>(x))
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        let gate = math::tanh(Softplus.value::<A>(x));
        gate + x * math::sigmoid(x) * (1.0 - gate * gate)
    }
}

/// y = x·tanh(ln(1 + eˣ)) (Misra 2019).
pub(super) fn mish(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Mish)
}

#[cfg(test)]
mod tests {
    use inscape_testkit::noise;

    use super::super::check::Check;

    #[test]
    fn values_and_derivatives_are_the_definitions() {
        let functions: [(&str, fn(f64) -> f64); 3] = [
            ("Softplus", |x| x.exp().ln_1p()),
            ("Softsign", |x| x / (1.0 + x.abs())),
            ("Mish", |x| x * x.exp().ln_1p().tanh()),
        ];
        for (operator, f) in functions {
            let x = noise(4, 80).into_iter().map(|x| 9.0 * x).collect();
            let check = Check::new(operator, 22).floats(&[8, 10], x);
            check.agrees_with(|x| x[0].iter().map(|&x| f(x)).collect());
        }
    }

    #[test]
    fn far_from_zero_softplus_is_a_rectifier() {
        let y = Check::new("Softplus", 22).floats(&[3], vec![-1e4, 1e4, f32::INFINITY]).run();
        assert_eq!(y[0].f32s().unwrap()[..], [0.0, 1e4, f32::INFINITY]);
    }
}
