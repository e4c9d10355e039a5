use super::buffer::Aligned;
use super::matrix::{Matrix, Order};
use super::tile::{Rounding, TileSize};
use crate::{Pool, vectorized};

/// Floats worth a task of their own.
const TASK: usize = 1 << 14;

/// The left side of a product, `rows` × `depth`, in the order in which the kernels read it, with a bias per row.
///
/// Packed once for many products. A panel holds `TileSize::rows` rows: all of depth 0, then all of depth 1, and so on.
#[derive(Clone)]
pub struct PackedLhs {
    rows: usize,
    depth: usize,
    panels: Aligned,
    bias: Aligned,
    rounding: Rounding,
}

impl PackedLhs {
    /// Packs the matrix whose number at (row, k) is `source[row * row_stride + at(k)]`.
    ///
    /// # Panics
    /// If that lies outside `source`.
    pub fn new(
        rows: usize,
        depth: usize,
        source: &[f32],
        row_stride: usize,
        at: impl Fn(usize) -> usize,
    ) -> PackedLhs {
        let height = TileSize::current().rows;
        let mut panels = Aligned::zeros(rows.next_multiple_of(height) * depth);
        let chunks = panels.floats_mut().chunks_mut((height * depth).max(1));
        for (first, panel) in (0..rows).step_by(height).zip(chunks) {
            let here = height.min(rows - first);
            for (k, column) in panel.chunks_exact_mut(height).enumerate() {
                let from = &source[first * row_stride + at(k)..];
                for (r, value) in column[..here].iter_mut().enumerate() {
                    *value = from[r * row_stride];
                }
            }
        }
        let bias = Aligned::zeros(rows.next_multiple_of(height));
        PackedLhs { rows, depth, panels, bias, rounding: Rounding::Often }
    }

    /// Packs another matrix of the same size in its place: nothing is allocated, and all threads take part.
    ///
    /// # Panics
    /// If the matrix is smaller.
    pub fn repack(&mut self, pool: &Pool, matrix: &Matrix<'_>) {
        match TileSize::current().rows {
            8 => self.repack_by::<8>(pool, matrix),
            6 => self.repack_by::<6>(pool, matrix),
            _ => self.repack_by::<4>(pool, matrix),
        }
    }

    fn repack_by<const HEIGHT: usize>(&mut self, pool: &Pool, matrix: &Matrix<'_>) {
        assert_eq!(HEIGHT, TileSize::current().rows, "the height of the kernels' panels");
        let (rows, depth, stride) = (self.rows, self.depth, matrix.stride);
        if rows * depth == 0 {
            return;
        }
        let panel = HEIGHT * depth;
        let panels = TASK.div_ceil(panel);
        let whole = rows.next_multiple_of(HEIGHT) * depth;
        pool.chunks(&mut self.panels.floats_mut()[..whole], panels * panel, |i, chunk| {
            vectorized(
                #[inline(always)]
                || {
                    for (p, panel) in chunk.chunks_exact_mut(panel).enumerate() {
                        let first = (i * panels + p) * HEIGHT;
                        let here = HEIGHT.min(rows - first);
                        let columns = panel.as_chunks_mut::<HEIGHT>().0.iter_mut().enumerate();
                        match matrix.order {
                            Order::Rows if here == HEIGHT => {
                                let lines: [&[f32]; HEIGHT] =
                                    std::array::from_fn(|r| &matrix.values[(first + r) * stride..][..depth]);
                                columns.for_each(|(k, column)| {
                                    *column = std::array::from_fn(|r| lines[r][k]);
                                });
                            }
                            Order::Rows => columns.for_each(|(k, column)| {
                                for (r, value) in column[..here].iter_mut().enumerate() {
                                    *value = matrix.values[(first + r) * stride + k];
                                }
                            }),
                            Order::Columns => columns.for_each(|(k, column)| {
                                column[..here].copy_from_slice(&matrix.values[k * stride + first..][..here]);
                            }),
                        }
                    }
                },
            );
        });
    }

    /// The same with a number for each row that is added to all of the row's sums.
    ///
    /// # Panics
    /// If there is not one for each row.
    pub fn with_bias(mut self, bias: &[f32]) -> PackedLhs {
        assert_eq!(bias.len(), self.rows, "one bias for each row");
        self.bias.floats_mut()[..bias.len()].copy_from_slice(bias);
        self
    }

    /// The same with its products summed as carefully as sums of its length can afford.
    pub(crate) fn carefully(mut self) -> PackedLhs {
        self.rounding = Rounding::affordable(self.depth);
        self
    }

    /// How its products are rounded.
    pub(crate) fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns, which is the number of terms in each sum.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        4 * (self.panels.floats().len() + self.bias.floats().len())
    }

    /// The floats of the panel of `row` (a multiple of the tile's rows) from depth `k` on.
    pub(crate) fn panel(&self, row: usize, k: usize) -> &[f32] {
        let height = TileSize::current().rows;
        &self.panels.floats()[row * self.depth + k * height..(row + height) * self.depth]
    }

    /// The biases of the panel of `row`.
    pub(crate) fn bias(&self, row: usize) -> &[f32] {
        &self.bias.floats()[row..row + TileSize::current().rows]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_again_is_as_if_packed_anew() {
        let pool = Pool::new(2).unwrap();
        for [rows, depth] in [[1, 1], [8, 300], [100, 784], [37, 5], [500, 200]] {
            let noise: Vec<f32> = (0..rows * depth).map(|i| (i * 7919 % 1009) as f32).collect();
            for (order, stride) in [(Order::Rows, depth), (Order::Columns, rows)] {
                let matrix = Matrix { values: &noise, stride, order };
                let anew = matrix.packed(rows, depth);
                let mut again = PackedLhs::new(rows, depth, &vec![9.0; rows * depth], depth, |k| k);
                again.repack(&pool, &matrix);
                let last = (rows - 1) / TileSize::current().rows * TileSize::current().rows;
                for row in (0..=last).step_by(TileSize::current().rows) {
                    let here = TileSize::current().rows.min(rows - row);
                    for k in 0..depth {
                        assert_eq!(anew.panel(row, k)[..here], again.panel(row, k)[..here]);
                    }
                }
            }
        }
    }
}
