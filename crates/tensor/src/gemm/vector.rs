use super::buffer::shared_scratch;
use crate::lanes::{Lane, Work, fetch, with_lanes};
use crate::{Floats, Pool};

/// Floats of a matrix that are worth a task of their own, and stay in a second-level cache for all vectors.
const TASK: usize = 1 << 15;
/// Rows that are read together, so that more of memory is under way at once.
const TOGETHER: usize = 4;
/// Sums that run side by side for each product of a row and a vector, in registers.
const REGISTERS: usize = 2;
/// Floats ahead of those at hand that are asked for: a page.
const AHEAD: usize = 1024;
/// Columns of the transpose's result that a task computes: so much of a row is read at a time.
const WIDTH: usize = 1024;

/// Y = X·Wᵀ for a row-major W whose rows have `terms` numbers and a few rows X as long: W is read once from memory, in place.
///
/// Each row of Y is summed alike, however many there are.
///
/// # Panics
/// If X or Y are no whole rows, or W is shorter than the rows of Y are long.
pub fn matrix_vectors(pool: &Pool, w: Floats<'_>, terms: usize, x: &[f32], y: &mut [f32]) {
    let Some((vectors, outputs)) = sizes(x, terms, y) else { return y.fill(0.0) };
    assert!(w.len() >= terms * outputs, "a matrix of rows as long as those of X");
    let rows = (TASK / terms).max(1).next_multiple_of(TOGETHER);
    if vectors == 1 {
        return pool.chunks(y, rows, |i, y| with_lanes(Products { w, first: i * rows, x, terms, y }));
    }
    shared_scratch(y.len(), |by_row| {
        pool.chunks(by_row, rows * vectors, |i, y| with_lanes(Products { w, first: i * rows, x, terms, y }));
        for (i, products) in by_row.chunks_exact(vectors).enumerate() {
            products.iter().enumerate().for_each(|(v, product)| y[v * outputs + i] = *product);
        }
    });
}

/// Y = G·W for a row-major W whose rows are as long as those of Y, `columns`, and a few rows G: W is read once from memory, in
/// place; rows whose factors are all 0 are not read at all.
///
/// # Panics
/// If G or Y are no whole rows, or W is shorter than the rows of G are long.
pub fn transposed_matrix_vectors(pool: &Pool, w: Floats<'_>, g: &[f32], columns: usize, y: &mut [f32]) {
    let Some((vectors, rows)) = sizes(y, columns, g) else { return };
    assert!(w.len() >= columns * rows, "a matrix of rows as long as those of Y");
    let carries = |row: &usize| (0..vectors).any(|v| g[v * rows + row] != 0.0);
    let active: Vec<usize> = (0..rows).filter(carries).collect();
    let factors: Vec<f32> =
        active.iter().flat_map(|row| (0..vectors).map(move |v| g[v * rows + row])).collect();
    let sums = |column: usize, y: &mut [f32]| {
        let width = y.len() / vectors;
        with_lanes(Sums { w, columns, column, width, active: &active, factors: &factors, y });
    };
    if vectors == 1 {
        return pool.chunks(y, WIDTH, |i, y| sums(i * WIDTH, y));
    }
    // the sums of some columns side by side
    shared_scratch(y.len(), |parts| {
        pool.chunks(parts, WIDTH * vectors, |i, y| sums(i * WIDTH, y));
        for (i, part) in parts.chunks(WIDTH * vectors).enumerate() {
            let width = part.len() / vectors;
            for (v, part) in part.chunks_exact(width).enumerate() {
                y[v * columns + i * WIDTH..][..width].copy_from_slice(part);
            }
        }
    });
}

/// The number of rows of a matrix of `long` columns, and how many columns another of as many rows has; `None` where nothing is
/// to be summed.
fn sizes(rows: &[f32], long: usize, others: &[f32]) -> Option<(usize, usize)> {
    let count = rows.len().checked_div(long).filter(|&count| count > 0)?;
    assert!(rows.len() == count * long && others.len().is_multiple_of(count), "whole rows");
    Some((count, others.len() / count))
}

/// The products of rows of W that follow each other with all vectors, a row's after another's.
struct Products<'a> {
    w: Floats<'a>,
    /// The number of the first.
    first: usize,
    x: &'a [f32],
    terms: usize,
    y: &'a mut [f32],
}

