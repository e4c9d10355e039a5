use std::ops::Range;

use super::buffer::{scratch, shared_scratch};
use super::output::Store;
use super::packed::PackedLhs;
use super::packed_rhs::Panels;
use super::rhs::{Rhs, SLACK};
use super::tile::{Tile, TileSize};
use crate::{Pool, vectorized};

/// Floats of B that are packed at once: half of a second-level cache of 1 MiB.
const PACKED: usize = 128 << 10;
/// The shortest run of terms that is worth a pass over C.
const DEPTH: usize = 256;
/// Multiply-adds worth a task of its own.
const TASK: usize = 1 << 20;
/// Tasks that keep many threads busy to the end.
const TASKS: usize = 32;
/// Floats of B that may be packed at once for all threads.
const SHARED: usize = 4 << 20;
/// Floats of A that stay in a second-level cache beside the packed part of B.
const NEAR: usize = 64 << 10;
/// Terms of B that one thread packs at a time.
const PART: usize = 128;

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
    if items == 0 || columns == 0 || lhs(0).rows() == 0 {
        return;
    }
    let (rows, depth) = (lhs(0).rows(), lhs(0).depth());
    output.check(items, rows, columns);
    let cut = Cut::of(items, rows, columns, depth);
    if !cut.shares || rhs(0).ready(0, 0).is_some() {
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
    lhs: impl Fn(usize) -> &'l PackedLhs + Sync,
    rhs: impl Fn(usize) -> B + Sync,
    output: &impl Store,
) {
    pool.each(items * cut.blocks(), |task| {
        let (item, block) = (task / cut.blocks(), task % cut.blocks());
        let rows = cut.part(block % cut.row_blocks, cut.block_rows, cut.rows);
        let columns = cut.part(block / cut.row_blocks, cut.block_columns, columns);
        let lhs = lhs(item);
        assert_eq!((lhs.rows(), lhs.depth()), (cut.rows, cut.depth), "products of one call have one size");
        vectorized(
            #[inline(always)]
            || block_of(cut, lhs, &rhs(item), item, rows, columns, output),
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
        let width = cut.size.columns;
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
    size: TileSize,
    rows: usize,
    depth: usize,
    block_rows: usize,
    block_columns: usize,
    block_depth: usize,
    row_blocks: usize,
    column_blocks: usize,
    /// Whether B is packed once for all blocks of rows.
    shares: bool,
}

impl Cut {
    fn of(items: usize, rows: usize, columns: usize, depth: usize) -> Cut {
        let size = TileSize::current();
        let (row_panels, column_panels) = (rows.div_ceil(size.rows), columns.div_ceil(size.columns));
        let work = (rows as f64) * (columns as f64) * (depth.max(1) as f64);
        let wanted = ((work / TASK as f64) as usize).clamp(1, TASKS.div_ceil(items));
        let least_columns = column_panels.div_ceil((PACKED / DEPTH / size.columns).max(1));
        let shareable =
            (items as f64) * (column_panels * size.columns) as f64 * (depth as f64) <= SHARED as f64;
        let alone = column_panels >= wanted && (rows * depth <= NEAR || !shareable);
        let row_blocks = match (alone, shareable) {
            (true, _) => 1,
            (false, true) => wanted / least_columns,
            (false, false) => wanted / column_panels,
        };
        let row_blocks = row_blocks.clamp(1, row_panels);
        let column_blocks = wanted.div_ceil(row_blocks).clamp(least_columns, column_panels);
        let per_row_block = row_panels.div_ceil(row_blocks);
        let per_column_block = column_panels.div_ceil(column_blocks);
        let block_columns = per_column_block * size.columns;
        Cut {
            size,
            rows,
            depth,
            block_rows: per_row_block * size.rows,
            block_columns,
            block_depth: balanced(depth, (PACKED / block_columns).max(DEPTH)),
            row_blocks: row_panels.div_ceil(per_row_block),
            column_blocks: column_panels.div_ceil(per_column_block),
            shares: row_blocks > 1 && shareable,
        }
    }

    fn blocks(&self) -> usize {
        self.row_blocks * self.column_blocks
    }

    fn part(&self, i: usize, size: usize, end: usize) -> Range<usize> {
        i * size..((i + 1) * size).min(end)
    }
}

/// The size of equal parts of `n` of which none exceeds `most`.
fn balanced(n: usize, most: usize) -> usize {
    n.div_ceil(n.div_ceil(most).max(1)).max(1)
}

#[inline(always)]
fn block_of<B: Rhs, S: Store>(
    cut: &Cut,
    lhs: &PackedLhs,
    rhs: &B,
    item: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    output: &S,
) {
    let width = cut.size.columns;
    let panels = columns.len().div_ceil(width);
    let ready = rhs.ready(0, 0).is_some();
    let packed = if ready { 0 } else { panels * width * cut.block_depth.min(cut.depth) + SLACK };
    let direct = output.place(item, rows.start, columns.start);
    let part_stride = panels * width;
    let part = if direct.is_some() { 0 } else { rows.len() * part_stride };
    scratch(
        packed.next_multiple_of(16) + part,
        #[inline(always)]
        |buffer| {
            let (packed, part) = buffer.split_at_mut(packed.next_multiple_of(16));
            let (start, stride) = direct.unwrap_or((part.as_mut_ptr(), part_stride));
            let mut from = 0;
            loop {
                let depths = from..(from + cut.block_depth).min(cut.depth);
                let panel_len = depths.len() * width;
                let unpacked = if ready { 0..0 } else { columns.clone() };
                for (p, first) in unpacked.step_by(width).enumerate() {
                    let here = first..(first + width).min(columns.end);
                    rhs.pack(
                        depths.clone(),
                        here,
                        width,
                        &mut packed[p * panel_len..(p + 1) * panel_len + SLACK],
                    );
                }
                for row in rows.clone().step_by(cut.size.rows) {
                    let a = lhs.panel(row, depths.start);
                    for (p, column) in columns.clone().step_by(width).enumerate() {
                        let b = rhs.ready(depths.start, column).unwrap_or_else(|| &packed[p * panel_len..]);
                        debug_assert!(b.len() >= panel_len);
                        let tile = Tile {
                            a: a.as_ptr(),
                            b: b.as_ptr(),
                            offsets: None,
                            depth: depths.len(),
                            rounding: lhs.rounding(),
                            rows: cut.size.rows.min(rows.end - row),
                            columns: width.min(columns.end - column),
                            // SAFETY: inside this task's part of the output.
                            c: unsafe { start.add((row - rows.start) * stride + column - columns.start) },
                            stride,
                            bias: if from == 0 { lhs.bias(row).as_ptr() } else { std::ptr::null() },
                        };
                        // SAFETY: the panels were packed to these sizes; no other task has this part of C.
                        unsafe { tile.compute() };
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
