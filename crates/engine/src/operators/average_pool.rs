use inscape_tensor::vectorized;

use super::window::{Sliding, Windows};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Reach, Role, Site};

/// The mean of the cells under each window; `count_include_pad` also counts the padding, as zeros.
struct AveragePool {
    windows: Windows,
    /// 1 / rows counted, by output row; times `across`, 1 / columns counted, it is a cell's weight.
    down: Vec<f32>,
    across: Vec<f32>,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (windows, shape) = Windows::of(site)?;
    let padding = site.flag("count_include_pad", false)?;
    let shares = |axis: &Sliding| {
        let counted = |o| if padding { axis.padded_taps(o).len() } else { axis.taps(o).len() };
        (0..axis.output).map(|o| 1.0 / counted(o) as f32).collect()
    };
    let (down, across) = (shares(&windows.y), shares(&windows.x));
    Ok(Built::one(shape, AveragePool { windows, down, across }))
}

impl Operator for AveragePool {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn reach(&self) -> Reach {
        self.windows.reach()
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool) = (pass.input(0), pass.pool);
        let (cells, count, share) = (self.windows.cells(), self.windows.windows(), self.windows.share());
        if count == 0 {
            return;
        }
        pool.chunks(pass.output(0), count * share, |i, output| {
            for (j, output) in output.chunks_mut(count).enumerate() {
                let plane = &input[(i * share + j) * cells..][..cells];
                vectorized(
                    #[inline(always)]
                    || self.average(plane, output),
                );
            }
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        let (cells, count, share) = (self.windows.cells(), self.windows.windows(), self.windows.share());
        if cells == 0 {
            return;
        }
        pool.chunks(gradient, cells * share, |i, gradient| {
            let mut shares = vec![0.0; self.windows.x.output];
            for (j, plane) in gradient.chunks_mut(cells).enumerate() {
                let relevance = &relevance[(i * share + j) * count..][..count];
                vectorized(
                    #[inline(always)]
                    || self.spread(relevance, plane, &mut shares),
                );
            }
        });
    }
}

impl AveragePool {
    #[inline(always)]
    fn average(&self, plane: &[f32], output: &mut [f32]) {
        let Windows { y, x, .. } = &self.windows;
        for (oy, sums) in output.chunks_mut(x.output).enumerate() {
            sums.fill(0.0);
            for ky in y.taps(oy) {
                let row = &plane[y.cell(oy, ky) * x.input..][..x.input];
                gather(x, row, sums);
            }
            for (sum, across) in sums.iter_mut().zip(&self.across) {
                *sum *= self.down[oy] * across;
            }
        }
    }

