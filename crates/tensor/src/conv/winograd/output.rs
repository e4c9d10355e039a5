use super::lane::Lane;
use super::scheme::Scheme;
use super::tiles::{BLOCK, Grid};
use crate::gemm::Store;

/// Where sums go: rows of one picture.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) item: usize,
    pub(super) row: usize,
    pub(super) places: [usize; 2],
}

/// Transforms the products of one row for a block of tiles and writes the sums. The products for each place of a tile
/// lie `stride` floats apart.
#[inline(always)]
pub(super) fn transform<S: Scheme<N, M>, const N: usize, const M: usize>(
    grid: &Grid,
    block: usize,
    products: &[f32],
    stride: usize,
    bias: f32,
    place: Place,
    output: &impl Store,
) {
    let (tiles, bias) = (grid.block(block), Lane([bias; Lane::WIDTH]));
    let mut lines = [[0.0f32; 4 * BLOCK]; M];
    for tile in (0..tiles.len()).step_by(Lane::WIDTH) {
        let mut half = [[Lane::ZERO; N]; M];
        for j in 0..N {
            let column = std::array::from_fn(
                #[inline(always)]
                |i| Lane::load(&products[(i * N + j) * stride + tile..]),
            );
            let column: [Lane; M] = S::output(column);
            for i in 0..M {
                half[i][j] = column[i];
            }
        }
        for i in 0..M {
            let row: [Lane; M] = S::output(half[i]);
            let line = lines[i][tile * M..].as_chunks_mut::<{ Lane::WIDTH }>().0;
            for (to, values) in line.iter_mut().zip(S::line(row)) {
                *to = (values + bias).0;
            }
        }
    }
    let [height, width] = place.places;
    for run in grid.runs(tiles) {
        let left = run.column * M;
        let count = (run.count * M).min(width - left);
        for (i, line) in lines.iter().enumerate().take(height - run.row * M) {
            let column = (run.row * M + i) * width + left;
            if let Some((to, _)) = output.place(place.item, place.row, column) {
                // SAFETY: `check` has admitted all rows and places; no other task writes these.
                unsafe { to.copy_from_nonoverlapping(line[run.at * M..][..count].as_ptr(), count) };
            }
        }
    }
}
