use serde::{Deserialize, Serialize};

/// A box of a picture, half-open and in the picture's own pixels: pixel `i` covers `i..i + 1`, so the box of pixels 3 to 5
/// goes from 3 to 6. Written as `[xmin, ymin, xmax, ymax]`.
///
/// ```
/// use inscape::evaluation::Rectangle;
/// let [a, b] = [[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0]].map(Rectangle::from);
/// assert_eq!(a.iou(b), 1.0 / 3.0);
/// assert_eq!(Rectangle::from_inclusive([1.0, 1.0, 10.0, 10.0]), a);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct Rectangle {
    /// Left edge.
    pub xmin: f64,
    /// Upper edge.
    pub ymin: f64,
    /// Right edge.
    pub xmax: f64,
    /// Lower edge.
    pub ymax: f64,
}

impl Rectangle {
    /// From the numbers of ILSVRC's and PASCAL VOC's files, which count pixels from 1 and name the last one that belongs to
    /// the box: `[xmin − 1, ymin − 1, xmax, ymax]`.
    pub fn from_inclusive([xmin, ymin, xmax, ymax]: [f64; 4]) -> Rectangle {
        Rectangle { xmin: xmin - 1.0, ymin: ymin - 1.0, xmax, ymax }
    }

    /// The numbers that ILSVRC's and PASCAL VOC's files would hold: `[xmin + 1, ymin + 1, xmax, ymax]`.
    pub fn inclusive(self) -> [f64; 4] {
        [self.xmin + 1.0, self.ymin + 1.0, self.xmax, self.ymax]
    }

    /// All of a picture of `[width, height]`.
    pub fn whole([width, height]: [usize; 2]) -> Rectangle {
        Rectangle { xmin: 0.0, ymin: 0.0, xmax: width as f64, ymax: height as f64 }
    }

    /// The middle of a picture of `[width, height]`: the same fraction of both sides, not rounded to pixels.
    pub fn centered([width, height]: [usize; 2], fraction: f64) -> Rectangle {
        let [x, y] = [width, height].map(|side| side as f64 * (1.0 - fraction) / 2.0);
        Rectangle { xmin: x, ymin: y, xmax: width as f64 - x, ymax: height as f64 - y }
    }

    /// Width times height; 0 for a box turned inside out.
    pub fn area(self) -> f64 {
        (self.xmax - self.xmin).max(0.0) * (self.ymax - self.ymin).max(0.0)
    }

    /// What both boxes cover; without area where they do not meet.
    pub fn intersection(self, other: Rectangle) -> Rectangle {
        Rectangle {
            xmin: self.xmin.max(other.xmin),
            ymin: self.ymin.max(other.ymin),
            xmax: self.xmax.min(other.xmax),
            ymax: self.ymax.min(other.ymax),
        }
    }

    /// Intersection over union, in 0..1; 0 where both are empty.
    ///
    /// On half-open boxes this is ILSVRC's and PASCAL VOC's measure, which counts the pixels of inclusive boxes
    /// (`xmax − xmin + 1` columns): both count the same pixels.
    pub fn iou(self, other: Rectangle) -> f64 {
        let common = self.intersection(other).area();
        let union = self.area() + other.area() - common;
        if union > 0.0 { common / union } else { 0.0 }
    }

    /// The largest [`Rectangle::iou`] with any of several boxes; 0 for none.
    pub fn best_iou(self, others: &[Rectangle]) -> f64 {
        others.iter().map(|&other| self.iou(other)).fold(0.0, f64::max)
    }

    /// The part inside a picture of `[width, height]`.
    pub fn clipped(self, size: [usize; 2]) -> Rectangle {
        self.intersection(Rectangle::whole(size))
    }
}

impl From<[f64; 4]> for Rectangle {
    fn from([xmin, ymin, xmax, ymax]: [f64; 4]) -> Rectangle {
        Rectangle { xmin, ymin, xmax, ymax }
    }
}

impl From<Rectangle> for [f64; 4] {
    fn from(bounds: Rectangle) -> [f64; 4] {
        [bounds.xmin, bounds.ymin, bounds.xmax, bounds.ymax]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

    use super::Rectangle;

    /// The devkit's rule, word by word: areas of inclusive pixel coordinates.
    fn devkit(a: [f64; 4], b: [f64; 4]) -> f64 {
        let side = |low: f64, high: f64| high - low + 1.0;
        let (w, h) = (side(a[0].max(b[0]), a[2].min(b[2])), side(a[1].max(b[1]), a[3].min(b[3])));
        if w <= 0.0 || h <= 0.0 {
            return 0.0;
        }
        let area = |c: [f64; 4]| side(c[0], c[2]) * side(c[1], c[3]);
        w * h / (area(a) + area(b) - w * h)
    }

    fn pixels() -> impl Strategy<Value = [f64; 4]> {
        (1..40i32, 1..40i32, 0..40i32, 0..40i32).prop_map(|(x, y, w, h)| [x, y, x + w, y + h].map(f64::from))
    }

    proptest! {
        #[test]
        fn it_is_the_devkits_measure_symmetric_and_a_share(a in pixels(), b in pixels()) {
            let [p, q] = [a, b].map(Rectangle::from_inclusive);
            prop_assert_eq!(p.iou(q), devkit(a, b));
            prop_assert_eq!(p.iou(q), q.iou(p));
            prop_assert!((0.0..=1.0).contains(&p.iou(q)));
            prop_assert_eq!(p.iou(p), 1.0);
            prop_assert_eq!(p.inclusive(), a);
        }

        #[test]
        fn it_counts_pixels(a in pixels(), b in pixels()) {
            let inside = |c: [f64; 4], x: i32, y: i32| {
                (c[0]..=c[2]).contains(&f64::from(x)) && (c[1]..=c[3]).contains(&f64::from(y))
            };
            let cells = || (1..90).flat_map(|y| (1..90).map(move |x| (x, y)));
            let both = cells().filter(|&(x, y)| inside(a, x, y) && inside(b, x, y)).count();
            let either = cells().filter(|&(x, y)| inside(a, x, y) || inside(b, x, y)).count();
            let iou = Rectangle::from_inclusive(a).iou(Rectangle::from_inclusive(b));
            prop_assert!((iou - both as f64 / either as f64).abs() < 1e-12);
        }
    }

    #[test]
    fn boxes_without_area_meet_nothing() {
        let line = Rectangle::from([3.0, 3.0, 3.0, 9.0]);
        let inside_out = Rectangle::from([9.0, 9.0, 3.0, 3.0]);
        let whole = Rectangle::whole([10, 10]);
        assert_eq!((line.iou(line), line.iou(whole), inside_out.iou(whole)), (0.0, 0.0, 0.0));
        assert_eq!(whole.best_iou(&[]), 0.0);
    }

    #[test]
    fn the_centered_box_has_the_same_share_of_both_sides() {
        let half = Rectangle::centered([200, 100], 0.5);
        assert_eq!(<[f64; 4]>::from(half), [50.0, 25.0, 150.0, 75.0]);
        assert_eq!(Rectangle::centered([7, 5], 1.0), Rectangle::whole([7, 5]));
    }
}
