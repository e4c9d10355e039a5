use std::ops::Range;

use super::buffer::{scratch, shared_scratch};
use super::lhs::Lhs;
use super::output::Store;
use super::packed::PackedLhs;
use super::packed_rhs::Panels;
use super::rhs::{Rhs, SLACK};
use super::tile::{Ahead, LINE, RUN, Start, Tile, TileSize};
use crate::{Pool, vectorized};

/// Multiply-adds worth a task of their own.
const TASK: usize = 1 << 20;
/// Tasks that keep many threads busy to the end.
const TASKS: usize = 32;
/// Floats of B that may be packed at once for all threads.
const SHARED: usize = 4 << 20;
/// Terms of B that one thread packs at a time.
const PART: usize = 128;
/// Floats of B that stay in a first-level cache while panels of A pass by.
const STAYS: usize = 8 << 10;
/// Multiply-adds that take as long as bringing one float of A or B near, where no other block has brought it.
const FETCH: f64 = 13.0;
/// The same for laying out one float of B from panels, where every block of rows does so anew.
const LAYING: f64 = 9.0;
/// Tasks at most where blocks do so.
const FEW_TASKS: usize = 8;
/// Floats of B up to which it is better laid out once for all, because they stay in a second-level cache.
const NEAR: usize = 256 << 10;
/// Rows from which it is too, because so many blocks of rows would each bring it near from memory.
const TALL: usize = 800;

/// Computes C = bias + A·B for `items` products of equal size.
///
/// `lhs` and `rhs` give A and B by the number of the product. Work is cut by size alone, and sums are formed in the
/// order of k in blocks that depend on size alone, so C is the same bytes for any number of threads.
///
/// # Panics
/// If the output is too small.
#[expect(private_bounds, reason = "outputs are made in this crate")]
pub fn multiply<'l, B: Rhs>(
    pool: &Pool,
    items: usize,
    columns: usize,
    lhs: impl Fn(usize) -> &'l PackedLhs + Sync,
    rhs: impl Fn(usize) -> B + Sync,
    output: &impl Store,
) {
    compute(pool, items, columns, |item| lhs(item).panels(), rhs, output);
}

/// The same for left sides in memory that is only lent.
pub(crate) fn compute<'l, B: Rhs>(
    pool: &Pool,
    items: usize,
    columns: usize,
    lhs: impl Fn(usize) -> Lhs<'l> + Sync,
    rhs: impl Fn(usize) -> B + Sync,
    output: &impl Store,
) {
    if items == 0 || columns == 0 || lhs(0).rows == 0 {
        return;
    }
    let (rows, depth) = (lhs(0).rows, lhs(0).depth);
    output.check(items, rows, columns);
    let anew = rhs(0).is_near() && columns * depth > NEAR && rows < TALL;
    let (tasks_at_most, laying) = if anew { (FEW_TASKS, LAYING) } else { (TASKS, 0.0) };
    let cut = Cut::of(items, [rows, columns, depth], lhs(0).height, tasks_at_most, laying);
    if !cut.shares || anew || rhs(0).ready(0, 0).is_some() {
        return tasks(pool, &cut, items, columns, lhs, rhs, output);
    }
    let packing = Packing::of(&cut, columns);
    let item_len = packing.panels * packing.panel;
    shared_scratch(items * item_len, |buffer| {
        pool.chunks(buffer, packing.part_rows * packing.width, |i, part| {
            let (panel, depths) = packing.part(i);
            let (item, first) = (panel / packing.panels, panel % packing.panels * packing.width);
            let columns = first..(first + packing.width).min(columns);
            vectorized(
                #[inline(always)]
                || rhs(item).pack(depths, columns, packing.width, part),
            );
        });
        let buffer = &*buffer;
        let packed = |item: usize| Panels {
            panels: &buffer[item * item_len..][..item_len],
            stride: packing.panel,
            width: packing.width,
        };
        tasks(pool, &cut, items, columns, lhs, packed, output);
    });
}

