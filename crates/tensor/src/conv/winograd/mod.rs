//! Winograd's convolution: correlations with kernels of 3 × 3 or 5 × 5 and stride 1, by fewer multiplications.

mod filters;
mod input;
mod output;
mod scheme;
#[cfg(test)]
mod tests;
mod tiles;

use std::marker::PhantomData;
use std::ops::Range;

use filters::Filters;
use input::{Input, Panels};
use output::Output;
use scheme::{Four, Scheme, Two, TwoOfFive};
use tiles::{BLOCK, Grid, PART, SKEW};

use super::patches::Window;
use super::weights::Weights;
use crate::Pool;
use crate::gemm::{Ahead, RUN, Rounding, Start, Store, Tile, TileSize, scratch, shared_scratch};
use crate::lanes::with_lanes;
use crate::shelf::{Form, Reading};

/// Multiply-adds worth a task of their own, and tasks that keep many threads busy to the end.
const TASK: usize = 1 << 20;
const TASKS: usize = 32;
/// Floats of products that stay in a second-level cache beside what they are made of.
const PRODUCTS: usize = 128 << 10;
/// Channels that one task transforms.
const CHANNELS: usize = 16;

/// Sums that are computed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Two,
    Four,
    /// Two, where the kernel is 5 × 5.
    TwoOfFive,
}

impl Side {
    fn places(self) -> usize {
        match self {
            Side::Two | Side::TwoOfFive => 2,
            Side::Four => 4,
        }
    }

    /// Taps of the kernel along an axis.
    fn taps(self) -> usize {
        match self {
            Side::Two | Side::Four => 3,
            Side::TwoOfFive => 5,
        }
    }

    fn matrices(self) -> usize {
        (self.places() + self.taps() - 1).pow(2)
    }

    /// Whether a window slides as the algorithm asks, whatever its kernel's size.
    pub(super) fn slides(window: &Window) -> bool {
        let near = window.step.iter().all(|step| step.abs() == 1);
        window.stride == [1, 1] && near && !window.places.contains(&0)
    }

    /// The cheapest way to a correlation of so many pictures with `rows` kernels, or `None` where that is the definition.
    ///
    /// Costs count multiply-adds at the processor's peak. Loading a float of a kernel from memory takes as long as
    /// `LOAD` of them; transforming a tile of the picture or of the sums, as many as `INPUT` or `OUTPUT` for each place of
    /// a tile. Kernels for larger tiles take four times the memory of the weights, so they must stay within `MOST` bytes;
    /// and larger tiles round more, which only sums over `ENOUGH` channels even out.
    pub(super) fn cheapest(window: &Window, pictures: usize, rows: usize) -> Option<Side> {
        const LOAD: usize = 30;
        const INPUT: usize = 28;
        const OUTPUT: usize = 19;
        const MOST: usize = 12 << 20;
        const ENOUGH: usize = 32;
        /// Multiply-adds of the definition wait for patches to be gathered: each counts as so many of the others.
        const GATHERED: f64 = 1.2;
        let whole = |tiles: usize| tiles.next_multiple_of(PART);
        let weights = (window.channels * rows) as f64;
        let cost = |side: Side| {
            let tiles = pictures * Grid::count(window.places, side.places());
            let transforms =
                (side.matrices() * tiles) as f64 * (window.channels * INPUT + rows * OUTPUT) as f64;
            transforms + (side.matrices() * (whole(tiles) + LOAD)) as f64 * weights
        };
        let places = (pictures * whole(window.places[0] * window.places[1])) as f64;
        let direct = (window.taps[0] * window.taps[1]) as f64 * (GATHERED * places + LOAD as f64) * weights;
        let large = |side: Side| side.matrices() > Side::Two.matrices();
        let fits = |side: Side| 4.0 * side.matrices() as f64 * weights <= MOST as f64;
        let sides = [Side::Two, Side::Four, Side::TwoOfFive].into_iter().filter(|&side| {
            Side::slides(window)
                && window.taps == [side.taps(); 2]
                && (!large(side) || window.channels >= ENOUGH && fits(side))
        });
        let best = sides.map(|side| (side, cost(side))).min_by(|a, b| a.1.total_cmp(&b.1));
        best.filter(|best| best.1 < direct).map(|best| best.0)
    }
}

/// A correlation by Winograd's algorithm, for each group of channels.
pub(super) struct Winograd {
    side: Side,
    window: Window,
    /// The lowest place of the picture that the first sum reads.
    low: [isize; 2],
    rows: usize,
    /// For each group.
    filters: Vec<Filters>,
    bias: Option<Vec<f32>>,
}

