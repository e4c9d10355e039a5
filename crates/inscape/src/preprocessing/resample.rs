use inscape_tensor::vectorized;

use crate::card::Interpolation;

/// Bits after the point in the filters' fixed-point weights.
const PRECISION: u32 = 22;

/// Which part of a resized picture is wanted: a side of `full` cells, of which `count` from `first` are computed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) full: usize,
    pub(super) first: usize,
    pub(super) count: usize,
}

impl Span {
    pub(super) fn whole(full: usize) -> Span {
        Span { full, first: 0, count: full }
    }
}

/// Resizes interleaved 8-bit pixels exactly as Pillow does: the filter widens with the reduction, columns first, then rows,
/// weights of 22 fractional bits and a rounding to 8 bits after each pass.
///
/// `shape` is height, width and channels of `pixels`; the result has `rows.count` × `columns.count` pixels.
pub(super) fn resample(
    pixels: &[u8],
    shape: [usize; 3],
    rows: Span,
    columns: Span,
    filter: Interpolation,
) -> Vec<u8> {
    let [height, width, channels] = shape;
    let vertical = (rows.full != height).then(|| Taps::new(height, rows, filter));
    let horizontal = (columns.full != width).then(|| Taps::new(width, columns, filter));
    // Only the rows that the second pass reads go through the first.
    let (first, end) = vertical.as_ref().map_or((rows.first, rows.first + rows.count), Taps::reach);
    let mut narrowed = Vec::with_capacity((end - first) * columns.count * channels);
    for row in pixels.chunks_exact(width * channels).take(end).skip(first) {
        match &horizontal {
            Some(taps) => taps.along_row(row, channels, &mut narrowed),
            None => narrowed.extend_from_slice(&row[columns.first * channels..][..columns.count * channels]),
        }
    }
    match vertical {
        Some(taps) => taps.down_columns(&narrowed, first, columns.count * channels),
        None => narrowed,
    }
}

/// For each wanted cell, the first source cell and the weights on it and its followers.
struct Taps {
    cells: Vec<(usize, Vec<i32>)>,
}

impl Taps {
    fn new(source: usize, span: Span, filter: Interpolation) -> Taps {
        let radius = match filter {
            Interpolation::Bilinear => 1.0,
            Interpolation::Bicubic => 2.0,
        };
        let scale = source as f64 / span.full as f64;
        let widening = scale.max(1.0);
        let support = radius * widening;
        let cell = |i: usize| {
            let center = (i as f64 + 0.5) * scale;
            let first = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(source);
            let weights: Vec<f64> =
                (first..end).map(|at| weight(filter, (at as f64 - center + 0.5) / widening)).collect();
            let sum: f64 = weights.iter().sum();
            let unit = f64::from(1u32 << PRECISION) / sum;
            (first, weights.into_iter().map(|w| (w * unit).round() as i32).collect())
        };
        Taps { cells: (span.first..span.first + span.count).map(cell).collect() }
    }

    /// First and one past the last source cell that is read.
    fn reach(&self) -> (usize, usize) {
        let first = self.cells.first().map_or(0, |cell| cell.0);
        let end = self.cells.iter().map(|(first, weights)| first + weights.len()).max().unwrap_or(0);
        (first, end)
    }

    fn along_row(&self, row: &[u8], channels: usize, out: &mut Vec<u8>) {
        for (first, weights) in &self.cells {
            let source = &row[first * channels..][..weights.len() * channels];
            for channel in 0..channels {
                let levels = source[channel..].iter().step_by(channels);
                let sum = levels.zip(weights).fold(HALF, |sum, (&level, &w)| sum + i32::from(level) * w);
                out.push(rounded(sum));
            }
        }
    }

    /// `rows` begins with source row `top`.
    fn down_columns(&self, rows: &[u8], top: usize, stride: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.cells.len() * stride);
        let mut sums = vec![0i32; stride];
        for (first, weights) in &self.cells {
            vectorized(|| {
                sums.fill(HALF);
                for (row, &w) in rows[(first - top) * stride..].chunks_exact(stride).zip(weights) {
                    for (sum, &level) in sums.iter_mut().zip(row) {
                        *sum += i32::from(level) * w;
                    }
                }
            });
            out.extend(sums.iter().map(|&sum| rounded(sum)));
        }
        out
    }
}

const HALF: i32 = 1 << (PRECISION - 1);

fn rounded(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

fn weight(filter: Interpolation, x: f64) -> f64 {
    let x = x.abs();
    match filter {
        Interpolation::Bilinear => (1.0 - x).max(0.0),
        Interpolation::Bicubic => {
            const A: f64 = -0.5;
            if x < 1.0 {
                ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
            } else if x < 2.0 {
                (((x - 5.0) * x + 8.0) * x - 4.0) * A
            } else {
                0.0
            }
        }
    }
}
