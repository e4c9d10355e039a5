use std::ops::Range;

/// Tiles are counted in parts of the widest register.
pub(super) const PART: usize = 16;

/// The most tiles that are transformed and multiplied together: two panels of the widest kernels.
pub(super) const BLOCK: usize = 4 * PART;

/// Floats between matrices that are read or written side by side, lest their lines fall into the same place of a
/// first-level cache.
pub(super) const SKEW: usize = 5 * PART;

/// Blocks for each thread that are many.
const MANY: usize = 4;

/// How the places of pictures are cut into square tiles, row by row and picture by picture, and these into blocks.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pictures: usize,
    /// Rows and columns of tiles of a picture.
    tiles: [usize; 2],
    /// Blocks, whose tiles are as many parts as the others' or one more.
    blocks: usize,
}

/// Tiles beside each other.
#[derive(Clone, Copy)]
pub(super) struct Run {
    /// The number of its first tile in the block.
    pub(super) at: usize,
    pub(super) picture: usize,
    /// The row of tiles, and the first tile's number in it.
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) count: usize,
}

impl Grid {
    /// Cuts the places of so many pictures into tiles, in each of `groups` of channels. Where it can be, every thread has as
    /// many blocks.
    pub(super) fn new(
        places: [usize; 2],
        side: usize,
        pictures: usize,
        groups: usize,
        threads: usize,
    ) -> Grid {
        let count = pictures * Grid::count(places, side);
        let fewest = count.div_ceil(BLOCK);
        let even = (groups * fewest).next_multiple_of(threads).div_ceil(groups);
        // with many blocks a few more for one thread do not matter
        let blocks =
            if groups * fewest < MANY * threads && even <= count.div_ceil(PART) { even } else { fewest };
        Grid { pictures, tiles: places.map(|n| n.div_ceil(side)), blocks }
    }

    /// Tiles that cover all places of a picture.
    pub(super) fn count(places: [usize; 2], side: usize) -> usize {
        places[0].div_ceil(side) * places[1].div_ceil(side)
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// The tiles of a block.
    pub(super) fn block(&self, number: usize) -> Range<usize> {
        let count = self.pictures * self.tiles[0] * self.tiles[1];
        let start = |number: usize| (count.div_ceil(PART) * number / self.blocks * PART).min(count);
        start(number)..start(number + 1)
    }

    /// The same, row by row.
    pub(super) fn runs(&self, block: Range<usize>) -> impl Iterator<Item = Run> + use<> {
        let (start, end, [height, width]) = (block.start, block.end, self.tiles);
        let mut next = start;
        std::iter::from_fn(move || {
            let (row, column) = (next / width, next % width);
            let count = (width - column).min(end - next);
            let run = Run { at: next - start, picture: row / height, row: row % height, column, count };
            next += count;
            (count > 0).then_some(run)
        })
    }
}
