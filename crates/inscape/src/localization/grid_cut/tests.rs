use super::{Capacity, DIRECTIONS, GridCut};
use crate::random::Deviates;

/// A grid as lists, for slow methods: terminals by pixel, and (from, to, there, back).
struct Problem {
    size: [usize; 2],
    terminals: Vec<[i32; 2]>,
    edges: Vec<(usize, usize, usize, [i32; 2])>,
}

impl Problem {
    fn random(deviates: &mut Deviates, size: [usize; 2], directions: usize, most: usize) -> Problem {
        let [height, width] = size;
        let mut capacity = |most: usize| deviates.below(most + 1) as i32;
        let mut terminals = Vec::new();
        let mut edges = Vec::new();
        for at in 0..height * width {
            // Some pixels without any terminal, some with both, so that paths get long.
            terminals.push(match capacity(3) {
                0 => [0, 0],
                1 => [capacity(4 * most), 0],
                2 => [0, capacity(4 * most)],
                _ => [capacity(most), capacity(most)],
            });
            for (direction, [rows, columns]) in DIRECTIONS.into_iter().enumerate().take(directions).step_by(2)
            {
                let y = (at / width).checked_add_signed(rows).filter(|&y| y < height);
                let x = (at % width).checked_add_signed(columns).filter(|&x| x < width);
                if let (Some(y), Some(x)) = (y, x) {
                    edges.push((at, y * width + x, direction, [capacity(most), capacity(most)]));
                }
            }
        }
        Problem { size, terminals, edges }
    }

    /// The capacity of the cut that separates the pixels with label true, on the source's side, from the others.
    fn cut(&self, label: impl Fn(usize) -> bool) -> i64 {
        let ends = self.terminals.iter().enumerate();
        let ends: i64 =
            ends.map(|(at, &[source, sink])| i64::from(if label(at) { sink } else { source })).sum();
        let between = self.edges.iter().map(|&(from, to, _, [there, back])| match (label(from), label(to)) {
            (true, false) => i64::from(there),
            (false, true) => i64::from(back),
            _ => 0,
        });
        ends + between.sum::<i64>()
    }

    fn grid<C: Capacity, const N: usize>(&self, of: impl Fn(i32) -> C) -> GridCut<C, N> {
        let [height, width] = self.size;
        let mut grid = GridCut::new(height, width);
        for &(from, _, direction, [there, back]) in &self.edges {
            grid.connect([from / width, from % width], direction, of(there), of(back));
        }
        for (at, &[source, sink]) in self.terminals.iter().enumerate() {
            grid.add_terminals([at / width, at % width], of(source), of(sink));
        }
        grid
    }

    /// Checks a solved grid: its flow is the capacity of its own cut and that of any other method.
    fn check<const N: usize>(&self, mut grid: GridCut<i32, N>) {
        let width = self.size[1];
        let flow = grid.solve();
        assert_eq!(flow, self.cut(|at| grid.is_source([at / width, at % width])), "flow is not the cut");
        assert_eq!(flow, self.dinic(), "another method finds more or less");
    }

    /// Dinic's method (1970) on an adjacency list: levels by breadth, then blocking flow by depth.
    fn dinic(&self) -> i64 {
        let n = self.terminals.len();
        let (source, sink) = (n, n + 1);
        let mut heads: Vec<Vec<usize>> = vec![Vec::new(); n + 2];
        let mut arcs: Vec<(usize, i64)> = Vec::new();
        let mut join = |from: usize, to: usize, there: i32, back: i32| {
            heads[from].push(arcs.len());
            arcs.push((to, i64::from(there)));
            heads[to].push(arcs.len());
            arcs.push((from, i64::from(back)));
        };
        for (at, &[from_source, to_sink]) in self.terminals.iter().enumerate() {
            join(source, at, from_source, 0);
            join(at, sink, to_sink, 0);
        }
        self.edges.iter().for_each(|&(from, to, _, [there, back])| join(from, to, there, back));
        let mut flow = 0;
        loop {
            let mut level = vec![usize::MAX; n + 2];
            level[source] = 0;
            let mut queue = std::collections::VecDeque::from([source]);
            while let Some(at) = queue.pop_front() {
                for &arc in &heads[at] {
                    let (to, left) = arcs[arc];
                    if left > 0 && level[to] == usize::MAX {
                        level[to] = level[at] + 1;
                        queue.push_back(to);
                    }
                }
            }
            if level[sink] == usize::MAX {
                return flow;
            }
            let mut next = vec![0; n + 2];
            loop {
                let pushed = block(source, sink, i64::MAX, &heads, &mut arcs, &level, &mut next);
                if pushed == 0 {
                    break;
                }
                flow += pushed;
            }
        }
    }
}

