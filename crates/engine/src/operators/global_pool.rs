use inscape_tensor::{count, vectorized};

use super::moments::sum;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site};

/// The mean of each channel over all its cells.
struct GlobalAveragePool {
    cells: usize,
}

/// The greatest cell of each channel. Relevance goes to the first of equals in row-major order.
struct GlobalMaxPool {
    planes: usize,
    cells: usize,
}

pub(super) fn build_average(site: &Site<'_>) -> Result<Built, Refusal> {
    let (_, cells, shape) = planes(site)?;
    Ok(Built::one(shape, GlobalAveragePool { cells }))
}

pub(super) fn build_max(site: &Site<'_>) -> Result<Built, Refusal> {
    let (planes, cells, shape) = planes(site)?;
    if cells > u32::MAX as usize {
        return Err(Refusal("planes of more than 2^32 cells are not pooled".into()));
    }
    Ok(Built::one(shape, GlobalMaxPool { planes, cells }))
}

/// Number of planes (batch times channels), cells of each, and the shape with every spatial size 1.
pub(super) fn planes(site: &Site<'_>) -> Result<(usize, usize, Vec<usize>), Refusal> {
    let shape = site.shape(0)?;
    let Some((&[batch, channels], spatial)) = shape
        .split_at_checked(2)
        .and_then(|(head, spatial)| Some((<&[usize; 2]>::try_from(head).ok()?, spatial)))
    else {
        return Err(Refusal(format!(
            "pools arrays of batch, channels and more; the input has shape {shape:?}"
        )));
    };
    let too_large = || Refusal(format!("shape {shape:?} is too large"));
    let planes = count(&[batch, channels]).ok_or_else(too_large)?;
    let cells = count(spatial).ok_or_else(too_large)?;
    if cells == 0 {
        return Err(Refusal(format!("shape {shape:?} has no cells to pool")));
    }
    let mut pooled = shape.to_vec();
    pooled[2..].fill(1);
    Ok((planes, cells, pooled))
}

impl Operator for GlobalAveragePool {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool, cells) = (pass.input(0), pass.pool, self.cells);
        let share = share(cells);
        pool.chunks(pass.output(0), share, |i, means| {
            vectorized(
                #[inline(always)]
                || {
                    for (mean, plane) in means.iter_mut().zip(input[i * share * cells..].chunks_exact(cells))
                    {
                        *mean = sum(plane) / cells as f32;
                    }
                },
            );
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (pool, cells) = (pass.pool, self.cells);
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        let share = share(cells);
        pool.chunks(gradient, share * cells, |i, gradient| {
            for (plane, r) in gradient.chunks_mut(cells).zip(&relevance[i * share..]) {
                plane.fill(r / cells as f32);
            }
        });
    }
}

impl Operator for GlobalMaxPool {
    fn role(&self) -> Role {
        Role::Pooling
    }

    fn keeps(&self) -> Keeps {
        Keeps { words: self.planes, ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let input = pass.input(0);
        let mut saved = pass.saved.take();
        for (i, (best, plane)) in pass.output(0).iter_mut().zip(input.chunks_exact(self.cells)).enumerate() {
            let at = first_greatest(plane);
            *best = plane[at];
            if let Some(saved) = &mut saved {
                saved[i] = at as u32;
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let at = pass.saved;
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        gradient.fill(0.0);
        for ((plane, r), &at) in gradient.chunks_exact_mut(self.cells).zip(relevance).zip(at) {
            plane[at as usize] = *r;
        }
    }
}

fn first_greatest(plane: &[f32]) -> usize {
    let beats = |value: f32, best: f32| value > best || value.is_nan() && !best.is_nan();
    (1..plane.len()).fold(0, |best, i| if beats(plane[i], plane[best]) { i } else { best })
}

/// How many planes make a piece of work worth handing to a thread.
fn share(cells: usize) -> usize {
    (1 << 16) / cells + 1
}

#[cfg(test)]
mod tests {
    use crate::operators::check::Check;

    #[test]
    fn average_is_the_mean_over_all_cells() {
        for cells in [1usize, 5, 16, 37] {
            let check = Check::new("GlobalAveragePool", 1).noisy(&[2, 3, cells, 2]);
            check.agrees_with(|x| {
                x[0].chunks(2 * cells).map(|plane| plane.iter().sum::<f64>() / plane.len() as f64).collect()
            });
        }
    }

    #[test]
    fn max_is_the_first_greatest() {
        Check::new("GlobalMaxPool", 1).noisy(&[2, 3, 7]).agrees_with(|x| {
            x[0].chunks(7).map(|plane| plane.iter().copied().fold(f64::MIN, f64::max)).collect()
        });
        let ran = Check::new("GlobalMaxPool", 1).floats(&[1, 1, 3], vec![1.0, 4.0, 4.0]).run_both();
        assert_eq!(ran.gradients[0], Some(vec![0.0, ran.relevance[0], 0.0]));
    }

    #[test]
    fn nothing_to_pool_is_refused() {
        assert!(Check::new("GlobalAveragePool", 1).noisy(&[1, 3, 0, 2]).refusal().contains("no cells"));
        assert!(Check::new("GlobalMaxPool", 1).noisy(&[3]).refusal().contains("batch, channels"));
        assert_eq!(Check::new("GlobalAveragePool", 1).noisy(&[0, 3, 2, 2]).run_both().output().len(), 0);
    }
}
