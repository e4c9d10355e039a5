use crate::{Pool, vectorized};

/// Floats of a matrix that are worth a task of their own.
const TASK: usize = 1 << 15;
/// Sums that run side by side in a dot product.
const LANES: usize = 64;

/// y = W·x for a row-major W of `y.len()` rows, read once and in place.
///
/// # Panics
/// If W is shorter than that.
pub fn matrix_vector(pool: &Pool, w: &[f32], x: &[f32], y: &mut [f32]) {
    assert!(w.len() >= x.len() * y.len(), "a matrix of rows as long as x");
    let rows = (TASK / x.len().max(1)).max(1);
    pool.chunks(y, rows, |i, y| {
        vectorized(
            #[inline(always)]
            || {
                for (r, y) in y.iter_mut().enumerate() {
                    *y = dot(&w[(i * rows + r) * x.len()..][..x.len()], x);
                }
            },
        );
    });
}

/// y = Wᵀ·g for a row-major W of `g.len()` rows, read once and in place; rows whose factor is 0 are not read at all.
///
/// # Panics
/// If W is shorter than that.
pub fn transposed_matrix_vector(pool: &Pool, w: &[f32], g: &[f32], y: &mut [f32]) {
    let columns = y.len();
    assert!(w.len() >= columns * g.len(), "a matrix of rows as long as y");
    let rows: Vec<(usize, f32)> = g
        .iter()
        .copied()
        .enumerate()
        .filter(|&(_, factor)| factor != 0.0)
        .map(|(i, g)| (i * columns, g))
        .collect();
    let width = (TASK / rows.len().max(1)).clamp(256, 4096).next_multiple_of(LANES);
    pool.chunks(y, width, |i, y| {
        vectorized(
            #[inline(always)]
            || {
                y.fill(0.0);
                let (fours, rest) = rows.as_chunks::<4>();
                for four in fours {
                    add_rows(w, i * width, four, y);
                }
                for row in rest {
                    add_rows(w, i * width, &[*row], y);
                }
            },
        );
    });
}

/// Adds rows of a matrix, each times its factor, from a column on.
#[inline(always)]
fn add_rows<const N: usize>(w: &[f32], column: usize, rows: &[(usize, f32); N], y: &mut [f32]) {
    let lines = rows.map(|(start, _)| &w[start + column..][..y.len()]);
    for (i, y) in y.iter_mut().enumerate() {
        let mut sum = *y;
        for (line, (_, factor)) in lines.iter().zip(rows) {
            sum += line[i] * factor;
        }
        *y = sum;
    }
}

#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.0.iter().zip(b.0) {
        for i in 0..LANES {
            sums[i] += a[i] * b[i];
        }
    }
    for (i, (a, b)) in a.1.iter().zip(b.1).enumerate() {
        sums[i] += a * b;
    }
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}