fn block(
    at: usize,
    sink: usize,
    most: i64,
    heads: &[Vec<usize>],
    arcs: &mut [(usize, i64)],
    level: &[usize],
    next: &mut [usize],
) -> i64 {
    if at == sink {
        return most;
    }
    while next[at] < heads[at].len() {
        let arc = heads[at][next[at]];
        let (to, left) = arcs[arc];
        if left > 0 && level[to] == level[at] + 1 {
            let pushed = block(to, sink, most.min(left), heads, arcs, level, next);
            if pushed > 0 {
                arcs[arc].1 -= pushed;
                arcs[arc ^ 1].1 += pushed;
                return pushed;
            }
        }
        next[at] += 1;
    }
    0
}

const SMALL: [[usize; 2]; 7] = [[1, 1], [1, 7], [5, 1], [2, 2], [3, 4], [4, 4], [2, 7]];

#[test]
fn tiny_grids_are_cut_as_well_as_by_any_labeling() {
    let mut deviates = Deviates::new(1, 0);
    for round in 0..30 {
        for size in SMALL {
            for directions in [4, 8] {
                let problem = Problem::random(&mut deviates, size, directions, 1 + round % 12);
                let pixels = size[0] * size[1];
                let best = (0u32..1 << pixels).map(|labels| problem.cut(|at| labels >> at & 1 == 1)).min();
                match directions {
                    4 => assert_eq!(Some(problem.grid::<i32, 4>(|c| c).solve()), best),
                    _ => assert_eq!(Some(problem.grid::<i32, 8>(|c| c).solve()), best),
                }
            }
        }
    }
}

#[test]
fn thousands_of_random_grids_agree_with_dinic() {
    let mut deviates = Deviates::new(2, 0);
    for round in 0..3000 {
        let size = [1 + deviates.below(9), 1 + deviates.below(9)];
        let most = [1, 3, 20, 1 << 24][round % 4];
        let problem = Problem::random(&mut deviates, size, 4, most);
        problem.check(problem.grid::<i32, 4>(|c| c));
        let problem = Problem::random(&mut deviates, size, 8, most);
        problem.check(problem.grid::<i32, 8>(|c| c));
    }
}

#[test]
fn larger_grids_agree_with_dinic() {
    let mut deviates = Deviates::new(3, 0);
    for size in [[40, 60], [1, 500], [64, 33]] {
        let problem = Problem::random(&mut deviates, size, 8, 50);
        problem.check(problem.grid::<i32, 8>(|c| c));
    }
}

#[test]
fn seeds_are_respected() {
    let mut deviates = Deviates::new(4, 0);
    for _ in 0..300 {
        let size = [2 + deviates.below(6), 2 + deviates.below(6)];
        let pixels = size[0] * size[1];
        let mut problem = Problem::random(&mut deviates, size, 8, 9);
        // One more than all edges of a pixel together.
        let sure = 8 * 9 + 1;
        let (object, ground) = (deviates.below(pixels), deviates.below(pixels));
        if object == ground {
            continue;
        }
        problem.terminals[object] = [sure, 0];
        problem.terminals[ground] = [0, sure];
        let mut grid = problem.grid::<i32, 8>(|c| c);
        grid.solve();
        let is_source = |at: usize| grid.is_source([at / size[1], at % size[1]]);
        assert!(is_source(object) && !is_source(ground));
    }
}

#[test]
fn terminals_may_change_and_the_flow_is_gone_on_from() {
    let mut deviates = Deviates::new(5, 0);
    for _ in 0..500 {
        let size = [1 + deviates.below(8), 1 + deviates.below(8)];
        let mut problem = Problem::random(&mut deviates, size, 8, 12);
        let mut grid = problem.grid::<i32, 8>(|c| c);
        grid.solve();
        for _ in 0..3 {
            for at in 0..problem.terminals.len() {
                let now = [deviates.below(30) as i32, deviates.below(30) as i32];
                let [source, sink] = std::mem::replace(&mut problem.terminals[at], now);
                grid.add_terminals([at / size[1], at % size[1]], now[0] - source, now[1] - sink);
            }
            let flow = grid.solve();
            assert_eq!(flow, problem.dinic());
            assert_eq!(flow, problem.cut(|at| grid.is_source([at / size[1], at % size[1]])));
        }
    }
}

#[test]
fn capacities_of_floats_give_the_same_flow() {
    let mut deviates = Deviates::new(6, 0);
    for _ in 0..500 {
        let size = [1 + deviates.below(10), 1 + deviates.below(10)];
        let problem = Problem::random(&mut deviates, size, 8, 1 << 16);
        // Multiples of 2^-13 up to 2^5, whose sums a float does not all hold.
        let flow = problem.grid::<f32, 8>(|c| c as f32 / 8192.0).solve() * 8192.0;
        let exact = problem.dinic() as f64;
        assert!((flow - exact).abs() <= 1e-6 * exact, "{flow} {exact}");
    }
}

#[test]
fn rows_hold_the_labels() {
    let problem = Problem::random(&mut Deviates::new(7, 0), [5, 6], 4, 9);
    let mut grid = problem.grid::<i32, 4>(|c| c);
    grid.solve();
    for y in 0..5 {
        let row: Vec<bool> = grid.row(y).collect();
        assert_eq!(row, (0..6).map(|x| grid.is_source([y, x])).collect::<Vec<_>>());
    }
}
