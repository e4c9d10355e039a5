use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};

/// Two-dimensional Fourier transforms of real planes of one size, without a factor in either direction.
///
/// A spectrum holds the frequencies 0 ≤ k_x ≤ width/2 with every k_y, laid out as (k_x, k_y); the others follow from the
/// plane being real.
///
/// ```
/// let fourier = inscape_tensor::Fourier::new(2, 3);
/// let mut spectrum = fourier.spectrum();
/// fourier.forward(&[1.0; 6], &mut spectrum);
/// assert_eq!(spectrum[0].re, 6.0);
/// let mut plane = [0.0; 6];
/// fourier.inverse(&mut spectrum, &mut plane);
/// assert!(plane.iter().all(|&v| (v - 6.0).abs() < 1e-5));
/// ```
#[derive(Clone)]
pub struct Fourier {
    height: usize,
    width: usize,
    rows: Arc<dyn RealToComplex<f32>>,
    rows_back: Arc<dyn ComplexToReal<f32>>,
    columns: Arc<dyn Fft<f32>>,
    columns_back: Arc<dyn Fft<f32>>,
}

impl Fourier {
    /// Transforms of planes of a size.
    ///
    /// # Panics
    /// If a side is 0.
    pub fn new(height: usize, width: usize) -> Fourier {
        assert!(height > 0 && width > 0, "a plane has rows and columns");
        let (mut real, mut complex) = (RealFftPlanner::new(), FftPlanner::new());
        Fourier {
            height,
            width,
            rows: real.plan_fft_forward(width),
            rows_back: real.plan_fft_inverse(width),
            columns: complex.plan_fft_forward(height),
            columns_back: complex.plan_fft_inverse(height),
        }
    }

    /// The least even side from `least` on whose only prime factors are 2, 3, 5, 7 and 11: others transform up to several times
    /// slower.
    ///
    /// ```
    /// assert_eq!(inscape_tensor::Fourier::fast_side(224), 224);
    /// assert_eq!(inscape_tensor::Fourier::fast_side(227), 240);
    /// ```
    pub fn fast_side(least: usize) -> usize {
        let rest = |side: usize| {
            [2, 3, 5, 7, 11].into_iter().fold(side, |mut rest, prime| {
                while rest.is_multiple_of(prime) {
                    rest /= prime;
                }
                rest
            })
        };
        (least.max(2)..).find(|&side| side.is_multiple_of(2) && rest(side) == 1).unwrap_or(least)
    }

    /// Frequencies kept along the rows: width/2 + 1.
    pub fn columns(&self) -> usize {
        self.width / 2 + 1
    }

    /// Zeros for a spectrum.
    pub fn spectrum(&self) -> Vec<Complex32> {
        vec![Complex32::default(); self.columns() * self.height]
    }

    /// X(k_x, k_y) = Σ over y, x of v(y, x)·exp(−2πi(k_y·y/height + k_x·x/width)).
    ///
    /// # Panics
    /// If the plane or the spectrum has another length than these sizes.
    pub fn forward(&self, plane: &[f32], spectrum: &mut [Complex32]) {
        let columns = self.columns();
        assert_eq!((plane.len(), spectrum.len()), (self.height * self.width, columns * self.height));
        let mut rows = self.rows();
        let mut row = plane[..self.width].to_vec();
        let mut line = vec![Complex32::default(); columns];
        for (y, values) in plane.chunks_exact(self.width).enumerate() {
            row.copy_from_slice(values);
            rows.forward(&mut row, &mut line);
            for (x, &value) in line.iter().enumerate() {
                spectrum[x * self.height + y] = value;
            }
        }
        self.columns_forward(spectrum);
    }

    /// v(y, x) = Σ over all k of X(k)·exp(2πi(k_y·y/height + k_x·x/width)), with X of the frequencies that are not kept
    /// taken as the conjugate of their opposites. The spectrum is used up.
    ///
    /// # Panics
    /// If the plane or the spectrum has another length than these sizes.
    pub fn inverse(&self, spectrum: &mut [Complex32], plane: &mut [f32]) {
        let columns = self.columns();
        assert_eq!((plane.len(), spectrum.len()), (self.height * self.width, columns * self.height));
        self.columns_inverse(spectrum);
        let mut rows = self.rows();
        let mut line = vec![Complex32::default(); columns];
        for (y, row) in plane.chunks_exact_mut(self.width).enumerate() {
            for (x, value) in line.iter_mut().enumerate() {
                *value = spectrum[x * self.height + y];
            }
            rows.inverse(&mut line, row);
        }
    }

    /// Transforms some columns of a spectrum, the second half of [`Fourier::forward`].
    ///
    /// # Panics
    /// If they are not whole columns.
    pub fn columns_forward(&self, columns: &mut [Complex32]) {
        self.columns.process(columns);
    }

    /// Transforms some columns of a spectrum back, the first half of [`Fourier::inverse`].
    ///
    /// # Panics
    /// If they are not whole columns.
    pub fn columns_inverse(&self, columns: &mut [Complex32]) {
        self.columns_back.process(columns);
    }

