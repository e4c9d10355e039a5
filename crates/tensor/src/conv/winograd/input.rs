use std::marker::PhantomData;
use std::ops::Range;

use super::scheme::Scheme;
use super::tiles::{BLOCK, Grid, PART, Run, SKEW};
use crate::conv::patches::Window;
use crate::lanes::{Lane, Work};

/// Where the transformed numbers of some blocks go: for each block and each place of a tile one matrix
/// (channels × tiles), in the panels that products read. Threads write different channels of it at once.
pub(super) struct Panels<'a> {
    start: *mut f32,
    len: usize,
    channels: usize,
    lent: PhantomData<&'a mut [f32]>,
}

// SAFETY: what it points to is borrowed mutably; each channel of a block is written from one thread.
unsafe impl Sync for Panels<'_> {}

impl<'a> Panels<'a> {
    pub(super) fn new(values: &'a mut [f32], channels: usize) -> Panels<'a> {
        Panels { start: values.as_mut_ptr(), len: values.len(), channels, lent: PhantomData }
    }

    /// Floats of one matrix of so many channels.
    pub(super) fn matrix(channels: usize) -> usize {
        channels * BLOCK + SKEW
    }
}

/// Floats of a line that the tiles of a block read at most, and the reach of a lane of tiles beyond them.
const MOST: usize = 4 * BLOCK + 4 + 5 * PART;

/// A line outside the picture.
static OUTSIDE: [f32; MOST] = [0.0; MOST];

/// Transforms channels of a block of tiles into a slot of the panels; no other thread may write to these.
///
/// From top to bottom all columns of a run of tiles are transformed as they lie in the picture; only then are they sorted
/// by their place in a tile, to be transformed from left to right.
pub(super) struct Input<'a, S, const N: usize, const M: usize> {
    pub(super) window: &'a Window,
    /// The lowest place of the picture that the first sum reads.
    pub(super) low: [isize; 2],
    pub(super) grid: &'a Grid,
    pub(super) block: usize,
    /// The pictures' planes, and the floats from one picture to the next.
    pub(super) planes: &'a [f32],
    pub(super) picture: usize,
    pub(super) channels: Range<usize>,
    pub(super) panels: &'a Panels<'a>,
    pub(super) slot: usize,
    pub(super) scheme: PhantomData<S>,
}

/// A run's place in the picture.
struct Site<const N: usize> {
    /// For each line, where in a plane its first float would lie, or `None` outside the picture.
    lines: [Option<isize>; N],
    /// Which of the run's columns lie on the picture, and how many there are.
    on: Range<usize>,
    columns: usize,
}

impl<S: Scheme<N, M>, const N: usize, const M: usize> Work for Input<'_, S, N, M> {
    #[inline(always)]
    unsafe fn run<L: Lane>(self) {
        let Input { window, low, grid, block, planes, picture, channels, panels, slot, .. } = self;
        let size = window.image[0] * window.image[1];
        let tiles = grid.block(block);
        assert!((slot + 1) * N * N * Panels::matrix(panels.channels) <= panels.len, "a slot of the panels");
        assert!(channels.end <= panels.channels && tiles.len() <= BLOCK, "channels and tiles of a slot");
        let mut lines = [[0.0; MOST]; N];
        for run in grid.runs(tiles) {
            let site = Site::<N>::new::<M>(window, low, &run);
            for channel in channels.clone() {
                let plane = &planes[run.picture * picture + channel * size..][..size];
                // SAFETY: the processor by the caller; panels have room for the block's tiles by the checks above.
                unsafe {
                    site.downwards::<L, S, M>(plane, &mut lines);
                    for first in (0..run.count).step_by(L::WIDTH) {
                        let tile = run.at + first;
                        let count = (run.count - first).min(L::WIDTH);
                        let at = (slot * N * N * Panels::matrix(panels.channels))
                            + (tile / L::PANEL * panels.channels + channel) * L::PANEL
                            + tile % L::PANEL;
                        let here = count.min(L::PANEL - tile % L::PANEL);
                        let to = panels.start.add(at);
                        // the next panel's floats, less those that lie in this one
                        let behind = to.wrapping_add((panels.channels - 1) * L::PANEL);
                        for (i, line) in lines.iter().enumerate() {
                            let row = S::input(S::columns::<L>(line[first * M..].as_ptr()));
                            for (j, lane) in row.into_iter().enumerate() {
                                let matrix = (i * N + j) * Panels::matrix(panels.channels);
                                lane.store_part(to.add(matrix), 0..here);
                                if here < count {
                                    lane.store_part(behind.wrapping_add(matrix), here..count);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl<const N: usize> Site<N> {
    fn new<const M: usize>(window: &Window, low: [isize; 2], run: &Run) -> Site<N> {
        let [height, width] = window.image.map(|n| n as isize);
        let (top, left) = (low[0] + (run.row * M) as isize, low[1] + (run.column * M) as isize);
        let columns = run.count * M + N - M;
        let first = (-left).clamp(0, columns as isize);
        let end = (width - left).clamp(first, columns as isize);
        let mut lines = [None; N];
        for (y, line) in (top..).zip(&mut lines) {
            *line = (y >= 0 && y < height && first < end).then_some(y * width + left);
        }
        Site { lines, on: first as usize..end as usize, columns }
    }

    /// Transforms the lines of a plane from top to bottom; outside the picture lie zeros.
    #[inline(always)]
    unsafe fn downwards<L: Lane, S: Scheme<N, M>, const M: usize>(
        &self,
        plane: &[f32],
        lines: &mut [[f32; MOST]; N],
    ) {
        let mut rows = [OUTSIDE.as_ptr(); N];
        // by reference: a copy of the array would have to be written before it is read
        for (row, line) in rows.iter_mut().zip(&self.lines) {
            if let Some(at) = line {
                *row = plane.as_ptr().wrapping_offset(*at);
            }
        }
        for at in (0..self.columns).step_by(L::WIDTH) {
            let on = self.on.start.max(at)..self.on.end.min(at + L::WIDTH);
            // SAFETY: the processor by the caller; only floats on the picture are read.
            unsafe {
                let mut values = [L::splat(0.0); N];
                if on.len() == L::WIDTH {
                    for (value, row) in values.iter_mut().zip(&rows) {
                        *value = L::load(row.wrapping_add(at));
                    }
                } else if !on.is_empty() {
                    for (value, row) in values.iter_mut().zip(&rows) {
                        *value = L::load_part(row.wrapping_add(at), on.start - at..on.end - at);
                    }
                }
                for (line, value) in lines.iter_mut().zip(S::input(values)) {
                    value.store(line[at..][..L::WIDTH].as_mut_ptr());
                }
            }
        }
    }
}
