use inscape_tensor::{math, vectorized};
use serde::{Deserialize, Serialize};

use super::{Ground, Restraint};

/// After every few steps, a Gaussian blur of each channel (Yosinski et al. 2015); beyond the edges lies the nearest pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blur {
    /// Standard deviation in pixels.
    pub sigma: f64,
    /// Steps from one blur to the next.
    pub every: usize,
}

impl Blur {
    /// Weights from the middle outwards, to four deviations.
    fn kernel(&self) -> Vec<f32> {
        let reach = (4.0 * self.sigma).ceil() as usize;
        let weight = |i: usize| math::exp(-((i * i) as f64 / (2.0 * self.sigma * self.sigma)) as f32);
        let half: Vec<f32> = (0..=reach).map(weight).collect();
        let sum = 2.0 * half[1..].iter().sum::<f32>() + half[0];
        half.into_iter().map(|w| w / sum).collect()
    }
}

impl Restraint for Blur {
    fn after(&self, ground: &Ground<'_>, image: &mut [f32], _: &[f32]) {
        if self.sigma <= 0.0 || self.every == 0 || !(ground.step + 1).is_multiple_of(self.every) {
            return;
        }
        let kernel = self.kernel();
        let (height, width) = (ground.frame.height, ground.frame.width);
        let mut turned = vec![0.0; height * width];
        for plane in image.chunks_exact_mut(height * width) {
            along_columns(plane, width, &kernel, &mut turned);
            transpose(&turned, width, plane);
            along_columns(plane, height, &kernel, &mut turned);
            transpose(&turned, height, plane);
        }
    }
}

/// Blurs down the columns of rows of a width.
fn along_columns(from: &[f32], width: usize, kernel: &[f32], to: &mut [f32]) {
    let rows = from.len() / width;
    vectorized(
        #[inline(always)]
        || {
            for (y, out) in to.chunks_exact_mut(width).enumerate() {
                let row = |y: usize| &from[y * width..][..width];
                out.iter_mut().zip(row(y)).for_each(|(out, v)| *out = kernel[0] * v);
                for (i, weight) in kernel.iter().enumerate().skip(1) {
                    let (above, below) = (row(y.saturating_sub(i)), row((y + i).min(rows - 1)));
                    for ((out, a), b) in out.iter_mut().zip(above).zip(below) {
                        *out += weight * (a + b);
                    }
                }
            }
        },
    );
}

fn transpose(from: &[f32], width: usize, to: &mut [f32]) {
    let rows = from.len() / width;
    for (y, row) in from.chunks_exact(width).enumerate() {
        row.iter().enumerate().for_each(|(x, &value)| to[x * rows + y] = value);
    }
}
