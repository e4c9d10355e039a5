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
pub(super) fn blurred(values: &[f32], [height, width]: [usize; 2], sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as usize;
    let weights: Vec<f32> = (0..=reach).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp() as f32).collect();
    let pass = |source: &[f32], size: usize, step: usize, at: usize, place: usize| {
        let (first, end) = (place.saturating_sub(reach), (place + reach + 1).min(size));
        let mut sum = 0.0;
        let mut total = 0.0;
        for other in first..end {
            let w = weights[other.abs_diff(place)];
            sum += w * source[at + other * step - place * step];
            total += w;
        }
        sum / total
    };
    let across: Vec<f32> = (0..values.len()).map(|at| pass(values, width, 1, at, at % width)).collect();
    (0..values.len()).map(|at| pass(&across, height, width, at, at / width)).collect()
}
