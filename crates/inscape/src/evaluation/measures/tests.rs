use super::{Answer, ClassNumbers, GT_KNOWN, MEASURES, Outcome, TOP5, Values, best_centered, measured};
use crate::evaluation::Rectangle;
use crate::evaluation::dataset::Object;
use crate::evaluation::judgment::Judged;
use crate::evaluation::judgment::tests::{judged, object};
use crate::random::Deviates;

fn values(pictures: &[Judged], answer: Answer) -> Values {
    let mut numbers = ClassNumbers::default();
    let outcomes: Vec<Outcome> = pictures.iter().map(|p| Outcome::of(p, answer, &mut numbers)).collect();
    measured(&outcomes, &vec![1; pictures.len()])
}

fn named(values: &Values, key: &str) -> f64 {
    values[MEASURES.iter().position(|measure| measure.key == key).unwrap()]
}

/// A box of whole pixels in 100 × 80.
fn random_box(deviates: &mut Deviates) -> [f64; 4] {
    let (x, y) = (deviates.below(60), deviates.below(40));
    let (w, h) = (10 + deviates.below(100 - x - 10), 10 + deviates.below(80 - y - 10));
    [x, y, x + w, y + h].map(|c| c as f64)
}

/// Pictures with several objects of several classes, and answers drawn at random.
fn random_pictures(count: usize, seed: u64) -> Vec<Judged> {
    let mut deviates = Deviates::new(seed, 0);
    let objects = |deviates: &mut Deviates| -> Vec<Object> {
        (0..1 + deviates.below(3))
            .map(|_| object(&deviates.below(4).to_string(), random_box(deviates), deviates.below(5) == 0))
            .collect()
    };
    (0..count)
        .map(|_| {
            let objects = objects(&mut deviates);
            let guesses: Vec<_> = (0..5).map(|_| (deviates.below(5), random_box(&mut deviates))).collect();
            let known = random_box(&mut deviates);
            judged(objects, &guesses, known)
        })
        .collect()
}

const A: [f64; 4] = [10.0, 10.0, 60.0, 50.0];

#[test]
fn perfect_answers_have_no_error() {
    let pictures: Vec<Judged> = (0..4)
        .map(|class: usize| judged(vec![object(&class.to_string(), A, false)], &[(class, A)], A))
        .collect();
    let values = values(&pictures, Answer::Own);
    for (measure, value) in MEASURES.iter().zip(values) {
        assert_eq!(value, if measure.error { 0.0 } else { 1.0 }, "{}", measure.key);
    }
}

#[test]
fn wrong_classes_are_wrong_whatever_their_boxes() {
    let picture = judged(vec![object("1", A, false)], &[(2, A), (3, A), (4, A), (5, A), (6, A)], A);
    let values = values(&[picture], Answer::Own);
    assert_eq!(values[..4], [1.0; 4]);
    assert_eq!(values[GT_KNOWN], 0.0);
}

