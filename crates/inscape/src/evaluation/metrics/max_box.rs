use serde::{Deserialize, Serialize};

use super::contours::contours;
use crate::evaluation::{Map, Rectangle};

/// Places of a map along each side where MaxBoxAcc looks at it.
const SIDE: usize = 224;

/// How many levels a map has there, and so how many thresholds τ make a difference: a pixel is inside where its level is above
/// ⌊255·τ⌋.
pub const LEVELS: usize = 256;

/// The overlaps δ asked for: .5 by MaxBoxAcc, the mean over all three by MaxBoxAccV2.
pub const DELTAS: [f64; 3] = [0.3, 0.5, 0.7];

/// How well the boxes that a map gives at every threshold fit an object.
///
/// MaxBoxAcc (Choe et al. 2020): the map is scaled to 0..1 at 224 × 224; the threshold τ goes from 0 to 1 by .001; the box is
/// that of the largest contour, and right where its overlap with a true box is at least δ = .5. MaxBoxAccV2 takes the best of
/// the boxes of all contours. The conventions are those of the authors' program: levels of 8 bits, strictly above the
/// threshold; boxes of whole pixels, `[x, y, min(x + w, 223), min(y + h, 223)]` for a contour of w × h pixels; true boxes
/// scaled to 224 × 224 and cut to whole numbers; areas of inclusive coordinates (+1); of contours as large the last by rows. True boxes are taken as inclusive
/// pixels counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxCurve {
    /// By level, the overlap of the largest contour's box.
    pub largest: Vec<f64>,
    /// By level, the largest overlap of any contour's box.
    pub any: Vec<f64>,
}

impl BoxCurve {
    /// The overlaps of a map's boxes with the nearest of an object's true boxes, in a picture of `[width, height]`.
    pub fn of(map: &Map, size: [usize; 2], truths: &[Rectangle]) -> BoxCurve {
        let levels = map.levels(size, SIDE);
        let truths: Vec<[f64; 4]> = truths.iter().map(|&truth| scaled(truth, size)).collect();
        let best = |corners: [f64; 4]| truths.iter().map(|&t| inclusive_iou(corners, t)).fold(0.0, f64::max);
        let mut used = [false; LEVELS];
        levels.iter().for_each(|&level| used[usize::from(level)] = true);
        // Above the highest level there is no contour; the authors' program then has this box.
        let nothing = best([0.0; 4]);
        let mut curve = BoxCurve { largest: vec![nothing; LEVELS], any: vec![nothing; LEVELS] };
        for threshold in 0..LEVELS {
            if threshold > 0 && !used[threshold] {
                curve.largest[threshold] = curve.largest[threshold - 1];
                curve.any[threshold] = curve.any[threshold - 1];
                continue;
            }
            let found = contours(|x, y| usize::from(levels[y * SIDE + x]) > threshold, SIDE);
            let overlap = |corners: [usize; 4]| {
                let [x0, y0, x1, y1] = corners;
                best([x0, y0, (x1 + 1).min(SIDE - 1), (y1 + 1).min(SIDE - 1)].map(|c| c as f64))
            };
            let mut largest = None;
            for contour in &found {
                if largest.is_none_or(|(area, _)| contour.twice_area >= area) {
                    largest = Some((contour.twice_area, contour.corners));
                }
            }
            if let Some((_, corners)) = largest {
                curve.largest[threshold] = overlap(corners);
                curve.any[threshold] = found.iter().map(|c| overlap(c.corners)).fold(0.0, f64::max);
            }
        }
        curve
    }

    /// The curve of a control: the centered box, its side shrinking evenly from the whole picture's to nothing as the
    /// threshold grows.
    pub fn centered(size: [usize; 2], truths: &[Rectangle]) -> BoxCurve {
        let overlap =
            |level: usize| Rectangle::centered(size, 1.0 - level as f64 / LEVELS as f64).best_iou(truths);
        let overlaps: Vec<f64> = (0..LEVELS).map(overlap).collect();
        BoxCurve { any: overlaps.clone(), largest: overlaps }
    }

    /// The curve of a box that no threshold changes.
    pub fn constant(bounds: Rectangle, truths: &[Rectangle]) -> BoxCurve {
        let overlaps = vec![bounds.best_iou(truths); LEVELS];
        BoxCurve { any: overlaps.clone(), largest: overlaps }
    }

