use inscape_tensor::{math, vectorized};

use super::broadcast::{CHUNK, sum};
use super::moments::greatest;
use super::softmax_row::{pull, softmax_below};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Placement, Role, Site};

/// Along one axis, y = e^(x − max x) / Σ e^(x − max x), or its logarithm.
struct Softmax {
    logarithm: bool,
    lanes: Lanes,
}

/// An array seen as `outer` blocks of `size` rows of `inner` cells; the operator runs along `size`.
#[derive(Clone, Copy)]
struct Lanes {
    size: usize,
    inner: usize,
}

/// Before opset 13 the axes from `axis` (1) on are taken as one; since, it is `axis` (−1) alone.
pub(super) fn softmax(site: &Site<'_>) -> Result<Built, Refusal> {
    Ok(Built::one(site.shape(0)?, Softmax { logarithm: false, lanes: lanes(site)? }))
}

/// The logarithm of [`softmax`].
pub(super) fn log_softmax(site: &Site<'_>) -> Result<Built, Refusal> {
    Ok(Built::one(site.shape(0)?, Softmax { logarithm: true, lanes: lanes(site)? }))
}

fn lanes(site: &Site<'_>) -> Result<Lanes, Refusal> {
    let shape = site.shape(0)?;
    let from = |axis: usize| shape[axis..].iter().product();
    if shape.is_empty() {
        return Ok(Lanes { size: 1, inner: 1 });
    }
    if site.opset() < 13 {
        // An axis at the very end leaves rows of one cell.
        let axis = site.int("axis", 1)?;
        let size = if axis == shape.len() as i64 { 1 } else { from(site.axis("axis", 1, shape.len())?) };
        return Ok(Lanes { size, inner: 1 });
    }
    let axis = site.axis("axis", -1, shape.len())?;
    Ok(Lanes { size: shape[axis], inner: from(axis + 1) })
}

impl Operator for Softmax {
    fn role(&self) -> Role {
        Role::Normalization
    }