fn tasks<'l, B: Rhs>(
    pool: &Pool,
    cut: &Cut,
    items: usize,
    columns: usize,
    lhs: impl Fn(usize) -> Lhs<'l> + Sync,
    rhs: impl Fn(usize) -> B + Sync,
    output: &impl Store,
) {
    pool.each(items * cut.blocks(), |task| {
        let (item, block) = (task / cut.blocks(), task % cut.blocks());
        let rows = cut.part(block % cut.row_blocks, cut.block_rows, cut.rows);
        let columns = cut.part(block / cut.row_blocks, cut.block_columns, columns);
        let lhs = lhs(item);
        assert_eq!((lhs.rows, lhs.depth), (cut.rows, cut.depth), "products of one call have one size");
        vectorized(
            #[inline(always)]
            || block_of(cut, &lhs, &rhs(item), item, rows, columns, output),
        );
    });
}

/// How B is packed before several blocks of rows read it: panel after panel, each in parts of equal depth.
struct Packing {
    width: usize,
    /// Panels of one product.
    panels: usize,
    /// Floats from one panel to the next.
    panel: usize,
    part_rows: usize,
    parts: usize,
    depth: usize,
}

impl Packing {
    fn of(cut: &Cut, columns: usize) -> Packing {
        let width = TileSize::current().columns;
        let part_rows = balanced(cut.depth, PART);
        let parts = cut.depth.div_ceil(part_rows).max(1);
        let panels = columns.div_ceil(width);
        Packing { width, panels, panel: parts * part_rows * width, part_rows, parts, depth: cut.depth }
    }

    /// The panel of a part, and its depths.
    fn part(&self, i: usize) -> (usize, Range<usize>) {
        let first = i % self.parts * self.part_rows;
        (i / self.parts, first.min(self.depth)..(first + self.part_rows).min(self.depth))
    }
}

/// How a product is cut into tasks.
struct Cut {
    rows: usize,
    depth: usize,
    block_rows: usize,
    block_columns: usize,
    row_blocks: usize,
    column_blocks: usize,
    /// Whether B is packed once for all blocks of rows.
    shares: bool,
}

impl Cut {
    /// Blocks of a number that work asks for, as square as panels of `height` rows allow: each of them brings its part of A
    /// and B near by itself.
    fn of(items: usize, [rows, columns, depth]: [usize; 3], height: usize, most: usize, laying: f64) -> Cut {
        let width = TileSize::current().columns;
        let (row_panels, column_panels) = (rows.div_ceil(height), columns.div_ceil(width));
        let work = (rows as f64) * (columns as f64) * (depth.max(1) as f64);
        let wanted = ((work / TASK as f64) as usize).clamp(1, most.div_ceil(items));
        let shareable = items as f64 * (column_panels * width) as f64 * depth as f64 <= SHARED as f64;
        let cut = |column_blocks: usize| {
            let per_column_block = column_panels.div_ceil(column_blocks);
            let row_blocks = wanted.div_ceil(column_blocks).min(row_panels);
            let per_row_block = row_panels.div_ceil(row_blocks);
            let row_blocks = row_panels.div_ceil(per_row_block);
            Cut {
                rows,
                depth,
                block_rows: per_row_block * height,
                block_columns: per_column_block * width,
                row_blocks,
                column_blocks: column_panels.div_ceil(per_column_block),
                shares: row_blocks > 1 && shareable,
            }
        };
        let cuts = (1..=column_panels.min(wanted)).map(cut);
        let cheapest = cuts.min_by(|a, b| a.cost(laying).total_cmp(&b.cost(laying)));
        cheapest.unwrap_or_else(|| cut(1))
    }

    /// What one multiply-add costs, in multiply-adds: what is computed behind the last row and column counts too.
    fn cost(&self, laying: f64) -> f64 {
        let padded = (self.blocks() * self.block_rows * self.block_columns) as f64;
        padded * (1.0 + (FETCH + laying) / self.block_rows as f64 + FETCH / self.block_columns as f64)
    }

    fn blocks(&self) -> usize {
        self.row_blocks * self.column_blocks
    }

    fn part(&self, i: usize, size: usize, end: usize) -> Range<usize> {
        i * size..((i + 1) * size).min(end)
    }
}