    /// At which levels the boxes are right: the largest contour's at δ = .5, then any contour's at each of [`DELTAS`].
    pub fn right(&self) -> [Levels; 4] {
        let [low, middle, high] = DELTAS;
        [
            Levels::where_(&self.largest, middle),
            Levels::where_(&self.any, low),
            Levels::where_(&self.any, middle),
            Levels::where_(&self.any, high),
        ]
    }
}

/// A set of levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Levels([u64; LEVELS / 64]);

impl Levels {
    fn where_(overlaps: &[f64], delta: f64) -> Levels {
        let mut levels = Levels::default();
        for (level, _) in overlaps.iter().enumerate().filter(|&(_, &overlap)| overlap >= delta) {
            levels.0[level / 64] |= 1 << (level % 64);
        }
        levels
    }

    /// Whether a level is in the set.
    pub fn holds(&self, level: usize) -> bool {
        self.0[level / 64] >> (level % 64) & 1 == 1
    }

    /// The levels at which the set begins or ends, each a change from the level before.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (u16, bool)> + '_ {
        let mut before = false;
        (0..LEVELS).filter_map(move |level| {
            let now = self.holds(level);
            let changed = now != before;
            before = now;
            changed.then_some((level as u16, now))
        })
    }
}

impl From<Levels> for String {
    fn from(levels: Levels) -> String {
        levels.0.iter().map(|word| format!("{word:016x}")).collect()
    }
}

impl TryFrom<String> for Levels {
    type Error = String;

    fn try_from(text: String) -> Result<Levels, String> {
        let mut levels = Levels::default();
        let whole = text.is_ascii() && text.len() == LEVELS / 4;
        for (i, word) in levels.0.iter_mut().enumerate().filter(|_| whole) {
            *word =
                u64::from_str_radix(&text[i * 16..(i + 1) * 16], 16).map_err(|error| error.to_string())?;
        }
        if whole { Ok(levels) } else { Err(format!("a set of levels has {} hexadecimal digits", LEVELS / 4)) }
    }
}

/// A true box in 224 × 224, inclusive, cut to whole numbers.
fn scaled(truth: Rectangle, [width, height]: [usize; 2]) -> [f64; 4] {
    let across = |x: f64| (x * SIDE as f64 / width as f64).floor();
    let down = |y: f64| (y * SIDE as f64 / height as f64).floor();
    [across(truth.xmin), down(truth.ymin), across(truth.xmax - 1.0), down(truth.ymax - 1.0)]
}

