use super::settings::{Contrast, Neighborhood};
use super::{Bounds, DIRECTIONS};

/// What it costs to part two neighbors: γ·exp(−β‖Δ‖²)/dist, in whole quanta, so that a cut is exact and its energy is that of the
/// capacities.
///
/// ‖Δ‖² is a whole number, so the costs stand in a table, up to the first that is nothing.
pub(super) struct Parting {
    pub(super) beta: f64,
    /// Quanta in one unit of energy.
    pub(super) quanta: f64,
    /// For neighbors that share an edge, and those that share a corner, by ‖Δ‖².
    tables: [Vec<i32>; 2],
}

/// Quanta of γ: 2²⁶, so that all edges of a pixel and its terminal's together stay below 2³¹.
const GAMMA: f64 = (1u32 << 26) as f64;

/// More than all edges of a pixel together: what ties it to a terminal whatever its neighbors are.
pub(super) const SURE: i32 = 8 * (1 << 26) + 1;

/// The largest ‖Δ‖².
const FARTHEST: usize = 3 * 255 * 255;

impl Parting {
    pub(super) fn new(beta: f64, gamma: f64) -> Parting {
        let quanta = if gamma > 0.0 { GAMMA / gamma } else { 1.0 };
        let top = if gamma > 0.0 { GAMMA } else { 0.0 };
        // Beyond this the costs round to nothing.
        let end = ((2.0 * GAMMA).ln() / beta.max(f64::MIN_POSITIVE)).min(FARTHEST as f64) as usize + 1;
        let table = |distance: f64| {
            (0..end).map(|square| (top * (-beta * square as f64).exp() / distance).round() as i32).collect()
        };
        Parting { beta, quanta, tables: [table(1.0), table(std::f64::consts::SQRT_2)] }
    }

    /// In quanta.
    #[inline(always)]
    pub(super) fn cost(&self, direction: usize, a: [u8; 3], b: [u8; 3]) -> i32 {
        self.tables[usize::from(direction >= 4)].get(square(a, b)).copied().unwrap_or(0)
    }
}

/// ‖Δ‖²
#[inline(always)]
fn square(a: [u8; 3], b: [u8; 3]) -> usize {
    let apart = |i: usize| usize::from(a[i].abs_diff(b[i]));
    apart(0) * apart(0) + apart(1) * apart(1) + apart(2) * apart(2)
}

/// β of a picture of colors, row by row.
pub(super) fn beta(
    contrast: Contrast,
    colors: &[[u8; 3]],
    [height, width]: [usize; 2],
    neighborhood: Neighborhood,
) -> f64 {
    match contrast {
        Contrast::Beta(beta) => beta,
        Contrast::Sigma(sigma) => 0.5 / (sigma * sigma),
        Contrast::Picture => {
            let mut sum = 0u64;
            let mut pairs = 0u64;
            for direction in (0..neighborhood.count()).step_by(2) {
                let [rows, columns] = DIRECTIONS[direction];
                let from = sources(direction, height, width);
                for y in from.ymin..from.ymax {
                    let there = y.wrapping_add_signed(rows) * width;
                    let [a, b] = [y * width + from.xmin, there + from.xmin.wrapping_add_signed(columns)];
                    let n = from.xmax - from.xmin;
                    let apart = colors[a..a + n].iter().zip(&colors[b..b + n]);
                    sum += apart.map(|(&a, &b)| square(a, b) as u64).sum::<u64>();
                    pairs += n as u64;
                }
            }
            if sum == 0 { 0.0 } else { pairs as f64 / (2.0 * sum as f64) }
        }
    }
}

/// Visits every pair of neighbors among `N` once: the direction from the first to the second, the first's place, and both's
/// numbers in row-major order.
#[inline(always)]
pub(super) fn pairs<const N: usize>(
    [height, width]: [usize; 2],
    mut visit: impl FnMut(usize, [usize; 2], [usize; 2]),
) {
    for direction in (0..N).step_by(2) {
        let [rows, columns] = DIRECTIONS[direction];
        let from = sources(direction, height, width);
        for y in from.ymin..from.ymax {
            let [a, b] = [y * width, y.wrapping_add_signed(rows) * width];
            for x in from.xmin..from.xmax {
                visit(direction, [y, x], [a + x, b + x.wrapping_add_signed(columns)]);
            }
        }
    }
}

