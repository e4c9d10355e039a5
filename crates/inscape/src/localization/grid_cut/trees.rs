use super::capacity::least;
use super::{Capacity, GridCut};

/// How far a cell was from its terminal, in edges, and when that was last known to hold.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) time: u32,
    pub(super) distance: u32,
}

/// The bits of a cell's state: below these, the direction of its parent.
const PARENT: u8 = 0x0f;
/// The parent is the terminal itself.
pub(super) const ROOT: u8 = 0x0e;
/// The parent was cut off.
const ORPHAN: u8 = 0x0f;
/// Which tree a cell belongs to.
pub(super) const TREE: u8 = 0x30;
pub(super) const FREE: u8 = 0;
pub(super) const SOURCE: u8 = 0x10;
pub(super) const SINK: u8 = 0x20;
/// The cell waits to grow.
pub(super) const ACTIVE: u8 = 0x40;

impl<C: Capacity, const N: usize> GridCut<C, N> {
    /// Looks at every neighbor of a cell that waits: free ones join its tree, those of the other tree complete a path.
    pub(super) fn grow(&mut self, cell: usize) {
        match self.state[cell] & TREE {
            SOURCE => self.grow_in::<SOURCE>(cell),
            SINK => self.grow_in::<SINK>(cell),
            // It was cut off while it waited.
            _ => {}
        }
    }

    fn grow_in<const OWN: u8>(&mut self, cell: usize) {
        let mut direction = 0;
        while direction < N {
            let other = self.neighbor(cell, direction);
            let state = self.state[other];
            if state & TREE == OWN {
                // A shorter way to the terminal makes later paths shorter.
                let (mine, its) = (self.marks[cell], self.marks[other]);
                if its.time <= mine.time
                    && its.distance > mine.distance
                    && self.leads::<OWN>(cell, direction, other)
                {
                    self.state[other] = state & !PARENT | (direction ^ 1) as u8;
                    self.marks[other] = Mark { time: mine.time, distance: mine.distance + 1 };
                }
            } else if self.leads::<OWN>(cell, direction, other) {
                if state & TREE == FREE {
                    let Mark { time, distance } = self.marks[cell];
                    self.marks[other] = Mark { time, distance: distance + 1 };
                    self.state[other] = OWN | ACTIVE | (direction ^ 1) as u8;
                    // One that was let go while it waited still stands in the queue.
                    if state & ACTIVE == 0 {
                        self.active.push_back(other as u32);
                    }
                } else {
                    match OWN {
                        SOURCE => self.augment(cell, direction),
                        _ => self.augment(other, direction ^ 1),
                    }
                    self.time += 1;
                    while let Some(orphan) = self.orphans.pop_front() {
                        self.adopt(orphan as usize);
                    }
                    if self.state[cell] & TREE != OWN {
                        return;
                    }
                    // The same edge may carry more.
                    continue;
                }
            }
            direction += 1;
        }
    }

    /// Whether flow can pass between a cell and its neighbor, away from the source's tree or toward the sink's.
    #[inline(always)]
    fn leads<const OWN: u8>(&self, cell: usize, direction: usize, other: usize) -> bool {
        let left = match OWN {
            SOURCE => self.residual[cell][direction & (N - 1)],
            _ => self.residual[other][(direction ^ 1) & (N - 1)],
        };
        left > C::default()
    }

    /// Sends all that fits along the path through an edge from the source's tree to the sink's; cells whose way to their terminal
    /// it fills become orphans.
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

