use std::collections::VecDeque;

use super::capacity::least;
use super::{Capacity, GridCut};

/// The cells of one tree that wait to grow.
pub(super) struct Forest {
    /// Those of the level that grows now, then those of the next.
    queue: VecDeque<u32>,
    /// How many of the queue are left of the level that grows.
    left: usize,
    /// The largest label of cells whose neighbors have not been looked at.
    depth: u32,
    /// Labels beyond this are too far now.
    limit: u32,
}

impl Forest {
    pub(super) fn new(cells: usize) -> Forest {
        Forest { queue: VecDeque::with_capacity(cells), left: 0, depth: 1, limit: 1 }
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
        (self.left, self.depth, self.limit) = (0, 1, 1);
    }
}

/// The bits of a cell's state: lowest, the direction of its parent.
const PARENT: u32 = 0x0f;
/// The parent is the terminal itself.
pub(super) const ROOT: u32 = 0x0e;
/// The parent was cut off.
const ORPHAN: u32 = 0x0f;
/// Which tree a cell belongs to; neither, where it is free.
pub(super) const TREE: u32 = 0x30;
pub(super) const SOURCE: u32 = 0x10;
pub(super) const SINK: u32 = 0x20;
/// From a tree's bits to the one that says the cell stands in that tree's queue.
const QUEUED: u32 = 2;
/// Those of both trees.
const WAITS: u32 = TREE << QUEUED;
/// Where the label begins: edges to the terminal.
pub(super) const LABEL: u32 = 8;

/// No cell.
pub(super) const NONE: u32 = u32::MAX;

const fn index(tree: u32) -> usize {
    (tree >> 5) as usize
}

impl<C: Capacity, const N: usize> GridCut<C, N> {
    /// Puts a cell behind all that wait, unless it waits already.
    pub(super) fn enqueue<const OWN: u32>(&mut self, cell: usize) {
        let waits = OWN << QUEUED;
        if self.state[cell] & waits == 0 {
            self.state[cell] |= waits;
            self.forests[index(OWN)].queue.push_back(cell as u32);
        }
    }

    /// Lets a tree grow by one level: every cell of its outermost one takes the free neighbors it can reach, and for neighbors in the
    /// other tree flow is sent. Whether any level is left to grow.
    pub(super) fn grow_level<const OWN: u32>(&mut self) -> bool {
        let forest = &mut self.forests[index(OWN)];
        forest.left = forest.queue.len();
        forest.limit = forest.depth + 1;
        while self.forests[index(OWN)].left > 0 {
            let forest = &mut self.forests[index(OWN)];
            forest.left -= 1;
            let depth = forest.depth;
            let Some(cell) = forest.queue.pop_front() else { break };
            let cell = cell as usize;
            self.state[cell] &= !(OWN << QUEUED);
            match self.label::<OWN>(cell) {
                Some(label) if label == depth => self.grow::<OWN>(cell, depth),
                Some(label) if label == depth + 1 => self.enqueue::<OWN>(cell),
                // It went elsewhere while it waited.
                _ => {}
            }
        }
        let forest = &mut self.forests[index(OWN)];
        forest.depth += 1;
        forest.limit = forest.depth;
        !forest.queue.is_empty()
    }

    fn grow<const OWN: u32>(&mut self, cell: usize, depth: u32) {
        let mut direction = 0;
        while direction < N {
            let other = self.neighbor(cell, direction);
            let state = self.state[other];
            if state & TREE != OWN && self.open[index(OWN)][cell] >> direction & 1 == 1 {
                if state & TREE != 0 {
                    match OWN {
                        SOURCE => self.augment(cell, direction),
                        _ => self.augment(other, direction ^ 1),
                    }
                    if self.label::<OWN>(cell) != Some(depth) {
                        return;
                    }
                    // The same edge may carry more.
                    continue;
                }
                self.state[other] = state & WAITS | (depth + 1) << LABEL | OWN | (direction ^ 1) as u32;
                self.enqueue::<OWN>(other);
            }
            direction += 1;
        }
    }

    /// A cell's label in a tree, where it belongs to it.
    #[inline(always)]
    fn label<const OWN: u32>(&self, cell: usize) -> Option<u32> {
        let state = self.state[cell];
        (state & TREE == OWN).then_some(state >> LABEL)
    }

