use std::ops::Range;

use super::patches::Window;
use crate::gemm::{Ahead, Lhs, Start, Store, Tile, TileSize, scratch};
use crate::{Pool, vectorized};

/// Floats of the pictures' lines that one task lays out.
const LINES: usize = 96 << 10;
/// Multiply-adds worth a task of their own, and tasks that keep many threads busy to the end.
const TASK: usize = 1 << 20;
const TASKS: usize = 32;
/// Blocks of lines that keep several threads busy, where each has at least as many columns.
const BLOCKS: usize = 8;
const COLUMNS: usize = 192;
/// Panels of weights that share a frame.
const PANELS: usize = 2;
/// The most rows of weights for which packing costs more than it saves, and for which it does so however few terms a
/// sum has.
const ROWS: usize = 128;
const FEW: usize = 16;
/// Terms of a sum beside which dropping the places behind the lines' ends costs nothing.
const DEPTH: usize = 128;

/// Whether a correlation is better computed by [`multiply_framed`] than over packed patches: where packing would cost
/// more than it saves.
pub(super) fn suits(window: &Window, rows: usize) -> bool {
    let reach = |axis: usize| window.taps[axis].saturating_sub(1) * window.step[axis].unsigned_abs();
    let slides = window.stride == [1, 1] && window.taps != [1, 1] && !window.taps.contains(&0);
    // a frame of no channel has nothing to lay out
    let slides = slides && window.channels > 0;
    let narrow = reach(0) <= window.places[0] && reach(1) <= window.places[1] / 4;
    slides && narrow && rows <= ROWS && (rows <= FEW || window.depth() >= DEPTH)
}

/// Computes the product of weights with the patches of a window of stride 1, whose rows are never packed: with zeros
/// around the picture, the patches for one weight are the picture itself from some place on, as long as the places
/// behind the end of each line are computed too (and dropped).
pub(super) fn multiply_framed<'l, 'i>(
    pool: &Pool,
    items: usize,
    window: &Window,
    lhs: impl Fn(usize) -> Lhs<'l> + Sync,
    image: impl Fn(usize) -> &'i [f32] + Sync,
    output: &impl Store,
) {
    let [rows, columns] = window.places;
    if items == 0 || rows * columns == 0 || lhs(0).rows == 0 {
        return;
    }
    output.check(items, lhs(0).rows, rows * columns);
    let frame = Frame::of(window);
    let blocks = rows.div_ceil(frame.height);
    let height = lhs(0).height;
    let panels = lhs(0).rows.div_ceil(height);
    let work = (lhs(0).rows * rows * columns) as f64 * window.depth() as f64;
    let wanted = ((work / TASK as f64) as usize).clamp(1, TASKS.div_ceil(items));
    // fewer rows would not outweigh the frame that each task lays out
    let parts = (wanted / blocks).clamp(1, panels.div_ceil(PANELS));
    let part = panels.div_ceil(parts) * height;
    pool.each(items * blocks * parts, |task| {
        let (item, block) = (task / (blocks * parts), task % (blocks * parts));
        let (first, start) = (block / parts * frame.height, block % parts * part);
        let lhs = lhs(item);
        if start >= lhs.rows {
            return;
        }
        let block = Block {
            window,
            frame: &frame,
            lhs,
            part: start..(start + part).min(lhs.rows),
            first,
            rows: frame.height.min(rows - first),
        };
        vectorized(
            #[inline(always)]
            || block.compute(item, image(item), output),
        );
    });
}

/// Some lines of all channels with zeros around them.
struct Frame {
    /// Lines of places that it serves.
    height: usize,
    /// Floats of a line.
    line: usize,
    /// Floats of a channel.
    plane: usize,
    /// Places behind the end of a line.
    wide: usize,
    /// The lowest place of the picture that the first sum reads.
    low: [isize; 2],
    /// For each weight, where its patches begin.
    offsets: Vec<usize>,
}

impl Frame {
    fn of(window: &Window) -> Frame {
        let ends = |axis: usize| {
            let reach = (window.taps[axis] as isize - 1) * window.step[axis];
            (window.offset[axis] + reach.min(0), reach.unsigned_abs())
        };
        let [(top, tall), (left, wide)] = [ends(0), ends(1)];
        let line = window.places[1] + wide;
        let rows = window.places[0];
        let most = (LINES / (window.channels * line).max(1)).saturating_sub(tall);
        let height = most.min(rows.div_ceil(BLOCKS).max(COLUMNS.div_ceil(line))).clamp(1, rows);
        let height = rows.div_ceil(rows.div_ceil(height));
        let plane = (height + tall) * line;
        let at = |axis: usize, tap: usize, low: isize| {
            (tap as isize * window.step[axis] + window.offset[axis] - low) as usize
        };
        let place = |c: usize, i: usize, j: usize| c * plane + at(0, i, top) * line + at(1, j, left);
        let taps = (0..window.taps[0]).flat_map(|i| (0..window.taps[1]).map(move |j| (i, j)));
        let offsets = (0..window.channels).flat_map(|c| taps.clone().map(move |(i, j)| (c, i, j)));
        let offsets = offsets.map(|(c, i, j)| place(c, i, j)).collect();
        Frame { height, line, plane, wide, low: [top, left], offsets }
    }

