use std::ops::Range;

use inscape_tensor::math::sigmoid;
use inscape_tensor::{Complex32, Fourier as Transform, Pool, vectorized};
use serde::{Deserialize, Serialize};

use super::color::Mixing;
use super::{BAND, Canvas, Frame};
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
    /// The spectrum by (channel, k_x, k_y).
    spectrum: Vec<Complex32>,
    /// The frequencies of the rows by (y, channel, k_x).
    lines: Vec<Complex32>,
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
        let spectrum = vec![Complex32::default(); frame.channels * scale.len()];
        let (lines, deviation) = (spectrum.clone(), self.deviation);
        Ok(Box::new(Spectral { frame, rows, columns, transform, scale, mixing, deviation, spectrum, lines }))
    }
}

/// Columns of a spectrum that are a task of their own.
const COLUMNS: usize = 16;

impl Canvas for Spectral {
    fn len(&self) -> usize {
        self.frame.channels * 2 * self.scale.len()
    }

    fn start(&self, random: &mut Deviates, values: &mut [f32]) {
        values.fill_with(|| (random.normal() * self.deviation) as f32);
    }

    fn draw(&mut self, pool: &Pool, values: &[f32], image: &mut [f32]) {
        let (rows, width, transform) = (self.rows, self.frame.width, &self.transform);
        let (scale, values) = (&self.scale, values.as_chunks::<2>().0);
        pool.chunks(&mut self.spectrum, COLUMNS * rows, |i, columns| {
            for (k, column) in columns.chunks_exact_mut(rows).enumerate() {
                let at = (i * COLUMNS + k) * rows;
                let scale = &scale[at % scale.len()..][..rows];
                for ((to, z), s) in column.iter_mut().zip(&values[at..]).zip(scale) {
                    *to = Complex32::new(z[0] * s, z[1] * s);
                }
            }
            transform.columns_inverse(columns);
        });
        let (spectrum, mixing) = (&self.spectrum, &self.mixing);
        pool.chunks(&mut self.frame.bands(image), 1, |i, bands| {
            let mut lines = transform.rows();
            let mut line = vec![Complex32::default(); transform.columns()];
            let mut whole = vec![0.0; self.columns];
            for band in bands {
                for y in 0..band[0].len() / width {
                    for (plane, band) in spectrum.chunks_exact(scale.len()).zip(band.iter_mut()) {
                        let column = plane.chunks_exact(rows);
                        line.iter_mut().zip(column).for_each(|(z, column)| *z = column[i * BAND + y]);
                        lines.inverse(&mut line, &mut whole);
                        band[y * width..][..width].copy_from_slice(&whole[..width]);
                    }
                    color(mixing.as_ref(), band, y * width..(y + 1) * width);
                }
            }
        });
    }

