const LANES: usize = 16;

/// The sum of a slice, in sixteen strands whatever the processor.
#[inline(always)]
pub(super) fn sum(values: &[f32]) -> f32 {
    strands(values, |x| x)
}

/// The greatest of a slice, NaN not counted; −∞ where there is none.
#[inline(always)]
pub(super) fn greatest(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let greater = |most: f32, x: f32| if x > most { x } else { most };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = greater(lanes[lane], chunk[lane]);
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |most, &x| greater(most, x))
}

/// The sum of `(x − mean)²` over a slice.
#[inline(always)]
pub(super) fn squared_deviations(values: &[f32], mean: f32) -> f32 {
    strands(values, |x| (x - mean) * (x - mean))
}

/// The sum of `a·(x − mean)` over two slices of equal length.
#[inline(always)]
pub(super) fn dot_deviations(a: &[f32], values: &[f32], mean: f32) -> f32 {
    let ((a, a_rest), (x, x_rest)) = (a.as_chunks::<LANES>(), values.as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (a, x) in a.iter().zip(x) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * (x[lane] - mean);
        }
    }
    folded(lanes) + a_rest.iter().zip(x_rest).map(|(a, x)| a * (x - mean)).sum::<f32>()
}

#[inline(always)]
fn strands(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += term(chunk[lane]);
        }
    }
    folded(lanes) + rest.iter().map(|&x| term(x)).sum::<f32>()
}

#[inline(always)]
fn folded(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}