    /// Transforms of single rows, for one thread.
    pub fn rows(&self) -> Rows<'_> {
        let longest = self.rows.get_scratch_len().max(self.rows_back.get_scratch_len());
        Rows { fourier: self, scratch: vec![Complex32::default(); longest] }
    }

    /// How often a kept frequency counts in [`Fourier::inverse`]: once at k_x = 0 and, for an even width, at the highest;
    /// else twice, with its opposite. The adjoint of `inverse` is `forward` times this.
    pub fn multiplicity(&self, column: usize) -> f32 {
        if column == 0 || 2 * column == self.width { 1.0 } else { 2.0 }
    }
}

/// Transforms of a plane's rows, with the work space of one thread.
pub struct Rows<'a> {
    fourier: &'a Fourier,
    scratch: Vec<Complex32>,
}

impl Rows<'_> {
    /// The frequencies of a row, the first half of [`Fourier::forward`]. The row is used up.
    ///
    /// # Panics
    /// If the row or the line has another length than the planes' width and the spectra's columns.
    pub fn forward(&mut self, row: &mut [f32], line: &mut [Complex32]) {
        assert_eq!((row.len(), line.len()), (self.fourier.width, self.fourier.columns()));
        let lengths_fit = self.fourier.rows.process_with_scratch(row, line, &mut self.scratch);
        debug_assert!(lengths_fit.is_ok());
    }

    /// The row of some frequencies, the second half of [`Fourier::inverse`]. The line is used up.
    ///
    /// # Panics
    /// If the row or the line has another length than the planes' width and the spectra's columns.
    pub fn inverse(&mut self, line: &mut [Complex32], row: &mut [f32]) {
        assert_eq!((row.len(), line.len()), (self.fourier.width, self.fourier.columns()));
        // a real row has real sums at frequency 0 and, for an even width, at the highest
        line[0].im = 0.0;
        if let (true, Some(highest)) = (self.fourier.width.is_multiple_of(2), line.last_mut()) {
            highest.im = 0.0;
        }
        let lengths_fit = self.fourier.rows_back.process_with_scratch(line, row, &mut self.scratch);
        debug_assert!(lengths_fit.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn inverse_undoes_forward(height in 1usize..24, width in 1usize..24, seed in 0u32..1000) {
            let fourier = Fourier::new(height, width);
            let plane: Vec<f32> = (0..height * width).map(|i| ((i as u32 * 7919 + seed) % 101) as f32 / 50.0 - 1.0).collect();
            let mut spectrum = fourier.spectrum();
            fourier.forward(&plane, &mut spectrum);
            let mut back = vec![0.0; plane.len()];
            fourier.inverse(&mut spectrum, &mut back);
            let n = plane.len() as f32;
            for (a, b) in plane.iter().zip(&back) {
                prop_assert!((a - b / n).abs() < 1e-5, "{a} {b}");
            }
        }

        #[test]
        fn the_adjoint_of_inverse_is_forward_by_multiplicity(height in 1usize..16, width in 1usize..16, seed in 0u32..1000) {
            let fourier = Fourier::new(height, width);
            let number = |i: usize, salt: u32| ((i as u32 * 7919 + seed + salt) % 97) as f32 / 48.0 - 1.0;
            let spectrum: Vec<Complex32> =
                (0..fourier.spectrum().len()).map(|i| Complex32::new(number(i, 3), number(i, 11))).collect();
            let plane: Vec<f32> = (0..height * width).map(|i| number(i, 29)).collect();
            let mut image = vec![0.0; plane.len()];
            fourier.inverse(&mut spectrum.clone(), &mut image);
            let left: f64 = image.iter().zip(&plane).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let mut adjoint = fourier.spectrum();
            fourier.forward(&plane, &mut adjoint);
            let right: f64 = spectrum.iter().zip(&adjoint).enumerate().map(|(i, (z, a))| {
                let m = f64::from(fourier.multiplicity(i / height));
                m * (f64::from(z.re) * f64::from(a.re) + f64::from(z.im) * f64::from(a.im))
            }).sum();
            prop_assert!((left - right).abs() < 1e-3 * (1.0 + left.abs()), "{left} {right}");
        }
    }

    #[test]
    fn a_spectrum_is_that_of_the_definition() {
        let (height, width) = (3, 4);
        let plane: Vec<f32> = (0..12).map(|i| (i * i % 7) as f32).collect();
        let fourier = Fourier::new(height, width);
        let mut spectrum = fourier.spectrum();
        fourier.forward(&plane, &mut spectrum);
        for kx in 0..fourier.columns() {
            for ky in 0..height {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, &v) in plane.iter().enumerate() {
                    let turn =
                        (ky * (i / width)) as f64 / height as f64 + (kx * (i % width)) as f64 / width as f64;
                    let angle = -std::f64::consts::TAU * turn;
                    re += f64::from(v) * angle.cos();
                    im += f64::from(v) * angle.sin();
                }
                let found = spectrum[kx * height + ky];
                assert!((f64::from(found.re) - re).abs() < 1e-4 && (f64::from(found.im) - im).abs() < 1e-4);
            }
        }
    }
}