impl Winograd {
    /// Prepares the correlations of a window with weights, whose outputs or terms are its rows.
    pub(super) fn new(
        side: Side,
        window: &Window,
        groups: usize,
        weights: &Weights<'_>,
        reading: &Reading,
        bias: Option<&[f32]>,
    ) -> Winograd {
        let (channels, taps) = (window.channels, side.taps());
        let rows = weights.len() / (groups * channels * taps * taps);
        let turned = window.step.map(|step| step < 0);
        let tap = |axis: usize, i: usize| if turned[axis] { taps - 1 - i } else { i };
        let form = Form::Winograd { places: side.places(), turned };
        let filters = |group: usize| {
            let values =
                weights.packed(form, [rows, channels], [group, groups], reading.clone(), |pool, values| {
                    let values = &values[group * channels * rows * taps * taps..];
                    let kernel = |row: usize, channel: usize, [i, j]: [usize; 2]| {
                        let kernel = match reading {
                            Reading::Terms => channel * rows + row,
                            _ => row * channels + channel,
                        };
                        values[(kernel * taps + tap(0, i)) * taps + tap(1, j)]
                    };
                    match side {
                        Side::Two => filters::transformed::<Two, 4, 2, 3>(pool, rows, channels, kernel),
                        Side::Four => filters::transformed::<Four, 6, 4, 3>(pool, rows, channels, kernel),
                        Side::TwoOfFive => {
                            filters::transformed::<TwoOfFive, 6, 2, 5>(pool, rows, channels, kernel)
                        }
                    }
                });
            Filters::new(rows, channels, values)
        };
        Winograd {
            side,
            window: window.clone(),
            low: [0, 1].map(|axis| window.offset[axis] + ((taps as isize - 1) * window.step[axis]).min(0)),
            rows,
            filters: (0..groups).map(filters).collect(),
            bias: bias.map(<[f32]>::to_vec),
        }
    }

    /// Bytes of its weights.
    pub(super) fn bytes(&self) -> usize {
        let bias = self.bias.as_ref().map_or(0, |bias| 4 * bias.len());
        bias + self.filters.iter().map(Filters::bytes).sum::<usize>()
    }

    /// Computes the correlations of `items` pictures, whose groups follow each other.
    pub(super) fn run(&self, pool: &Pool, items: usize, images: &[f32], output: &impl Store) {
        if items == 0 || self.rows == 0 {
            return;
        }
        output.check(items, self.rows, self.window.places[0] * self.window.places[1]);
        match self.side {
            Side::Two => self.compute::<Two, 4, 2>(pool, items, images, output),
            Side::Four => self.compute::<Four, 6, 4>(pool, items, images, output),
            Side::TwoOfFive => self.compute::<TwoOfFive, 6, 2>(pool, items, images, output),
        }
    }

    fn compute<S: Scheme<N, M>, const N: usize, const M: usize>(
        &self,
        pool: &Pool,
        items: usize,
        images: &[f32],
        output: &impl Store,
    ) {
        let channels = self.window.channels;
        let groups = self.filters.len();
        let grid = Grid::new(self.window.places, M, items / groups, groups, pool.threads());
        let blocks = groups * grid.blocks();
        let transformed = N * N * Panels::matrix(channels);
        let alone = blocks >= pool.threads();
        let part = self.part(if alone { usize::MAX } else { blocks });
        let parts = self.rows.div_ceil(part);
        let rows = |i: usize| i * part..((i + 1) * part).min(self.rows);
        let products = N * N * (part * BLOCK + SKEW) + PART;
        if alone {
            // what a thread has transformed stays in its cache
            return pool.each(blocks, |block| {
                scratch(transformed + products, |buffer| {
                    let (tiles, products) = buffer.split_at_mut(transformed);
                    let panels = Panels::new(tiles, channels);
                    // SAFETY: the panels are this task's own.
                    unsafe { self.transform::<S, N, M>(&grid, block, images, 0..channels, &panels, 0) };
                    for i in 0..parts {
                        self.multiply::<S, N, M>(&grid, block, rows(i), tiles, products, output);
                    }
                });
            });
        }
        shared_scratch(blocks * transformed, |buffer| {
            let panels = Panels::new(buffer, channels);
            let shares = channels.div_ceil(CHANNELS);
            pool.each(blocks * shares, |task| {
                let (block, first) = (task / shares, task % shares * CHANNELS);
                let channels = first..(first + CHANNELS).min(channels);
                // SAFETY: each task has channels of its own.
                unsafe { self.transform::<S, N, M>(&grid, block, images, channels, &panels, block) };
            });
            let buffer = &*buffer;
            // the blocks that share kernels follow each other
            pool.each(blocks * parts, |task| {
                let (block, part) = (task % blocks, task / blocks);
                let tiles = &buffer[block * transformed..][..transformed];
                scratch(products, |products| {
                    self.multiply::<S, N, M>(&grid, block, rows(part), tiles, products, output);
                });
            });
        });
    }

