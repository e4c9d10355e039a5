use super::framed::{self, multiply_framed};
use super::patches::{Patches, Window};
use crate::Pool;
use crate::gemm::{Lhs, Store, compute};

/// Computes correlations as products of weights with the patches of a window: read from a framed picture where packing them
/// would cost more than it saves, else packed as they are needed.
pub(super) fn product<'l, 'i>(
    pool: &Pool,
    items: usize,
    window: &Window,
    lhs: impl Fn(usize) -> Lhs<'l> + Sync,
    image: impl Fn(usize) -> &'i [f32] + Sync,
    output: &impl Store,
) {
    if framed::suits(window, lhs(0).rows) {
        return multiply_framed(pool, items, window, lhs, image, output);
    }
    let places = window.places[0] * window.places[1];
    compute(pool, items, places, lhs, |item| Patches { window, image: image(item) }, output);
}
