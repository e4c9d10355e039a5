use std::ops::Range;
use std::sync::Arc;

use super::buffer::Aligned;
use super::matrix::{Matrix, Order};
use super::rhs::{Rhs, SLACK};
use super::tile::{Ahead, TileSize};
use crate::lanes::{SideBySide, with_lanes};
use crate::shelf::{Form, Layout, Reading};
use crate::{Constant, Pool, vectorized};

/// Terms that one thread packs at a time.
const PART: usize = 128;

/// The right side of a product, `depth` × `columns`, in the order in which the kernels read it. Packed once for many
/// products.
pub struct PackedRhs {
    depth: usize,
    columns: usize,
    width: usize,
    panels: Arc<Aligned>,
    addends: Option<Vec<f32>>,
}

impl PackedRhs {
    /// Packs a matrix.
    pub fn new(depth: usize, columns: usize, source: &impl Rhs) -> PackedRhs {
        PackedRhs::of(depth, columns, Arc::new(PackedRhs::panels_of(Pool::single(), depth, columns, source)))
    }

    /// Packs a constant matrix once for all who ask for it, on all threads.
    pub fn shared(pool: &Pool, constant: &Constant, depth: usize, columns: usize, order: Order) -> PackedRhs {
        let reading = if order == Order::Rows { Reading::Terms } else { Reading::Outputs };
        let size = [columns, depth];
        let layout = Layout { form: Form::Right, size, group: [0, 1], reading, factors: Vec::new() };
        let panels = constant.packed(layout, || {
            let stride = if order == Order::Rows { columns } else { depth };
            let values = constant.f32s().unwrap_or_default();
            PackedRhs::panels_of(pool, depth, columns, &Matrix { values: &values, stride, order })
        });
        PackedRhs::of(depth, columns, panels)
    }

    /// Panels that lie ready.
    pub(crate) fn of(depth: usize, columns: usize, panels: Arc<Aligned>) -> PackedRhs {
        PackedRhs { depth, columns, width: TileSize::current().columns, panels, addends: None }
    }

    pub(crate) fn panels_of(pool: &Pool, depth: usize, columns: usize, source: &impl Rhs) -> Aligned {
        let width = TileSize::current().columns;
        let mut panels = Aligned::zeros(columns.div_ceil(width) * depth * width + SLACK);
        fill(pool, depth, columns, source, panels.floats_mut());
        panels
    }

    /// The transpose, laid out from the same panels as it is needed.
    pub fn transposed(&self) -> TransposedRhs<'_> {
        TransposedRhs { panels: self.panels.floats(), depth: self.depth, width: self.width }
    }

    /// The same with a number for each column that is added to all of the column's sums.
    ///
    /// # Panics
    /// If there is not one for each column.
    pub fn with_addends(mut self, addends: Option<Vec<f32>>) -> PackedRhs {
        assert!(addends.as_ref().is_none_or(|addends| addends.len() == self.columns), "one for each column");
        self.addends = addends;
        self
    }

    /// Packs another matrix of the same size in its place: nothing is allocated, and all threads take part.
    pub fn repack(&mut self, pool: &Pool, source: &impl Rhs) {
        fill(pool, self.depth, self.columns, source, Arc::make_mut(&mut self.panels).floats_mut());
    }

    /// The number of terms in each sum.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        4 * self.panels.floats().len()
    }
}

/// Packs a matrix into panels, which are cut into parts of equal depth so that no part reaches into two of them.
fn fill(pool: &Pool, depth: usize, columns: usize, source: &impl Rhs, panels: &mut [f32]) {
    if depth * columns == 0 {
        return;
    }
    let width = TileSize::current().columns;
    let parts = depth.div_ceil(PART);
    let most = (1..=parts).rev().find(|&parts| depth.is_multiple_of(parts)).unwrap_or(1);
    let rows = depth / most;
    let whole = columns.div_ceil(width) * depth * width;
    pool.chunks(&mut panels[..whole], rows * width, |i, part| {
        let (first, from) = (i / most * width, i % most * rows);
        let here = first..(first + width).min(columns);
        vectorized(
            #[inline(always)]
            || source.pack(from..from + rows, here, width, part),
        );
    });
}

/// Packed panels of one product in memory that is only lent.
#[derive(Clone, Copy)]
pub(super) struct Panels<'a> {
    pub(super) panels: &'a [f32],
    /// From one panel to the next.
    pub(super) stride: usize,
    pub(super) width: usize,
}

impl Rhs for Panels<'_> {
    #[inline(always)]
    fn pack(&self, _: Range<usize>, _: Range<usize>, _: usize, _: &mut [f32]) {}

    #[inline(always)]
    fn ready(&self, depth: usize, column: usize) -> Option<&[f32]> {
        Some(&self.panels[column / self.width * self.stride + depth * self.width..])
    }
}

