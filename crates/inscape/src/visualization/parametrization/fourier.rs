use inscape_tensor::math::sigmoid;
use inscape_tensor::{Complex32, Fourier as Transform, Pool, vectorized};
use serde::{Deserialize, Serialize};

use super::color::Mixing;
use super::{Canvas, Frame};
use crate::error::{Error, ErrorKind};
use crate::random::Deviates;

/// An image as a spectrum (Olah et al. 2017): every frequency f of every decorrelated color has a complex number z, and
/// image = sigmoid(mixing · ¼ · inverse transform of s(f)·z) with s(f) = √(height·width) / max(f, 1/longer side)^decay,
/// f in cycles per pixel; the transform's sides are rounded up to ones that transform fast, and the image is the upper left part.
/// An optimizer's equal steps in z are then equal in all frequencies of an image whose spectrum
/// falls as 1/f^decay, as natural ones' does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fourier {
    /// Standard deviation of the real and imaginary parts of z at the start.
    pub deviation: f64,
    /// The exponent of the spectrum's fall; 1 in the article.
    pub decay: f64,
    /// How far hues may be from grey, against natural images; 1 in the article.
    #[serde(default = "one")]
    pub saturation: f64,
}

fn one() -> f64 {
    1.0
}

struct Spectral {
    frame: Frame,
    /// Sides of the transform, at least the frame's.
    rows: usize,
    columns: usize,
    transform: Transform,
    /// s(f)/4 divided by height·width, by (k_x, k_y).
    scale: Vec<f32>,
    mixing: Option<Mixing>,
    deviation: f64,
}

impl Fourier {
    pub(super) fn canvas(&self, frame: Frame, picture: Option<&[f32]>) -> Result<Box<dyn Canvas>, Error> {
        if picture.is_some() {
            let context =
                "a Fourier parametrization starts from noise, not from a picture; choose another recipe";
            return Err(Error::new(ErrorKind::Setting, context));
        }
        let rows = Transform::fast_side(frame.height);
        let columns = Transform::fast_side(frame.width);
        let transform = Transform::new(rows, columns);
        let (height, width) = (rows as f64, columns as f64);
        let least = 1.0 / height.max(width);
        let mut scale = Vec::with_capacity(transform.columns() * rows);
        for kx in 0..transform.columns() {
            for ky in 0..rows {
                let down = ky.min(rows - ky) as f64 / height;
                let f = (down * down + (kx as f64 / width).powi(2)).sqrt().max(least);
                // powf of the system library only where an exponent other than 1 is asked for
                let fall = if self.decay == 1.0 { f } else { f.powf(self.decay) };
                scale.push(((height * width).sqrt() / fall / 4.0 / (height * width)) as f32);
            }
        }
        let mixing = (frame.channels == 3).then(|| Mixing::new(frame.bgr, self.saturation));
        Ok(Box::new(Spectral { frame, rows, columns, transform, scale, mixing, deviation: self.deviation }))
    }
}

impl Spectral {
    fn plane(&self) -> usize {
        2 * self.scale.len()
    }
}

/// Pixels that are worth a task of their own.
const TASK: usize = 1 << 14;

impl Canvas for Spectral {
    fn len(&self) -> usize {
        self.frame.channels * self.plane()
    }

    fn start(&self, random: &mut Deviates, values: &mut [f32]) {
        values.fill_with(|| (random.normal() * self.deviation) as f32);
    }

