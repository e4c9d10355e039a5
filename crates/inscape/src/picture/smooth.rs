use inscape_tensor::vectorized;

/// The value of a map at a point, given in cells from its upper left edge: bicubic (Keys 1981, a = −½) between the centers of
/// the cells, the outermost cells' values beyond them,
/// and never outside the range of the sixteen cells it looks at.
pub(crate) fn sample(values: &[f32], [height, width]: [usize; 2], [y, x]: [f64; 2]) -> f32 {
    let (rows, down) = axis(y, height);
    let (columns, across) = axis(x, width);
    let mut sum = 0.0;
    let mut bounds = (f32::INFINITY, f32::NEG_INFINITY);
    for (row, v) in rows.iter().zip(down) {
        for (column, u) in columns.iter().zip(across) {
            let value = values[row * width + column];
            sum += v * u * value;
            bounds = (bounds.0.min(value), bounds.1.max(value));
        }
    }
    sum.clamp(bounds.0, bounds.1)
}

/// The four cells around a place along one axis, and their weights.
fn axis(place: f64, size: usize) -> ([usize; 4], [f32; 4]) {
    let place = (place - 0.5).clamp(0.0, (size - 1) as f64);
    let first = place as usize;
    let last = size - 1;
    let cells = [first.saturating_sub(1), first, (first + 1).min(last), (first + 2).min(last)];
    let t = (place - first as f64) as f32;
    let weights = [
        ((2.0 - t) * t - 1.0) * t * 0.5,
        ((3.0 * t - 5.0) * t * t + 2.0) * 0.5,
        ((4.0 - 3.0 * t) * t + 1.0) * t * 0.5,
        (t - 1.0) * t * t * 0.5,
    ];
    (cells, weights)
}

/// A map blurred by a Gaussian of standard deviation `sigma` cells; at the edges the weights of the cells that exist are
/// scaled up to 1.
pub(crate) fn blurred(values: &[f32], [height, width]: [usize; 2], sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as usize;
    let weights: Vec<f32> = (0..=reach).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp() as f32).collect();
    let around = |place: usize, size: usize| place.saturating_sub(reach)..(place + reach + 1).min(size);
    let total = |place: usize, size: usize| {
        around(place, size).fold(0.0, |sum, other| sum + weights[other.abs_diff(place)])
    };
    let totals: Vec<f32> = (0..width).map(|x| total(x, width)).collect();
    let mut across = vec![0.0f32; values.len()];
    let rows = values.chunks_exact(width.max(1)).zip(across.chunks_exact_mut(width.max(1)));
    for (row, out) in rows {
        // By neighbor rather than by cell, so that each step is one sweep over a row.
        for other in -(reach.min(width) as isize)..=reach.min(width) as isize {
            let weight = weights[other.unsigned_abs()];
            let (from, to) = (other.max(0) as usize, (-other).max(0) as usize);
            let n = width.saturating_sub(other.unsigned_abs());
            vectorized(|| add(&mut out[to..to + n], &row[from..from + n], weight));
        }
        out.iter_mut().zip(&totals).for_each(|(sum, total)| *sum /= total);
    }
    let mut down = vec![0.0f32; values.len()];
    for (y, out) in down.chunks_exact_mut(width.max(1)).enumerate() {
        for other in around(y, height) {
            let weight = weights[other.abs_diff(y)];
            vectorized(|| add(out, &across[other * width..][..width], weight));
        }
        let total = total(y, height);
        out.iter_mut().for_each(|sum| *sum /= total);
    }
    down
}

#[inline(always)]
fn add(sums: &mut [f32], values: &[f32], weight: f32) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
}

#[cfg(test)]
mod tests {
    use super::blurred;

    #[test]
    fn a_blurred_map_is_the_weighted_mean_around_each_cell() {
        for ([height, width], sigma) in [([5, 7], 0.8), ([1, 9], 3.0), ([6, 1], 2.0), ([3, 4], 40.0)] {
            let values: Vec<f32> = (0..height * width).map(|i| ((i * 37) % 11) as f32).collect();
            let found = blurred(&values, [height, width], sigma);
            for (at, &found) in found.iter().enumerate() {
                let (mut sum, mut total) = (0.0, 0.0);
                for (other, &value) in values.iter().enumerate() {
                    let apart = |a: usize, b: usize| (a as f64 - b as f64) / sigma;
                    let (dy, dx) = (apart(at / width, other / width), apart(at % width, other % width));
                    let weight = (-0.5 * (dy * dy + dx * dx)).exp();
                    if dy.abs() * sigma <= (3.0 * sigma).ceil() && dx.abs() * sigma <= (3.0 * sigma).ceil() {
                        sum += weight * f64::from(value);
                        total += weight;
                    }
                }
                assert!((f64::from(found) - sum / total).abs() < 1e-4, "{height}x{width} {sigma}");
            }
        }
    }
}
