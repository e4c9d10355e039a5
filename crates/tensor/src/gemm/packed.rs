use super::buffer::Aligned;
use super::tile::{Rounding, TileSize};

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