    /// Lays out the lines for the places from line `first` on.
    #[inline(always)]
    fn fill(&self, window: &Window, first: usize, image: &[f32], buffer: &mut [f32]) {
        let [height, width] = window.image;
        let start = (-self.low[1]).clamp(0, self.line as isize) as usize;
        let end = (width as isize - self.low[1]).clamp(start as isize, self.line as isize) as usize;
        for (channel, plane) in buffer.chunks_exact_mut(self.plane).enumerate() {
            for (row, line) in plane.chunks_exact_mut(self.line).enumerate() {
                let y = (first + row) as isize + self.low[0];
                if y < 0 || y >= height as isize || start == end {
                    line.fill(0.0);
                    continue;
                }
                let from = (channel * height + y as usize) * width + (start as isize + self.low[1]) as usize;
                line[..start].fill(0.0);
                line[start..end].copy_from_slice(&image[from..from + end - start]);
                line[end..].fill(0.0);
            }
        }
    }
}

/// Some lines of places, for some rows, of one product.
struct Block<'a> {
    window: &'a Window,
    frame: &'a Frame,
    lhs: Lhs<'a>,
    part: Range<usize>,
    first: usize,
    rows: usize,
}

impl Block<'_> {
    #[inline(always)]
    fn compute(&self, item: usize, image: &[f32], output: &impl Store) {
        let (frame, width, height) = (self.frame, TileSize::current().columns, self.lhs.height);
        let flat = self.rows * frame.line;
        // the last tile reaches beyond the last line
        let framed = (self.window.channels * frame.plane + frame.wide + width).next_multiple_of(16);
        scratch(
            framed + self.part.len() * flat,
            #[inline(always)]
            |buffer| {
                let (framed, sums) = buffer.split_at_mut(framed);
                let lines = self.window.channels * frame.plane;
                frame.fill(self.window, self.first, image, &mut framed[..lines]);
                for column in (0..flat).step_by(width) {
                    for row in self.part.clone().step_by(height) {
                        let next = if row + height < self.part.end { row + height } else { self.part.start };
                        let tile = Tile {
                            a: self.lhs.panel(row, 0).as_ptr(),
                            height,
                            b: framed[column..].as_ptr(),
                            ahead: [Ahead::lines(self.lhs.panel(next, 0).as_ptr()); 2],
                            offsets: Some(&frame.offsets),
                            depth: frame.offsets.len(),
                            rounding: self.lhs.rounding,
                            rows: height.min(self.part.end - row),
                            columns: width.min(flat - column),
                            c: sums[(row - self.part.start) * flat + column..].as_mut_ptr(),
                            stride: flat,
                            start: Start::Rows(self.lhs.bias(row).as_ptr()),
                        };
                        // SAFETY: from every offset on, the frame holds all columns and a tile's width more; the
                        // sums have room for all rows.
                        unsafe { tile.compute() };
                    }
                }
                self.hand_over(item, sums, output);
            },
        );
    }

    /// Drops the places behind the lines' ends and writes the rest.
    #[inline(always)]
    fn hand_over(&self, item: usize, sums: &mut [f32], output: &impl Store) {
        let (line, width) = (self.frame.line, self.window.places[1]);
        let flat = self.rows * line;
        for (i, row) in self.part.clone().enumerate() {
            for y in 0..self.rows {
                let from = i * flat + y * line;
                match output.place(item, row, (self.first + y) * width) {
                    // SAFETY: `check` has admitted all rows and places; no other task writes these.
                    Some((to, _)) => unsafe {
                        to.copy_from_nonoverlapping(sums[from..from + width].as_ptr(), width)
                    },
                    None => sums.copy_within(from..from + width, i * flat + y * width),
                }
            }
        }
        if output.place(item, 0, 0).is_none() {
            let columns = self.first * width..(self.first + self.rows) * width;
            // SAFETY: each task has lines of its own.
            unsafe { output.scatter(item, self.part.clone(), columns, sums, flat) };
        }
    }
}
