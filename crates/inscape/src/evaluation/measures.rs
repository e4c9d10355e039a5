use std::collections::HashMap;

use super::judgment::{GUESSES, Judged, RIGHT};
use super::metrics::{BoxCurve, LEVELS, Levels};
use super::rectangle::Rectangle;

/// A measure: its key in results, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its key, with a point where results nest.
    pub key: &'static str,
    /// What a table calls it.
    pub name: &'static str,
    /// Whether less is better.
    pub error: bool,
}

const fn error(key: &'static str, name: &'static str) -> Measure {
    Measure { key, name, error: true }
}

const fn share(key: &'static str, name: &'static str) -> Measure {
    Measure { key, name, error: false }
}

/// Every measure, in the order of [`Values`].
pub const MEASURES: [Measure; 10] = [
    error("classification_error.top1", "Classification error, top 1"),
    error("classification_error.top5", "Classification error, top 5"),
    error("localization_error.top1", "Localization error, top 1"),
    error("localization_error.top5", "Localization error, top 5"),
    error("gt_known_error", "GT-known error"),
    share("max_box_acc", "MaxBoxAcc"),
    share("max_box_acc_v2", "MaxBoxAccV2"),
    share("pointing_game", "Pointing game"),
    share("mean_iou", "Mean IoU"),
    share("corloc", "CorLoc"),
];

/// The place of the top-5 localization error.
pub const TOP5: usize = 3;

/// The place of the GT-known error.
pub const GT_KNOWN: usize = 4;

/// A number for each of [`MEASURES`]; not a number where there is nothing to measure.
pub type Values = [f64; MEASURES.len()];

/// What one method achieved on one picture.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Whether the first and one of the first five guesses are wrong: by class, and by class and box; none where no class of
    /// the picture has a counterpart.
    wrong: Option<[bool; 4]>,
    cases: Vec<CaseOutcome>,
}

#[derive(Clone, Debug)]
struct CaseOutcome {
    class: usize,
    iou: f64,
    hit: bool,
    /// Where each of [`BoxCurve::right`]'s sets begins and ends.
    changes: [Vec<(u16, bool)>; 4],
}

/// What answers in the method's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The method's own boxes and maps.
    Own,
    /// The whole picture; its middle is pointed at.
    Whole,
    /// The middle of the picture, this fraction of both sides; its middle is pointed at. Maps shrink evenly to the middle.
    Centered(f64),
}

/// A number for every class of the data set.
#[derive(Default)]
pub(crate) struct ClassNumbers(HashMap<String, usize>);

impl ClassNumbers {
    fn of(&mut self, class: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(class.to_owned()).or_insert(next)
    }
}

impl Outcome {
    pub(crate) fn of(judged: &Judged, answer: Answer, numbers: &mut ClassNumbers) -> Outcome {
        let size = judged.size;
        let instead = match answer {
            Answer::Own => None,
            Answer::Whole => Some(Rectangle::whole(size)),
            Answer::Centered(fraction) => Some(Rectangle::centered(size, fraction)),
        };
        let wrong = judged.is_matched().then(|| {
            [
                !judged.classified(1),
                !judged.classified(GUESSES),
                !judged.localized(1, instead),
                !judged.localized(GUESSES, instead),
            ]
        });
        let cases = judged.cases.iter().map(|case| {
            let boxes = &case.sought.boxes;
            let right = match answer {
                Answer::Own => case.right,
                Answer::Whole => BoxCurve::constant(Rectangle::whole(size), boxes).right(),
                Answer::Centered(_) => BoxCurve::centered(size, boxes).right(),
            };
            let point = if answer == Answer::Own { case.point } else { size.map(|side| side / 2) };
            CaseOutcome {
                class: numbers.of(&case.sought.class),
                iou: case.sought.overlap(instead.or(case.bounds)),
                hit: case.sought.is_hit(point),
                changes: right.map(|levels: Levels| levels.changes().collect()),
            }
        });
        Outcome { wrong, cases: cases.collect() }
    }
}

