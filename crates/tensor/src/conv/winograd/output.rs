use std::marker::PhantomData;
use std::ops::Range;

use super::scheme::Scheme;
use super::tiles::{BLOCK, Grid};
use crate::gemm::Store;
use crate::lanes::{Lane, Work};

/// Transforms the products of some rows for a block of tiles and writes the sums; no other thread may write to these.
pub(super) struct Output<'a, S, O, const N: usize, const M: usize> {
    pub(super) grid: &'a Grid,
    pub(super) block: usize,
    /// For each place of a tile, `stride` floats apart, the rows' products, `BLOCK` apart.
    pub(super) products: &'a [f32],
    pub(super) stride: usize,
    /// A number for each row of a picture.
    pub(super) bias: Option<&'a [f32]>,
    /// Each picture's items, and which of them these are.
    pub(super) groups: usize,
    pub(super) group: usize,
    pub(super) rows: Range<usize>,
    pub(super) places: [usize; 2],
    /// Has admitted all rows and places of the items.
    pub(super) output: &'a O,
    pub(super) scheme: PhantomData<S>,
}

impl<S: Scheme<N, M>, O: Store, const N: usize, const M: usize> Work for Output<'_, S, O, N, M> {
    #[inline(always)]
    unsafe fn run<L: Lane>(self) {
        let Output { grid, block, products, stride, bias, groups, group, rows, places, output, .. } = self;
        let [height, width] = places;
        // the last lane may reach behind its row
        assert!(
            (N * N - 1) * stride + rows.len() * BLOCK + L::WIDTH <= products.len(),
            "room for the products"
        );
        for run in grid.runs(grid.block(block)) {
            let item = run.picture * groups + group;
            let left = run.column * M;
            let floats = (run.count * M).min(width - left);
            let lines = (height - run.row * M).min(M);
            for (r, row) in rows.clone().enumerate() {
                let column = run.row * M * width + left;
                let Some((to, _)) = output.place(item, row, column) else { continue };
                let bias = bias.map_or(0.0, |bias| bias[row]);
                for first in (0..run.count).step_by(L::WIDTH) {
                    // SAFETY: the processor by the caller; products by the check above; the output has admitted the places.
                    unsafe {
                        let from = products.as_ptr().add(r * BLOCK + run.at + first);
                        let sums = sums::<L, S, N, M>(from, stride, L::splat(bias));
                        for (i, line) in sums.into_iter().enumerate().take(lines) {
                            for (j, lane) in S::line(line).into_iter().enumerate() {
                                let at = first * M + j * L::WIDTH;
                                let to = to.wrapping_add(i * width + at);
                                match floats.saturating_sub(at) {
                                    0 => {}
                                    some if some < L::WIDTH => lane.store_part(to, 0..some),
                                    _ => lane.store(to),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The sums of a lane of tiles, by line and column of a tile.
#[inline(always)]
unsafe fn sums<L: Lane, S: Scheme<N, M>, const N: usize, const M: usize>(
    products: *const f32,
    stride: usize,
    bias: L,
) -> [[L; M]; M] {
    // SAFETY: the caller's.
    unsafe {
        let mut half = [[bias; N]; M];
        for j in 0..N {
            let mut column = [bias; N];
            for (i, value) in column.iter_mut().enumerate() {
                *value = L::load(products.add((i * N + j) * stride));
            }
            for (line, value) in half.iter_mut().zip(S::output(column)) {
                line[j] = value;
            }
        }
        let mut sums = [[bias; M]; M];
        for (sums, line) in sums.iter_mut().zip(half) {
            *sums = S::output(line);
            for sum in sums {
                *sum = sum.add(bias);
            }
        }
        sums
    }
}
