use std::ops::Range;

use super::lane::Lane;

/// The most tiles that are transformed and multiplied together: two panels of the widest kernels.
pub(super) const BLOCK: usize = 4 * Lane::WIDTH;

/// Floats between matrices that are read or written side by side, lest their lines fall into the same place of a
/// first-level cache.
pub(super) const SKEW: usize = 5 * Lane::WIDTH;

/// How places are cut into square tiles, row by row.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    /// Rows and columns of tiles.
    pub(super) tiles: [usize; 2],
    /// Tiles of a block but the last.
    pub(super) block: usize,
}

/// Tiles beside each other.
#[derive(Clone, Copy)]
pub(super) struct Run {
    /// The number of its first tile in the block.
    pub(super) at: usize,
    /// The row of tiles, and the first tile's number in it.
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) count: usize,
}

impl Grid {
    pub(super) fn new(places: [usize; 2], side: usize) -> Grid {
        let tiles = places.map(|n| n.div_ceil(side));
        let count = tiles[0] * tiles[1];
        let block = count.div_ceil(count.div_ceil(BLOCK).max(1)).next_multiple_of(Lane::WIDTH);
        Grid { tiles, block }
    }

    pub(super) fn count(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    pub(super) fn blocks(&self) -> usize {
        self.count().div_ceil(self.block)
    }

    /// The tiles of a block.
    pub(super) fn block(&self, number: usize) -> Range<usize> {
        number * self.block..((number + 1) * self.block).min(self.count())
    }

    /// The same, row by row.
    pub(super) fn runs(&self, block: Range<usize>) -> impl Iterator<Item = Run> + use<> {
        let (start, end, width) = (block.start, block.end, self.tiles[1]);
        let mut next = start;
        std::iter::from_fn(move || {
            let (row, column) = (next / width, next % width);
            let count = (width - column).min(end - next);
            let run = Run { at: next - start, row, column, count };
            next += count;
            (count > 0).then_some(run)
        })
    }
}
