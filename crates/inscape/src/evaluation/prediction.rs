use super::rectangle::Rectangle;
use crate::preprocessing::Window;

/// What a method says about a picture.
#[derive(Clone, Debug, Default)]
pub struct Prediction {
    /// The network's strongest classes, the strongest first, each with the box of its object. Five count.
    pub guesses: Vec<Guess>,
    /// What it finds when it is told a class: one for every group of classes asked for, in that order.
    pub known: Vec<Evidence>,
    /// What could mislead, in sentences.
    pub warnings: Vec<String>,
}

/// A class and where its object is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// The class's index.
    pub class: usize,
    /// Where its object is; `None` where none was found.
    pub bounds: Option<Rectangle>,
}

/// Where a method finds the object of a class that it was told.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The class whose map it is.
    pub class: usize,
    /// Where its object is; `None` where none was found.
    pub bounds: Option<Rectangle>,
    /// The map that the box was made from.
    pub map: Map,
}

/// How much the parts of a picture count for a class: numbers that are the larger, the more.
#[derive(Clone, Debug)]
pub struct Map {
    /// Row by row; those that are not finite count as the least.
    pub values: Vec<f32>,
    /// Rows and columns.
    pub cells: [usize; 2],
    /// Where the cells lie in the picture; what lies outside is unknown.
    pub window: Window,
}

impl Map {
    /// The pixel `[x, y]` of a picture of `[width, height]` in which the center of the largest cell lies; of equal ones the
    /// first by rows. The middle for a map without cells.
    pub fn peak(&self, [width, height]: [usize; 2]) -> [usize; 2] {
        let mut best = (f32::NEG_INFINITY, 0);
        for (at, &value) in self.values.iter().enumerate() {
            if value.is_finite() && value > best.0 {
                best = (value, at);
            }
        }
        let [rows, columns] = self.cells;
        if rows * columns == 0 {
            return [width / 2, height / 2];
        }
        let [row_step, column_step] = self.window.affine(rows, columns);
        let pixel = |cell: usize, [step, edge]: [f64; 2], side: usize| {
            let place = (cell as f64 + 0.5) * step + edge;
            (place.max(0.0) as usize).min(side.saturating_sub(1))
        };
        [pixel(best.1 % columns, column_step, width), pixel(best.1 / columns, row_step, height)]
    }

    /// The map over the whole of a picture of `[width, height]`, as `side` × `side` levels of 0..=255: resized bilinearly
    /// (antialiased where it gets smaller) and scaled so that the least number becomes 0 and the largest 255. What is
    /// unknown, and all of a map without differences, is 0.
    pub fn levels(&self, [width, height]: [usize; 2], side: usize) -> Vec<u8> {
        let [rows, columns] = self.cells;
        if rows * columns == 0 || self.values.len() != rows * columns {
            return vec![0; side * side];
        }
        let down = taps(side, height, self.window.top, self.window.height, rows);
        let across = taps(side, width, self.window.left, self.window.width, columns);
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        let least = finite.reduce(f32::min).unwrap_or(0.0);
        let value = |at: usize| f64::from(if self.values[at].is_finite() { self.values[at] } else { least });
        let mut narrow = vec![0.0; rows * side];
        for row in 0..rows {
            for (x, tap) in across.iter().enumerate() {
                narrow[row * side + x] = tap.mean(|cell| value(row * columns + cell));
            }
        }
        let known = |y: usize, x: usize| !down[y].weights.is_empty() && !across[x].weights.is_empty();
        let cells = || (0..side).flat_map(|y| (0..side).map(move |x| (y, x)));
        let resized: Vec<Option<f64>> =
            cells().map(|(y, x)| known(y, x).then(|| down[y].mean(|row| narrow[row * side + x]))).collect();
        let (low, high) = resized
            .iter()
            .flatten()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
        // Averages of equal numbers differ by their rounding.
        let differs = high - low > 1e-12 * high.abs().max(low.abs());
        let level = |v: f64| if differs { ((v - low) / (high - low) * 255.0) as u8 } else { 0 };
        resized.into_iter().map(|v| v.map_or(0, level)).collect()
    }
}

/// The first cell that a place reads, and the weights on it and its followers; none outside the map.
struct Tap {
    first: usize,
    weights: Vec<f64>,
}

