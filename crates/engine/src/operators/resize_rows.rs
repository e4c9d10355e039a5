use crate::error::Refusal;

/// Longest axis that is resized, before and after.
const LONGEST: usize = 1 << 20;

/// How the weights of a cell are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Interpolation {
    /// The cell that a rounding of the coordinate picks.
    Nearest(Rounding),
    /// Two cells, by distance.
    Linear,
    /// Four cells, by Keys' kernel of this coefficient (Keys 1981).
    Cubic(f64),
}

/// How a coordinate becomes a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rounding {
    /// To the nearest, halves down.
    PreferFloor,
    /// To the nearest, halves up.
    PreferCeil,
    /// Down.
    Floor,
    /// Up.
    Ceil,
}

/// Where a cell of the output lies on the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Coordinates {
    /// Cells are areas: (o + ½)/scale − ½.
    HalfPixel,
    /// The same about the middle, where the output's length was rounded.
    HalfPixelSymmetric,
    /// The same, but an output of one cell lies at 0.
    PytorchHalfPixel,
    /// (o + ½)/scale.
    TfHalfPixelForNn,
    /// First and last cells meet.
    AlignCorners,
    /// o/scale.
    Asymmetric,
    /// Between two fractions of the input; cells outside get this value.
    Crop {
        /// Start, as a fraction of the input.
        start: f64,
        /// End, as a fraction of the input.
        end: f64,
        /// Value of cells outside.
        outside: f32,
    },
}

/// How one axis is resized.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resizing {
    /// Cells before.
    pub(super) input: usize,
    /// Cells after.
    pub(super) output: usize,
    /// Output over input, as a fraction: with a length given both are whole and coordinates exact.
    pub(super) scale: (f64, f64),
    /// Weights.
    pub(super) interpolation: Interpolation,
    /// Coordinates.
    pub(super) coordinates: Coordinates,
    /// Whether cells outside the input get no weight (else they equal the cell at the edge).
    pub(super) exclude_outside: bool,
    /// Whether the kernel widens when shrinking.
    pub(super) antialias: bool,
}

/// A sparse matrix from the cells of an axis before to those after; every row is a run of neighbors.
#[derive(Debug, PartialEq)]
pub(super) struct Rows {
    rows: Vec<Row>,
    weights: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    first: u32,
    start: u32,
    taps: u32,
    constant: f32,
}

impl Rows {
    /// The number of cells after.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The constant part, the first neighbor and the weights of the run of one cell.
    #[inline(always)]
    pub(super) fn row(&self, o: usize) -> (f32, usize, &[f32]) {
        let row = self.rows[o];
        (row.constant, row.first as usize, &self.weights[row.start as usize..][..row.taps as usize])
    }

    /// Whether every cell stays what it was.
    pub(super) fn is_identity(&self, input: usize) -> bool {
        let stays = |o: usize| self.row(o) == (0.0, o, &[1.0]);
        self.len() == input && (0..input).all(stays)
    }
}

impl Resizing {
    /// The matrix.
    pub(super) fn rows(&self) -> Result<Rows, Refusal> {
        let Resizing { input, output, .. } = *self;
        if input > LONGEST || output > LONGEST {
            return Err(Refusal(format!("resizing {input} to {output} cells is more than 2^20")));
        }
        if input == 0 && output > 0 {
            return Err(Refusal("there are no cells to resize".into()));
        }
        let mut rows = Rows { rows: Vec::with_capacity(output), weights: vec![] };
        for o in 0..output {
            let row = match self.position(o as f64) {
                Ok(x) => {
                    let (first, weights) = self.weights(x);
                    let start = rows.weights.len() as u32;
                    rows.weights.extend(weights.iter().map(|&w| w as f32));
                    Row { first: first as u32, start, taps: weights.len() as u32, constant: 0.0 }
                }
                Err(outside) => Row { first: 0, start: 0, taps: 0, constant: outside },
            };
            rows.rows.push(row);
        }
        Ok(rows)
    }