impl Work for Products<'_> {
    #[inline(always)]
    unsafe fn run<L: Lane>(mut self) {
        let vectors = self.x.len() / self.terms;
        let rows = self.y.len() / vectors;
        let mut from = 0;
        // SAFETY: the caller's; rows and vectors stay below their numbers.
        unsafe {
            while from < vectors {
                let some = match vectors - from {
                    4.. => 4,
                    left => left.min(2),
                };
                let mut row = 0;
                while row < rows {
                    let left = rows - row;
                    row += match (some, left >= TOGETHER, left >= 2) {
                        (1, true, _) => self.products::<L, TOGETHER, 1>(row, from, vectors),
                        (1, false, _) => self.products::<L, 1, 1>(row, from, vectors),
                        (2, _, true) => self.products::<L, 2, 2>(row, from, vectors),
                        (2, _, false) => self.products::<L, 1, 2>(row, from, vectors),
                        (_, _, true) => self.products::<L, 2, 4>(row, from, vectors),
                        _ => self.products::<L, 1, 4>(row, from, vectors),
                    };
                }
                from += some;
            }
        }
    }
}

impl Products<'_> {
    /// The products of N rows with M vectors; gives N.
    ///
    /// # Safety
    /// The processor has the registers, and there are so many rows and vectors.
    #[inline(always)]
    unsafe fn products<L: Lane, const N: usize, const M: usize>(
        &mut self,
        row: usize,
        from: usize,
        vectors: usize,
    ) -> usize {
        let n = self.terms;
        let step = REGISTERS * L::WIDTH;
        let whole = n / step * step;
        let (mut rows, mut xs) = ([std::ptr::null::<f32>(); N], [std::ptr::null::<f32>(); M]);
        for r in 0..N {
            rows[r] = self.w.run((self.first + row + r) * n, n);
        }
        for m in 0..M {
            xs[m] = self.x[(from + m) * n..][..n].as_ptr();
        }
        // SAFETY: the caller's.
        unsafe {
            let mut sums = [[[L::splat(0.0); REGISTERS]; M]; N];
            for k in (0..whole).step_by(step) {
                for r in 0..N {
                    fetch(rows[r].wrapping_add(k + AHEAD));
                    for v in 0..REGISTERS {
                        let weights = L::load(rows[r].add(k + v * L::WIDTH));
                        for m in 0..M {
                            let x = L::load(xs[m].add(k + v * L::WIDTH));
                            sums[r][m][v] = weights.mul_add(x, sums[r][m][v]);
                        }
                    }
                }
            }
            for r in 0..N {
                for m in 0..M {
                    let sum = across(sums[r][m], rows[r], xs[m], whole, n);
                    self.y[(row + r) * vectors + from + m] = sum;
                }
            }
        }
        N
    }
}

/// The sum of what registers hold, and of the products from `whole` to `n`.
///
/// # Safety
/// The processor has the registers; row and vector have `n` numbers.
#[inline(always)]
unsafe fn across<L: Lane>(
    sums: [L; REGISTERS],
    row: *const f32,
    x: *const f32,
    whole: usize,
    n: usize,
) -> f32 {
    let mut floats = [0.0f32; 16];
    // SAFETY: the caller's; no register holds more than sixteen floats.
    unsafe {
        sums[0].add(sums[1]).store(floats.as_mut_ptr());
        for k in whole..n {
            floats[(k - whole) % L::WIDTH] += row.add(k).read_unaligned() * *x.add(k);
        }
    }
    let mut half = L::WIDTH / 2;
    while half > 0 {
        for i in 0..half {
            floats[i] += floats[i + half];
        }
        half /= 2;
    }
    floats[0]
}

/// Sums of some columns of rows, each row times its factor, for several vectors of factors, whose sums follow each other.
struct Sums<'a> {
    w: Floats<'a>,
    columns: usize,
    /// The column of the first sum, and how many.
    column: usize,
    width: usize,
    /// The rows that are read, and their factors, one for each vector.
    active: &'a [usize],
    factors: &'a [f32],
    y: &'a mut [f32],
}

impl Work for Sums<'_> {
    #[inline(always)]
    unsafe fn run<L: Lane>(mut self) {
        self.y.fill(0.0);
        let (groups, rest) = self.active.as_chunks::<TOGETHER>();
        // SAFETY: the caller's.
        unsafe {
            for (g, group) in groups.iter().enumerate() {
                let next = groups.get(g + 1).unwrap_or(group);
                self.add::<L, TOGETHER>(g * TOGETHER, group, next);
            }
            for (i, row) in rest.iter().enumerate() {
                self.add::<L, 1>(groups.len() * TOGETHER + i, &[*row], &[*row]);
            }
        }
    }
}

