use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::dataset::Annotation;
use super::metrics::{BoxCurve, Levels, TOLERANCE, is_near};
use super::prediction::Prediction;
use super::rectangle::Rectangle;

/// A class of a picture and where its objects are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sought {
    /// What the data set calls the class.
    pub class: String,
    /// The network's classes that it is; none where it has no counterpart.
    pub classes: Vec<usize>,
    /// The boxes of its objects.
    pub boxes: Vec<Rectangle>,
    /// The boxes of objects that the data set calls difficult. They count in the pointing game alone.
    pub difficult: Vec<Rectangle>,
}

/// The classes of a picture, in the order of its annotation. A class of which there are only difficult objects is not asked
/// for.
pub fn sought(annotation: &Annotation, classes: &Classes) -> Vec<Sought> {
    let mut all: Vec<Sought> = Vec::new();
    for object in &annotation.objects {
        let at = all.iter().position(|sought| sought.class == object.class).unwrap_or_else(|| {
            all.push(Sought {
                class: object.class.clone(),
                classes: classes.find(&object.class),
                boxes: Vec::new(),
                difficult: Vec::new(),
            });
            all.len() - 1
        });
        let boxes = if object.difficult { &mut all[at].difficult } else { &mut all[at].boxes };
        boxes.push(object.bounds);
    }
    all.retain(|sought| !sought.boxes.is_empty());
    all
}

/// What became of a picture: the truth, and what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// What the data set calls the picture.
    pub image: String,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Class and box of each guess, the strongest first; at most five.
    pub guesses: Vec<(usize, Option<Rectangle>)>,
    /// The picture's classes, each with what was found when it was told.
    pub cases: Vec<Case>,
    /// What could mislead, in sentences.
    pub notes: Vec<String>,
}

/// A class of a picture, and what was found when it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The class and its objects.
    pub sought: Sought,
    /// The network's class that was told: of several the strongest, and the strongest of all where there is none.
    pub told: usize,
    /// The box that was found.
    pub bounds: Option<Rectangle>,
    /// The pixel at which the map is largest.
    pub point: [usize; 2],
    /// At which levels of the map its boxes are right, as [`BoxCurve::right`] has them.
    pub right: [Levels; 4],
}

/// How many guesses count.
pub const GUESSES: usize = 5;

/// An overlap from which a box is right.
pub const RIGHT: f64 = 0.5;

/// Holds a prediction against the truth. `prediction.known` belongs to `sought` one by one; classes without evidence are
/// left out.
pub fn judge(image: &str, size: [usize; 2], sought: Vec<Sought>, prediction: &Prediction) -> Judged {
    let cases = sought.into_iter().zip(&prediction.known).map(|(sought, evidence)| Case {
        told: evidence.class,
        bounds: evidence.bounds,
        point: evidence.map.peak(size),
        right: BoxCurve::of(&evidence.map, size, &sought.boxes).right(),
        sought,
    });
    Judged {
        image: image.to_owned(),
        size,
        guesses: prediction.guesses.iter().take(GUESSES).map(|guess| (guess.class, guess.bounds)).collect(),
        cases: cases.collect(),
        notes: prediction.warnings.clone(),
    }
}

impl Judged {
    /// Whether any of its classes has a counterpart in the network, so that guesses can be right.
    pub fn is_matched(&self) -> bool {
        self.cases.iter().any(|case| !case.sought.classes.is_empty())
    }

    /// Whether one of the first `k` guesses is a class of the picture.
    pub fn classified(&self, k: usize) -> bool {
        let is_right =
            |&(class, _): &(usize, _)| self.cases.iter().any(|case| case.sought.classes.contains(&class));
        self.guesses.iter().take(k).any(is_right)
    }

    /// Whether one of the first `k` guesses is a class of the picture with a box that overlaps an object of that class by half
    /// (Russakovsky et al. 2015). `instead` takes the place of every guess's box.
    pub fn localized(&self, k: usize, instead: Option<Rectangle>) -> bool {
        self.guesses.iter().take(k).any(|&(class, bounds)| {
            let bounds = instead.or(bounds);
            let of_class = |case: &&Case| case.sought.classes.contains(&class);
            self.cases.iter().filter(of_class).any(|case| case.sought.overlap(bounds) >= RIGHT)
        })
    }
}

impl Sought {
    /// The largest overlap of a box with one of its objects; 0 for none.
    pub fn overlap(&self, bounds: Option<Rectangle>) -> f64 {
        bounds.map_or(0.0, |bounds| bounds.best_iou(&self.boxes))
    }

    /// Whether a pixel hits one of its objects, difficult ones included, in the pointing game.
    pub fn is_hit(&self, point: [usize; 2]) -> bool {
        is_near(point, &self.boxes, TOLERANCE) || is_near(point, &self.difficult, TOLERANCE)
    }
}

