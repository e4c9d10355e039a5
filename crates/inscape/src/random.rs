use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Random numbers that are the same on every machine: ChaCha8 keyed by a seed, one stream for each item. Only exact
/// operations (and those IEEE 754 rounds alike everywhere) lie between the stream and the numbers.
///
/// ```
/// use inscape::Deviates;
/// assert_eq!(Deviates::new(1, 2).normal(), Deviates::new(1, 2).normal());
/// assert_ne!(Deviates::new(1, 2).normal(), Deviates::new(1, 3).normal());
/// ```
pub struct Deviates {
    stream: ChaCha8Rng,
    spare: Option<f64>,
}

/// Numbers that [`Deviates::fill`] draws at once.
const RUN: usize = 256;

impl Deviates {
    /// The stream of an item under a seed.
    pub fn new(seed: u64, item: u64) -> Deviates {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        stream.set_stream(item);
        Deviates { stream, spare: None }
    }

    /// The part of a stream that belongs to one step of long work, so that work can go on from any step.
    pub fn at_step(seed: u64, item: u64, step: usize) -> Deviates {
        let mut deviates = Deviates::new(seed, item);
        deviates.stream.set_word_pos((step as u128 + 1) << 32);
        deviates
    }

    /// Standard normal, by Marsaglia's polar method (1964). Every second call draws nothing: deviates come in pairs.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * logarithm(square) / square).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }

    /// Evenly among the multiples of 2⁻⁵³ in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.stream.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Fills numbers evenly among the multiples of 2⁻²⁴ in [0, 1), many at once.
    ///
    /// ```
    /// let mut numbers = [2.0; 100];
    /// inscape::Deviates::new(1, 2).fill(&mut numbers);
    /// assert!(numbers.iter().all(|u| (0.0..1.0).contains(u)));
    /// ```
    pub fn fill(&mut self, numbers: &mut [f32]) {
        let mut bytes = [0; 4 * RUN];
        for run in numbers.chunks_mut(RUN) {
            let bytes = &mut bytes[..4 * run.len()];
            self.stream.fill_bytes(bytes);
            inscape_tensor::vectorized(
                #[inline(always)]
                || {
                    for (number, word) in run.iter_mut().zip(bytes.as_chunks::<4>().0) {
                        // As i32, which vectors turn into floats; 24 bits fit.
                        *number = (u32::from_le_bytes(*word) >> 8) as i32 as f32 * (1.0 / 16_777_216.0);
                    }
                },
            );
        }
    }

    /// Evenly among 0 … n−1, without bias, by Lemire's method (2019): the upper half of a product, drawn again where the
    /// lower half shows that the 2⁶⁴ draws do not divide evenly. Zero for n = 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        loop {
            let product = u128::from(self.stream.next_u64()) * u128::from(n);
            let low = product as u64;
            // 2⁶⁴ mod n, needed only where the lower half is small enough to matter.
            if low >= n || low >= n.wrapping_neg().checked_rem(n).unwrap_or(0) {
                return (product >> 64) as usize;
            }
        }
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
        let all: Vec<f64> = (0..200_000).map(|_| deviates.normal()).collect();
        let moment = |power| all.iter().map(|x: &f64| x.powi(power)).sum::<f64>() / all.len() as f64;
        // Four standard errors: √(var/n) of x, x², x³, x⁴ with variances 1, 2, 15, 96.
        for (power, expected, variance) in [(1, 0.0, 1.0f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = 4.0 * (variance / all.len() as f64).sqrt();
            assert!((moment(power) - expected).abs() < error, "moment {power}: {}", moment(power));
        }
    }

    #[test]
    fn uniform_deviates_fill_the_unit_interval_evenly() {
        let mut deviates = Deviates::new(3, 0);
        let all: Vec<f64> = (0..100_000).map(|_| deviates.uniform()).collect();
        assert!(all.iter().all(|x| (0.0..1.0).contains(x)));
        for tenth in 0..10 {
            let count = all.iter().filter(|&&x| (x * 10.0) as usize == tenth).count() as f64;
            // Four standard errors of a binomial count: 4·√(n·0.1·0.9).
            assert!((count - 10_000.0).abs() < 380.0, "{tenth}: {count}");
        }
    }

    #[test]
    fn many_at_once_fill_the_unit_interval_evenly_and_go_on_where_they_stopped() {
        let mut all = vec![0.0; 100_000];
        let mut deviates = Deviates::new(5, 0);
        deviates.fill(&mut all);
        assert!(all.iter().all(|u| (0.0..1.0).contains(u)));
        for tenth in 0..10 {
            let count = all.iter().filter(|&&x| (x * 10.0) as usize == tenth).count() as f64;
            assert!((count - 10_000.0).abs() < 380.0, "{tenth}: {count}");
        }
        let mut again = Deviates::new(5, 0);
        let mut parts = vec![0.0; 1000];
        for part in parts.chunks_mut(RUN) {
            again.fill(part);
        }
        assert_eq!(parts, all[..1000]);
    }

    #[test]
    fn integers_stay_below_their_bound_and_come_equally_often() {
        let mut deviates = Deviates::new(11, 0);
        for n in [1, 2, 7, 10] {
            let mut counts = vec![0.0f64; n];
            (0..70_000).for_each(|_| counts[deviates.below(n)] += 1.0);
            let p = 1.0 / n as f64;
            let error = 4.0 * (70_000.0 * p * (1.0 - p)).sqrt();
            assert!(counts.iter().all(|count| (count - 70_000.0 * p).abs() <= error), "{n}: {counts:?}");
        }
        assert_eq!(deviates.below(0), 0);
        // Three quarters of 2⁶⁴: without a second draw every third number would come twice as often.
        let n = 3usize << 62;
        let thirds = (0..30_000).filter(|_| deviates.below(n).is_multiple_of(3)).count() as f64;
        assert!((thirds - 10_000.0).abs() < 330.0, "{thirds}");
    }

    #[test]
    fn streams_of_items_differ_and_repeat() {
        let first = |seed, item| Deviates::new(seed, item).normal();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(1, 3));
        assert_ne!(first(1, 2), first(2, 2));
    }
}