/// The size of equal parts of `n` of which none exceeds `most`.
pub(super) fn balanced(n: usize, most: usize) -> usize {
    n.div_ceil(n.div_ceil(most).max(1)).max(1)
}

/// Computes one block: some panels of B stay in the first-level cache while the block's panels of A pass by. Where sums are
/// short these are many, so that long lines of C are written one after another.
#[inline(always)]
fn block_of<B: Rhs, S: Store>(
    cut: &Cut,
    lhs: &Lhs<'_>,
    rhs: &B,
    item: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    output: &S,
) {
    let (width, height) = (TileSize::current().columns, lhs.height);
    let run = balanced(cut.depth, RUN);
    let ready = rhs.ready(0, 0).is_some();
    let stretch = (STAYS / (width * run)).max(1) * width;
    let panel = (width * run).next_multiple_of(LINE);
    let packed = if ready { 0 } else { panel * (stretch / width) + SLACK };
    let direct = output.place(item, rows.start, columns.start);
    let part_stride = columns.len().next_multiple_of(width);
    let part = if direct.is_some() { 0 } else { rows.len() * part_stride };
    scratch(
        packed + part,
        #[inline(always)]
        |buffer| {
            let (packed, part) = buffer.split_at_mut(packed);
            let (start, stride) = direct.unwrap_or((part.as_mut_ptr(), part_stride));
            let mut from = 0;
            loop {
                let depths = from..(from + run).min(cut.depth);
                for first in columns.clone().step_by(stretch) {
                    let stretch = first..(first + stretch).min(columns.end);
                    if !ready {
                        for (i, column) in stretch.clone().step_by(width).enumerate() {
                            let here = column..(column + width).min(columns.end);
                            rhs.pack(depths.clone(), here, width, &mut packed[i * panel..]);
                        }
                    }
                    let packed = &*packed;
                    let panel_of = |column: usize| match rhs.ready(from, column) {
                        Some(panel) => panel,
                        None => &packed[(column - stretch.start) / width * panel..],
                    };
                    // after the last panel of B come the next terms of the first
                    let (next_from, next_column) = match stretch.end < columns.end {
                        true => (from, stretch.end),
                        false => (if depths.end < cut.depth { depths.end } else { 0 }, columns.start),
                    };
                    let next_columns = next_column..(next_column + stretch.len()).min(columns.end);
                    let mut tiles = 0;
                    for row in rows.clone().step_by(height) {
                        let next_a = match row + height < rows.end {
                            true => lhs.panel(row + height, from),
                            false => lhs.panel(rows.start, next_from),
                        };
                        for column in stretch.clone().step_by(width) {
                            let b = panel_of(column);
                            debug_assert!(b.len() >= depths.len() * width);
                            let here = width.min(columns.end - column);
                            let next_a = Ahead::lines(next_a.as_ptr());
                            let next_b = rhs.coming(next_from, next_columns.clone(), tiles, depths.len());
                            let tile = Tile {
                                ahead: [next_a, next_b.unwrap_or(next_a)],
                                a: lhs.panel(row, from).as_ptr(),
                                height,
                                b: b.as_ptr(),
                                offsets: None,
                                depth: depths.len(),
                                rounding: lhs.rounding,
                                rows: height.min(rows.end - row),
                                columns: here,
                                // SAFETY: inside this task's part of the output.
                                c: unsafe { start.add((row - rows.start) * stride + column - columns.start) },
                                stride,
                                start: match (from, rhs.addends(column)) {
                                    (0, Some(addends)) => Start::Columns(addends[..here].as_ptr()),
                                    (0, None) => Start::Rows(lhs.bias(row).as_ptr()),
                                    _ => Start::C,
                                },
                            };
                            // SAFETY: the panels were packed to these sizes; no other task has this part of C.
                            unsafe { tile.compute() };
                            tiles += 1;
                        }
                    }
                }
                from = depths.end;
                if from >= cut.depth {
                    break;
                }
            }
            if direct.is_none() {
                // SAFETY: each task has a part of its own.
                unsafe { output.scatter(item, rows.clone(), columns.clone(), part, part_stride) };
            }
        },
    );
}
