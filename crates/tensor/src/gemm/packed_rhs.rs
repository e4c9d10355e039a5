use std::ops::Range;

use super::buffer::Aligned;
use super::rhs::{Rhs, SLACK};
use super::tile::TileSize;
use crate::{Pool, vectorized};

/// Terms that one thread packs at a time.
const PART: usize = 128;

/// The right side of a product, `depth` × `columns`, in the order in which the kernels read it. Packed once for many
/// products.
pub struct PackedRhs {
    depth: usize,
    columns: usize,
    width: usize,
    panels: Aligned,
    addends: Option<Vec<f32>>,
}

impl PackedRhs {
    /// Packs a matrix.
    pub fn new(depth: usize, columns: usize, source: &impl Rhs) -> PackedRhs {
        let width = TileSize::current().columns;
        let panel = depth * width;
        let mut panels = Aligned::zeros(columns.div_ceil(width) * panel + SLACK);
        for (p, first) in (0..columns).step_by(width).enumerate() {
            let here = first..(first + width).min(columns);
            source.pack(0..depth, here, width, &mut panels.floats_mut()[p * panel..(p + 1) * panel + SLACK]);
        }
        PackedRhs { depth, columns, width, panels, addends: None }
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
        let (depth, width, columns) = (self.depth, self.width, self.columns);
        if depth * columns == 0 {
            return;
        }
        let panels = columns.div_ceil(width);
        // Every panel is cut into parts of equal depth, so that no chunk reaches into two of them.
        let parts = depth.div_ceil(PART);
        let most = (1..=parts.max(1)).rev().find(|&parts| depth.is_multiple_of(parts)).unwrap_or(1);
        let rows = depth / most;
        let whole = panels * depth * width;
        pool.chunks(&mut self.panels.floats_mut()[..whole], rows * width, |i, part| {
            let (first, from) = (i / most * width, i % most * rows);
            let here = first..(first + width).min(columns);
            vectorized(
                #[inline(always)]
                || source.pack(from..from + rows, here, width, part),
            );
        });
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        4 * self.panels.floats().len()
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gemm::{Columns, Rows};

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
}