impl Rhs for &PackedRhs {
    #[inline(always)]
    fn pack(&self, _: Range<usize>, _: Range<usize>, _: usize, _: &mut [f32]) {}

    #[inline(always)]
    fn ready(&self, depth: usize, column: usize) -> Option<&[f32]> {
        Some(&self.panels.floats()[column / self.width * self.width * self.depth + depth * self.width..])
    }

    #[inline(always)]
    fn addends(&self, column: usize) -> Option<&[f32]> {
        self.addends.as_ref().map(|addends| &addends[column..])
    }
}

/// The transpose of a right side that was packed: squares of its panels are turned in registers.
#[derive(Clone, Copy)]
pub struct TransposedRhs<'a> {
    panels: &'a [f32],
    /// Of the matrix that was packed, which are columns here.
    depth: usize,
    width: usize,
}

impl Rhs for TransposedRhs<'_> {
    #[inline(always)]
    fn pack(&self, depths: Range<usize>, columns: Range<usize>, width: usize, panel: &mut [f32]) {
        let mut from = depths.start;
        while from < depths.end {
            let within = from % self.width;
            let until = (from - within + self.width).min(depths.end);
            with_lanes(SideBySide {
                values: &self.panels[(from - within) * self.depth..],
                line: self.width,
                lines: columns.clone(),
                part: within..within + until - from,
                to: &mut panel[(from - depths.start) * width..],
                stride: width,
            });
            from = until;
        }
    }

    /// With every tile one square, and what lies behind it: those of the next columns.
    #[inline(always)]
    fn coming(&self, depth: usize, columns: Range<usize>, tile: usize, terms: usize) -> Option<Ahead> {
        let column = columns.start;
        let square = depth / self.width + (tile + 4 * (column / self.width)) % terms.div_ceil(self.width);
        let first = (square * self.depth + column) * self.width;
        Some(Ahead::lines(self.panels.as_ptr().wrapping_add(first)))
    }

    #[inline(always)]
    fn is_near(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gemm::{Columns, Rows, products};

    #[test]
    fn what_is_packed_again_is_as_if_packed_anew() {
        let pool = Pool::new(2).unwrap();
        for [depth, columns] in [[1, 1], [784, 500], [500, 784], [131, 50], [300, 7]] {
            let noise: Vec<f32> = (0..depth * columns).map(|i| (i * 7919 % 1009) as f32).collect();
            let zeros = vec![0.0; depth * columns];
            let mut again = PackedRhs::new(depth, columns, &Rows { values: &zeros, stride: columns });
            let same = |a: &PackedRhs, b: &PackedRhs| {
                let width = a.width;
                for column in (0..columns).step_by(width) {
                    let here = width.min(columns - column);
                    for k in 0..depth {
                        let [a, b] = [a, b].map(|packed| packed.ready(k, column).unwrap()[..here].to_vec());
                        assert_eq!(a, b, "{k} {column}");
                    }
                }
            };
            let rows = Rows { values: &noise, stride: columns };
            again.repack(&pool, &rows);
            same(&again, &PackedRhs::new(depth, columns, &rows));
            let turned = Columns { values: &noise, stride: depth };
            again.repack(&pool, &turned);
            same(&again, &PackedRhs::new(depth, columns, &turned));
        }
    }

    #[test]
    fn the_transpose_multiplies_as_if_packed_so() {
        let pool = Pool::new(2).unwrap();
        // the last is laid out by every block anew
        for [rows, depth, columns] in [[1, 1, 1], [20, 33, 70], [5, 300, 40], [30, 700, 600]] {
            let number = |i: usize| (i * 7919 % 1009) as f32 / 500.0 - 1.0;
            let w: Vec<f32> = (0..depth * columns).map(number).collect();
            let x: Vec<f32> = (0..rows * depth).map(|i| number(i + 5)).collect();
            let x = Matrix { values: &x, stride: depth, order: Order::Rows };
            let straight = PackedRhs::new(depth, columns, &Rows { values: &w, stride: columns });
            let back = PackedRhs::new(columns, depth, &Columns { values: &w, stride: columns });
            let (mut expected, mut y) = (vec![0.0; rows * columns], vec![7.0; rows * columns]);
            products(&pool, 1, [rows, depth, columns], |_| x, |_| &straight, &mut expected);
            products(&pool, 1, [rows, depth, columns], |_| x, |_| back.transposed(), &mut y);
            assert_eq!(y, expected, "{rows} {depth} {columns}");
        }
    }
}
