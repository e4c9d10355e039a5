use std::f64::consts::{PI, TAU};

use inscape::{Error, ErrorKind};
use inscape_tensor::Fourier;

/// A plane wave under a Gaussian window (Gabor 1946; Daugman 1985), what simple cells of the visual cortex look for:
///
/// g(y, x) = A·exp(−u²/2σ_u² − v²/2σ_v²)·cos(2πf·u + φ), with u = (x−x₀)·cos θ + (y−y₀)·sin θ along the wave and
/// v = −(x−x₀)·sin θ + (y−y₀)·cos θ across it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gabor {
    /// y₀ and x₀, in pixels from the center of the first one.
    pub center: [f64; 2],
    /// θ, the direction in which the wave runs, from 0 to π: 0 is a grating of upright bars.
    pub orientation: f64,
    /// f, in cycles per pixel, from 0 (a blob) to 1/2.
    pub frequency: f64,
    /// φ, from −π to π.
    pub phase: f64,
    /// σ_u and σ_v, in pixels.
    pub widths: [f64; 2],
    /// A.
    pub amplitude: f64,
}

/// The Gabor function nearest to a filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaborFit {
    /// The function.
    pub gabor: Gabor,
    /// R² = 1 − Σ(w − g)²/Σ(w − w̄)², the share of the filter's variance that it explains: 1 for a Gabor function, near 0
    /// (and below, where the mean is large) for noise. 0 for a filter of one value throughout.
    pub explained: f64,
}

/// The least width of a window in pixels: a narrower one sees a single pixel.
const NARROWEST: f64 = 0.5;

/// Sides of the plane, padded with zeros, in which a filter's frequencies are looked for.
const PADDED: usize = 64;

/// Peaks of the spectrum that are started from.
const PEAKS: usize = 3;

/// Widths of the window that are started from, as parts of the filter's shorter side.
const STARTS: [f64; 2] = [0.12, 0.3];

/// Steps of a climb, most of which end sooner.
const STEPS: usize = 100;

impl Gabor {
    /// g(y, x).
    pub fn at(&self, y: f64, x: f64) -> f64 {
        let (a, b) = (self.amplitude * self.phase.cos(), -self.amplitude * self.phase.sin());
        let [widths, [y0, x0]] = [self.widths.map(f64::ln), self.center];
        slopes(&[y0, x0, self.orientation, widths[0], widths[1], self.frequency, a, b], y, x).0
    }
}