    /// Rows whose products with a block stay in a cache, in tasks for many threads where there are few `blocks`.
    fn part(&self, blocks: usize) -> usize {
        let size = self.filters[0].height;
        let tiles = self.side.matrices() * BLOCK;
        let wanted = (tiles * self.window.channels * self.rows / TASK).clamp(1, TASKS.div_ceil(blocks));
        let fitting = self.rows.div_ceil((PRODUCTS / tiles).max(size));
        self.rows.div_ceil(wanted.max(fitting)).next_multiple_of(size)
    }

    /// Transforms channels of a block into a slot of the panels.
    ///
    /// # Safety
    /// No other thread writes to these channels of the slot.
    unsafe fn transform<S: Scheme<N, M>, const N: usize, const M: usize>(
        &self,
        grid: &Grid,
        block: usize,
        images: &[f32],
        channels: Range<usize>,
        panels: &Panels<'_>,
        slot: usize,
    ) {
        let (group, block) = (block / grid.blocks(), block % grid.blocks());
        let size = self.window.channels * self.window.image[0] * self.window.image[1];
        with_lanes(Input::<S, N, M> {
            window: &self.window,
            low: self.low,
            grid,
            block,
            planes: &images[group * size..],
            picture: self.filters.len() * size,
            channels,
            panels,
            slot,
            scheme: PhantomData,
        });
    }

    /// Multiplies some rows of kernels with the transformed tiles of a block and writes the sums.
    fn multiply<S: Scheme<N, M>, const N: usize, const M: usize>(
        &self,
        grid: &Grid,
        block: usize,
        rows: Range<usize>,
        tiles: &[f32],
        products: &mut [f32],
        output: &impl Store,
    ) {
        let (group, block) = (block / grid.blocks(), block % grid.blocks());
        let (channels, size) = (self.window.channels, TileSize::current());
        let columns = grid.block(block).len().next_multiple_of(PART);
        let stride = rows.len() * BLOCK + SKEW;
        for place in 0..N * N {
            let filters = self.filters[group].at(place);
            let behind = self.filters[group].at((place + 1) % (N * N));
            let matrix = &tiles[place * Panels::matrix(channels)..][..Panels::matrix(channels)];
            let run = channels.div_ceil(channels.div_ceil(RUN).max(1)).max(1);
            for column in (0..columns).step_by(size.columns) {
                for from in (0..channels.max(1)).step_by(run) {
                    for row in rows.clone().step_by(filters.height) {
                        let at = place * stride + (row - rows.start) * BLOCK + column;
                        // the panels of one run are read in order, again for the next columns, and then the next place's
                        let last = column + size.columns >= columns && from + run >= channels;
                        let next = match row + filters.height < rows.end {
                            true => filters.panel(row + filters.height, from),
                            false if last => behind.panel(rows.start, 0),
                            false => filters.panel(rows.start, from),
                        };
                        let tile = Tile {
                            a: filters.panel(row, from).as_ptr(),
                            height: filters.height,
                            b: matrix[column * channels + from * size.columns..].as_ptr(),
                            ahead: [Ahead::lines(next.as_ptr()); 2],
                            offsets: None,
                            depth: run.min(channels - from),
                            rounding: Rounding::Often,
                            rows: filters.height.min(rows.end - row),
                            columns: size.columns.min(columns - column),
                            c: products[at..].as_mut_ptr(),
                            stride: BLOCK,
                            start: if from == 0 { Start::Rows(filters.bias(row).as_ptr()) } else { Start::C },
                        };
                        // SAFETY: panels and products have room for all channels, rows and columns.
                        unsafe { tile.compute() };
                    }
                }
            }
        }
        with_lanes(Output::<S, _, N, M> {
            grid,
            block,
            products,
            stride,
            bias: self.bias.as_ref().map(|bias| &bias[group * self.rows..][..self.rows]),
            groups: self.filters.len(),
            group,
            rows,
            places: self.window.places,
            output,
            scheme: PhantomData,
        });
    }
}