#[test]
fn five_guesses_are_never_worse_than_one_and_boxes_only_add_errors() {
    for seed in 0..20 {
        let pictures = random_pictures(30, seed);
        for answer in [Answer::Own, Answer::Whole, Answer::Centered(0.7)] {
            let values = values(&pictures, answer);
            assert!(values[1] <= values[0] && values[3] <= values[2], "{seed}");
            assert!(values[0] <= values[2] && values[1] <= values[3], "{seed}");
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}

#[test]
fn max_box_acc_is_the_largest_share_over_all_thresholds() {
    let pictures = random_pictures(40, 7);
    let shares = |which: usize| {
        let cases = || pictures.iter().flat_map(|p| &p.cases);
        let count = cases().count() as f64;
        (0..=1000).map(move |step| {
            let level = (255.0 * f64::from(step) * 0.001) as usize;
            cases().filter(|case| case.right[which].holds(level)).count() as f64 / count
        })
    };
    let most = |which: usize| shares(which).fold(0.0, f64::max);
    let values = values(&pictures, Answer::Own);
    assert_eq!(named(&values, "max_box_acc"), most(0));
    assert!(shares(0).all(|share| share <= named(&values, "max_box_acc")));
    assert!((named(&values, "max_box_acc_v2") - (most(1) + most(2) + most(3)) / 3.0).abs() < 1e-12);
    // The largest contour is one of all.
    assert!(most(2) >= most(0));
}

#[test]
fn classes_count_alike_in_the_pointing_game_however_many_pictures_they_have() {
    let hit = |class: &str| judged(vec![object(class, A, false)], &[(1, A)], A);
    let miss = |class: &str| judged(vec![object(class, A, false)], &[(1, A)], [90.0, 70.0, 99.0, 79.0]);
    let values = values(&[hit("1"), hit("1"), hit("1"), miss("2")], Answer::Own);
    assert_eq!((named(&values, "pointing_game"), named(&values, "corloc")), (0.5, 0.5));
    assert_eq!(named(&values, "gt_known_error"), 0.25);
}

#[test]
fn pictures_without_counterpart_count_in_what_knows_the_class_alone() {
    let unicorn = judged(vec![object("unicorn", A, false)], &[(1, A)], A);
    let right = judged(vec![object("1", A, false)], &[(1, A)], [0.0, 0.0, 5.0, 5.0]);
    let both = values(&[unicorn.clone(), right], Answer::Own);
    assert_eq!((both[TOP5], both[GT_KNOWN]), (0.0, 0.5));
    let alone = values(&[unicorn], Answer::Own);
    assert!(alone[..4].iter().all(|value| value.is_nan()));
    assert_eq!(alone[GT_KNOWN], 0.0);
    assert!(values(&[], Answer::Own).iter().all(|value| value.is_nan()));
}

#[test]
fn the_best_centered_box_is_the_best_of_all() {
    let pictures = random_pictures(60, 3);
    let error = |fraction: f64| values(&pictures, Answer::Centered(fraction))[TOP5];
    let best = best_centered(&pictures);
    assert!((1..=100).all(|hundredths| error(best) <= error(f64::from(hundredths) / 100.0)));

    // The control, made again from its definition.
    let right = |p: &Judged| {
        let (w, h) = (100.0 * best, 80.0 * best);
        let bounds = Rectangle::from([50.0 - w / 2.0, 40.0 - h / 2.0, 50.0 + w / 2.0, 40.0 + h / 2.0]);
        p.cases.iter().any(|case| {
            let guessed = p.guesses.iter().any(|guess| case.sought.classes.contains(&guess.0));
            guessed && case.sought.boxes.iter().any(|&truth| truth.iou(bounds) >= 0.5 - 1e-12)
        })
    };
    let matched = pictures.iter().filter(|p| p.is_matched()).count() as f64;
    let wrong = pictures.iter().filter(|p| p.is_matched() && !right(p)).count() as f64;
    assert_eq!(error(best), wrong / matched);
}

#[test]
fn an_object_in_the_middle_is_what_the_centered_box_finds() {
    let middle = <[f64; 4]>::from(Rectangle::centered([100, 80], 0.6));
    let pictures = [judged(vec![object("1", middle, false)], &[(1, A)], A)];
    let best = best_centered(&pictures);
    assert_eq!(best, 0.6, "of all that fit, the one that overlaps most");
    assert!(values(&pictures, Answer::Centered(best))[8] > 0.999_999);
    let whole = values(&pictures, Answer::Whole);
    assert!((whole[8] - 0.36).abs() < 1e-9 && whole[TOP5] == 1.0);
    assert_eq!(named(&whole, "pointing_game"), 1.0);
}

#[test]
fn weights_are_repetitions() {
    let pictures = random_pictures(6, 9);
    let weights = [0, 3, 1, 0, 2, 1];
    let mut numbers = ClassNumbers::default();
    let outcomes: Vec<Outcome> = pictures.iter().map(|p| Outcome::of(p, Answer::Own, &mut numbers)).collect();
    let repeated = pictures.iter().zip(weights).flat_map(|(p, w)| std::iter::repeat_n(p.clone(), w as usize));
    let repeated = values(&repeated.collect::<Vec<_>>(), Answer::Own);
    for (weighted, repeated) in measured(&outcomes, &weights).iter().zip(repeated) {
        assert!((weighted - repeated).abs() < 1e-12);
    }
}