fn inclusive_iou(a: [f64; 4], b: [f64; 4]) -> f64 {
    let half_open = |[x0, y0, x1, y1]: [f64; 4]| Rectangle::from([x0, y0, x1 + 1.0, y1 + 1.0]);
    half_open(a).iou(half_open(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{BoxCurve, Levels};
    use crate::evaluation::{Map, Rectangle};
    use crate::preprocessing::Window;

    /// A map of 224 × 224 with two squares of different height.
    fn two_squares() -> Map {
        let square = |x: usize, y: usize, low: usize, side: usize| {
            (low..low + side).contains(&x) && (low..low + side).contains(&y)
        };
        let value = |at: usize| {
            let (x, y) = (at % 224, at / 224);
            if square(x, y, 10, 40) {
                1.0
            } else if square(x, y, 100, 100) {
                0.5
            } else {
                0.0
            }
        };
        Map {
            values: (0..224 * 224).map(value).collect(),
            cells: [224, 224],
            window: Window::whole(224, 224),
        }
    }

    #[test]
    fn the_largest_contours_box_counts_and_any_in_the_second_version() {
        let size = [224, 224];
        let small = BoxCurve::of(&two_squares(), size, &[Rectangle::from([10.0, 10.0, 50.0, 50.0])]);
        // As in the authors' program the box ends one pixel late: 41 × 41 pixels against 40 × 40.
        let fit = 1600.0 / 1681.0;
        assert_eq!((small.largest[0], small.any[0]), (0.0, fit));
        assert_eq!((small.largest[126], small.largest[127], small.largest[254]), (0.0, fit, fit));
        assert!(small.largest[255] < 0.01 && small.any[255] < 0.01);
        let large = BoxCurve::of(&two_squares(), size, &[Rectangle::from([100.0, 100.0, 200.0, 200.0])]);
        let right = large.right();
        assert!(right[0].holds(126) && !right[0].holds(127) && right[3].holds(0) && !right[3].holds(127));
    }

    /// What references/box_curve.py prints for the same maps with OpenCV's contours.
    #[test]
    fn curves_are_those_of_opencvs_contours() {
        let hill = |x: i64, y: i64| x * (223 - x) * y * (223 - y) / 40_000;
        let noise = |x: i64, y: i64| (x * 7919 + y * 104_729 + x * y * 31) % 1009;
        let both = |x: i64, y: i64| hill(x, y) + noise(x, y) * 2;
        let truths = [Rectangle::from([40.0, 30.0, 170.0, 150.0])];
        let maps: [(&dyn Fn(i64, i64) -> i64, [f64; 3], [f64; 2]); 3] = [
            (&hill, [0.337480, 0.509388, 0.619157], [116.844666, 116.844666]),
            (&noise, [0.310906, 0.319463, 0.267368], [58.579711, 64.499406]),
            (&both, [0.310906, 0.384407, 0.639849], [92.596574, 95.096052]),
        ];
        for (value, some, sums) in maps {
            let values = (0..224 * 224).map(|at| value(at % 224, at / 224) as f32).collect();
            let map = Map { values, cells: [224, 224], window: Window::whole(224, 224) };
            let curve = BoxCurve::of(&map, [224, 224], &truths);
            for (level, expected) in [20, 100, 180].into_iter().zip(some) {
                assert!((curve.largest[level] - expected).abs() < 1e-6, "{level}: {}", curve.largest[level]);
            }
            for (overlaps, expected) in [&curve.largest, &curve.any].into_iter().zip(sums) {
                let sum: f64 = overlaps.iter().sum();
                assert!((sum - expected).abs() < 1e-5, "{sum}, not {expected}");
            }
        }
    }

    #[test]
    fn a_flat_map_has_no_box_and_the_controls_have_theirs_at_every_threshold() {
        let flat = Map { values: vec![2.0; 4], cells: [2, 2], window: Window::whole(90, 120) };
        let truths = [Rectangle::from([30.0, 20.0, 90.0, 70.0])];
        assert!(BoxCurve::of(&flat, [120, 90], &truths).any.iter().all(|&overlap| overlap < 0.001));
        let whole = Rectangle::whole([120, 90]);
        assert_eq!(BoxCurve::constant(whole, &truths).largest[99], 60.0 * 50.0 / (120.0 * 90.0));
        let centered = BoxCurve::centered([120, 90], &truths);
        assert_eq!(centered.largest[0], 60.0 * 50.0 / (120.0 * 90.0));
        assert_eq!(centered.largest[128], Rectangle::from([30.0, 22.5, 90.0, 67.5]).iou(truths[0]));
    }

    #[test]
    fn true_boxes_are_scaled_with_the_picture() {
        let map = Map { window: Window::whole(448, 672), ..two_squares() };
        let curve = BoxCurve::of(&map, [672, 448], &[Rectangle::from([30.0, 20.0, 150.0, 100.0])]);
        assert_eq!(curve.any[0], 1600.0 / 1681.0);
    }

    proptest! {
        #[test]
        fn sets_are_written_and_read_and_know_where_they_change(words in any::<[u64; 4]>()) {
            let levels = Levels(words);
            prop_assert_eq!(Levels::try_from(String::from(levels)), Ok(levels));
            let mut again = Levels::default();
            let changes: Vec<_> = levels.changes().collect();
            for level in 0..256 {
                let inside = changes.iter().rfind(|change| usize::from(change.0) <= level).is_some_and(|change| change.1);
                again.0[level / 64] |= u64::from(inside) << (level % 64);
            }
            prop_assert_eq!(again, levels);
        }
    }

    #[test]
    fn what_is_no_set_is_refused() {
        assert!(Levels::try_from("00".to_owned()).is_err());
        assert!(Levels::try_from("g".repeat(64)).is_err());
        assert!(Levels::try_from("é".repeat(32)).is_err());
    }
}