        self.shift(from, direction, to, pushed);
        at = from;
        while let Some((up, parent)) = self.parent(at) {
            if self.shift(parent, up ^ 1, at, pushed) == zero {
                self.cut_off(at);
            }
            at = parent;
        }
        self.excess[at] = self.excess[at] - pushed;
        if self.excess[at] == zero {
            self.cut_off(at);
        }
        at = to;
        while let Some((up, parent)) = self.parent(at) {
            if self.shift(at, up, parent, pushed) == zero {
                self.cut_off(at);
            }
            at = parent;
        }
        self.excess[at] = self.excess[at] + pushed;
        if self.excess[at] == zero {
            self.cut_off(at);
        }
        self.flow += pushed.widened();
    }

    /// The direction of a cell's parent and the parent; `None` at a root.
    #[inline(always)]
    fn parent(&self, cell: usize) -> Option<(usize, usize)> {
        let up = self.state[cell] & PARENT;
        (up < ROOT).then(|| (usize::from(up) & (N - 1), self.neighbor(cell, usize::from(up))))
    }

    /// Sends flow over an edge; what is left there.
    #[inline(always)]
    fn shift(&mut self, from: usize, direction: usize, to: usize, pushed: C) -> C {
        let left = self.residual[from][direction & (N - 1)] - pushed;
        self.residual[from][direction & (N - 1)] = left;
        let back = &mut self.residual[to][(direction ^ 1) & (N - 1)];
        *back = *back + pushed;
        left
    }

    fn cut_off(&mut self, cell: usize) {
        self.state[cell] |= ORPHAN;
        self.orphans.push_back(cell as u32);
    }

    /// Finds an orphan a parent in its own tree, the nearest to the terminal, or lets it go.
    fn adopt(&mut self, orphan: usize) {
        match self.state[orphan] & TREE {
            SOURCE => self.adopt_in::<SOURCE>(orphan),
            _ => self.adopt_in::<SINK>(orphan),
        }
    }

    fn adopt_in<const OWN: u8>(&mut self, orphan: usize) {
        let mut best = None;
        let mut least = u32::MAX;
        for direction in 0..N {
            let other = self.neighbor(orphan, direction);
            if self.state[other] & TREE != OWN || !self.feeds::<OWN>(orphan, direction, other) {
                continue;
            }
            if let Some(distance) = self.distance(other).filter(|&distance| distance < least) {
                (best, least) = (Some(direction), distance);
            }
        }
        if let Some(direction) = best {
            self.state[orphan] = self.state[orphan] & !PARENT | direction as u8;
            self.marks[orphan] = Mark { time: self.time, distance: least + 1 };
            return;
        }
        for direction in 0..N {
            let other = self.neighbor(orphan, direction);
            let state = self.state[other];
            if state & TREE != OWN {
                continue;
            }
            if state & ACTIVE == 0 && self.feeds::<OWN>(orphan, direction, other) {
                self.state[other] |= ACTIVE;
                self.active.push_back(other as u32);
            }
            if state & PARENT == (direction ^ 1) as u8 {
                self.cut_off(other);
            }
        }
        // One that waits stays in the queue, and its bit with it.
        self.state[orphan] &= ACTIVE;
    }

    /// Whether a neighbor could be a cell's parent: flow passes from it in the source's tree, to it in the sink's.
    #[inline(always)]
    fn feeds<const OWN: u8>(&self, cell: usize, direction: usize, other: usize) -> bool {
        let left = match OWN {
            SOURCE => self.residual[other][(direction ^ 1) & (N - 1)],
            _ => self.residual[cell][direction & (N - 1)],
        };
        left > C::default()
    }

    /// The edges from a cell to its terminal; `None` where the way ends at an orphan. Cells on the way are marked, so that the
    /// next search ends there.
    fn distance(&mut self, cell: usize) -> Option<u32> {
        let mut at = cell;
        let mut steps = 0;
        let end = loop {
            let mark = self.marks[at];
            if mark.time == self.time {
                break mark.distance;
            }
            let up = self.state[at] & PARENT;
            if up == ORPHAN {
                return None;
            }
            if up == ROOT {
                self.marks[at] = Mark { time: self.time, distance: 1 };
                break 1;
            }
            steps += 1;
            at = self.neighbor(at, usize::from(up));
        };
        let distance = end + steps;
        let mut at = cell;
        for left in (end + 1..=distance).rev() {
            self.marks[at] = Mark { time: self.time, distance: left };
            at = self.neighbor(at, usize::from(self.state[at] & PARENT));
        }
        Some(distance)
    }
}
