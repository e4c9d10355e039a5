use inscape_tensor::math::{self, Arithmetic};

use super::moments::{dot_deviations, greatest, sum};

/// eˣ / Σ eˣ in place; a row of minus infinities becomes zeros.
#[inline(always)]
pub(super) fn softmax(row: &mut [f32]) {
    let peak = greatest(row);
    if peak == f32::NEG_INFINITY {
        return row.fill(0.0);
    }
    softmax_below(row, peak);
}

/// The same for a row whose greatest number is known.
#[inline(always)]
pub(super) fn softmax_below(row: &mut [f32], peak: f32) {
    match math::fuses() {
        true => powers::<math::Fused>(row, peak),
        false => powers::<math::Separate>(row, peak),
    }
    let scale = 1.0 / sum(row);
    for x in row {
        *x *= scale;
    }
}

#[inline(always)]
fn powers<A: Arithmetic>(row: &mut [f32], peak: f32) {
    for x in row {
        *x = math::exp_by::<A>(*x - peak);
    }
}

/// The gradient of a row of scores, from probabilities and the relevance that `g` holds, in place.
#[inline(always)]
pub(super) fn pull(probabilities: &[f32], g: &mut [f32]) {
    let along = dot_deviations(probabilities, g, 0.0);
    g.iter_mut().zip(probabilities).for_each(|(g, p)| *g = p * (*g - along));
}
