use inscape_tensor::math::exp;

/// eˣ / Σ eˣ in place; a row of minus infinities becomes zeros.
#[inline(always)]
pub(super) fn softmax(row: &mut [f32]) {
    let greatest = super::moments::greatest(row);
    if greatest == f32::NEG_INFINITY {
        return row.fill(0.0);
    }
    for x in row.iter_mut() {
        *x = exp(*x - greatest);
    }
    let total: f32 = super::moments::sum(row);
    for x in row {
        *x /= total;
    }
}

/// The gradient of a row of scores, from probabilities and the relevance that `g` holds, in place.
#[inline(always)]
pub(super) fn pull(probabilities: &[f32], g: &mut [f32]) {
    let along = super::moments::dot_deviations(probabilities, g, 0.0);
    g.iter_mut().zip(probabilities).for_each(|(g, p)| *g = p * (*g - along));
}
