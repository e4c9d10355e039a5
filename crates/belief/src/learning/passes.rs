//! What is done number by number: each pass is cut into tasks of a fixed size and compiled for the widest vectors.

use inscape::Deviates;
use inscape_tensor::math::{exp, ln_1p, sigmoid};
use inscape_tensor::{Pool, vectorized};

/// Numbers of a task, about.
const TASK: usize = 1 << 13;

/// Uniform deviates drawn at once.
const RUN: usize = 256;

/// Rows of `width` that make a task.
fn rows(width: usize) -> usize {
    (TASK / width.max(1)).max(1)
}

/// Calls `work` with the number and the rows of each task, several matrices of their own widths at once; gives what it
/// gives, in order.
pub(super) fn by_rows<const N: usize, R: Send + Default>(
    pool: &Pool,
    matrices: [(&mut [f32], usize); N],
    work: impl Fn(usize, [&mut [f32]; N]) -> R + Sync + Send,
) -> Vec<R> {
    let widest = matrices.iter().map(|(_, width)| *width).max().unwrap_or(1);
    let rows = rows(widest);
    let mut parts = matrices.map(|(matrix, width)| matrix.chunks_mut((rows * width).max(1)));
    let mut tasks: Vec<(Option<[&mut [f32]; N]>, R)> = Vec::new();
    loop {
        let mut next = parts.each_mut().map(Iterator::next);
        if next.iter().any(Option::is_none) {
            break;
        }
        tasks.push((Some(next.each_mut().map(|part| part.take().unwrap_or_default())), R::default()));
    }
    pool.chunks(&mut tasks, 1, |i, task| {
        if let [(part, result)] = task
            && let Some(part) = part.take()
        {
            *result = work(i, part);
        }
    });
    tasks.into_iter().map(|(_, result)| result).collect()
}

/// The rows of a matrix that a task of [`by_rows`] has, where the widest matrix has `widest` columns.
pub(super) fn part(of: &[f32], width: usize, widest: usize, task: usize, len: usize) -> &[f32] {
    &of[task * rows(widest) * width..][..len]
}

/// Turns total inputs without their bias into probabilities: p = σ(a + b).
pub(super) fn activate(pool: &Pool, inputs: &mut [f32], bias: &[f32]) {
    by_rows(pool, [(inputs, bias.len())], |_, [inputs]| {
        vectorized(
            #[inline(always)]
            || {
                for row in inputs.chunks_exact_mut(bias.len()) {
                    for (a, b) in row.iter_mut().zip(bias) {
                        *a = sigmoid(*a + b);
                    }
                }
            },
        );
    });
}

/// The same, and draws states from the probabilities.
pub(super) fn activate_and_draw(
    pool: &Pool,
    inputs: &mut [f32],
    states: &mut [f32],
    bias: &[f32],
    stream: impl Fn(usize) -> Deviates + Sync + Send,
) {
    let width = bias.len();
    by_rows(pool, [(inputs, width), (states, width)], |task, [inputs, states]| {
        let mut deviates = stream(task);
        vectorized(
            #[inline(always)]
            || {
                for row in inputs.chunks_exact_mut(width) {
                    for (a, b) in row.iter_mut().zip(bias) {
                        *a = sigmoid(*a + b);
                    }
                }
            },
        );
        draw(inputs, states, &mut deviates);
    });
}

/// States of probabilities: 1 where a deviate lies below.
pub(super) fn draw(probabilities: &[f32], states: &mut [f32], deviates: &mut Deviates) {
    let mut uniforms = [0.0; RUN];
    for (p, s) in probabilities.chunks(RUN).zip(states.chunks_mut(RUN)) {
        let uniforms = &mut uniforms[..p.len()];
        deviates.fill(uniforms);
        vectorized(
            #[inline(always)]
            || {
                for ((s, p), u) in s.iter_mut().zip(p).zip(&*uniforms) {
                    *s = if u < p { 1.0 } else { 0.0 };
                }
            },
        );
    }
}

/// Adds a bias to every row.
pub(super) fn shift(pool: &Pool, values: &mut [f32], bias: &[f32]) {
    by_rows(pool, [(values, bias.len())], |_, [values]| {
        vectorized(
            #[inline(always)]
            || {
                for row in values.chunks_exact_mut(bias.len()) {
                    row.iter_mut().zip(bias).for_each(|(v, b)| *v += b);
                }
            },
        );
    });
}

/// Sum of squared differences. In f32 within a run, in f64 over the runs, in a fixed order.
pub(super) fn squared_difference(pool: &Pool, a: &[f32], b: &[f32]) -> f64 {
    let mut sums = vec![0.0f64; a.len().div_ceil(TASK)];
    pool.chunks(&mut sums, 1, |i, sum| {
        let range = i * TASK..((i + 1) * TASK).min(a.len());
        sum[0] = vectorized(
            #[inline(always)]
            || {
                let runs = a[range.clone()].chunks(RUN).zip(b[range].chunks(RUN));
                runs.map(|(a, b)| f64::from(run_of_squares(a, b))).sum::<f64>()
            },
        );
    });
    sums.iter().sum()
}

#[inline(always)]
fn run_of_squares(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.0.iter().zip(b.0) {
        for i in 0..LANES {
            sums[i] += (a[i] - b[i]) * (a[i] - b[i]);
        }
    }
    for (i, (a, b)) in a.1.iter().zip(b.1).enumerate() {
        sums[i] += (a - b) * (a - b);
    }
    sums.iter().sum()
}

/// The sum of every column.
pub(super) fn column_sums(pool: &Pool, values: &[f32], sums: &mut [f32]) {
    const COLUMNS: usize = 128;
    let width = sums.len();
    pool.chunks(sums, COLUMNS, |i, sums| {
        vectorized(
            #[inline(always)]
            || {
                sums.fill(0.0);
                for row in values.chunks_exact(width) {
                    let row = &row[i * COLUMNS..][..sums.len()];
                    sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
                }
            },
        );
    });
}

/// ln(1 + eˣ).
#[inline(always)]
pub(super) fn softplus(x: f32) -> f32 {
    let positive = if x > 0.0 { x } else { 0.0 };
    positive + ln_1p(exp(-x.abs()))
}
