use super::tile::{Rounding, TileSize};

/// The left side of one product, packed: panels of `height` rows, each all of depth 0, then all of depth 1, and so on.
#[derive(Clone, Copy)]
pub(crate) struct Lhs<'a> {
    pub(crate) rows: usize,
    pub(crate) depth: usize,
    pub(crate) height: usize,
    pub(crate) panels: &'a [f32],
    /// A number for each row that is added to all of the row's sums.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) rounding: Rounding,
}

/// As many as the highest panel has rows.
static NO_BIAS: [f32; 16] = [0.0; 16];

impl<'a> Lhs<'a> {
    /// The number of rows of every panel but the last: as equal as the kernels' tiles allow.
    pub(crate) fn height_for(rows: usize) -> usize {
        super::blocks::balanced(rows, TileSize::current().rows)
    }

    /// The floats of the panel of `row` (a multiple of the height) from depth `k` on.
    pub(crate) fn panel(&self, row: usize, k: usize) -> &'a [f32] {
        let floats = self.rounding.floats();
        &self.panels[(row * self.depth + k * self.height) * floats..(row + self.height) * self.depth * floats]
    }

    /// The biases of the panel of `row`.
    pub(crate) fn bias(&self, row: usize) -> &'a [f32] {
        match self.bias {
            Some(bias) => &bias[row..row + self.height],
            None => &NO_BIAS[..self.height],
        }
    }
}