impl Tap {
    fn mean(&self, value: impl Fn(usize) -> f64) -> f64 {
        let sum: f64 = self.weights.iter().enumerate().map(|(i, w)| w * value(self.first + i)).sum();
        sum / self.weights.iter().sum::<f64>()
    }
}

/// Triangles about the centers of `side` places on `pixels` pixels, as wide as a place or a cell, whichever is wider.
fn taps(side: usize, pixels: usize, edge: f64, extent: f64, cells: usize) -> Vec<Tap> {
    let per_pixel = cells as f64 / extent;
    let step = pixels as f64 / side as f64;
    let radius = (step * per_pixel).max(1.0);
    let tap = |i: usize| {
        let center = ((i as f64 + 0.5) * step - edge) * per_pixel;
        if !(0.0..cells as f64).contains(&center) {
            return Tap { first: 0, weights: Vec::new() };
        }
        let first = (center - radius - 0.5).ceil().max(0.0) as usize;
        let last = ((center + radius - 0.5).floor().max(0.0) as usize).min(cells - 1);
        let weight = |cell: usize| (1.0 - (cell as f64 + 0.5 - center).abs() / radius).max(0.0);
        Tap { first, weights: (first..=last.max(first)).map(weight).collect() }
    };
    (0..side).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::{Map, Window};

    fn map(values: &[f32], cells: [usize; 2], window: Window) -> Map {
        Map { values: values.to_vec(), cells, window }
    }

    #[test]
    fn the_peak_is_the_pixel_under_the_largest_cell() {
        let whole = map(&[0.0, 1.0, 5.0, f32::NAN, 5.0, 2.0], [2, 3], Window::whole(100, 300));
        assert_eq!(whole.peak([300, 100]), [250, 25]);
        let crop = Window { top: 10.0, left: 20.0, height: 4.0, width: 4.0 };
        assert_eq!(map(&[0.0, 0.0, 0.0, 1.0], [2, 2], crop).peak([40, 40]), [23, 13]);
        let beyond = Window { top: -10.0, left: 0.0, height: 20.0, width: 10.0 };
        assert_eq!(map(&[1.0, 0.0], [2, 1], beyond).peak([10, 10]), [5, 0]);
        assert_eq!(map(&[], [0, 0], beyond).peak([10, 10]), [5, 5]);
    }

    #[test]
    fn levels_span_the_range_and_follow_the_window() {
        let ramp: Vec<f32> = (0..16).map(|i| (i % 4) as f32).collect();
        let same = map(&ramp, [4, 4], Window::whole(4, 4)).levels([4, 4], 4);
        assert_eq!(same[..4], [0, 85, 170, 255]);
        let stretched = map(&ramp, [4, 4], Window::whole(40, 80)).levels([80, 40], 4);
        assert_eq!(stretched, same, "a picture's shape does not matter to a map that covers it");
        let middle = Window { top: 0.0, left: 2.0, height: 8.0, width: 4.0 };
        let levels = map(&ramp, [4, 4], middle).levels([8, 8], 8);
        assert_eq!(levels[..8], [0, 0, 0, 85, 170, 255, 0, 0], "outside is unknown, and so the least");
    }

    #[test]
    fn reduction_is_an_average_and_flat_or_broken_maps_are_zero() {
        // 400 columns of 0 and 1 by turns average to the same everywhere, but for the ends.
        let stripes: Vec<f32> =
            (0..400 * 4).map(|i| (i % 2) as f32 + if i % 400 < 200 { 0.0 } else { 10.0 }).collect();
        let levels = map(&stripes, [4, 400], Window::whole(4, 400)).levels([400, 4], 4);
        assert_eq!((levels[0], levels[3]), (0, 255));
        for flat in
            [map(&[3.0; 4], [2, 2], Window::whole(2, 2)), map(&[f32::NAN; 4], [2, 2], Window::whole(2, 2))]
        {
            assert_eq!(flat.levels([2, 2], 3), [0; 9]);
        }
        assert_eq!(map(&[], [0, 0], Window::whole(2, 2)).levels([2, 2], 3), [0; 9]);
        assert_eq!(map(&[1.0], [2, 2], Window::whole(2, 2)).levels([2, 2], 3), [0; 9]);
    }
}
