//! Minimum cuts on a grid of pixels.

mod capacity;
#[cfg(test)]
mod tests;
mod trees;

pub use capacity::Capacity;
use trees::{Forest, LABEL, NONE, ROOT, SINK, SOURCE, TREE};

/// The minimum cut of a grid whose pixels are joined to their `N` neighbors (4 or 8), to a source and to a sink.
///
/// Two search trees, one from each terminal, are kept from one augmentation to the next, as by Boykov and Kolmogorov (2004), and by
/// breadth, as by Goldberg, Hed, Kaplan, Tarjan and Werneck (2011): a cell's label is its distance from its terminal, trees grow level by
/// level, so flow is sent along shortest paths, and an orphan needs no walk to the terminal to know whether a parent is still tied to it.
///
/// Edges are implicit: a pixel holds the residual capacities toward its neighbors, so the memory is 4·N + 22 bytes a pixel (54 for
/// eight neighbors), and sending flow allocates nothing. After [`GridCut::solve`], terminals may change and the flow found so far is
/// gone on from (Kohli and Torr 2005).
///
/// ```
/// use inscape::localization::GridCut;
/// let mut grid = GridCut::<i32, 4>::new(1, 3);
/// grid.connect([0, 0], 0, 2, 2);
/// grid.connect([0, 1], 0, 1, 1);
/// grid.add_terminals([0, 0], 9, 0);
/// grid.add_terminals([0, 2], 0, 9);
/// assert_eq!(grid.solve(), 1);
/// assert!(grid.is_source([0, 1]) && !grid.is_source([0, 2]));
/// ```
pub struct GridCut<C: Capacity, const N: usize> {
    height: usize,
    width: usize,
    /// Cells from one row to the next: a margin of cells without edges spares every test for the border.
    stride: usize,
    /// What leads from a cell to its neighbor, by direction; beyond `N` unused.
    offsets: [isize; 16],
    /// What can still flow from a cell to its neighbors.
    residual: Vec<[C; N]>,
    /// To which neighbors something can still flow, a bit for each direction; and from which.
    open: [Vec<u8>; 2],
    /// What can still flow from the source to a cell, or, below zero, from the cell to the sink.
    excess: Vec<C>,
    /// Parent, tree, whether it waits to grow, and edges to the terminal, in one word.
    state: Vec<u32>,
    /// The cells of the source's tree and of the sink's that wait to grow.
    forests: [Forest; 2],
    /// The first orphan of each label, and after each orphan the next.
    orphans: Vec<u32>,
    next: Vec<u32>,
    /// The largest label of an orphan.
    farthest: usize,
    flow: C::Sum,
}

/// Rows and columns from a pixel to its neighbors; a direction's opposite is the one whose lowest bit differs.
pub const DIRECTIONS: [[isize; 2]; 8] =
    [[0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, -1], [1, -1], [-1, 1]];

impl<C: Capacity, const N: usize> GridCut<C, N> {
    const NEIGHBORS: () = assert!(N == 4 || N == 8, "a pixel has 4 or 8 neighbors");

    /// A grid without edges.
    ///
    /// # Panics
    /// Above 2²⁴ cells: labels have 24 bits.
    pub fn new(height: usize, width: usize) -> GridCut<C, N> {
        const { Self::NEIGHBORS }
        let stride = width + 1;
        let cells = (height + 2) * stride + 1;
        assert!(cells < 1 << (32 - LABEL), "too many pixels for one grid");
        let mut offsets = [0; 16];
        for (offset, [rows, columns]) in offsets.iter_mut().zip(DIRECTIONS) {
            *offset = rows * stride as isize + columns;
        }
        GridCut {
            height,
            width,
            stride,
            offsets,
            residual: vec![[C::default(); N]; cells],
            open: [vec![0; cells], vec![0; cells]],
            excess: vec![C::default(); cells],
            state: vec![0; cells],
            forests: [Forest::new(height * width), Forest::new(height * width)],
            orphans: Vec::new(),
            next: vec![NONE; cells],
            farthest: 0,
            flow: C::Sum::default(),
        }
    }

