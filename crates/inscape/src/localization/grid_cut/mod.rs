//! Minimum cuts on a grid of pixels.

mod capacity;
#[cfg(test)]
mod tests;
mod trees;

use std::collections::VecDeque;

pub use capacity::Capacity;
use capacity::least;
use trees::{ACTIVE, FREE, Mark, ROOT, SINK, SOURCE, TREE};

/// The minimum cut of a grid whose pixels are joined to their `N` neighbors (4 or 8), to a source and to a sink.
///
/// Boykov and Kolmogorov (2004): two search trees, one from each terminal, that are kept from one augmentation to the next, with
/// distances and time stamps. Edges are implicit: a pixel holds the residual capacities toward its neighbors, so the memory is
/// 4·N + 21 bytes a pixel (53 for eight neighbors) and nothing is allocated while solving. After [`GridCut::solve`], terminals
/// may change and the flow found so far is gone on from (Kohli and Torr 2005).
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
    /// What can still flow from the source to a cell, or, below zero, from the cell to the sink.
    excess: Vec<C>,
    /// Tree, parent and whether it waits to grow, in one byte.
    state: Vec<u8>,
    marks: Vec<Mark>,
    active: VecDeque<u32>,
    orphans: VecDeque<u32>,
    time: u32,
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
    /// Above 2³² − 1 cells, which no picture has.
    pub fn new(height: usize, width: usize) -> GridCut<C, N> {
        const { Self::NEIGHBORS }
        let stride = width + 1;
        let cells = (height + 2) * stride + 1;
        assert!(u32::try_from(cells).is_ok(), "too many pixels for one grid");
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
            excess: vec![C::default(); cells],
            state: vec![0; cells],
            marks: vec![Mark::default(); cells],
            active: VecDeque::with_capacity(height * width),
            orphans: VecDeque::with_capacity(height * width),
            time: 0,
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
        self.push_between_neighbors();
        self.plant();
        while let Some(cell) = self.active.pop_front() {
            self.state[cell as usize] &= !ACTIVE;
            self.grow(cell as usize);
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

    /// Paths of one edge, all in one sweep: most of the flow of a picture, without any tree.
    fn push_between_neighbors(&mut self) {
        let zero = C::default();
        for y in 0..self.height {
            let first = self.cell(y, 0);
            for cell in first..first + self.width {
                for direction in 0..N {
                    let supply = self.excess[cell];
                    if supply <= zero {
                        break;
                    }
                    let to = self.neighbor(cell, direction);
                    let demand = -self.excess[to];
                    if demand > zero {
                        let pushed = least(self.residual[cell][direction], least(supply, demand));
                        self.residual[cell][direction] = self.residual[cell][direction] - pushed;
                        self.residual[to][direction ^ 1] = self.residual[to][direction ^ 1] + pushed;
                        self.excess[cell] = supply - pushed;
                        self.excess[to] = self.excess[to] + pushed;
                        self.flow += pushed.widened();
                    }
                }
            }
        }
    }

    /// Makes every pixel that a terminal still reaches a tree of its own.
    fn plant(&mut self) {
        self.active.clear();
        self.time = 0;
        for y in 0..self.height {
            let first = self.cell(y, 0);
            for cell in first..first + self.width {
                let excess = self.excess[cell];
                let tree = match () {
                    () if excess > C::default() => SOURCE,
                    () if excess < C::default() => SINK,
                    () => {
                        self.state[cell] = FREE;
                        continue;
                    }
                };
                self.state[cell] = tree | ROOT | ACTIVE;
                self.marks[cell] = Mark { time: 0, distance: 1 };
                self.active.push_back(cell as u32);
            }
        }
    }
}