    fn pull(&mut self, pool: &Pool, image: &[f32], along: &[f32], gradient: &mut [f32]) {
        let (frame, rows, transform) = (self.frame, self.rows, &self.transform);
        let (mixing, scale) = (&self.mixing, &self.scale);
        let (width, row_of_lines) = (frame.width, frame.channels * transform.columns());
        pool.chunks(&mut self.lines[..frame.height * row_of_lines], BAND * row_of_lines, |i, lines| {
            let mut transforms = transform.rows();
            let mut rows = vec![0.0; frame.channels * self.columns];
            for (y, lines) in lines.chunks_exact_mut(row_of_lines).enumerate() {
                for (channel, row) in rows.chunks_exact_mut(self.columns).enumerate() {
                    let at = channel * frame.area() + (i * BAND + y) * width;
                    let both = along[at..at + width].iter().zip(&image[at..at + width]);
                    vectorized(|| row.iter_mut().zip(both).for_each(|(to, (g, v))| *to = g * v * (1.0 - v)));
                    row[width..].fill(0.0);
                }
                uncolor(mixing.as_ref(), &mut rows);
                let lines = lines.chunks_exact_mut(transform.columns());
                rows.chunks_exact_mut(self.columns)
                    .zip(lines)
                    .for_each(|(row, line)| transforms.forward(row, line));
            }
        });
        let lines = &self.lines;
        pool.chunks(gradient, COLUMNS * 2 * rows, |i, gradient| {
            let mut columns = vec![Complex32::default(); gradient.len() / 2];
            let kept = columns.len() / rows;
            for (y, line) in lines.chunks_exact(row_of_lines).enumerate() {
                let line = &line[i * COLUMNS..][..kept];
                (0..kept).for_each(|k| columns[k * rows + y] = line[k]);
            }
            transform.columns_forward(&mut columns);
            let both = gradient.chunks_exact_mut(2 * rows).zip(columns.chunks_exact(rows));
            for (k, (gradient, column)) in both.enumerate() {
                let kx = (i * COLUMNS + k) % transform.columns();
                let multiplicity = transform.multiplicity(kx);
                let scale = &scale[kx * rows..][..rows];
                for ((to, z), s) in gradient.as_chunks_mut::<2>().0.iter_mut().zip(column).zip(scale) {
                    *to = [z.re * s * multiplicity, z.im * s * multiplicity];
                }
            }
        });
    }

    fn direct(&self) -> bool {
        false
    }
}

/// From decorrelated numbers to channels in (0, 1), at some places of a band.
fn color(mixing: Option<&Mixing>, band: &mut [&mut [f32]], at: Range<usize>) {
    match (mixing, band) {
        (Some(mixing), [red, green, blue]) => vectorized(
            #[inline(always)]
            || {
                let [red, green, blue] = [red, green, blue].map(|plane| &mut plane[at.clone()]);
                for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
                    let mixed = mixing.mix([*r, *g, *b]);
                    (*r, *g, *b) = (sigmoid(mixed[0]), sigmoid(mixed[1]), sigmoid(mixed[2]));
                }
            },
        ),
        (_, band) => vectorized(
            #[inline(always)]
            || band.iter_mut().flat_map(|plane| &mut plane[at.clone()]).for_each(|v| *v = sigmoid(*v)),
        ),
    }
}

/// The transpose of the mixing, from a gradient by channel to one by axis, of one row of every channel.
fn uncolor(mixing: Option<&Mixing>, rows: &mut [f32]) {
    if let Some(mixing) = mixing {
        let (red, rest) = rows.split_at_mut(rows.len() / 3);
        let (green, blue) = rest.split_at_mut(red.len());
        vectorized(
            #[inline(always)]
            || {
                for ((r, g), b) in red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut()) {
                    [*r, *g, *b] = mixing.transposed([*r, *g, *b]);
                }
            },
        );
    }
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

    fn drawn(canvas: &mut dyn Canvas, values: &[f32], len: usize) -> Vec<f32> {
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
            let mut canvas = canvas(channels, height, width, 1.0);
            let len = channels * height * width;
            let values = numbers(canvas.len(), salt);
            let image = drawn(&mut *canvas, &values, len);
            prop_assert!(image.iter().all(|&v| v > 0.0 && v < 1.0));
            let weights = numbers(len, salt + 7);
            let mut gradient = vec![0.0; canvas.len()];
            canvas.pull(Pool::single(), &image, &weights, &mut gradient);
            let direction = numbers(canvas.len(), salt + 13);
            let mut total = |step: f32| {
                let moved: Vec<f32> = values.iter().zip(&direction).map(|(v, d)| v + step * d).collect();
                let image = drawn(&mut *canvas, &moved, len);
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
        let mut canvas =
            Fourier { deviation: 0.01, decay: 1.0, saturation: 1.0 }.canvas(frame, None).unwrap();
        // small enough for the sigmoid to be a straight line of slope ¼
        let image = drawn(&mut *canvas, &vec![1e-4; 2 * 17 * 32], height * width);
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