    fn keeps(&self) -> Keeps {
        Keeps { outputs: 1, ..Keeps::default() }
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let pool = pass.pool;
        let (source, output) = pass.pair();
        let block = self.block(output.len());
        pool.chunks(output, block, |i, output| {
            if let Some(source) = source {
                output.copy_from_slice(&source[i * block..][..output.len()]);
            }
            for group in output.chunks_mut(self.lanes.group()) {
                vectorized(
                    #[inline(always)]
                    || match self.lanes.inner {
                        1 => row(group, self.logarithm),
                        inner => columns(group, inner, self.logarithm),
                    },
                );
            }
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (pool, y) = (pass.pool, pass.output(0));
        let Some((relevance, gradient)) = pass.pair() else { return };
        let block = self.block(gradient.len());
        pool.chunks(gradient, block, |i, gradient| {
            if let Some(relevance) = relevance {
                gradient.copy_from_slice(&relevance[i * block..][..gradient.len()]);
            }
            let y = &y[i * block..][..gradient.len()];
            let group = self.lanes.group();
            for (gradient, y) in gradient.chunks_mut(group).zip(y.chunks(group)) {
                vectorized(
                    #[inline(always)]
                    || match self.lanes.inner {
                        0 | 1 => pull_back_row(gradient, y, self.logarithm),
                        inner => pull_back_columns(gradient, y, inner, self.logarithm),
                    },
                );
            }
        });
    }
}

impl Softmax {
    /// Whole groups, about sixteen thousand cells of them.
    fn block(&self, len: usize) -> usize {
        let group = self.lanes.group();
        (group * (CHUNK / group).max(1)).min(len.max(1))
    }
}

impl Lanes {
    fn group(self) -> usize {
        (self.size * self.inner).max(1)
    }
}

#[inline(always)]
fn row(x: &mut [f32], logarithm: bool) {
    let peak = greatest(x);
    if logarithm {
        let mut parts = [0.0; 64];
        let mut total = 0.0;
        for x in x.chunks(parts.len()) {
            for (part, &x) in parts.iter_mut().zip(x) {
                *part = math::exp(x - peak);
            }
            total += sum(&parts[..x.len()]);
        }
        let shift = peak + math::ln(total);
        for x in x {
            *x -= shift;
        }
    } else {
        softmax_below(x, peak);
    }
}

#[inline(always)]
fn columns(x: &mut [f32], inner: usize, logarithm: bool) {
    let mut peaks = vec![f32::NEG_INFINITY; inner];
    for x in x.chunks(inner.max(1)) {
        peaks.iter_mut().zip(x).for_each(|(peak, &x)| *peak = if x > *peak { x } else { *peak });
    }
    let mut totals = vec![0.0; inner];
    for x in x.chunks_mut(inner.max(1)) {
        for ((x, &peak), total) in x.iter_mut().zip(&peaks).zip(&mut totals) {
            let power = math::exp(*x - peak);
            *total += power;
            *x = if logarithm { *x } else { power };
        }
    }
    if logarithm {
        peaks.iter_mut().zip(&totals).for_each(|(peak, &total)| *peak += math::ln(total));
    }
    for x in x.chunks_mut(inner.max(1)) {
        for ((x, &peak), &total) in x.iter_mut().zip(&peaks).zip(&totals) {
            *x = if logarithm { *x - peak } else { *x / total };
        }
    }
}

/// g = y·(r − Σ y·r), or r − e^y·Σ r for the logarithm, where g holds r.
#[inline(always)]
fn pull_back_row(g: &mut [f32], y: &[f32], logarithm: bool) {
    if logarithm {
        let total = sum(g);
        for (g, &y) in g.iter_mut().zip(y) {
            *g -= math::exp(y) * total;
        }
    } else {
        pull(y, g);
    }
}

/// The same for rows of `inner` cells, each of its own lane.
#[inline(always)]
fn pull_back_columns(g: &mut [f32], y: &[f32], inner: usize, logarithm: bool) {
    let mut totals = vec![0.0; inner];
    for (g, y) in g.chunks(inner).zip(y.chunks(inner)) {
        for ((total, &r), &y) in totals.iter_mut().zip(g).zip(y) {
            *total += if logarithm { r } else { r * y };
        }
    }
    for (g, y) in g.chunks_mut(inner).zip(y.chunks(inner)) {
        for ((g, &y), &total) in g.iter_mut().zip(y).zip(&totals) {
            *g = if logarithm { *g - math::exp(y) * total } else { y * (*g - total) };
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_testkit::noise;

    use super::super::check::Check;
    use crate::graph::Attribute;

    /// Softmax over `size` cells that lie `inner` apart.
    fn definition(x: &[f64], size: usize, inner: usize) -> Vec<f64> {
        (0..x.len())
            .map(|i| {
                let first = i / (size * inner) * size * inner + i % inner;
                let total: f64 = (0..size).map(|k| x[first + k * inner].exp()).sum();
                x[i].exp() / total
            })
            .collect()
    }

    #[test]
    fn softmax_runs_along_one_axis_or_before_opset_13_along_the_rest() {
        let cases =
            [(13, -1, 5, 1), (13, 1, 4, 5), (13, 0, 3, 20), (11, 1, 20, 1), (11, 2, 5, 1), (11, 0, 60, 1)];
        for (opset, axis, size, inner) in cases {
            for (operator, logarithm) in [("Softmax", false), ("LogSoftmax", true)] {
                let x = noise(axis as u64, 60).into_iter().map(|x| 4.0 * x).collect();
                let check = Check::new(operator, opset).attribute("axis", Attribute::Int(axis));
                check.floats(&[3, 4, 5], x).agrees_with(|x| {
                    let y = definition(&x[0], size, inner);
                    if logarithm { y.into_iter().map(f64::ln).collect() } else { y }
                });
            }
        }
    }

    #[test]
    fn large_scores_do_not_overflow_and_empty_arrays_are_no_trouble() {
        let y = Check::new("Softmax", 13).floats(&[2], vec![1e4, 1e4]).run();
        assert_eq!(y[0].f32s().unwrap()[..], [0.5, 0.5]);
        for shape in [[0, 3], [3, 0]] {
            let check = Check::new("Softmax", 13).floats(&shape, Vec::new());
            assert!(check.run()[0].is_empty());
        }
        assert!(Check::new("LogSoftmax", 13).floats(&[], vec![3.0]).run()[0].f32s().unwrap()[0] == 0.0);
    }
}
