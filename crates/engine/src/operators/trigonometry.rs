use inscape_tensor::math::Arithmetic;

use super::curve::{Curve, along};
use crate::error::Refusal;
use crate::operator::{Built, Site};

/// A function and its derivative, called one number at a time.
#[derive(Clone, Copy)]
struct Called {
    value: fn(f32) -> f32,
    slope: fn(f32) -> f32,
}

impl Curve for Called {
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        (self.value)(x)
    }

    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        (self.slope)(x)
    }
}

/// y = sin x.
pub(super) fn sin(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::sinf, slope: libm::cosf })
}

/// y = cos x.
pub(super) fn cos(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::cosf, slope: |x| -libm::sinf(x) })
}

/// y = tan x.
pub(super) fn tan(site: &Site<'_>) -> Result<Built, Refusal> {
    let slope = |x| {
        let y = libm::tanf(x);
        1.0 + y * y
    };
    along(site, Called { value: libm::tanf, slope })
}

/// y = arcsin x.
pub(super) fn asin(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::asinf, slope: |x| 1.0 / (1.0 - x * x).sqrt() })
}

/// y = arccos x.
pub(super) fn acos(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::acosf, slope: |x| -1.0 / (1.0 - x * x).sqrt() })
}

/// y = arctan x.
pub(super) fn atan(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::atanf, slope: |x| 1.0 / (1.0 + x * x) })
}

/// y = sinh x.
pub(super) fn sinh(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::sinhf, slope: libm::coshf })
}

/// y = cosh x.
pub(super) fn cosh(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::coshf, slope: libm::sinhf })
}

/// y = arsinh x.
pub(super) fn asinh(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::asinhf, slope: |x| 1.0 / (x * x + 1.0).sqrt() })
}

/// y = arcosh x.
pub(super) fn acosh(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::acoshf, slope: |x| 1.0 / (x * x - 1.0).sqrt() })
}

/// y = artanh x.
pub(super) fn atanh(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Called { value: libm::atanhf, slope: |x| 1.0 / (1.0 - x * x) })
}

#[cfg(test)]
mod tests {
    use inscape_testkit::noise;

    use super::super::check::Check;

    #[test]
    fn values_and_derivatives_are_the_definitions() {
        let functions: [(&str, f32, f32, fn(f64) -> f64); 11] = [
            ("Sin", 0.0, 9.0, f64::sin),
            ("Cos", 0.0, 9.0, f64::cos),
            ("Tan", 0.0, 1.4, f64::tan),
            ("Asin", 0.0, 0.9, f64::asin),
            ("Acos", 0.0, 0.9, f64::acos),
            ("Atan", 0.0, 9.0, f64::atan),
            ("Sinh", 0.0, 5.0, f64::sinh),
            ("Cosh", 0.0, 5.0, f64::cosh),
            ("Asinh", 0.0, 9.0, f64::asinh),
            ("Acosh", 4.0, 2.5, f64::acosh),
            ("Atanh", 0.0, 0.9, f64::atanh),
        ];
        for (operator, middle, reach, f) in functions {
            let x = noise(9, 40).into_iter().map(|x| middle + reach * x).collect();
            let check = Check::new(operator, 22).floats(&[40], x);
            check.agrees_with(|x| x[0].iter().map(|&x| f(x)).collect());
        }
    }
}