impl Sums<'_> {
    /// Adds some rows, of which the first is number `at` of the active; those that are next are asked for meanwhile.
    #[inline(always)]
    unsafe fn add<L: Lane, const N: usize>(&mut self, at: usize, rows: &[usize; N], next: &[usize; N]) {
        let (width, vectors) = (self.width, self.y.len() / self.width);
        let whole = width / L::WIDTH * L::WIDTH;
        let (mut lines, mut coming) = ([std::ptr::null::<f32>(); N], [std::ptr::null::<f32>(); N]);
        for r in 0..N {
            lines[r] = self.w.run(rows[r] * self.columns + self.column, width);
            coming[r] = self.w.run(next[r] * self.columns + self.column, width);
        }
        let factors = &self.factors[at * vectors..][..N * vectors];
        // SAFETY: the caller's; lines and sums are as long as the width.
        unsafe {
            for k in (0..whole).step_by(L::WIDTH) {
                let mut numbers = [L::splat(0.0); N];
                for r in 0..N {
                    fetch(coming[r].wrapping_add(k));
                    numbers[r] = L::load(lines[r].add(k));
                }
                for v in 0..vectors {
                    let to = self.y.as_mut_ptr().add(v * width + k);
                    let mut sum = L::load(to);
                    for r in 0..N {
                        sum = numbers[r].mul_add(L::splat(*factors.as_ptr().add(r * vectors + v)), sum);
                    }
                    sum.store(to);
                }
            }
            for k in whole..width {
                for v in 0..vectors {
                    for r in 0..N {
                        self.y[v * width + k] += lines[r].add(k).read_unaligned() * factors[r * vectors + v];
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both products against sums in f64, with a matrix that begins at any byte; a vector gives the same alone and among others.
    #[test]
    fn weights_may_begin_at_any_byte() {
        let pool = Pool::new(2).unwrap();
        for [rows, columns] in [[1, 1], [3, 33], [9, 1030], [70, 129], [5, 0], [0, 5]] {
            let number = |i: usize| (i * 7919 % 1009) as f32 / 500.0 - 1.0;
            let w: Vec<f32> = (0..rows * columns).map(number).collect();
            for (vectors, shift) in [(1, 0), (1, 1), (2, 2), (3, 3), (8, 1), (15, 0)] {
                let x: Vec<f32> = (0..vectors * columns).map(number).collect();
                let g: Vec<f32> = (0..vectors * rows).map(|i| number(i) * (i % rows % 3) as f32).collect();
                let mut bytes = vec![0u8; shift];
                bytes.extend(w.iter().flat_map(|w| w.to_le_bytes()));
                let held = Floats::from_le_bytes(&bytes[shift..]).unwrap();
                let (mut y, mut dx) = (vec![7.0; vectors * rows], vec![7.0; vectors * columns]);
                matrix_vectors(&pool, held, columns, &x, &mut y);
                transposed_matrix_vectors(&pool, held, &g, columns, &mut dx);
                let at = |r: usize, c: usize| f64::from(w[r * columns + c]);
                for (i, &y) in y.iter().enumerate() {
                    let (v, r) = (i / rows, i % rows);
                    let exact: f64 = (0..columns).map(|c| at(r, c) * f64::from(x[v * columns + c])).sum();
                    assert!((f64::from(y) - exact).abs() < 1e-4, "{y} for {exact}");
                }
                for (i, &dx) in dx.iter().enumerate() {
                    let (v, c) = (i / columns, i % columns);
                    let exact: f64 = (0..rows).map(|r| at(r, c) * f64::from(g[v * rows + r])).sum();
                    assert!((f64::from(dx) - exact).abs() < 1e-4, "{dx} for {exact}");
                }
                if let (Some(x), Some(first)) = (x.get(..columns), y.get(..rows)) {
                    let mut alone = vec![7.0; rows];
                    matrix_vectors(&pool, held, columns, x, &mut alone);
                    assert_eq!(alone, first, "{vectors} vectors");
                }
            }
        }
        assert!(Floats::from_le_bytes(&[0; 7]).is_none());
    }
}