/// The measures of pictures that count as often as their weights say.
///
/// Errors are means over pictures that have a class with a counterpart; the others are means over pictures' classes. The
/// pointing game and CorLoc (overlap above one half) are means of every class's share; MaxBoxAcc is the largest share over
/// thresholds, MaxBoxAccV2 the mean of the largest shares at δ = .3, .5 and .7.
pub(crate) fn measured(outcomes: &[Outcome], weights: &[u32]) -> Values {
    let mut pictures = 0.0;
    let mut wrong = [0.0; 4];
    let (mut cases, mut known, mut overlap) = (0.0, 0.0, 0.0);
    let mut slopes = vec![[0.0; 4]; LEVELS];
    let mut classes: Vec<[f64; 3]> = Vec::new();
    for (outcome, &weight) in outcomes.iter().zip(weights).filter(|(_, weight)| **weight > 0) {
        let weight = f64::from(weight);
        if let Some(flags) = outcome.wrong {
            pictures += weight;
            wrong.iter_mut().zip(flags).for_each(|(sum, flag)| *sum += weight * f64::from(u8::from(flag)));
        }
        for case in &outcome.cases {
            cases += weight;
            overlap += weight * case.iou;
            known += if case.iou >= RIGHT { weight } else { 0.0 };
            for (which, changes) in case.changes.iter().enumerate() {
                for &(level, begins) in changes {
                    slopes[usize::from(level)][which] += if begins { weight } else { -weight };
                }
            }
            if classes.len() <= case.class {
                classes.resize(case.class + 1, [0.0; 3]);
            }
            let [count, hits, correct] = &mut classes[case.class];
            *count += weight;
            *hits += if case.hit { weight } else { 0.0 };
            *correct += if case.iou > RIGHT { weight } else { 0.0 };
        }
    }
    let mut heights = [0.0f64; 4];
    let mut most = [0.0f64; 4];
    for slope in slopes {
        for which in 0..4 {
            heights[which] += slope[which];
            most[which] = most[which].max(heights[which]);
        }
    }
    let mean_of_classes = |which: usize| {
        let present = || classes.iter().filter(|class| class[0] > 0.0);
        present().map(|class| class[which] / class[0]).sum::<f64>() / present().count() as f64
    };
    let [class1, class5, local1, local5] = wrong.map(|sum| sum / pictures);
    [
        class1,
        class5,
        local1,
        local5,
        1.0 - known / cases,
        most[0] / cases,
        (most[1] + most[2] + most[3]) / (3.0 * cases),
        mean_of_classes(1),
        overlap / cases,
        mean_of_classes(2),
    ]
}

/// The fraction of both sides, among hundredths, at which the centered box has the lowest top-5 localization error; of
/// equal ones that of the lowest GT-known error, then of the largest mean IoU, then the smallest. Where no class has a
/// counterpart, the GT-known error decides.
pub(crate) fn best_centered(pictures: &[Judged]) -> f64 {
    let rank = |hundredths: usize| {
        let fraction = hundredths as f64 / 100.0;
        let (mut wrong, mut unknown, mut overlap) = (0usize, 0usize, 0.0);
        for judged in pictures {
            let bounds = Rectangle::centered(judged.size, fraction);
            wrong += usize::from(judged.is_matched() && !judged.localized(GUESSES, Some(bounds)));
            for case in &judged.cases {
                let iou = case.sought.overlap(Some(bounds));
                unknown += usize::from(iou < RIGHT);
                overlap += iou;
            }
        }
        (wrong, unknown, overlap)
    };
    let better = |a: &(usize, usize, f64), b: &(usize, usize, f64)| {
        (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)).is_lt()
    };
    let mut best = (1, rank(1));
    for hundredths in 2..=100 {
        let ranked = rank(hundredths);
        if better(&ranked, &best.1) {
            best = (hundredths, ranked);
        }
    }
    best.0 as f64 / 100.0
}

#[cfg(test)]
mod tests;
