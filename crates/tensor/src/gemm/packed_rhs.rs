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
}