impl Case {
    /// The overlap of the box that was found.
    pub fn iou(&self) -> f64 {
        self.sought.overlap(self.bounds)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Judged, judge, sought};
    use crate::evaluation::{Annotation, Classes, Evidence, Guess, Map, Object, Prediction, Rectangle};
    use crate::preprocessing::Window;

    pub(crate) fn object(class: &str, bounds: [f64; 4], difficult: bool) -> Object {
        Object { class: class.into(), bounds: bounds.into(), difficult }
    }

    /// A map that is largest within a box.
    pub(crate) fn map(size: [usize; 2], bounds: Rectangle) -> Map {
        let inside = |at: usize| {
            let (x, y) = ((at % size[0]) as f64, (at / size[0]) as f64);
            (bounds.xmin..bounds.xmax).contains(&x) && (bounds.ymin..bounds.ymax).contains(&y)
        };
        let values = (0..size[0] * size[1]).map(|at| f32::from(u8::from(inside(at)))).collect();
        Map { values, cells: [size[1], size[0]], window: Window::whole(size[1], size[0]) }
    }

    /// The judgment of a picture of 100 × 80 with these objects, guesses, and this box for every class that is told.
    pub(crate) fn judged(objects: Vec<Object>, guesses: &[(usize, [f64; 4])], known: [f64; 4]) -> Judged {
        let size = [100, 80];
        let classes = Classes::new(None, 10);
        let sought = sought(&Annotation { size: None, objects }, &classes);
        let guesses = guesses.iter().map(|&(class, b)| Guess { class, bounds: Some(b.into()) }).collect();
        let known = Rectangle::from(known);
        let evidence = |class| Evidence { class, bounds: Some(known), map: map(size, known) };
        let known =
            sought.iter().map(|sought| evidence(sought.classes.first().copied().unwrap_or(0))).collect();
        judge("p", size, sought, &Prediction { guesses, known, warnings: Vec::new() })
    }

    const A: [f64; 4] = [10.0, 10.0, 50.0, 50.0];
    const B: [f64; 4] = [60.0, 40.0, 90.0, 70.0];

    #[test]
    fn any_box_of_the_right_class_counts_and_none_of_another() {
        let objects = || vec![object("1", A, false), object("1", B, false), object("2", A, false)];
        let of = |class, bounds| judged(objects(), &[(class, bounds)], A).localized(1, None);
        assert!(of(1, A) && of(1, B) && of(2, A));
        assert!(!of(2, B), "the box is of another class");
        assert!(!of(3, A), "the class is not in the picture");
        let late = judged(objects(), &[(3, A), (4, A), (5, A), (6, A), (1, A), (2, A)], A);
        assert!(!late.localized(1, None) && late.localized(5, None) && !late.localized(4, None));
        assert_eq!(late.guesses.len(), 5);
        assert!(late.classified(5) && !late.classified(4));
    }

    #[test]
    fn half_an_overlap_is_enough() {
        let at = |xmax: f64| {
            judged(vec![object("1", [0.0, 0.0, 40.0, 40.0], false)], &[(1, [0.0, 0.0, xmax, 40.0])], A)
        };
        assert!(at(20.0).localized(1, None) && !at(19.0).localized(1, None));
        assert!(at(80.0).localized(1, None) && !at(81.0).localized(1, None));
    }

    #[test]
    fn difficult_objects_are_not_asked_for_but_may_be_pointed_at() {
        let only = judged(vec![object("1", A, true), object("2", B, false)], &[(1, A)], A);
        assert_eq!(only.cases.len(), 1);
        assert!(!only.classified(5) && !only.localized(5, None));
        let beside =
            judged(vec![object("1", A, true), object("1", [90.0, 70.0, 99.0, 79.0], false)], &[(1, A)], A);
        let case = &beside.cases[0];
        assert!(!beside.localized(1, None) && case.iou() == 0.0);
        assert!(case.sought.is_hit(case.point), "the point lies on the difficult object");
    }

    #[test]
    fn a_class_without_counterpart_is_judged_by_its_boxes_alone() {
        let picture = judged(vec![object("unicorn", A, false)], &[(0, A)], A);
        assert!(!picture.is_matched() && !picture.classified(5) && !picture.localized(5, None));
        assert_eq!(picture.cases[0].iou(), 1.0);
        assert!(picture.cases[0].right[0].holds(100));
    }

    #[test]
    fn a_judgment_is_written_and_read() {
        let picture = judged(vec![object("1", A, false)], &[(1, [0.1, 2.0, 3.0, 4.0])], A);
        let text = serde_json::to_string(&picture).unwrap();
        assert_eq!(serde_json::from_str::<Judged>(&text).unwrap(), picture);
    }
}
