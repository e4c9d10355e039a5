use super::global_pool::planes;
use super::window::{Sliding, Windows};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Reach, Role, Site};

/// (Σ|x|ᵖ)^(1/p) over each window; padding is zero.
struct LpPool {
    windows: Windows,
    p: f32,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (windows, shape) = Windows::of(site)?;
    Ok(Built::one(shape, LpPool { windows, p: exponent(site)? }))
}

/// GlobalLpPool: one window over all cells of a channel.
pub(super) fn build_global(site: &Site<'_>) -> Result<Built, Refusal> {
    let (planes, cells, shape) = planes(site)?;
    let windows = Windows { planes, y: Sliding::over(1), x: Sliding::over(cells) };
    Ok(Built::one(shape, LpPool { windows, p: exponent(site)? }))
}

fn exponent(site: &Site<'_>) -> Result<f32, Refusal> {
    match site.int("p", 2)? {
        p @ 1..=16 => Ok(p as f32),
        p => Err(Refusal(format!("p is {p}; norms from 1 to 16 are supported"))),
    }
}

impl LpPool {
    /// The cells of a plane under a window.
    fn cells(&self, window: usize) -> impl Iterator<Item = usize> + Clone + '_ {
        let Windows { y, x, .. } = &self.windows;
        let (oy, ox) = (window / x.output, window % x.output);
        y.taps(oy).flat_map(move |ky| x.taps(ox).map(move |kx| y.cell(oy, ky) * x.input + x.cell(ox, kx)))
    }

    fn power(&self, x: f32) -> f32 {
        x.abs().powf(self.p)
    }
}

impl Operator for LpPool {
    fn role(&self) -> Role {
        Role::Normalization
    }

    fn reach(&self) -> Reach {
        self.windows.reach()
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: 1, outputs: 1, words: 0 }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool, count, cells) =
            (pass.input(0), pass.pool, self.windows.windows(), self.windows.cells());
        pool.chunks(pass.output(0), count.max(1), |i, norms| {
            let plane = &input[i * cells..];
            for (window, norm) in norms.iter_mut().enumerate() {
                *norm =
                    self.cells(window).map(|cell| self.power(plane[cell])).sum::<f32>().powf(1.0 / self.p);
            }
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (input, output, pool) = (pass.input(0), pass.output(0), pass.pool);
        let (count, cells) = (self.windows.windows(), self.windows.cells());
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        pool.chunks(gradient, cells.max(1), |i, gradient| {
            gradient.fill(0.0);
            let plane = &input[i * cells..];
            for window in 0..count {
                let (norm, r) = (output[i * count + window], relevance[i * count + window]);
                for cell in self.cells(window).filter(|_| norm > 0.0) {
                    let x = plane[cell];
                    let slope = (x.abs() / norm).powf(self.p - 1.0);
                    gradient[cell] += if x == 0.0 { 0.0 } else { r * slope * x.signum() };
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::operators::check::Check;

    #[test]
    fn is_the_norm_of_every_window() {
        for p in [1, 2, 3] {
            let check = Check::new("LpPool", 18)
                .int("p", p)
                .ints("kernel_shape", &[2, 3])
                .ints("pads", &[1, 0, 0, 1]);
            check.noisy(&[1, 2, 3, 4]).agrees_with(|x| {
                let cell = |plane: usize, y: i32, x: i32| (plane * 12) as i32 + y * 4 + x;
                let norm = |o: i32| {
                    let (plane, oy, ox) = ((o / 9) as usize, o % 9 / 3, o % 3);
                    let taps = (0..6).map(|k| (oy - 1 + k / 3, ox + k % 3));
                    let real = taps.filter(|&(y, x)| y >= 0 && x < 4);
                    let powers =
                        real.map(|(at_y, at_x)| x[0][cell(plane, at_y, at_x) as usize].abs().powi(p as i32));
                    powers.sum::<f64>().powf(1.0 / p as f64)
                };
                (0..18).map(norm).collect()
            });
        }
    }

    #[test]
    fn whole_planes_have_norms_too() {
        Check::new("GlobalLpPool", 2).noisy(&[2, 3, 4, 5]).agrees_with(|x| {
            x[0].chunks(20).map(|plane| plane.iter().map(|x| x * x).sum::<f64>().sqrt()).collect()
        });
        assert!(Check::new("GlobalLpPool", 2).int("p", 0).noisy(&[1, 1, 2]).refusal().contains("p is 0"));
    }
}
