use std::ops::Range;

use super::buffer::Aligned;
use super::rhs::{Rhs, SLACK};
use super::tile::TileSize;

/// The right side of a product, `depth` × `columns`, in the order in which the kernels read it. Packed once for many
/// products.
pub struct PackedRhs {
    depth: usize,
    width: usize,
    panels: Aligned,
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
        PackedRhs { depth, width, panels }
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        4 * self.panels.floats().len()
    }
}

impl Rhs for &PackedRhs {
    #[inline(always)]
    fn pack(&self, depths: Range<usize>, columns: Range<usize>, width: usize, panel: &mut [f32]) {
        let from = self.ready(depths.start, columns.start).unwrap_or_default();
        let n = depths.len() * width;
        panel[..n].copy_from_slice(&from[..n]);
    }

    #[inline(always)]
    fn ready(&self, depth: usize, column: usize) -> Option<&[f32]> {
        Some(&self.panels.floats()[column / self.width * self.width * self.depth + depth * self.width..])
    }
}