/// The pixels that have a neighbor in a direction.
fn sources(direction: usize, height: usize, width: usize) -> Bounds {
    let range = |by: isize, size: usize| match by {
        1 => (0, size - 1),
        -1 => (1.min(size), size),
        _ => (0, size),
    };
    let [rows, columns] = DIRECTIONS[direction];
    let ((ymin, ymax), (xmin, xmax)) = (range(rows, height), range(columns, width));
    Bounds { xmin, ymin, xmax: xmax.max(xmin), ymax: ymax.max(ymin) }
}

#[cfg(test)]
mod tests {
    use super::{Parting, beta, sources};
    use crate::localization::settings::{Contrast, Neighborhood};
    use crate::random::Deviates;

    #[test]
    fn beta_is_half_the_inverse_of_the_mean_square_over_all_pairs() {
        let mut deviates = Deviates::new(1, 0);
        for (height, width) in [(4, 5), (1, 6), (7, 1), (2, 2)] {
            let colors: Vec<[u8; 3]> =
                (0..height * width).map(|_| std::array::from_fn(|_| deviates.below(256) as u8)).collect();
            for (neighborhood, reach) in [(Neighborhood::Four, 1), (Neighborhood::Eight, 2)] {
                let mut squares = Vec::new();
                for a in 0..colors.len() {
                    for b in a + 1..colors.len() {
                        let apart = [(a / width).abs_diff(b / width), (a % width).abs_diff(b % width)];
                        if apart.iter().all(|&d| d <= 1) && apart.iter().sum::<usize>() <= reach {
                            let square =
                                |i: usize| (f64::from(colors[a][i]) - f64::from(colors[b][i])).powi(2);
                            squares.push((0..3).map(square).sum::<f64>());
                        }
                    }
                }
                if neighborhood == Neighborhood::Eight {
                    // GrabCut's count of pairs.
                    assert_eq!(
                        squares.len() as i64,
                        4 * (width * height) as i64 - 3 * (width + height) as i64 + 2
                    );
                }
                let expected = 0.5 * squares.len() as f64 / squares.iter().sum::<f64>();
                let found = beta(Contrast::Picture, &colors, [height, width], neighborhood);
                assert!((found / expected - 1.0).abs() < 1e-12);
            }
        }
        assert_eq!(beta(Contrast::Picture, &[[3, 3, 3]; 6], [2, 3], Neighborhood::Eight), 0.0);
        assert_eq!(beta(Contrast::Picture, &[[3, 3, 3]], [1, 1], Neighborhood::Eight), 0.0);
        assert_eq!(sources(4, 1, 1).size(), [0, 0]);
    }

    #[test]
    fn costs_are_those_of_the_formula() {
        let parting = Parting::new(0.003, 50.0);
        for (a, b) in [([0, 0, 0], [0, 0, 0]), ([10, 20, 30], [15, 12, 31]), ([0, 0, 0], [60, 40, 9])] {
            let square: f64 = (0..3).map(|i| (f64::from(a[i]) - f64::from(b[i])).powi(2)).sum();
            for (direction, distance) in [(0, 1.0), (5, f64::sqrt(2.0))] {
                let expected = 50.0 * (-0.003 * square).exp() / distance;
                let found = f64::from(parting.cost(direction, a, b)) / parting.quanta;
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
        assert_eq!(parting.cost(0, [0; 3], [255; 3]), 0);
        assert_eq!(Parting::new(0.0, 0.0).cost(0, [1; 3], [1; 3]), 0);
        let even = Parting::new(0.0, 7.0);
        assert_eq!(even.cost(2, [0; 3], [255; 3]), even.cost(2, [9; 3], [9; 3]));
    }
}
