use std::ops::Range;
use std::sync::Arc;

use super::buffer::Aligned;
use super::lhs::Lhs;
use super::matrix::{Matrix, Order};
use super::rhs::copy;
use super::tile::Rounding;
use crate::lanes::{SideBySide, with_lanes};
use crate::{Pool, vectorized};

/// Floats worth a task of their own.
const TASK: usize = 1 << 14;

/// The left side of a product, `rows` × `depth`, in the order in which the kernels read it, with a bias per row.
///
/// Packed once for many products. A panel holds some rows, as many as other panels: all of depth 0, then all of depth
/// 1, and so on.
#[derive(Clone)]
pub struct PackedLhs {
    rows: usize,
    depth: usize,
    height: usize,
    panels: Arc<Aligned>,
    bias: Aligned,
    rounding: Rounding,
}

impl PackedLhs {
    /// Packs a matrix.
    ///
    /// # Panics
    /// If it is smaller.
    pub fn new(rows: usize, depth: usize, matrix: &Matrix<'_>) -> PackedLhs {
        let panels = PackedLhs::panels_of(Pool::single(), rows, depth, Rounding::Often, matrix);
        PackedLhs::of(rows, depth, Rounding::Often, Arc::new(panels))
    }

    /// Panels that lie ready.
    pub(crate) fn of(rows: usize, depth: usize, rounding: Rounding, panels: Arc<Aligned>) -> PackedLhs {
        let height = Lhs::height_for(rows);
        PackedLhs {
            rows,
            depth,
            height,
            panels,
            bias: Aligned::zeros(rows.next_multiple_of(height)),
            rounding,
        }
    }

    /// The panels of a matrix, in doubles where sums are rounded once.
    pub(crate) fn panels_of(
        pool: &Pool,
        rows: usize,
        depth: usize,
        rounding: Rounding,
        matrix: &Matrix<'_>,
    ) -> Aligned {
        let mut panels = Aligned::zeros(rows.next_multiple_of(Lhs::height_for(rows)) * depth);
        pack(pool, 1, rows, depth, |_| *matrix, panels.floats_mut());
        if rounding == Rounding::Often {
            return panels;
        }
        let mut doubles = Aligned::zeros(2 * panels.floats().len());
        for (to, &value) in doubles.floats_mut().as_chunks_mut::<2>().0.iter_mut().zip(panels.floats()) {
            let [a, b, c, d, e, f, g, h] = f64::from(value).to_ne_bytes();
            *to = [[a, b, c, d], [e, f, g, h]].map(f32::from_ne_bytes);
        }
        doubles
    }

    /// Packs another matrix of the same size in its place: nothing is allocated, and all threads take part.
    ///
    /// # Panics
    /// If the matrix is smaller.
    pub fn repack(&mut self, pool: &Pool, matrix: &Matrix<'_>) {
        let whole = self.rows.next_multiple_of(self.height) * self.depth;
        let panels = &mut Arc::make_mut(&mut self.panels).floats_mut()[..whole];
        pack(pool, 1, self.rows, self.depth, |_| *matrix, panels);
    }

    /// The same with a number for each row that is added to all of the row's sums.
    ///
    /// # Panics
    /// If there is not one for each row.
    pub fn with_bias(mut self, bias: Option<&[f32]>) -> PackedLhs {
        if let Some(bias) = bias {
            assert_eq!(bias.len(), self.rows, "one bias for each row");
            self.bias.floats_mut()[..bias.len()].copy_from_slice(bias);
        }
        self
    }

    /// The panels.
    pub(crate) fn panels(&self) -> Lhs<'_> {
        let PackedLhs { rows, depth, height, rounding, .. } = *self;
        Lhs { rows, depth, height, panels: self.panels.floats(), bias: Some(self.bias.floats()), rounding }
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
}

/// Packs matrices of `rows` × `depth` one after another into panels of [`Lhs::height_for`] their rows.
pub(super) fn pack<'a>(
    pool: &Pool,
    items: usize,
    rows: usize,
    depth: usize,
    matrix: impl Fn(usize) -> Matrix<'a> + Sync,
    buffer: &mut [f32],
) {
    if items * rows * depth == 0 {
        return;
    }
    let height = Lhs::height_for(rows);
    let (panel, panels) = (height * depth, rows.div_ceil(height));
    let together = TASK.div_ceil(panel);
    pool.chunks(&mut buffer[..items * panels * panel], together * panel, |i, chunk| {
        vectorized(
            #[inline(always)]
            || {
                for (p, panel) in chunk.chunks_exact_mut(panel).enumerate() {
                    let at = i * together + p;
                    let first = at % panels * height;
                    fill(&matrix(at / panels), first..(first + height).min(rows), depth, height, panel);
                }
            },
        );
    });
}

/// Writes some rows of a matrix to a panel.
#[inline(always)]
fn fill(matrix: &Matrix<'_>, rows: Range<usize>, depth: usize, height: usize, panel: &mut [f32]) {
    let stride = matrix.stride;
    match matrix.order {
        Order::Rows => with_lanes(SideBySide {
            values: matrix.values,
            line: stride,
            lines: rows,
            part: 0..depth,
            to: panel,
            stride: height,
        }),
        Order::Columns => {
            for k in 0..depth {
                copy(&matrix.values[k * stride + rows.start..], rows.len(), &mut panel[k * height..]);
            }
        }
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
                let anew = PackedLhs::new(rows, depth, &matrix);
                let nines = vec![9.0; rows * depth];
                let other = Matrix { values: &nines, stride: depth, order: Order::Rows };
                let mut again = PackedLhs::new(rows, depth, &other);
                again.repack(&pool, &matrix);
                let [anew, again] = [&anew, &again].map(PackedLhs::panels);
                for row in (0..rows).step_by(anew.height) {
                    let here = anew.height.min(rows - row);
                    for k in 0..depth {
                        assert_eq!(anew.panel(row, k)[..here], again.panel(row, k)[..here]);
                    }
                }
            }
        }
    }
}
