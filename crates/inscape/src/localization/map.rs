use super::Bounds;
use crate::picture;
use crate::preprocessing::Window;

/// A map of a class, a number a cell, and where its cells lie in the picture.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cells {
    /// Row by row.
    pub values: Vec<f32>,
    /// Rows and columns.
    pub size: [usize; 2],
    /// Where they lie.
    pub window: Window,
}

impl Cells {
    /// A map.
    ///
    /// # Panics
    /// Where there is no number for every cell.
    pub fn new(values: Vec<f32>, size: [usize; 2], window: Window) -> Cells {
        assert_eq!(values.len(), size[0] * size[1], "a number for every cell");
        Cells { values, size, window }
    }

    /// The map blurred by a Gaussian whose standard deviation is a part of its longer side; at the edges the weights of the cells that
    /// exist are scaled up to 1.
    #[must_use]
    pub fn blurred(&self, part: f64) -> Cells {
        let sigma = part * self.size[0].max(self.size[1]) as f64;
        match sigma > 0.0 {
            true => Cells { values: picture::blurred(&self.values, self.size, sigma), ..self.clone() },
            false => self.clone(),
        }
    }

    /// The geometric mean of this map and a coarse one of the same cells, each in parts of its mean: m^(1−w)·(c + 0.05)^w. The 0.05
    /// keeps a place that the coarse one does not know from being ruled out. A map that is zero everywhere changes nothing.
    #[must_use]
    pub fn joined(&self, coarse: &Cells, weight: f64) -> Cells {
        const RULED_OUT: f32 = 0.05;
        let mean = |cells: &Cells| {
            let sum: f64 = cells.values.iter().map(|&v| f64::from(v)).sum();
            (sum / cells.values.len().max(1) as f64) as f32
        };
        let (own, other) = (mean(self), mean(coarse));
        if own <= 0.0 || other <= 0.0 || self.size != coarse.size {
            return self.clone();
        }
        let weight = weight as f32;
        let pairs = self.values.iter().zip(&coarse.values);
        let joined = pairs.map(|(m, c)| (m / own).powf(1.0 - weight) * (c / other + RULED_OUT).powf(weight));
        Cells { values: joined.collect(), ..self.clone() }
    }

    /// The map at every pixel of a picture of `full` rows and columns drawn at `size`, bilinear between the centers of the cells, and
    /// the pixels whose centers the cells cover; of the others nothing is known, and they hold 0.
    pub fn raised(&self, full: [usize; 2], size: [usize; 2]) -> (Vec<f32>, Bounds) {
        let [down, across] = [0, 1].map(|axis| self.taps(axis, full[axis], size[axis]));
        let known = Bounds { xmin: across.first, ymin: down.first, xmax: across.end(), ymax: down.end() };
        let mut values = vec![0.0; size[0] * size[1]];
        let mut row = vec![0.0; self.size[1]];
        for (y, &(upper, t)) in (down.first..).zip(&down.cells) {
            let lower = (upper + 1).min(self.size[0] - 1);
            let [above, below] = [upper, lower].map(|at| &self.values[at * self.size[1]..][..self.size[1]]);
            for (cell, (a, b)) in row.iter_mut().zip(above.iter().zip(below)) {
                *cell = a + t * (b - a);
            }
            let pixels = &mut values[y * size[1]..][known.xmin..known.xmax];
            for (pixel, &(left, t)) in pixels.iter_mut().zip(&across.cells) {
                let (a, b) = (row[left], row[(left + 1).min(self.size[1] - 1)]);
                *pixel = a + t * (b - a);
            }
        }
        (values, known)
    }

    /// Of one axis: the pixels that the cells cover, and for each the cell before its center and how far it lies toward the next.
    fn taps(&self, axis: usize, full: usize, size: usize) -> Taps {
        let cells = self.size[axis];
        let place = |pixel: usize| {
            let at = (pixel as f64 + 0.5) * full as f64 / size as f64;
            self.window.to_map(at, at, self.size[0], self.size[1])[axis]
        };
        let covered = |pixel: usize| (0.0..cells as f64).contains(&place(pixel));
        let first = (0..size).find(|&pixel| covered(pixel)).unwrap_or(size);
        let tap = |pixel: usize| {
            let place = (place(pixel) - 0.5).clamp(0.0, (cells - 1) as f64);
            (place as usize, place.fract() as f32)
        };
        Taps { first, cells: (first..size).take_while(|&pixel| covered(pixel)).map(tap).collect() }
    }
}

struct Taps {
    first: usize,
    cells: Vec<(usize, f32)>,
}

impl Taps {
    fn end(&self) -> usize {
        self.first + self.cells.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Cells;
    use crate::preprocessing::Window;

    #[test]
    fn a_map_of_as_many_cells_as_pixels_stays() {
        let values: Vec<f32> = (0..12).map(|i| (i * i) as f32).collect();
        let map = Cells::new(values.clone(), [3, 4], Window::whole(3, 4));
        let (raised, known) = map.raised([3, 4], [3, 4]);
        assert_eq!((raised, known.corners()), (values, [0, 0, 4, 3]));
    }

    #[test]
    fn a_joined_map_is_large_where_both_are() {
        let cells = |values: &[f32]| Cells::new(values.to_vec(), [1, 3], Window::whole(1, 3));
        let joined = cells(&[2.0, 2.0, 2.0]).joined(&cells(&[0.0, 3.0, 6.0]), 0.5);
        for (found, coarse) in joined.values.iter().zip([0.0f32, 1.0, 2.0]) {
            assert!((found - (coarse + 0.05).sqrt()).abs() < 1e-6);
        }
        let map = cells(&[1.0, 2.0, 3.0]);
        assert_eq!(map.joined(&cells(&[0.0; 3]), 0.5), map);
    }

    #[test]
    fn a_slope_stays_a_slope_at_any_size() {
        let map =
            Cells::new((0..40).map(|i| (i % 10) as f32 + 0.5).collect(), [4, 10], Window::whole(80, 200));
        for size in [[80, 200], [40, 100], [1, 33]] {
            let (raised, _) = map.raised([80, 200], size);
            for (at, value) in raised.iter().enumerate() {
                let expected = ((at % size[1]) as f64 + 0.5) / size[1] as f64 * 10.0;
                assert!((f64::from(*value) - expected.clamp(0.5, 9.5)).abs() < 1e-4, "{size:?} {at}");
            }
        }
    }

    #[test]
    fn pixels_outside_the_window_are_not_known_and_padding_is_no_pixel() {
        let crop = Window { top: 0.0, left: 25.0, height: 50.0, width: 50.0 };
        let (raised, known) = Cells::new(vec![1.0; 9], [3, 3], crop).raised([50, 100], [50, 100]);
        assert_eq!(known.corners(), [25, 0, 75, 50]);
        assert!((0..5000).all(|at| (raised[at] == 1.0) == known.holds(at / 100, at % 100)));
        let pad = Window { top: -25.0, left: 0.0, height: 100.0, width: 100.0 };
        let (raised, known) = Cells::new(vec![1.0; 9], [3, 3], pad).raised([50, 100], [50, 100]);
        assert_eq!(known.corners(), [0, 0, 100, 50]);
        assert!(raised.iter().all(|&value| value == 1.0));
    }
}
