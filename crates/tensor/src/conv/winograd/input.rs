use std::marker::PhantomData;

use super::lane::Lane;
use super::scheme::Scheme;
use super::tiles::{BLOCK, Grid, SKEW};
use crate::conv::patches::Window;
use crate::gemm::{TileSize, copy};

/// Where the transformed numbers of some blocks go: for each block and each place of a tile one matrix
/// (channels × tiles), in the panels that products read. Threads write different channels of it at once.
pub(super) struct Panels<'a> {
    start: *mut f32,
    len: usize,
    channels: usize,
    /// Columns of a panel.
    width: usize,
    lent: PhantomData<&'a mut [f32]>,
}

// SAFETY: what it points to is borrowed mutably; each channel of a block is written from one thread.
unsafe impl Sync for Panels<'_> {}

impl<'a> Panels<'a> {
    pub(super) fn new(values: &'a mut [f32], channels: usize) -> Panels<'a> {
        let width = TileSize::current().columns;
        Panels { start: values.as_mut_ptr(), len: values.len(), channels, width, lent: PhantomData }
    }

    /// Floats of one matrix of so many channels.
    pub(super) fn matrix(channels: usize) -> usize {
        channels * BLOCK + SKEW
    }

    /// Writes sixteen numbers of a channel from tile `tile` on.
    ///
    /// # Safety
    /// No other thread writes to this channel of the matrix.
    #[inline(always)]
    unsafe fn put(&self, matrix: usize, channel: usize, tile: usize, values: Lane) {
        // no panel is narrower, and panels' widths are its multiples
        const PART: usize = 8;
        let start = matrix * Panels::matrix(self.channels);
        for (i, part) in values.0.as_chunks::<PART>().0.iter().enumerate() {
            let tile = tile + i * PART;
            let at = start + (tile / self.width * self.channels + channel) * self.width + tile % self.width;
            assert!(at + PART <= self.len, "a channel of the panels");
            // SAFETY: in bounds by the check.
            unsafe { self.start.add(at).cast::<[f32; PART]>().write_unaligned(*part) };
        }
    }
}

/// Floats of a line that the tiles of a block read at most.
const MOST: usize = 4 * BLOCK + 4;

/// Transforms one channel of a block of tiles, the `slot`th of the panels.
///
/// # Safety
/// No other thread writes to this channel of the slot.
#[inline(always)]
pub(super) unsafe fn transform<S: Scheme<N, M>, const N: usize, const M: usize>(
    window: &Window,
    low: [isize; 2],
    grid: &Grid,
    block: usize,
    plane: &[f32],
    channel: usize,
    panels: &Panels<'_>,
    slot: usize,
) {
    let tiles = grid.block(block);
    let mut patches = [[[0.0f32; BLOCK]; N]; N];
    let mut floats = [0.0f32; MOST];
    for run in grid.runs(tiles.clone()) {
        let left = low[1] + (run.column * M) as isize;
        for (i, lines) in patches.iter_mut().enumerate() {
            let y = low[0] + (run.row * M + i) as isize;
            spread::<S, N, M>(window.image, plane, [y, left], run.count, run.at, &mut floats, lines);
        }
    }
    for tile in (0..tiles.len()).step_by(Lane::WIDTH) {
        let mut half = [[Lane::ZERO; N]; N];
        for j in 0..N {
            let column = std::array::from_fn(
                #[inline(always)]
                |i| Lane::load(&patches[i][j][tile..]),
            );
            let column = S::input(column);
            for i in 0..N {
                half[i][j] = column[i];
            }
        }
        for i in 0..N {
            let row = S::input(half[i]);
            for j in 0..N {
                // SAFETY: the caller's.
                unsafe { panels.put(slot * N * N + i * N + j, channel, tile, row[j]) };
            }
        }
    }
}

/// Sorts the floats of line `y` of a picture from place `left` on by their column in `count` tiles that begin M floats
/// apart; outside the picture lie zeros.
#[inline(always)]
fn spread<S: Scheme<N, M>, const N: usize, const M: usize>(
    [height, width]: [usize; 2],
    plane: &[f32],
    [y, left]: [isize; 2],
    count: usize,
    at: usize,
    floats: &mut [f32; MOST],
    columns: &mut [[f32; BLOCK]; N],
) {
    let needed = (count * M + 2) as isize;
    let visible = y >= 0 && y < height as isize;
    let first = if visible { (-left).clamp(0, needed) } else { needed };
    let end = (width as isize - left).clamp(first, needed);
    if first > 0 {
        floats[..first as usize].fill(0.0);
    }
    if first < end {
        let from = &plane[y as usize * width + (first + left) as usize..];
        copy(from, (end - first) as usize, &mut floats[first as usize..]);
    }
    if end < needed {
        floats[end as usize..needed as usize].fill(0.0);
    }
    for tile in (0..count).step_by(Lane::WIDTH) {
        let values = S::columns(&floats[tile * M..]);
        for (values, column) in values.iter().zip(columns.iter_mut()) {
            let to = &mut column[at + tile..];
            if to.len() >= Lane::WIDTH {
                to[..Lane::WIDTH].copy_from_slice(&values.0);
            } else {
                to.copy_from_slice(&values.0[..to.len()]);
            }
        }
    }
}
