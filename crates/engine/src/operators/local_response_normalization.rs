use std::ops::Range;

use inscape_tensor::{count, vectorized};

use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Reach, Role, Site};

/// LRN (Krizhevsky–Sutskever–Hinton 2012): y = x·d^−β with d = k + α/n · Σ x² over the n channels around.
struct LocalResponseNormalization {
    channels: usize,
    /// Cells of a plane.
    cells: usize,
    /// Planes of the array.
    planes: usize,
    /// Channels of a window before and behind its middle.
    before: usize,
    behind: usize,
    /// α/n.
    rate: f32,
    beta: f32,
    /// k.
    bias: f32,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let &[batch, channels, ref spatial @ ..] = shape else {
        return Err(Refusal(format!(
            "normalizes arrays of batch, channels and more; the input has shape {shape:?}"
        )));
    };
    let too_large = || Refusal(format!("shape {shape:?} is too large"));
    count(shape).ok_or_else(too_large)?;
    let size = usize::try_from(site.int("size", 0)?).unwrap_or(0);
    if size == 0 {
        return Err(Refusal("size must be a positive number".into()));
    }
    let operator = LocalResponseNormalization {
        channels,
        cells: count(spatial).ok_or_else(too_large)?,
        planes: count(&[batch, channels]).ok_or_else(too_large)?,
        before: (size - 1) / 2,
        behind: size / 2,
        rate: site.float("alpha", 1e-4)? / size as f32,
        beta: site.float("beta", 0.75)?,
        bias: site.float("bias", 1.0)?,
    };
    Ok(Built::one(shape, operator))
}

impl LocalResponseNormalization {
    /// The planes `before` and `behind` around one, of the same picture.
    fn around(&self, plane: usize, before: usize, behind: usize) -> Range<usize> {
        let (first, channel) = (plane - plane % self.channels, plane % self.channels);
        first + channel.saturating_sub(before)
            ..first + channel.saturating_add(behind).saturating_add(1).min(self.channels)
    }

    /// d^−β; the usual exponent without a power.
    #[inline(always)]
    fn power(&self, d: f32) -> f32 {
        if self.beta == 0.75 {
            let root = 1.0 / d.sqrt();
            root * root.sqrt()
        } else {
            d.powf(-self.beta)
        }
    }

    #[inline(always)]
    fn denominators(&self, input: &[f32], plane: usize, d: &mut [f32]) {
        d.fill(0.0);
        for near in self.around(plane, self.before, self.behind) {
            for (d, x) in d.iter_mut().zip(&input[near * self.cells..]) {
                *d += x * x;
            }
        }
        for d in d {
            *d = self.bias + self.rate * *d;
        }
    }
}

impl Operator for LocalResponseNormalization {
    fn role(&self) -> Role {
        Role::Normalization
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: 1, outputs: 0, words: self.planes.saturating_mul(self.cells).saturating_mul(2) }
    }

    /// Notes for every cell d^−β and d^(−β−1).
    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool, cells) = (pass.input(0), pass.pool, self.cells);
        if cells == 0 {
            return;
        }
        let mut notes = pass.saved.take().map(|saved| saved.chunks_mut(2 * cells));
        let mut planes: Vec<_> =
            pass.output(0).chunks_mut(cells).map(|y| (y, notes.as_mut().and_then(Iterator::next))).collect();
        pool.chunks(&mut planes, 1, |plane, planes| {
            let x = &input[plane * cells..][..cells];
            for (y, notes) in planes {
                vectorized(
                    #[inline(always)]
                    || {
                        self.denominators(input, plane, y);
                        if let Some((powers, slopes)) =
                            notes.as_deref_mut().map(|notes| notes.split_at_mut(cells))
                        {
                            for ((power, slope), d) in powers.iter_mut().zip(slopes).zip(&**y) {
                                let p = self.power(*d);
                                (*power, *slope) = (p.to_bits(), (p / d).to_bits());
                            }
                        }
                        for (y, x) in y.iter_mut().zip(x) {
                            *y = x * self.power(*y);
                        }
                    },
                );
            }
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (input, notes, pool, cells) = (pass.input(0), pass.saved, pass.pool, self.cells);
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        if cells == 0 {
            return;
        }
        pool.chunks(gradient, cells, |plane, g| {
            vectorized(
                #[inline(always)]
                || {
                    g.fill(0.0);
                    // This plane lies in the windows of those planes of which it is at most `before` behind, and so on.
                    for near in self.around(plane, self.behind, self.before) {
                        let slopes = &notes[(2 * near + 1) * cells..][..cells];
                        let (r, x) = (&relevance[near * cells..][..cells], &input[near * cells..][..cells]);
                        for (((g, r), x), slope) in g.iter_mut().zip(r).zip(x).zip(slopes) {
                            *g += r * x * f32::from_bits(*slope);
                        }
                    }
                    let powers = &notes[2 * plane * cells..][..cells];
                    let (r, x) = (&relevance[plane * cells..][..cells], &input[plane * cells..][..cells]);
                    let factor = -2.0 * self.rate * self.beta;
                    for (((g, r), x), power) in g.iter_mut().zip(r).zip(x).zip(powers) {
                        *g = r * f32::from_bits(*power) + factor * x * *g;
                    }
                },
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::operators::check::Check;

    #[test]
    fn is_the_definition() {
        for (size, beta) in [(5, 0.75), (3, 0.5), (2, 0.75), (4, 1.3), (9, 0.75)] {
            let check = Check::new("LRN", 13)
                .int("size", size)
                .float("alpha", 0.9)
                .float("beta", beta)
                .float("bias", 2.0);
            check.noisy(&[2, 6, 3, 2]).agrees_with(|x| {
                let (before, behind) = ((size - 1) / 2, size / 2);
                (0..x[0].len())
                    .map(|i| {
                        let (n, c, cell) = (i / 36, (i / 6 % 6) as i64, i % 6);
                        let near = (c - before).max(0)..=(c + behind).min(5);
                        let squares: f64 = near.map(|c| x[0][n * 36 + c as usize * 6 + cell].powi(2)).sum();
                        x[0][i] / (2.0 + f64::from(0.9f32) / size as f64 * squares).powf(f64::from(beta))
                    })
                    .collect()
            });
        }
    }

    #[test]
    fn a_window_of_nothing_is_refused() {
        assert!(Check::new("LRN", 13).noisy(&[1, 2, 3]).refusal().contains("size"));
        assert!(Check::new("LRN", 13).int("size", -3).noisy(&[1, 2, 3]).refusal().contains("size"));
        let widest = Check::new("LRN", 13).int("size", i64::MAX).noisy(&[1, 2, 3]).run_both();
        assert_eq!(widest.output().len(), 6);
    }
}
