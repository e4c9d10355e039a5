use inscape_tensor::count;

use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site};

/// x divided by its norm along an axis: Σ|x| or √Σx². Where the norm is 0 the result is 0.
struct LpNormalization {
    /// Cells along the axis, and those between neighbors on it.
    len: usize,
    inner: usize,
    /// Number of norms.
    norms: usize,
    squares: bool,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let axis = site.axis("axis", -1, shape.len())?;
    let squares = match site.int("p", 2)? {
        1 => false,
        2 => true,
        other => return Err(Refusal(format!("p is {other}; the norms are 1 and 2"))),
    };
    let too_large = || Refusal(format!("shape {shape:?} is too large"));
    count(shape).ok_or_else(too_large)?;
    let outer = count(&shape[..axis]).ok_or_else(too_large)?;
    let inner = count(&shape[axis + 1..]).ok_or_else(too_large)?;
    let norms = outer.checked_mul(inner).ok_or_else(too_large)?;
    Ok(Built::one(shape, LpNormalization { len: shape[axis], inner, norms, squares }))
}

impl LpNormalization {
    /// The places of the cells that share norm `i`.
    fn cells(&self, i: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let (len, inner) = (self.len, self.inner);
        let first = i / inner * len * inner + i % inner;
        (0..len).map(move |k| first + k * inner)
    }
}

impl Operator for LpNormalization {
    fn role(&self) -> Role {
        Role::Normalization
    }

    /// The norms.
    fn keeps(&self) -> Keeps {
        Keeps { inputs: 1, outputs: 0, words: self.norms }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let input = pass.input(0);
        let mut saved = pass.saved.take();
        let output = pass.output(0);
        for i in 0..self.norms {
            let size = |at: usize| if self.squares { input[at] * input[at] } else { input[at].abs() };
            let sum: f32 = self.cells(i).map(size).sum();
            let norm = if self.squares { sum.sqrt() } else { sum };
            for at in self.cells(i) {
                output[at] = if norm == 0.0 { 0.0 } else { input[at] / norm };
            }
            if let Some(saved) = &mut saved {
                saved[i] = norm.to_bits();
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (input, saved) = (pass.input(0), pass.saved);
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        for (i, &norm) in saved.iter().enumerate() {
            let norm = f32::from_bits(norm);
            let along: f32 = self.cells(i).map(|at| relevance[at] * input[at]).sum();
            for at in self.cells(i) {
                let x = input[at];
                let slope = match self.squares {
                    true => x / norm,
                    false if x == 0.0 => 0.0,
                    false => x.signum(),
                };
                let pulled = relevance[at] / norm - along / (norm * norm) * slope;
                gradient[at] = if norm == 0.0 { 0.0 } else { pulled };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::operators::check::Check;

    #[test]
    fn is_the_definition() {
        for (p, axis) in [(1, 0), (1, 2), (2, 1), (2, -1)] {
            let sizes = [3usize, 4, 5];
            let place = (axis + 3) as usize % 3;
            let inner: usize = sizes[place + 1..].iter().product();
            Check::new("LpNormalization", 1).int("p", p).int("axis", axis).noisy(&sizes).agrees_with(|x| {
                let norm = |i: usize| {
                    let first = i / (sizes[place] * inner) * sizes[place] * inner + i % inner;
                    let cells = (0..sizes[place]).map(|k| x[0][first + k * inner].abs());
                    if p == 1 { cells.sum::<f64>() } else { cells.map(|x| x * x).sum::<f64>().sqrt() }
                };
                (0..60).map(|i| x[0][i] / norm(i)).collect()
            });
        }
    }

    #[test]
    fn nothing_stays_nothing() {
        let ran = Check::new("LpNormalization", 1).floats(&[2], vec![0.0, 0.0]).run_both();
        assert_eq!((ran.output(), ran.gradients[0].clone()), (vec![0.0; 2], Some(vec![0.0; 2])));
        assert!(Check::new("LpNormalization", 1).int("p", 3).noisy(&[2]).refusal().contains("p is 3"));
        assert!(Check::new("LpNormalization", 1).noisy(&[2, 0]).run_both().output().is_empty());
    }
}
