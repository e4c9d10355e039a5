use inscape::Deviates;

use super::{AREA, FIELD_BITS, SIDE, STRIDE};

/// Displacement fields.
pub(super) const FIELDS: usize = 1522;

/// What the fields' noise starts from: part of what the generator is, not a setting.
const SEED: u64 = 2007;

/// Binomial weights of so many steps have σ = √(steps)/2 = 4 pixels.
const STEPS: usize = 64;

/// Four σ: what lies farther weighs less than 1e-4 in all.
const REACH: usize = 16;

/// Rows and columns of noise that a field is blurred from.
const CANVAS: usize = SIDE + 2 * REACH;

/// Smooth fields: noise U(−1, 1), blurred by σ = 4 pixels and divided by its largest magnitude, times α.
#[derive(Debug)]
pub(super) struct Fields(Vec<[i16; AREA]>);

impl Fields {
    pub(super) fn new(strength: f64) -> Fields {
        let weights = weights();
        Fields((0..FIELDS).map(|k| packed(&field(k, &weights), strength)).collect())
    }

    /// α·F(k) in 1/1024 of a pixel.
    pub(super) fn field(&self, k: usize) -> &[i16; AREA] {
        &self.0[k]
    }
}

/// F(k): its largest magnitude is 1.
fn field(k: usize, weights: &[f64; 2 * REACH + 1]) -> Vec<f64> {
    let mut deviates = Deviates::new(SEED, k as u64);
    let noise: Vec<f64> = (0..CANVAS * CANVAS).map(|_| 2.0 * deviates.uniform() - 1.0).collect();
    let mut across = vec![0.0; CANVAS * SIDE];
    for (row, out) in noise.chunks_exact(CANVAS).zip(across.chunks_exact_mut(SIDE)) {
        for (shift, weight) in weights.iter().enumerate() {
            add(out, &row[shift..shift + SIDE], *weight);
        }
    }
    let mut field = vec![0.0; SIDE * SIDE];
    for (y, out) in field.chunks_exact_mut(SIDE).enumerate() {
        for (shift, weight) in weights.iter().enumerate() {
            add(out, &across[(y + shift) * SIDE..][..SIDE], *weight);
        }
    }
    let most = field.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    field.iter_mut().for_each(|value| *value /= most);
    field
}

/// In whole 1/1024 of a pixel, in rows as they are worked on.
fn packed(field: &[f64], strength: f64) -> [i16; AREA] {
    let mut packed = [0; AREA];
    for (row, out) in field.chunks_exact(SIDE).zip(packed.chunks_exact_mut(STRIDE)) {
        for (value, out) in row.iter().zip(out) {
            *out = (value * strength * f64::from(1 << FIELD_BITS)).round() as i16;
        }
    }
    packed
}

fn add(sums: &mut [f64], values: &[f64], weight: f64) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
}

/// The middle of Pascal's row of [`STEPS`]; their sum does not matter, since fields are rescaled.
fn weights() -> [f64; 2 * REACH + 1] {
    let mut row = vec![1.0f64];
    for step in 0..STEPS {
        let next = row[step] * (STEPS - step) as f64 / (step + 1) as f64;
        row.push(next);
    }
    let most = row[STEPS / 2];
    std::array::from_fn(|i| row[STEPS / 2 - REACH + i] / most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_a_gaussian_of_four_pixels() {
        for (i, weight) in weights().iter().enumerate() {
            let x = i as f64 - REACH as f64;
            assert!((weight - (-x * x / 32.0).exp()).abs() < 0.005, "{x}: {weight}");
        }
    }

    #[test]
    fn fields_fill_minus_one_to_one_and_are_smooth_and_different() {
        let weights = weights();
        let [a, b] = [0, 1].map(|k| field(k, &weights));
        assert_eq!(a, field(0, &weights));
        assert_ne!(a, b);
        let (mut product, mut square) = (0.0, 0.0);
        for k in 0..60 {
            let field = field(k, &weights);
            let most = field.iter().fold(0.0f64, |most, value| most.max(value.abs()));
            assert!((most - 1.0).abs() < 1e-12);
            for y in 0..SIDE {
                for x in 4..SIDE {
                    product += field[y * SIDE + x] * field[y * SIDE + x - 4];
                    square += field[y * SIDE + x].powi(2);
                }
            }
        }
        // Noise blurred by σ is correlated as exp(−d²/4σ²): at d = 4, exp(−1/4) = 0.78.
        let correlation: f64 = product / square;
        assert!((correlation - 0.78).abs() < 0.06, "{correlation}");
    }
}
