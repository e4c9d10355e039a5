use inscape_tensor::math::{exp, tanh};
use inscape_tensor::vectorized;

use crate::random::Deviates;

/// How a neuron bends its sum p, into [−1, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    /// sin p
    Sine,
    /// 2/(1 + e⁻ᵖ) − 1
    Sigmoid,
    /// e^(−p²)
    Gaussian,
    /// p/3 within ±1
    Linear,
}

impl Activation {
    const ALL: [Activation; 4] =
        [Activation::Sine, Activation::Sigmoid, Activation::Gaussian, Activation::Linear];

    pub(super) fn any(draw: &mut Deviates) -> Activation {
        Activation::ALL[draw.below(Activation::ALL.len())]
    }

    pub(super) fn numbered(number: u8) -> Option<Activation> {
        Activation::ALL.into_iter().find(|&activation| activation as u8 == number)
    }

    /// Of every sum in a row, in place.
    pub(super) fn bend(self, sums: &mut [f32]) {
        match self {
            Activation::Sine => each(sums, sine),
            Activation::Sigmoid => each(
                sums,
                #[inline(always)]
                |p| tanh(0.5 * p),
            ),
            Activation::Gaussian => each(
                sums,
                #[inline(always)]
                |p| exp(-p * p),
            ),
            Activation::Linear => each(
                sums,
                #[inline(always)]
                |p| p.clamp(-3.0, 3.0) / 3.0,
            ),
        }
    }
}

#[inline(always)]
fn each(sums: &mut [f32], bent: impl Fn(f32) -> f32) {
    vectorized(
        #[inline(always)]
        || sums.iter_mut().for_each(|p| *p = bent(*p)),
    );
}

/// sin x in plain arithmetic, so that it is the same everywhere; absolute error below 1e-6 for |x| up to 10,000.
#[inline(always)]
fn sine(x: f32) -> f32 {
    use std::f32::consts::FRAC_1_PI;
    // π in parts short enough that their products with whole numbers are exact.
    const PARTS: [f32; 3] = [3.140_625, 9.670_257_6e-4, 6.277_114e-7];
    // Adding 1.5·2²³ rounds to a whole number and leaves its parity in the lowest bit.
    const ROUNDER: f32 = 12_582_912.0;
    let rounded = x * FRAC_1_PI + ROUNDER;
    let n = rounded - ROUNDER;
    let r = ((x - n * PARTS[0]) - n * PARTS[1]) - n * PARTS[2];
    let z = r * r;
    let p = -2.505_211e-8;
    let p = p * z + 2.755_732e-6;
    let p = p * z - 1.984_127e-4;
    let p = p * z + 8.333_334e-3;
    let p = p * z - 1.666_666_7e-1;
    let even = p * z * r + r;
    f32::from_bits(even.to_bits() ^ (rounded.to_bits() << 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activation_is_its_formula_and_stays_within_one() {
        for i in -40_000..=40_000 {
            let x = i as f32 / 100.0;
            let p = f64::from(x);
            let formulas =
                [p.sin(), 2.0 / (1.0 + (-p).exp()) - 1.0, (-p * p).exp(), p.clamp(-3.0, 3.0) / 3.0];
            for (activation, expected) in Activation::ALL.into_iter().zip(formulas) {
                let mut row = [x];
                activation.bend(&mut row);
                let error = (f64::from(row[0]) - expected).abs();
                assert!(error < 1e-6 && row[0].abs() <= 1.0, "{activation:?} {x}: {} {expected}", row[0]);
            }
        }
    }
}
