/// A box in a picture's own pixels, half-open: pixel (y, x) lies in it where ymin ≤ y < ymax and xmin ≤ x < xmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// First column.
    pub xmin: usize,
    /// First row.
    pub ymin: usize,
    /// One past the last column.
    pub xmax: usize,
    /// One past the last row.
    pub ymax: usize,
}

impl Bounds {
    /// All of a picture.
    pub fn whole(height: usize, width: usize) -> Bounds {
        Bounds { xmin: 0, ymin: 0, xmax: width, ymax: height }
    }

    /// The tight box of a mask, row by row; `None` for an empty one.
    ///
    /// ```
    /// use inscape::localization::Bounds;
    /// let mask = [false, false, false, false, true, true];
    /// assert_eq!(Bounds::of(&mask, 3).map(Bounds::corners), Some([1, 1, 3, 2]));
    /// ```
    pub fn of(mask: &[bool], width: usize) -> Option<Bounds> {
        let mut bounds: Option<Bounds> = None;
        for (y, row) in mask.chunks(width.max(1)).enumerate() {
            let Some(first) = row.iter().position(|&inside| inside) else { continue };
            let end = row.iter().rposition(|&inside| inside).unwrap_or(first) + 1;
            let before = bounds.unwrap_or(Bounds { xmin: first, ymin: y, xmax: end, ymax: y + 1 });
            bounds = Some(Bounds {
                xmin: before.xmin.min(first),
                xmax: before.xmax.max(end),
                ymax: y + 1,
                ..before
            });
        }
        bounds
    }

    /// xmin, ymin, xmax, ymax.
    pub fn corners(self) -> [usize; 4] {
        [self.xmin, self.ymin, self.xmax, self.ymax]
    }

    /// Rows and columns.
    pub fn size(self) -> [usize; 2] {
        [self.ymax - self.ymin, self.xmax - self.xmin]
    }

    /// Whether a pixel lies in it.
    pub fn holds(self, y: usize, x: usize) -> bool {
        (self.ymin..self.ymax).contains(&y) && (self.xmin..self.xmax).contains(&x)
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;
    use crate::random::Deviates;

    #[test]
    fn a_box_is_tight() {
        let mut deviates = Deviates::new(1, 0);
        for _ in 0..300 {
            let [height, width] = [1 + deviates.below(8), 1 + deviates.below(8)];
            let mask: Vec<bool> = (0..height * width).map(|_| deviates.below(9) == 0).collect();
            let Some(bounds) = Bounds::of(&mask, width) else {
                assert!(!mask.contains(&true));
                continue;
            };
            let inside = |at: usize| bounds.holds(at / width, at % width);
            assert!((0..mask.len()).all(|at| !mask[at] || inside(at)));
            let on = |wanted: &dyn Fn(usize, usize) -> bool| {
                (0..mask.len()).any(|at| mask[at] && wanted(at / width, at % width))
            };
            assert!(on(&|_, x| x == bounds.xmin) && on(&|_, x| x + 1 == bounds.xmax));
            assert!(on(&|y, _| y == bounds.ymin) && on(&|y, _| y + 1 == bounds.ymax));
        }
    }
}