    #[inline(always)]
    fn spread(&self, relevance: &[f32], plane: &mut [f32], shares: &mut [f32]) {
        let Windows { y, x, .. } = &self.windows;
        plane.fill(0.0);
        if x.output == 0 {
            return;
        }
        for (oy, relevance) in relevance.chunks(x.output).enumerate() {
            for ((share, r), across) in shares.iter_mut().zip(relevance).zip(&self.across) {
                *share = r * (self.down[oy] * across);
            }
            for ky in y.taps(oy) {
                let row = &mut plane[y.cell(oy, ky) * x.input..][..x.input];
                scatter(x, shares, row);
            }
        }
    }
}

/// Adds to each window's sum its cells of one row.
#[inline(always)]
fn gather(x: &Sliding, row: &[f32], sums: &mut [f32]) {
    match x.stride {
        1 => gather_steps::<1>(x, row, sums),
        2 => gather_steps::<2>(x, row, sums),
        3 => gather_steps::<3>(x, row, sums),
        _ => gather_each(x, row, sums, 0..0),
    }
}

#[inline(always)]
fn gather_steps<const STRIDE: usize>(x: &Sliding, row: &[f32], sums: &mut [f32]) {
    let inner = x.whole_steps();
    gather_each(x, row, sums, inner.clone());
    if inner.is_empty() {
        return;
    }
    for kx in 0..x.kernel {
        let cells = row[x.cell(inner.start, kx)..][..inner.len() * STRIDE].as_chunks::<STRIDE>().0;
        for (sum, cell) in sums[inner.clone()].iter_mut().zip(cells) {
            *sum += cell[0];
        }
    }
}

#[inline(always)]
fn gather_each(x: &Sliding, row: &[f32], sums: &mut [f32], inner: std::ops::Range<usize>) {
    for ox in (0..inner.start).chain(inner.end..x.output) {
        for kx in x.taps(ox) {
            sums[ox] += row[x.cell(ox, kx)];
        }
    }
}

/// Adds each window's share to its cells of one row.
#[inline(always)]
fn scatter(x: &Sliding, shares: &[f32], row: &mut [f32]) {
    match x.stride {
        1 => scatter_steps::<1>(x, shares, row),
        2 => scatter_steps::<2>(x, shares, row),
        3 => scatter_steps::<3>(x, shares, row),
        _ => scatter_each(x, shares, row, 0..0),
    }
}

#[inline(always)]
fn scatter_steps<const STRIDE: usize>(x: &Sliding, shares: &[f32], row: &mut [f32]) {
    let inner = x.whole_steps();
    scatter_each(x, shares, row, inner.clone());
    if inner.is_empty() {
        return;
    }
    for kx in 0..x.kernel {
        let cells = row[x.cell(inner.start, kx)..][..inner.len() * STRIDE].as_chunks_mut::<STRIDE>().0;
        for (share, cell) in shares[inner.clone()].iter().zip(cells) {
            cell[0] += share;
        }
    }
}

#[inline(always)]
fn scatter_each(x: &Sliding, shares: &[f32], row: &mut [f32], inner: std::ops::Range<usize>) {
    for ox in (0..inner.start).chain(inner.end..x.output) {
        for kx in x.taps(ox) {
            row[x.cell(ox, kx)] += shares[ox];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::operators::check::Check;

    proptest! {
        #[test]
        fn is_the_mean(
            h in 0i64..7, w in 0i64..40, k in [1i64..4, 1i64..4], s in [1i64..5, 1i64..5], d in [1i64..3, 1i64..3],
            p in [0i64..3, 0i64..3, 0i64..3, 0i64..3], ceil in 0i64..2, padding in 0i64..2,
        ) {
            let p = [p[0] % k[0], p[1] % k[1], p[2] % k[0], p[3] % k[1]];
            let extent = [(k[0] - 1) * d[0] + 1, (k[1] - 1) * d[1] + 1];
            let least = |i: usize| if d[i] > 1 { extent[i] } else { (extent[i] - p[i] - p[i + 2]).max(1) };
            let (h, w) = (least(0) + h, least(1) + w);
            let check = Check::new("AveragePool", 19).ints("kernel_shape", &k).ints("strides", &s).ints("pads", &p)
                .ints("dilations", &d).int("ceil_mode", ceil).int("count_include_pad", padding)
                .noisy(&[1, 2, h as usize, w as usize]);
            let out = check.run_both().shape();
            check.agrees_with(|x| {
                let mut means = vec![];
                for plane in x[0].chunks((h * w) as usize) {
                    for o in 0..(out[2] * out[3]) as i64 {
                        let (oy, ox) = (o / out[3] as i64, o % out[3] as i64);
                        let (mut sum, mut counted) = (0.0, 0.0);
                        for tap in 0..k[0] * k[1] {
                            let y = oy * s[0] + tap / k[1] * d[0] - p[0];
                            let x = ox * s[1] + tap % k[1] * d[1] - p[1];
                            let real = (0..h).contains(&y) && (0..w).contains(&x);
                            let padded = y < h + p[2] && x < w + p[3];
                            sum += if real { plane[(y * w + x) as usize] } else { 0.0 };
                            counted += f64::from(u8::from(real || (padding == 1 && padded)));
                        }
                        means.push(sum / counted);
                    }
                }
                means
            });
        }
    }

    #[test]
    fn same_padding_lies_on_the_side_its_name_says() {
        let pooled = |side: &str| {
            let check = Check::new("AveragePool", 11).ints("kernel_shape", &[2]).text("auto_pad", side);
            check.floats(&[1, 1, 3], vec![2.0, 4.0, 8.0]).run_both().output().to_vec()
        };
        assert_eq!(pooled("SAME_UPPER"), [3.0, 6.0, 8.0]);
        assert_eq!(pooled("SAME_LOWER"), [2.0, 3.0, 6.0]);
        assert_eq!(pooled("VALID"), [3.0, 6.0]);
    }
}