    /// Sends all that fits along the path through an edge from the source's tree to the sink's, and finds cells whose way to their
    /// terminal it fills another.
    fn augment(&mut self, from: usize, direction: usize) {
        let to = self.neighbor(from, direction);
        let zero = C::default();
        let mut pushed = self.residual[from][direction];
        let mut at = from;
        while let Some((up, parent)) = self.parent(at) {
            pushed = least(pushed, self.residual[parent][up ^ 1]);
            at = parent;
        }
        pushed = least(pushed, self.excess[at]);
        at = to;
        while let Some((up, parent)) = self.parent(at) {
            pushed = least(pushed, self.residual[at][up]);
            at = parent;
        }
        pushed = least(pushed, -self.excess[at]);

        self.flow += pushed.widened();
        self.shift(from, direction, to, pushed);
        let mut nearest = None;
        at = from;
        while let Some((up, parent)) = self.parent(at) {
            if self.shift(parent, up ^ 1, at, pushed) == zero {
                nearest = Some(self.cut_off(at));
            }
            at = parent;
        }
        self.excess[at] = self.excess[at] - pushed;
        if self.excess[at] == zero {
            nearest = Some(self.cut_off(at));
        }
        if let Some(label) = nearest {
            self.adopt_all::<SOURCE>(label);
        }
        nearest = None;
        at = to;
        while let Some((up, parent)) = self.parent(at) {
            if self.shift(at, up, parent, pushed) == zero {
                nearest = Some(self.cut_off(at));
            }
            at = parent;
        }
        self.excess[at] = self.excess[at] + pushed;
        if self.excess[at] == zero {
            nearest = Some(self.cut_off(at));
        }
        if let Some(label) = nearest {
            self.adopt_all::<SINK>(label);
        }
    }

    /// The direction of a cell's parent and the parent; `None` at a root.
    #[inline(always)]
    fn parent(&self, cell: usize) -> Option<(usize, usize)> {
        let up = self.state[cell] & PARENT;
        (up < ROOT).then(|| (up as usize & (N - 1), self.neighbor(cell, up as usize)))
    }

    /// Makes a cell an orphan; gives its label.
    fn cut_off(&mut self, cell: usize) -> usize {
        let label = (self.state[cell] >> LABEL) as usize;
        self.state[cell] |= ORPHAN;
        if self.orphans.len() <= label {
            self.orphans.resize(2 * label + 1, NONE);
        }
        self.next[cell] = self.orphans[label];
        self.orphans[label] = cell as u32;
        self.farthest = self.farthest.max(label);
        label
    }

    /// Finds every orphan a parent, those nearest to their terminal first, beginning with a label.
    fn adopt_all<const OWN: u32>(&mut self, mut label: usize) {
        while label <= self.farthest {
            let orphan = self.orphans[label];
            if orphan == NONE {
                label += 1;
                continue;
            }
            self.orphans[label] = self.next[orphan as usize];
            self.adopt::<OWN>(orphan as usize);
        }
        self.farthest = 0;
    }

    /// Finds an orphan a parent in its own tree, the nearest to the terminal, or lets it go.
    fn adopt<const OWN: u32>(&mut self, orphan: usize) {
        let label = self.state[orphan] >> LABEL;
        let mut best = 0;
        let mut least = u32::MAX >> LABEL;
        // Flow comes from a parent in the source's tree and goes to it in the sink's.
        let mut open = self.open[1 - index(OWN)][orphan];
        while open != 0 {
            let direction = open.trailing_zeros();
            open &= open - 1;
            let other = self.state[self.neighbor(orphan, direction as usize)];
            if other & TREE == OWN && other >> LABEL < least {
                (best, least) = (direction, other >> LABEL);
                if least + 1 == label {
                    self.state[orphan] = self.state[orphan] & !PARENT | best;
                    return;
                }
            }
        }
        // Its children stood one farther than it did.
        let mut open = self.open[index(OWN)][orphan];
        while open != 0 {
            let direction = open.trailing_zeros();
            open &= open - 1;
            let other = self.neighbor(orphan, direction as usize);
            if self.state[other] & (TREE | PARENT) == OWN | (direction ^ 1) {
                self.cut_off(other);
            }
        }
        let forest = &mut self.forests[index(OWN)];
        let label = least + 1;
        let waiting = self.state[orphan] & WAITS;
        if label > forest.limit {
            self.state[orphan] = waiting;
            return;
        }
        self.state[orphan] = label << LABEL | waiting | OWN | best;
        if label < forest.depth || waiting & OWN << QUEUED != 0 {
            return;
        }
        self.state[orphan] |= OWN << QUEUED;
        if label == forest.depth {
            forest.queue.push_front(orphan as u32);
            forest.left += 1;
        } else {
            forest.queue.push_back(orphan as u32);
        }
    }
}