    fn draw(&self, pool: &Pool, values: &[f32], image: &mut [f32]) {
        pool.chunks(image, self.frame.area(), |channel, plane| {
            let parts = values[channel * self.plane()..][..self.plane()].as_chunks::<2>().0;
            let mut spectrum: Vec<Complex32> =
                parts.iter().zip(&self.scale).map(|(z, s)| Complex32::new(z[0] * s, z[1] * s)).collect();
            let mut whole = vec![0.0; self.rows * self.columns];
            self.transform.inverse(&mut spectrum, &mut whole);
            let rows = plane.chunks_exact_mut(self.frame.width).zip(whole.chunks_exact(self.columns));
            rows.for_each(|(row, whole)| row.copy_from_slice(&whole[..self.frame.width]));
        });
        let area = self.frame.area();
        match &self.mixing {
            None => vectorized(|| image.iter_mut().for_each(|v| *v = sigmoid(*v))),
            Some(mixing) => {
                let [red, green, blue] = planes(image, area);
                vectorized(|| {
                    for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
                        let mixed = mixing.mix([*r, *g, *b]);
                        (*r, *g, *b) = (sigmoid(mixed[0]), sigmoid(mixed[1]), sigmoid(mixed[2]));
                    }
                });
            }
        }
    }

    fn pull(&self, pool: &Pool, image: &[f32], along: &mut [f32], gradient: &mut [f32]) {
        pool.chunks(along, TASK, |i, along| {
            let image = &image[i * TASK..][..along.len()];
            vectorized(|| along.iter_mut().zip(image).for_each(|(g, v)| *g *= v * (1.0 - v)));
        });
        if let Some(mixing) = &self.mixing {
            let [red, green, blue] = planes(along, self.frame.area());
            vectorized(|| {
                for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
                    let axes = mixing.transposed([*r, *g, *b]);
                    (*r, *g, *b) = (axes[0], axes[1], axes[2]);
                }
            });
        }
        let along = &*along;
        pool.chunks(gradient, self.plane(), |channel, gradient| {
            let plane = &along[channel * self.frame.area()..][..self.frame.area()];
            let mut whole = vec![0.0; self.rows * self.columns];
            let rows = plane.chunks_exact(self.frame.width).zip(whole.chunks_exact_mut(self.columns));
            rows.for_each(|(row, whole)| whole[..self.frame.width].copy_from_slice(row));
            let mut spectrum = self.transform.spectrum();
            self.transform.forward(&whole, &mut spectrum);
            for (i, (to, z)) in gradient.as_chunks_mut::<2>().0.iter_mut().zip(&spectrum).enumerate() {
                let scale = self.scale[i] * self.transform.multiplicity(i / self.rows);
                *to = [z.re * scale, z.im * scale];
            }
        });
    }

    fn direct(&self) -> bool {
        false
    }
}

fn planes(image: &mut [f32], area: usize) -> [&mut [f32]; 3] {
    let (red, rest) = image.split_at_mut(area);
    let (green, blue) = rest.split_at_mut(area);
    [red, green, blue]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canvas(channels: usize, height: usize, width: usize, decay: f64) -> Box<dyn Canvas> {
        let frame = Frame { channels, height, width, bgr: false };
        Fourier { deviation: 0.01, decay, saturation: 1.0 }.canvas(frame, None).unwrap()
    }

    fn numbers(n: usize, salt: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919 + salt * 31) % 103) as f32 / 51.0 - 1.0).collect()
    }

    fn drawn(canvas: &dyn Canvas, values: &[f32], len: usize) -> Vec<f32> {
        let mut image = vec![0.0; len];
        canvas.draw(Pool::single(), values, &mut image);
        image
    }

    proptest! {
        #[test]
        fn images_lie_in_the_unit_interval_and_slopes_are_difference_quotients(
            colored in any::<bool>(), height in 1usize..15, width in 1usize..15, salt in 0usize..99,
        ) {
            let channels = if colored { 3 } else { 1 };
            let canvas = canvas(channels, height, width, 1.0);
            let len = channels * height * width;
            let values = numbers(canvas.len(), salt);
            let image = drawn(&*canvas, &values, len);
            prop_assert!(image.iter().all(|&v| v > 0.0 && v < 1.0));
            let weights = numbers(len, salt + 7);
            let mut along = weights.clone();
            let mut gradient = vec![0.0; canvas.len()];
            canvas.pull(Pool::single(), &image, &mut along, &mut gradient);
            let direction = numbers(canvas.len(), salt + 13);
            let total = |step: f32| {
                let moved: Vec<f32> = values.iter().zip(&direction).map(|(v, d)| v + step * d).collect();
                let image = drawn(&*canvas, &moved, len);
                image.iter().zip(&weights).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>()
            };
            let quotient = (total(0.01) - total(-0.01)) / 0.02;
            let slope: f64 =
                gradient.iter().zip(&direction).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            prop_assert!((quotient - slope).abs() < 2e-3 * (1.0 + slope.abs()), "{quotient} {slope}");
        }
    }

    #[test]
    fn equal_numbers_draw_a_spectrum_that_falls_as_one_over_the_frequency() {
        let (height, width) = (32, 32);
        let frame = Frame { channels: 1, height, width, bgr: false };
        let canvas = Fourier { deviation: 0.01, decay: 1.0, saturation: 1.0 }.canvas(frame, None).unwrap();
        // small enough for the sigmoid to be a straight line of slope ¼
        let image = drawn(&*canvas, &vec![1e-4; canvas.len()], height * width);
        let transform = Transform::new(height, width);
        let mut spectrum = transform.spectrum();
        transform.forward(&image, &mut spectrum);
        let size = |kx: usize, ky: usize| f64::from(spectrum[kx * height + ky].norm());
        for (near, far) in [((1, 0), (4, 0)), ((2, 0), (8, 0)), ((2, 2), (8, 8))] {
            let ratio = size(near.0, near.1) / size(far.0, far.1);
            assert!((ratio - 4.0).abs() < 0.05, "{ratio}");
        }
    }
}
