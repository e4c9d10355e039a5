//! Elementary functions in plain arithmetic: no branches, so that loops over them become vector code, and no system
//! library, so that results are the same bytes everywhere.
//!
//! Where it pays there is a second form by an [`Arithmetic`], whose results are the same bytes for one kernel set.

use crate::Isa;

/// How a product is added to a number.
pub trait Arithmetic {
    /// a·b + c.
    fn mul_add(a: f32, b: f32, c: f32) -> f32;
}

/// The product is rounded, then the sum.
pub struct Separate;

/// Rounded once: an instruction where the processor has it, else very slow.
pub struct Fused;

impl Arithmetic for Separate {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

impl Arithmetic for Fused {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

/// Whether the kernel set in use has an instruction for [`Fused`].
pub fn fuses() -> bool {
    Isa::current() != Isa::Portable
}

/// eˣ; relative error below 2e-7 where the result is a normal number, right at ±∞ and NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    exp_by::<Separate>(x)
}

/// [`exp`] by either arithmetic.
#[inline(always)]
pub fn exp_by<A: Arithmetic>(x: f32) -> f32 {
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let (p, exponent) = split_exp::<A>(x);
    // Two powers of two, as one alone cannot reach the subnormal numbers.
    let half = exponent >> 1;
    p * power_of_two(half) * power_of_two(exponent.wrapping_sub(half))
}

/// A number near 1 and an exponent of 2, whose product is eˣ, for −150 < x < 150.
#[inline(always)]
fn split_exp<A: Arithmetic>(x: f32) -> (f32, i32) {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5·2²³ rounds to a whole number and leaves it in the low bits.
    const ROUNDER: f32 = 12_582_912.0;
    let rounded = A::mul_add(x, LOG2_E, ROUNDER);
    let n = rounded - ROUNDER;
    let r = A::mul_add(n, -LN_2_LOW, A::mul_add(n, -LN_2_HIGH, x));
    let p = A::mul_add(1.987_569_1e-4, r, 1.398_199_9e-3);
    let p = A::mul_add(p, r, 8.333_452e-3);
    let p = A::mul_add(p, r, 4.166_579_6e-2);
    let p = A::mul_add(p, r, 1.666_666_5e-1);
    let p = A::mul_add(p, r, 0.5);
    let p = A::mul_add(p, r * r, r) + 1.0;
    (p, (rounded.to_bits() as i32).wrapping_sub(ROUNDER.to_bits() as i32))
}

/// 2ⁿ for −126 ≤ n ≤ 127, ∞ for 128.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

/// eˣ − 1 without cancellation near 0; relative error below 1e-6.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let whole = exp(x) - 1.0;
    // Taylor's series is exact to the last bit where its next term vanishes against the first.
    let near =
        x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0))))));
    if x.abs() < 0.35 { near } else { whole }
}

/// The natural logarithm; relative error below 2e-7 away from 1, absolute below 1e-7 near it. −∞ at 0, NaN below.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    const SQRT_HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 33_554_432.0 } else { x };
    let bits = scaled.to_bits();
    let exponent = ((bits >> 23) as i32).wrapping_sub(126) as f32 - if subnormal { 25.0 } else { 0.0 };
    let mantissa = f32::from_bits((bits & 0x007F_FFFF) | 0x3F00_0000);
    let low = mantissa < SQRT_HALF;
    let e = if low { exponent - 1.0 } else { exponent };
    let m = if low { mantissa + mantissa - 1.0 } else { mantissa - 1.0 };
    let z = m * m;
    let p = 7.037_683_6e-2;
    let p = p * m - 1.151_461e-1;
    let p = p * m + 1.167_699_9e-1;
    let p = p * m - 1.242_014_1e-1;
    let p = p * m + 1.424_932_3e-1;
    let p = p * m - 1.666_805_8e-1;
    let p = p * m + 2.000_071_5e-1;
    let p = p * m - 2.499_999_4e-1;
    let p = p * m + 3.333_333e-1;
    let y = p * m * z - 2.121_944_4e-4 * e - 0.5 * z;
    let finite = m + y + 0.693_359_4 * e;
    let positive = if x == f32::INFINITY { x } else { finite };
    let signed = if x == 0.0 { f32::NEG_INFINITY } else { positive };
    if x < 0.0 || x.is_nan() { f32::NAN } else { signed }
}

/// ln(1 + x) without cancellation near 0 (x > −1); relative error below 1e-6.
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    // Goldberg's device: what rounding took from 1 + x is divided out again.
    let sum = 1.0 + x;
    let taken = sum - 1.0;
    let scaled = ln(sum) * (x / taken);
    if taken == 0.0 {
        x
    } else if sum == f32::INFINITY {
        sum
    } else {
        scaled
    }
}

/// 1 / (1 + e⁻ˣ); relative error below 4e-7 above −87, absolute below 1e-38 elsewhere.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    sigmoid_by::<Separate>(x)
}

/// [`sigmoid`] by either arithmetic.
#[inline(always)]
pub fn sigmoid_by<A: Arithmetic>(x: f32) -> f32 {
    let x = if x < -89.0 { -89.0 } else { x };
    let x = if x > 87.0 { 87.0 } else { x };
    let (p, exponent) = split_exp::<A>(-x);
    1.0 / (1.0 + p * power_of_two(exponent))
}

