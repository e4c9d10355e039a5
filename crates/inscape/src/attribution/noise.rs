use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Standard normal deviates, the same on every machine: ChaCha8 keyed by a seed, one stream for each item, through
/// Marsaglia's polar method (1964) with a logarithm that is made of exact operations only.
pub(crate) struct Deviates {
    stream: ChaCha8Rng,
    spare: Option<f64>,
}

impl Deviates {
    pub(crate) fn new(seed: u64, item: u64) -> Deviates {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        stream.set_stream(item);
        Deviates { stream, spare: None }
    }

    pub(crate) fn next(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (self.uniform(), self.uniform());
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * logarithm(square) / square).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }

    /// Evenly in [−1, 1).
    fn uniform(&mut self) -> f64 {
        (self.stream.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// ln x for positive normal x: exponent and mantissa apart, then ln m = 2·artanh((m−1)/(m+1)) as a series.
fn logarithm(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    // |z| ≤ 0.172, so the eleventh term lies below 1e-17.
    let series = (0..11).rev().fold(0.0, |sum, k| sum * (z * z) + 1.0 / f64::from(2 * k + 1));
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * z * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_that_of_the_standard_library() {
        for i in 1..20_000 {
            let x = f64::from(i) / 20_000.0;
            assert!((logarithm(x) - x.ln()).abs() <= 4.0 * f64::EPSILON * x.ln().abs().max(1e-3), "{x}");
        }
        assert!((logarithm(1e-300) - 1e-300f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn deviates_have_the_moments_of_a_normal_distribution() {
        let mut deviates = Deviates::new(7, 3);
        let all: Vec<f64> = (0..200_000).map(|_| deviates.next()).collect();
        let moment = |power| all.iter().map(|x: &f64| x.powi(power)).sum::<f64>() / all.len() as f64;
        // Four standard errors: √(var/n) of x, x², x³, x⁴ with variances 1, 2, 15, 96.
        for (power, expected, variance) in [(1, 0.0, 1.0f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = 4.0 * (variance / all.len() as f64).sqrt();
            assert!((moment(power) - expected).abs() < error, "moment {power}: {}", moment(power));
        }
    }

    #[test]
    fn streams_of_items_differ_and_repeat() {
        let first = |seed, item| Deviates::new(seed, item).next();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(1, 3));
        assert_ne!(first(1, 2), first(2, 2));
    }
}
