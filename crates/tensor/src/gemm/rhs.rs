use std::ops::Range;

use super::tile::{Ahead, LINE};
use crate::lanes::{SideBySide, with_lanes};

/// The right side of a product, `depth` × `columns`, that knows how to lay a part of itself out for the kernels.
pub trait Rhs: Sync {
    /// Writes the part `depths` × `columns` row by row, each row `width` floats apart, to the beginning of `panel`.
    ///
    /// `columns` are at most `width`. What is written behind them in a row is not looked at, and `panel` has
    /// [`SLACK`] floats beyond the last row, so that rows may be copied in whole vectors. Implementations are
    /// `#[inline(always)]`, to be compiled for the vectors in use.
    fn pack(&self, depths: Range<usize>, columns: Range<usize>, width: usize, panel: &mut [f32]);

    /// The panel that begins with a column, from a depth on, where panels lie ready; then [`Rhs::pack`] is never
    /// called.
    #[inline(always)]
    fn ready(&self, depth: usize, column: usize) -> Option<&[f32]> {
        let _ = (depth, column);
        None
    }

    /// What to ask for during tile number `tile` of `terms` terms, so that the panels of some columns from a depth on will be
    /// near, if that is known.
    #[inline(always)]
    fn coming(&self, depth: usize, columns: Range<usize>, tile: usize, terms: usize) -> Option<Ahead> {
        let panel = self.ready(depth, columns.start)?;
        Some(Ahead::lines(panel.as_ptr().wrapping_add(tile * terms * LINE)))
    }

    /// Whether laying a part out again costs less than reading what another thread has laid out.
    #[inline(always)]
    fn is_near(&self) -> bool {
        false
    }

    /// A number for each column from one on, which is added to all of the column's sums, in the place of what the left
    /// side adds to rows.
    #[inline(always)]
    fn addends(&self, column: usize) -> Option<&[f32]> {
        let _ = column;
        None
    }
}

/// Floats that [`Rhs::pack`] may write beyond its last row.
pub const SLACK: usize = 16;

/// A row-major matrix whose rows begin `stride` floats apart.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The numbers.
    pub values: &'a [f32],
    /// From one row to the next.
    pub stride: usize,
}

impl Rhs for Rows<'_> {
    #[inline(always)]
    fn pack(&self, depths: Range<usize>, columns: Range<usize>, width: usize, panel: &mut [f32]) {
        for (i, k) in depths.enumerate() {
            let from = &self.values[k * self.stride + columns.start..];
            copy(from, columns.len(), &mut panel[i * width..]);
        }
    }

    /// One line of every row with each of the first tiles: rows are too far apart for processors to see them coming.
    #[inline(always)]
    fn coming(&self, depth: usize, columns: Range<usize>, tile: usize, _: usize) -> Option<Ahead> {
        let first = depth * self.stride + columns.start + tile * LINE;
        let wanted = tile * LINE < columns.len();
        wanted.then(|| Ahead { first: self.values.as_ptr().wrapping_add(first), step: self.stride })
    }
}

/// The transpose of a row-major matrix whose rows begin `stride` floats apart.
#[derive(Clone, Copy)]
pub struct Columns<'a> {
    /// The numbers.
    pub values: &'a [f32],
    /// From one row of the matrix to the next, which is from one column of its transpose to the next.
    pub stride: usize,
}

impl Rhs for Columns<'_> {
    #[inline(always)]
    fn pack(&self, depths: Range<usize>, columns: Range<usize>, width: usize, panel: &mut [f32]) {
        with_lanes(SideBySide {
            values: self.values,
            line: self.stride,
            lines: columns,
            part: depths,
            to: panel,
            stride: width,
        });
    }
}

/// Copies `n` floats: in whole vectors of [`SLACK`] where there is room on both sides, else in parts of vectors.
#[inline(always)]
pub(crate) fn copy(from: &[f32], n: usize, to: &mut [f32]) {
    let whole = n.next_multiple_of(SLACK);
    if from.len() >= whole && to.len() >= whole {
        for (from, to) in from[..whole].as_chunks::<SLACK>().0.iter().zip(to.as_chunks_mut::<SLACK>().0) {
            *to = *from;
        }
        return;
    }
    let (from, to) = (&from[..n], &mut to[..n]);
    let (vectors, rest) = from.as_chunks::<SLACK>();
    for (from, to) in vectors.iter().zip(to.as_chunks_mut::<SLACK>().0) {
        *to = *from;
    }
    let mut at = n - rest.len();
    at = part::<8>(from, to, at);
    at = part::<4>(from, to, at);
    at = part::<2>(from, to, at);
    part::<1>(from, to, at);
}

/// Copies `N` floats where so many are left.
#[inline(always)]
fn part<const N: usize>(from: &[f32], to: &mut [f32], at: usize) -> usize {
    match (from[at..].first_chunk::<N>(), to[at..].first_chunk_mut::<N>()) {
        (Some(from), Some(to)) => {
            *to = *from;
            at + N
        }
        _ => at,
    }
}