/// The hyperbolic tangent; relative error below 4e-7.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let z = x * x;
    let p = -5.704_988_7e-3;
    let p = p * z + 2.063_908_8e-2;
    let p = p * z - 5.373_971_6e-2;
    let p = p * z + 1.333_144_2e-1;
    let p = p * z - 3.333_328e-1;
    let near = p * z * x + x;
    let far = (1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// The error function 2/√π ∫₀ˣ e^(−t²) dt; relative error below 4e-7.
///
/// Polynomials after N. Juffa.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let t = x.abs();
    let s = x * x;
    let far = (-1.728_534_7e-5 * t + 3.831_971_3e-4) * s + (-3.883_964_4e-3 * t + 2.425_462_2e-2);
    let far = far * t - 1.067_778_8e-1;
    let far = far * t - 6.348_467e-1;
    let far = far * t - 1.287_175_1e-1;
    let far = far * t - t;
    let far = (1.0 - exp(if t > 4.0 { -100.0 } else { far })).copysign(x);
    let near = -5.967_617e-4;
    let near = near * s + 4.991_194e-3;
    let near = near * s - 2.676_813_5e-2;
    let near = near * s + 1.128_199_25e-1;
    let near = near * s - 3.761_253_4e-1;
    let near = near * s + 1.283_791_7e-1;
    let near = near * x + x;
    if t > 0.927_734_4 { far } else { near }
}

#[cfg(test)]
mod tests {
    use super::{Fused, erf, exp, exp_by, exp_m1, ln, ln_1p, sigmoid, sigmoid_by, tanh};

    /// The largest relative error over a grid of `n` points.
    fn worst(f: fn(f32) -> f32, truth: impl Fn(f64) -> f64, low: f32, high: f32, n: usize) -> f64 {
        (0..=n)
            .map(|i| low + (high - low) * (i as f32 / n as f32))
            .map(|x| (f64::from(f(x)), truth(x.into())))
            .map(|(y, t)| if y == t { 0.0 } else { (y - t).abs() / t.abs() })
            .fold(0.0, f64::max)
    }

    fn exact_erf(x: f64) -> f64 {
        let mut term = x;
        let mut sum = x;
        for n in 1..200 {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum
    }

    #[test]
    fn errors_stay_within_their_bounds() {
        let n = 400_000;
        assert!(worst(exp, f64::exp, -87.0, 88.7, n) < 2e-7);
        assert!(worst(exp_by::<Fused>, f64::exp, -87.0, 88.7, n) < 2e-7);
        assert!(worst(exp_m1, f64::exp_m1, -20.0, 20.0, n) < 1e-6);
        assert!(worst(exp_m1, f64::exp_m1, -0.5, 0.5, n) < 1e-6);
        assert!(worst(ln, f64::ln, 1e-30, 0.9, n) < 2e-7);
        assert!(worst(ln, f64::ln, 1.1, 1e6, n) < 2e-7);
        assert!(worst(ln_1p, f64::ln_1p, -0.9, 2.0, n) < 1e-6);
        assert!(worst(ln_1p, f64::ln_1p, 0.0, 1e-4, n) < 1e-6);
        assert!(worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -87.0, 40.0, n) < 4e-7);
        assert!(worst(sigmoid_by::<Fused>, |x| 1.0 / (1.0 + (-x).exp()), -87.0, 40.0, n) < 4e-7);
        assert!(worst(tanh, f64::tanh, -12.0, 12.0, n) < 4e-7);
        assert!(worst(tanh, f64::tanh, 1e-6, 1e-3, n) < 4e-7);
        assert!(worst(erf, exact_erf, -5.0, 5.0, n) < 4e-7);
        assert!(worst(erf, exact_erf, 1e-6, 1e-3, n) < 4e-7);
    }

    #[test]
    fn limits_are_reached() {
        assert_eq!([exp(f32::NEG_INFINITY), exp(-1e9), exp(0.0)], [0.0, 0.0, 1.0]);
        assert_eq!([exp(f32::INFINITY), exp(89.5)], [f32::INFINITY; 2]);
        assert!(exp(-100.0) > 0.0, "subnormal results");
        assert_eq!([ln(0.0), ln(1.0), ln(f32::INFINITY)], [f32::NEG_INFINITY, 0.0, f32::INFINITY]);
        assert!((ln(1e-42) - -96.709).abs() < 0.01, "subnormal arguments");
        assert_eq!([ln_1p(0.0), ln_1p(f32::INFINITY)], [0.0, f32::INFINITY]);
        assert_eq!([sigmoid(f32::NEG_INFINITY), sigmoid(0.0), sigmoid(f32::INFINITY)], [0.0, 0.5, 1.0]);
        assert_eq!([tanh(-1e9), tanh(0.0), tanh(f32::INFINITY)], [-1.0, 0.0, 1.0]);
        assert_eq!([erf(-1e9), erf(0.0), erf(f32::INFINITY)], [-1.0, 0.0, 1.0]);
        for f in [exp, exp_m1, ln, ln_1p, sigmoid, tanh, erf] {
            assert!(f(f32::NAN).is_nan());
        }
        assert!(ln(-1.0).is_nan());
    }
}