    /// Where cell `o` lies on the input, or the value it has when outside.
    fn position(&self, o: f64) -> Result<f64, f32> {
        let (up, down) = self.scale;
        let last = self.input as f64 - 1.0;
        // The length before it was rounded to whole cells.
        let length = up * self.input as f64 / down;
        let position = match self.coordinates {
            Coordinates::HalfPixel => (o + 0.5) * down / up - 0.5,
            Coordinates::HalfPixelSymmetric => {
                let offset = self.input as f64 / 2.0 * (1.0 - self.output as f64 / length);
                offset + (o + 0.5) * down / up - 0.5
            }
            Coordinates::PytorchHalfPixel if self.output == 1 => 0.0,
            Coordinates::PytorchHalfPixel => (o + 0.5) * down / up - 0.5,
            Coordinates::TfHalfPixelForNn => (o + 0.5) * down / up,
            Coordinates::AlignCorners if length == 1.0 || self.output == 1 => 0.0,
            Coordinates::AlignCorners => o * last / (length - 1.0),
            Coordinates::Asymmetric => o * down / up,
            Coordinates::Crop { start, end, outside } => {
                let at = if length == 1.0 || self.output == 1 {
                    (start + end) * last / 2.0
                } else {
                    start * last + o * (end - start) * last / (length - 1.0)
                };
                if !(0.0..=last).contains(&at) {
                    return Err(outside);
                }
                at
            }
        };
        // Far outside every cell is the one at the edge; this keeps what follows in range.
        let reach = 4.0 * self.input as f64 + 8.0;
        Ok(if position.is_nan() { 0.0 } else { position.clamp(-reach, reach) })
    }

    /// The first neighbor of a position and the weights of the run.
    fn weights(&self, x: f64) -> (usize, Vec<f64>) {
        let last = self.input as i64 - 1;
        if let Interpolation::Nearest(rounding) = self.interpolation {
            let cell = match rounding {
                Rounding::PreferFloor => (x - 0.5).ceil(),
                Rounding::PreferCeil => (x + 0.5).floor(),
                Rounding::Floor => x.floor(),
                Rounding::Ceil => x.ceil(),
            };
            return ((cell as i64).clamp(0, last) as usize, vec![1.0]);
        }
        let shrink = if self.antialias { (self.scale.0 / self.scale.1).min(1.0) } else { 1.0 };
        let (radius, kernel): (f64, &dyn Fn(f64) -> f64) = match self.interpolation {
            Interpolation::Cubic(a) => (2.0, &move |d| keys(d, a)),
            _ => (1.0, &|d: f64| (1.0 - d).max(0.0)),
        };
        // As many cells on both sides as the widened kernel reaches.
        let side = (radius / shrink).ceil().min(4.0 * self.input as f64 + 8.0) as i64;
        let middle = x.floor() as i64;
        let (from, to) = ((middle - side + 1).clamp(0, last), (middle + side).clamp(0, last));
        let mut run = vec![0.0; (to - from + 1) as usize];
        for cell in middle - side + 1..=middle + side {
            let inside = (0..=last).contains(&cell);
            if inside || !self.exclude_outside {
                run[(cell.clamp(0, last) - from) as usize] += kernel((cell as f64 - x).abs() * shrink);
            }
        }
        let total: f64 = run.iter().sum();
        if (self.antialias || self.exclude_outside) && total != 0.0 {
            run.iter_mut().for_each(|weight| *weight /= total);
        }
        trimmed(from as usize, run)
    }
}

/// Keys' cubic kernel.
fn keys(d: f64, a: f64) -> f64 {
    if d <= 1.0 {
        ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
    } else if d < 2.0 {
        ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a
    } else {
        0.0
    }
}

/// The run without zeros at its ends.
fn trimmed(first: usize, mut run: Vec<f64>) -> (usize, Vec<f64>) {
    let ahead = run.iter().position(|&weight| weight != 0.0).unwrap_or(0);
    let end = run.iter().rposition(|&weight| weight != 0.0).map_or(0, |last| last + 1);
    run.truncate(end);
    run.drain(..ahead.min(end));
    (first + ahead, run)
}
