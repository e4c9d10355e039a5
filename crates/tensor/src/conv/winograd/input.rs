use std::marker::PhantomData;

use super::lane::Lane;
use super::scheme::Scheme;
use super::tiles::{BLOCK, Grid, SKEW};
use crate::conv::patches::Window;
use crate::gemm::TileSize;

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

/// Floats of a line that the tiles of a block read at most, and a lane's reach beyond them.
const MOST: usize = 4 * BLOCK + 4 + 4 * Lane::WIDTH;

/// Lines outside the picture.
static OUTSIDE: [f32; MOST] = [0.0; MOST];

/// What lies between the two transforms of a channel's block.
pub(super) struct Room<const N: usize> {
    /// The picture's lines after the transform from top to bottom.
    lines: [[f32; MOST]; N],
    /// For each place of a tile, the transformed numbers of all tiles.
    places: [[[f32; BLOCK + Lane::WIDTH]; N]; N],
}

impl<const N: usize> Room<N> {
    pub(super) fn new() -> Room<N> {
        Room { lines: [[0.0; MOST]; N], places: [[[0.0; BLOCK + Lane::WIDTH]; N]; N] }
    }
}

/// Transforms one channel of a block of tiles, the `slot`th of the panels.
///
/// From top to bottom all columns of a run of tiles are transformed as they lie in the picture; only then are they sorted
/// by their place in a tile, to be transformed from left to right.
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
    room: &mut Room<N>,
) {
    let tiles = grid.block(block);
    for run in grid.runs(tiles.clone()) {
        let corner = [low[0] + (run.row * M) as isize, low[1] + (run.column * M) as isize];
        downwards::<S, N, M>(window.image, plane, corner, run.count * M + 2, &mut room.lines);
        for tile in (0..run.count).step_by(Lane::WIDTH) {
            for (line, places) in room.lines.iter().zip(&mut room.places) {
                let row = S::input(S::columns(&line[tile * M..]));
                for (values, place) in row.iter().zip(places) {
                    place[run.at + tile..][..Lane::WIDTH].copy_from_slice(&values.0);
                }
            }
        }
    }
    for (i, places) in room.places.iter().flatten().enumerate() {
        for tile in (0..tiles.len()).step_by(Lane::WIDTH) {
            // SAFETY: the caller's.
            unsafe { panels.put(slot * N * N + i, channel, tile, Lane::load(&places[tile..])) };
        }
    }
}

/// Transforms N lines of a picture from a corner on, `needed` floats of each; outside the picture lie zeros.
#[inline(always)]
fn downwards<S: Scheme<N, M>, const N: usize, const M: usize>(
    [height, width]: [usize; 2],
    plane: &[f32],
    [top, left]: [isize; 2],
    needed: usize,
    lines: &mut [[f32; MOST]; N],
) {
    let first = (-left).clamp(0, needed as isize) as usize;
    let end = (width as isize - left).clamp(first as isize, needed as isize) as usize;
    let row = |i: usize| {
        let y = top + i as isize;
        let visible = y >= 0 && y < height as isize && first < end;
        if visible { &plane[y as usize * width + (first as isize + left) as usize..] } else { &OUTSIDE[..] }
    };
    let rows: [&[f32]; N] = std::array::from_fn(row);
    for at in (0..end - first).step_by(Lane::WIDTH) {
        let values = S::input(std::array::from_fn(
            #[inline(always)]
            |i| Lane::load_some(&rows[i][at..]),
        ));
        for (line, values) in lines.iter_mut().zip(values) {
            line[first + at..][..Lane::WIDTH].copy_from_slice(&values.0);
        }
    }
    for line in lines {
        line[..first].fill(0.0);
        line[end..needed.max(end)].fill(0.0);
    }
}