    /// Sets the capacities from a pixel (row, column) to its neighbor in a direction and back, both at least 0. The neighbor must
    /// be on the grid.
    ///
    /// # Panics
    /// Where either pixel is not on the grid.
    pub fn connect(&mut self, [y, x]: [usize; 2], direction: usize, there: C, back: C) {
        let [rows, columns] = DIRECTIONS[direction];
        let within =
            |at: usize, by: isize, size: usize| at.checked_add_signed(by).is_some_and(|at| at < size);
        assert!(
            y < self.height
                && x < self.width
                && within(y, rows, self.height)
                && within(x, columns, self.width),
            "no pixel there"
        );
        let from = self.cell(y, x);
        let to = self.neighbor(from, direction);
        self.residual[from][direction] = there;
        self.residual[to][direction ^ 1] = back;
        for (cell, direction, capacities) in
            [(from, direction, [there, back]), (to, direction ^ 1, [back, there])]
        {
            for (open, capacity) in self.open.iter_mut().zip(capacities) {
                let bit = u8::from(capacity > C::default()) << direction;
                open[cell] = open[cell] & !(1 << direction) | bit;
            }
        }
    }

    /// Adds to the capacities from the source to a pixel (row, column) and from the pixel to the sink. They may fall as well:
    /// only their difference matters to the cut, so it holds whatever has flowed.
    pub fn add_terminals(&mut self, [y, x]: [usize; 2], from_source: C, to_sink: C) {
        let cell = self.cell(y, x);
        let positive = |value: C| if value > C::default() { value } else { C::default() };
        let before = self.excess[cell];
        let after = before + (from_source - to_sink);
        self.excess[cell] = after;
        // What a pixel on the source's side costs, beside what is left to flow to the sink.
        for part in [to_sink, positive(-before), -positive(-after)] {
            self.flow += part.widened();
        }
    }

    /// The maximum flow, which is the capacity of the minimum cut.
    pub fn solve(&mut self) -> C::Sum {
        self.plant();
        // Once one tree has grown as far as it can, all flow there is has been found; the source's has to, for its cells to be all that
        // the source still reaches.
        while self.grow_level::<SOURCE>() {
            self.grow_level::<SINK>();
        }
        self.flow
    }

    /// Whether a pixel (row, column) is on the source's side; pixels that both sides would take alike are not.
    pub fn is_source(&self, [y, x]: [usize; 2]) -> bool {
        self.state[self.cell(y, x)] & TREE == SOURCE
    }

    /// The labels of a row, from left to right, as [`GridCut::is_source`].
    pub fn row(&self, y: usize) -> impl Iterator<Item = bool> {
        let first = self.cell(y, 0);
        self.state[first..first + self.width].iter().map(|state| state & TREE == SOURCE)
    }

    fn cell(&self, y: usize, x: usize) -> usize {
        (y + 1) * self.stride + x + 1
    }

    #[inline(always)]
    fn neighbor(&self, cell: usize, direction: usize) -> usize {
        cell.wrapping_add_signed(self.offsets[direction & 15])
    }

    /// Sends flow over an edge; what is left there.
    #[inline(always)]
    fn shift(&mut self, from: usize, direction: usize, to: usize, pushed: C) -> C {
        let there = direction & (N - 1);
        let back = there ^ 1;
        let left = self.residual[from][there] - pushed;
        self.residual[from][there] = left;
        self.residual[to][back] = self.residual[to][back] + pushed;
        self.open[1][from] |= 1 << there;
        self.open[0][to] |= 1 << back;
        if left == C::default() {
            self.open[0][from] &= !(1 << there);
            self.open[1][to] &= !(1 << back);
        }
        left
    }

    /// Makes every pixel that a terminal still reaches a tree of its own.
    fn plant(&mut self) {
        self.forests.iter_mut().for_each(Forest::clear);
        for y in 0..self.height {
            let first = self.cell(y, 0);
            for cell in first..first + self.width {
                let excess = self.excess[cell];
                self.state[cell] = 0;
                if excess > C::default() {
                    self.state[cell] = 1 << LABEL | SOURCE | ROOT;
                    self.enqueue::<SOURCE>(cell);
                } else if excess < C::default() {
                    self.state[cell] = 1 << LABEL | SINK | ROOT;
                    self.enqueue::<SINK>(cell);
                }
            }
        }
    }
}
