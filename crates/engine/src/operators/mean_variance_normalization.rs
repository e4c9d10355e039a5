use inscape_tensor::{Walk, count};

use super::moments::{dot_deviations, squared_deviations, sum};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, normalized_axis};

/// Added to the standard deviation, as ONNX defines it.
const EPSILON: f32 = 1e-9;

/// y = (x − mean) / (standard deviation + 10⁻⁹) over some axes; without `axes` over all but the channels.
struct MeanVarianceNormalization {
    /// The cells, those that share a mean one after another.
    walk: Walk,
    /// How many share a mean.
    len: usize,
    /// Number of cells.
    cells: usize,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let cells = count(shape).ok_or_else(|| Refusal(format!("shape {shape:?} is too large")))?;
    let axes = site.ints("axes")?.unwrap_or(&[0, 2, 3]);
    let axes = axes.iter().map(|&axis| normalized_axis(axis, shape.len())).collect::<Result<Vec<_>, _>>()?;
    let (inner, mut order): (Vec<usize>, Vec<usize>) = (0..shape.len()).partition(|axis| axes.contains(axis));
    let len = inner.iter().map(|&axis| shape[axis]).product();
    order.extend(inner);
    let walk = Walk::permuted(shape, &order);
    Ok(Built::one(shape, MeanVarianceNormalization { walk, len, cells }))
}

impl Operator for MeanVarianceNormalization {
    fn role(&self) -> Role {
        Role::Normalization
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: 1, ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool) = (pass.input(0), pass.pool);
        let mut taken = vec![0.0; self.cells];
        self.walk.gather(input, &mut taken, pool);
        for row in taken.chunks_mut(self.len.max(1)) {
            let (mean, deviation) = moments(row);
            row.iter_mut().for_each(|x| *x = (*x - mean) / (deviation + EPSILON));
        }
        let output = pass.output(0);
        output.fill(0.0);
        self.walk.scatter_add(&taken, output);
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (input, pool) = (pass.input(0), pass.pool);
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        let (mut x, mut r) = (vec![0.0; self.cells], vec![0.0; self.cells]);
        self.walk.gather(input, &mut x, pool);
        self.walk.gather(relevance, &mut r, pool);
        for (r, x) in r.chunks_mut(self.len.max(1)).zip(x.chunks(self.len.max(1))) {
            let (mean, deviation) = moments(x);
            let n = x.len() as f32;
            let rate = 1.0 / (deviation + EPSILON);
            let level = sum(r) / n;
            let slope =
                if deviation == 0.0 { 0.0 } else { dot_deviations(r, x, mean) * rate / (deviation * n) };
            r.iter_mut().zip(x).for_each(|(r, x)| *r = (*r - level - (x - mean) * slope) * rate);
        }
        gradient.fill(0.0);
        self.walk.scatter_add(&r, gradient);
    }
}

/// Mean and standard deviation.
fn moments(row: &[f32]) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = sum(row) / n;
    (mean, (squared_deviations(row, mean) / n).sqrt())
}

#[cfg(test)]
mod tests {
    use crate::operators::check::Check;

    #[test]
    fn is_the_definition() {
        Check::new("MeanVarianceNormalization", 13).noisy(&[2, 3, 4, 5]).agrees_with(|x| {
            let channel = |c: usize| (0..120).filter(move |i| i / 20 % 3 == c).map(|i| x[0][i]);
            let standardized = |i: usize| {
                let c = i / 20 % 3;
                let mean = channel(c).sum::<f64>() / 40.0;
                let variance = channel(c).map(|x| (x - mean).powi(2)).sum::<f64>() / 40.0;
                (x[0][i] - mean) / (variance.sqrt() + 1e-9)
            };
            (0..120).map(standardized).collect()
        });
    }

    #[test]
    fn equal_cells_become_zero() {
        let ran = Check::new("MeanVarianceNormalization", 13)
            .ints("axes", &[-1])
            .floats(&[1, 3], vec![2.0; 3])
            .run_both();
        assert_eq!(ran.output(), [0.0; 3]);
        assert!(ran.gradients[0].iter().flatten().all(|g| g.is_finite()));
        assert!(Check::new("MeanVarianceNormalization", 13).noisy(&[2, 3]).refusal().contains("axis 2"));
    }
}
