use super::judgment::Judged;
use super::measures::{Answer, ClassNumbers, MEASURES, Outcome, Values, best_centered, measured};
use crate::random::Deviates;

/// A measure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// On the pictures themselves.
    pub value: f64,
    /// The 2.5 % quantile over resamples.
    pub low: f64,
    /// The 97.5 % quantile.
    pub high: f64,
}

/// An interval for each of [`MEASURES`]; `None` where there is nothing to measure.
pub type Row = [Option<Interval>; MEASURES.len()];

/// How a method fares on a data set, and what two controls that see no picture achieve with the same guesses of classes.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The method.
    pub method: Row,
    /// The whole picture as box.
    pub whole: Row,
    /// The centered box.
    pub centered: Row,
    /// Its fraction of both sides: the hundredth that has the lowest top-5 localization error on these pictures.
    pub fraction: f64,
    /// How much better the method is than the centered box, picture by picture: the difference of each measure, positive
    /// where the method is better.
    pub gain: Row,
    /// How many resamples the intervals come from.
    pub resamples: usize,
}

/// Resamples that intervals come from.
pub const RESAMPLES: usize = 2000;

/// Sums up pictures, with bootstrap intervals (Efron 1979) by the percentile method: pictures are drawn with replacement,
/// the same for the method and its controls, so that differences are paired. Resample i draws from stream i of the seed.
/// The centered box's fraction is chosen once, on all pictures.
pub fn summarized(pictures: &[Judged], resamples: usize, seed: u64) -> Summary {
    let fraction = best_centered(pictures);
    let answers = [Answer::Own, Answer::Whole, Answer::Centered(fraction)];
    let mut numbers = ClassNumbers::default();
    let outcomes: [Vec<Outcome>; 3] =
        answers.map(|answer| pictures.iter().map(|p| Outcome::of(p, answer, &mut numbers)).collect());
    let rows = |weights: &[u32]| -> [Values; 4] {
        let [own, whole, centered] = [0, 1, 2].map(|which: usize| measured(&outcomes[which], weights));
        [own, whole, centered, gain(&own, &centered)]
    };
    let values = rows(&vec![1; pictures.len()]);
    let mut drawn: Vec<[Values; 4]> = Vec::with_capacity(resamples);
    for resample in 0..resamples {
        let mut deviates = Deviates::new(seed, resample as u64);
        let mut weights = vec![0; pictures.len()];
        (0..pictures.len()).for_each(|_| weights[deviates.below(pictures.len())] += 1);
        drawn.push(rows(&weights));
    }
    let row = |which: usize| -> Row {
        std::array::from_fn(|measure| {
            let value = values[which][measure];
            let of = drawn.iter().map(|values| values[which][measure]).filter(|value| !value.is_nan());
            let mut of: Vec<f64> = of.collect();
            of.sort_by(f64::total_cmp);
            let interval = |value| Interval { value, low: quantile(&of, 0.025), high: quantile(&of, 0.975) };
            (!value.is_nan()).then(|| interval(value))
        })
    };
    Summary { method: row(0), whole: row(1), centered: row(2), fraction, gain: row(3), resamples }
}

fn gain(own: &Values, control: &Values) -> Values {
    std::array::from_fn(|i| if MEASURES[i].error { control[i] - own[i] } else { own[i] - control[i] })
}

/// The quantile of sorted numbers, linear between them.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::{quantile, summarized};
    use crate::evaluation::judgment::Judged;
    use crate::evaluation::judgment::tests::{judged, object};
    use crate::evaluation::measures::{GT_KNOWN, TOP5};

    const A: [f64; 4] = [10.0, 10.0, 60.0, 50.0];
    const AWAY: [f64; 4] = [90.0, 70.0, 99.0, 79.0];

    fn pictures(right: usize, wrong: usize) -> Vec<Judged> {
        let of = |bounds| judged(vec![object("1", A, false)], &[(1, bounds)], bounds);
        (0..right).map(|_| of(A)).chain((0..wrong).map(|_| of(AWAY))).collect()
    }

    #[test]
    fn quantiles_lie_between_their_neighbors() {
        assert_eq!(quantile(&[0.0, 1.0, 4.0], 0.5), 1.0);
        assert_eq!(quantile(&[0.0, 1.0, 4.0], 0.75), 2.5);
        assert_eq!(quantile(&[3.0], 0.975), 3.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn an_interval_is_that_of_a_share() {
        let summary = summarized(&pictures(70, 30), 4000, 1);
        let error = summary.method[TOP5].unwrap();
        assert_eq!(error.value, 0.3);
        // ±1.96·√(p(1 − p)/n), to within a picture.
        let half = 1.96 * (0.3f64 * 0.7 / 100.0).sqrt();
        assert!((error.value - error.low - half).abs() < 0.011, "{error:?}");
        assert!((error.high - error.value - half).abs() < 0.011, "{error:?}");
        let known = summary.method[GT_KNOWN].unwrap();
        assert!((known.value - error.value).abs() < 1e-12 && (known.low - error.low).abs() < 1e-12);
    }

    #[test]
    fn the_same_seed_draws_the_same_and_certainty_has_no_width() {
        let pictures = pictures(5, 5);
        let low = |seed| summarized(&pictures, 50, seed).method[8].unwrap();
        assert_eq!(low(3), low(3));
        assert_ne!(low(3), low(4));
        let sure = summarized(&pictures[..5], 50, 3).method[TOP5].unwrap();
        assert_eq!((sure.value, sure.low, sure.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn differences_are_paired() {
        // The method is right on every picture, the centered box on half of them: the gain is the control's error.
        let corner = [0.0, 0.0, 30.0, 20.0];
        let middle = [20.0, 16.0, 80.0, 64.0];
        let of = |bounds| judged(vec![object("1", bounds, false)], &[(1, bounds)], bounds);
        let pictures: Vec<Judged> = (0..40).map(|i| of(if i % 2 == 0 { corner } else { middle })).collect();
        let summary = summarized(&pictures, 500, 0);
        assert_eq!(summary.gain[TOP5], summary.centered[TOP5]);
        assert_eq!(summary.gain[TOP5].unwrap().value, 0.5);
        let overlap = summary.gain[8].unwrap();
        assert!(overlap.low > 0.0 && overlap.value == 1.0 - summary.centered[8].unwrap().value);
    }

    #[test]
    fn nothing_is_summed_up_to_nothing() {
        let summary = summarized(&[], 10, 0);
        assert!([summary.method, summary.whole, summary.gain].iter().flatten().all(Option::is_none));
    }
}
