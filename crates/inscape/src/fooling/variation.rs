use inscape_tensor::math::{exp, ln};

/// Polynomial mutation (Deb 2001) with index η = 15: what is added to a gene in [0, 1], from r drawn evenly in [0, 1).
///
/// δ = (2r)^(1/16) − 1 for r < ½, else 1 − (2(1−r))^(1/16). Four square roots make the sixteenth root, so that the result
/// is the same on every machine.
pub(super) fn polynomial(r: f64) -> f64 {
    let root = |x: f64| x.sqrt().sqrt().sqrt().sqrt();
    if r < 0.5 { root(2.0 * r) - 1.0 } else { 1.0 - root(2.0 * (1.0 - r)) }
}

/// Simulated binary crossover (Deb and Agrawal 1995) with index η = 10, bounded to [0, 1]: two children of two genes, the
/// lower first, from r drawn evenly in [0, 1). Equal parents have children like themselves.
pub(super) fn crossover(a: f32, b: f32, r: f32) -> [f32; 2] {
    let (low, high) = (a.min(b), a.max(b));
    let apart = high - low;
    if apart <= f32::EPSILON {
        return [low, high];
    }
    // How far children lie from the parents' middle, in units of half their distance, given the room up to the bound.
    let spread = |room: f32| {
        let alpha = 2.0 - 1.0 / eleventh_power(1.0 + 2.0 * room / apart);
        if r * alpha <= 1.0 { eleventh_root(r * alpha) } else { eleventh_root(1.0 / (2.0 - r * alpha)) }
    };
    let child = |sign: f32, room: f32| (0.5 * (low + high + sign * spread(room) * apart)).clamp(0.0, 1.0);
    [child(-1.0, low), child(1.0, 1.0 - high)]
}

fn eleventh_power(x: f32) -> f32 {
    let square = x * x;
    let fourth = square * square;
    fourth * fourth * square * x
}

fn eleventh_root(x: f32) -> f32 {
    exp(ln(x) / 11.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Deviates;

    #[test]
    fn mutation_is_zero_in_the_middle_and_odd_about_it() {
        assert_eq!(polynomial(0.5), 0.0);
        assert_eq!(polynomial(0.0), -1.0);
        for r in [0.001, 0.1, 0.25, 0.49] {
            assert!((polynomial(r) + polynomial(1.0 - r)).abs() < 1e-12);
            assert!((polynomial(r) - ((2.0 * r).powf(1.0 / 16.0) - 1.0)).abs() < 1e-14);
        }
    }

    #[test]
    fn mutation_has_the_spread_of_its_density() {
        // The density of δ is 8·(1−|δ|)^15, so E|δ| = 1/17.
        let mut draw = Deviates::new(1, 0);
        let n = 100_000;
        let mean = (0..n).map(|_| polynomial(draw.uniform()).abs()).sum::<f64>() / f64::from(n);
        // E δ² = 2/(17·18): four standard errors.
        let error = 4.0 * ((2.0 / 306.0 - 1.0 / 289.0) / f64::from(n)).sqrt();
        assert!((mean - 1.0 / 17.0).abs() < error, "{mean}");
    }

    #[test]
    fn children_lie_within_bounds_and_on_either_side_of_the_middle() {
        let mut draw = Deviates::new(2, 0);
        for _ in 0..20_000 {
            let (a, b) = (draw.uniform() as f32, draw.uniform() as f32);
            let [low, high] = crossover(a, b, draw.uniform() as f32);
            let middle = 0.5 * (a + b);
            assert!(0.0 <= low && low <= middle + 1e-6 && middle - 1e-6 <= high && high <= 1.0);
        }
        assert_eq!(crossover(0.3, 0.3, 0.9), [0.3, 0.3]);
    }

    #[test]
    fn far_from_the_bounds_children_keep_the_middle_and_the_published_spread() {
        let (a, b) = (0.49, 0.51);
        for r in [0.05f32, 0.3, 0.5, 0.8, 0.95] {
            let [low, high] = crossover(b, a, r);
            assert!((0.5 * (low + high) - 0.5).abs() < 1e-6);
            let power = if r <= 0.5 { 2.0 * r } else { 1.0 / (2.0 * (1.0 - r)) };
            let beta = f64::from(power).powf(1.0 / 11.0);
            assert!((f64::from((high - low) / (b - a)) - beta).abs() < 1e-4, "{r}");
        }
    }
}