impl GaborFit {
    /// Fits a Gabor function to a filter of `size` (rows, columns) by least squares: Levenberg and Marquardt's method from
    /// the strongest peaks of the filter's spectrum, with narrow and wide windows; the best end counts.
    ///
    /// ```
    /// use inscape_belief::units::{Gabor, GaborFit};
    /// let gabor = Gabor { center: [5.0, 6.0], orientation: 0.5, frequency: 0.2, phase: 1.0, widths: [1.5, 2.5], amplitude: 2.0 };
    /// let filter: Vec<f32> = (0..144).map(|i| gabor.at((i / 12) as f64, (i % 12) as f64) as f32).collect();
    /// let fit = GaborFit::new(&filter, [12, 12])?;
    /// assert!(fit.explained > 0.999 && (fit.gabor.frequency - 0.2).abs() < 1e-3);
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] where the filter is not rows × columns finite numbers, or has fewer than 3 of either.
    pub fn new(filter: &[f32], size: [usize; 2]) -> Result<GaborFit, Error> {
        let [rows, columns] = size;
        let fits = rows.checked_mul(columns) == Some(filter.len()) && rows.min(columns) >= 3;
        if !fits || filter.iter().any(|weight| !weight.is_finite()) {
            let context = format!(
                "a Gabor function is fitted to at least 3×3 finite numbers; {rows}×{columns} were said, {} given",
                filter.len()
            );
            return Err(Error::new(ErrorKind::Setting, context));
        }
        // The scale does not matter, so that of the steps is made independent of it.
        let largest = filter.iter().fold(0.0f64, |most, &weight| most.max(f64::from(weight).abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let weights: Vec<f64> = filter.iter().map(|&weight| f64::from(weight) / scale).collect();
        let problem = Problem { weights, size };
        let mean = problem.weights.iter().sum::<f64>() / filter.len() as f64;
        let variation: f64 = problem.weights.iter().map(|weight| (weight - mean).powi(2)).sum();
        let ends = problem.starts().into_iter().map(|start| problem.climbed(start));
        let best = ends.min_by(|(_, a), (_, b)| a.total_cmp(b));
        let (parameters, rest) = best.unwrap_or(([0.0; UNKNOWNS], variation));
        // what single precision cannot tell from one value throughout
        let level = variation <= 1e-12 * filter.len() as f64;
        let explained = if level { 0.0 } else { 1.0 - rest / variation };
        Ok(GaborFit { gabor: named(&parameters, scale), explained })
    }
}

/// y₀, x₀, θ, ln σ_u, ln σ_v, f, A·cos φ, −A·sin φ.
const UNKNOWNS: usize = 8;
type Unknowns = [f64; UNKNOWNS];

struct Problem {
    weights: Vec<f64>,
    size: [usize; 2],
}

impl Problem {
    /// Where climbs begin.
    fn starts(&self) -> Vec<Unknowns> {
        let [rows, columns] = self.size;
        let energy: f64 =
            self.weights.iter().map(|weight| weight * weight).sum::<f64>().max(f64::MIN_POSITIVE);
        let moment = |place: fn(usize, usize) -> usize| {
            let moments =
                self.weights.iter().enumerate().map(|(i, weight)| place(i, columns) as f64 * weight * weight);
            moments.sum::<f64>() / energy
        };
        let middle = [moment(|i, columns| i / columns), moment(|i, columns| i % columns)];
        let strongest =
            (0..self.weights.len()).max_by(|&a, &b| self.weights[a].abs().total_cmp(&self.weights[b].abs()));
        let strongest = strongest.map_or(middle, |i| [(i / columns) as f64, (i % columns) as f64]);
        let mut starts = Vec::new();
        for [down, across] in self.peaks() {
            let (frequency, orientation) = (down.hypot(across), down.atan2(across));
            for [y, x] in [middle, strongest] {
                for share in STARTS {
                    let width = (share * rows.min(columns) as f64).max(1.0).ln();
                    let start = [y, x, orientation, width, width, frequency, 0.0, 0.0];
                    starts.push(self.amplitudes(start));
                }
            }
        }
        starts
    }

    /// The highest local maxima of the spectrum, as cycles per pixel down and across.
    fn peaks(&self) -> Vec<[f64; 2]> {
        let [rows, columns] = self.size;
        let [height, width] = [rows, columns].map(|side| side.next_multiple_of(PADDED));
        let mut plane = vec![0.0f32; height * width];
        for (row, weights) in plane.chunks_exact_mut(width).zip(self.weights.chunks_exact(columns)) {
            row.iter_mut().zip(weights).for_each(|(cell, &weight)| *cell = weight as f32);
        }
        let fourier = Fourier::new(height, width);
        let mut spectrum = fourier.spectrum();
        fourier.forward(&plane, &mut spectrum);
        let power = |x: usize, y: usize| spectrum[x * height + y % height].norm_sqr();
        let mut peaks = Vec::new();
        for x in 0..fourier.columns() {
            for y in 0..height {
                let here = power(x, y);
                let around = [x.saturating_sub(1), x, (x + 1).min(fourier.columns() - 1)];
                let highest =
                    around.iter().all(|&x| [y + height - 1, y, y + 1].iter().all(|&y| power(x, y) <= here));
                if highest {
                    let down = if 2 * y > height { y as f64 - height as f64 } else { y as f64 };
                    peaks.push((here, [down / height as f64, x as f64 / width as f64]));
                }
            }
        }
        peaks.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        peaks.into_iter().take(PEAKS).map(|(_, peak)| peak).collect()
    }

    /// The same with the best amplitudes of cosine and sine, which are linear.
    fn amplitudes(&self, mut at: Unknowns) -> Unknowns {
        at[6] = 1.0;
        let (mut square, mut cross) = ([0.0; 3], [0.0; 2]);
        self.each(|weight, y, x| {
            let (_, slope) = slopes(&at, y, x);
            let [cosine, sine] = [slope[6], slope[7]];
            square = [square[0] + cosine * cosine, square[1] + cosine * sine, square[2] + sine * sine];
            cross = [cross[0] + weight * cosine, cross[1] + weight * sine];
        });
        // a ridge, since at frequency 0 there is no sine
        let [cc, cs, ss] = [square[0] + 1e-9, square[1], square[2] + 1e-9];
        let determinant = cc * ss - cs * cs;
        at[6] = (ss * cross[0] - cs * cross[1]) / determinant;
        at[7] = (cc * cross[1] - cs * cross[0]) / determinant;
        at
    }

    /// The end of a climb, and what it leaves: Σ(w − g)².
    fn climbed(&self, mut at: Unknowns) -> (Unknowns, f64) {
        let mut rest = self.rest(&at);
        let mut damping = 1e-3;
        for _ in 0..STEPS {
            let (normal, slope) = self.normal(&at);
            let mut ended = true;
            while damping < 1e9 {
                let mut damped = normal;
                for (k, row) in damped.iter_mut().enumerate() {
                    row[k] += damping * (row[k] + 1e-9);
                }
                let step = solved(&mut damped, slope);
                let tried = self.within(std::array::from_fn(|k| at[k] + step[k]));
                let left = self.rest(&tried);
                if left < rest {
                    ended = rest - left < 1e-9 * rest;
                    (at, rest, damping) = (tried, left, damping * 0.3);
                    break;
                }
                damping *= 4.0;
            }
            if ended {
                break;
            }
        }
        (at, rest)
    }

    /// A window has its center on the filter and is no wider than twice the filter.
    fn within(&self, at: Unknowns) -> Unknowns {
        let [y, x, orientation, along, across, frequency, a, b] = at;
        let [last_y, last_x] = self.size.map(|side| side as f64 - 1.0);
        let widest = (2.0 * (last_y.max(last_x) + 1.0)).ln();
        let [along, across] = [along, across].map(|width| width.clamp(NARROWEST.ln(), widest));
        [
            y.clamp(0.0, last_y),
            x.clamp(0.0, last_x),
            orientation,
            along,
            across,
            frequency.clamp(0.0, 0.5),
            a,
            b,
        ]
    }

    fn rest(&self, at: &Unknowns) -> f64 {
        let mut rest = 0.0;
        self.each(|weight, y, x| rest += (weight - slopes(at, y, x).0).powi(2));
        if rest.is_nan() { f64::INFINITY } else { rest }
    }

    /// JᵀJ and Jᵀ(w − g).
    fn normal(&self, at: &Unknowns) -> ([Unknowns; UNKNOWNS], Unknowns) {
        let (mut normal, mut slope) = ([[0.0; UNKNOWNS]; UNKNOWNS], [0.0; UNKNOWNS]);
        self.each(|weight, y, x| {
            let (value, slopes) = slopes(at, y, x);
            for i in 0..UNKNOWNS {
                slope[i] += slopes[i] * (weight - value);
                for j in 0..UNKNOWNS {
                    normal[i][j] += slopes[i] * slopes[j];
                }
            }
        });
        (normal, slope)
    }

    fn each(&self, mut visit: impl FnMut(f64, f64, f64)) {
        for (i, &weight) in self.weights.iter().enumerate() {
            visit(weight, (i / self.size[1]) as f64, (i % self.size[1]) as f64);
        }
    }
}

/// The value at a place and its derivatives by the unknowns.
fn slopes(at: &Unknowns, y: f64, x: f64) -> (f64, Unknowns) {
    let [y0, x0, orientation, along, across, frequency, a, b] = *at;
    let (sine, cosine) = orientation.sin_cos();
    let (dy, dx) = (y - y0, x - x0);
    let (u, v) = (dx * cosine + dy * sine, dy * cosine - dx * sine);
    let [precise_u, precise_v] = [along, across].map(|width| (-2.0 * width).exp());
    let window = (-0.5 * (u * u * precise_u + v * v * precise_v)).exp();
    let (wave_sine, wave_cosine) = (TAU * frequency * u).sin_cos();
    let value = window * (a * wave_cosine + b * wave_sine);
    let turned = window * (b * wave_cosine - a * wave_sine);
    let by_u = turned * TAU * frequency - value * u * precise_u;
    let by_v = -value * v * precise_v;
    let slopes = [
        -by_u * sine - by_v * cosine,
        -by_u * cosine + by_v * sine,
        by_u * v - by_v * u,
        value * u * u * precise_u,
        value * v * v * precise_v,
        turned * TAU * u,
        window * wave_cosine,
        window * wave_sine,
    ];
    (value, slopes)
}

/// x of M·x = b for a positive definite M, by Gauss's elimination; zeros for what M does not determine.
fn solved(matrix: &mut [Unknowns; UNKNOWNS], mut right: Unknowns) -> Unknowns {
    for k in 0..UNKNOWNS {
        let pivot = matrix[k][k];
        for i in k + 1..UNKNOWNS {
            let factor = if pivot > 0.0 { matrix[i][k] / pivot } else { 0.0 };
            for j in k..UNKNOWNS {
                matrix[i][j] -= factor * matrix[k][j];
            }
            right[i] -= factor * right[k];
        }
    }
    let mut solution = [0.0; UNKNOWNS];
    for k in (0..UNKNOWNS).rev() {
        let known: f64 = (k + 1..UNKNOWNS).map(|j| matrix[k][j] * solution[j]).sum();
        solution[k] = if matrix[k][k] > 0.0 { (right[k] - known) / matrix[k][k] } else { 0.0 };
    }
    solution
}

/// As a person would give it: the wave runs to the right or down.
fn named(at: &Unknowns, scale: f64) -> Gabor {
    let [y, x, orientation, along, across, frequency, a, b] = *at;
    let turn = orientation.rem_euclid(TAU);
    let (orientation, b) = if turn < PI { (turn, b) } else { (turn - PI, -b) };
    Gabor {
        center: [y, x],
        orientation,
        frequency,
        phase: (-b).atan2(a),
        widths: [along.exp(), across.exp()],
        amplitude: scale * a.hypot(b),
    }
}

#[cfg(test)]
mod tests {
    use inscape::Deviates;

    use super::*;

    fn drawn(gabor: &Gabor, [rows, columns]: [usize; 2], noise: f64, seed: u64) -> Vec<f32> {
        let mut deviates = Deviates::new(seed, 0);
        let value = |i: usize| gabor.at((i / columns) as f64, (i % columns) as f64);
        (0..rows * columns).map(|i| (value(i) + noise * deviates.normal()) as f32).collect()
    }

    fn random(seed: u64) -> Gabor {
        let mut deviates = Deviates::new(seed, 1);
        let mut between = |low: f64, high: f64| low + (high - low) * deviates.uniform();
        Gabor {
            center: [between(3.0, 8.0), between(3.0, 8.0)],
            orientation: between(0.0, PI),
            frequency: between(0.08, 0.35),
            phase: between(-PI, PI),
            widths: [between(1.2, 2.5), between(1.5, 4.0)],
            amplitude: between(0.01, 100.0),
        }
    }

    #[test]
    fn a_gabor_function_is_found_again() {
        for seed in 0..60 {
            let gabor = random(seed);
            let fit = GaborFit::new(&drawn(&gabor, [12, 12], 0.0, 0), [12, 12]).unwrap();
            assert!(fit.explained > 0.98, "{seed}: {} {gabor:?}", fit.explained);
        }
        let gabor = Gabor {
            center: [7.2, 9.1],
            orientation: 2.1,
            frequency: 0.17,
            phase: -0.8,
            widths: [2.2, 3.1],
            amplitude: 0.3,
        };
        let Gabor { center, orientation, frequency, phase, widths, amplitude } =
            GaborFit::new(&drawn(&gabor, [16, 20], 0.0, 0), [16, 20]).unwrap().gabor;
        let found = [center[0], center[1], orientation, frequency, phase, widths[0], widths[1], amplitude];
        for (found, expected) in found.into_iter().zip([7.2, 9.1, 2.1, 0.17, -0.8, 2.2, 3.1, 0.3]) {
            assert!((found - expected).abs() < 1e-3, "{found} {expected}");
        }
    }

    #[test]
    fn noise_lowers_what_is_explained_by_its_share() {
        for seed in 0..20 {
            let gabor = random(seed);
            let clean = drawn(&gabor, [12, 12], 0.0, 0);
            let power = clean.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / 144.0;
            // noise of a quarter of the signal's power: 1 − 0.2, and what eight unknowns can explain of it
            let noisy = drawn(&gabor, [12, 12], 0.5 * power.sqrt(), seed + 100);
            let fit = GaborFit::new(&noisy, [12, 12]).unwrap();
            assert!((0.7..0.92).contains(&fit.explained), "{seed}: {}", fit.explained);
        }
    }

    #[test]
    fn white_noise_is_no_gabor_function() {
        for seed in 0..20 {
            let mut deviates = Deviates::new(seed, 7);
            let noise: Vec<f32> = (0..144).map(|_| deviates.normal() as f32).collect();
            let fit = GaborFit::new(&noise, [12, 12]).unwrap();
            assert!(fit.explained < 0.35, "{seed}: {}", fit.explained);
        }
    }

    #[test]
    fn slopes_are_those_of_differences() {
        let at = [4.3, 5.1, 0.7, 0.4, 0.9, 0.21, 0.6, -0.9];
        for (y, x) in [(4.0, 5.0), (2.0, 7.0), (6.0, 3.0)] {
            let exact = slopes(&at, y, x).1;
            for k in 0..UNKNOWNS {
                let [mut above, mut below] = [at; 2];
                above[k] += 1e-5;
                below[k] -= 1e-5;
                let difference = (slopes(&above, y, x).0 - slopes(&below, y, x).0) / 2e-5;
                assert!((exact[k] - difference).abs() < 1e-8, "{k}: {} {difference}", exact[k]);
            }
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_and_nothing_is_explained_of_a_level_one() {
        for (filter, size) in
            [(vec![0.0; 8], [3, 3]), (vec![0.0; 4], [2, 2]), (vec![f32::NAN; 9], [3, 3]), (vec![], [0, 9])]
        {
            assert_eq!(GaborFit::new(&filter, size).unwrap_err().kind, ErrorKind::Setting);
        }
        for level in [0.0, 0.25, -1e30] {
            let fit = GaborFit::new(&[level; 25], [5, 5]).unwrap();
            assert_eq!(fit.explained, 0.0);
            assert!(fit.gabor.amplitude.is_finite());
        }
    }
}
