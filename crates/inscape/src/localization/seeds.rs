/// What a pixel is known to be before anything is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seed {
    /// Neither.
    #[default]
    Open,
    /// Among the strongest of the map: its color is the object's.
    Foreground,
    /// Among the weakest: its color is the background's.
    Background,
}

/// Seeds by quantiles of a map: foreground above the quantile `high`, background below `low` (Simonyan et al. 2014: 0.95 and 0.30).
///
/// Only the pixels that `known` holds count, and only they become seeds. Where many numbers are alike and none lies beyond a
/// quantile, those at it are taken; a map of equal numbers gives no seeds.
///
/// ```
/// use inscape::localization::{Seed, seeds};
/// let map: Vec<f32> = (0..10).map(|i| i as f32).collect();
/// let found = seeds(&map, |_| true, 0.9, 0.3);
/// assert_eq!(found.iter().filter(|&&seed| seed == Seed::Background).count(), 3);
/// assert_eq!(found[9], Seed::Foreground);
/// assert_eq!(found[8], Seed::Open);
/// ```
pub fn seeds(map: &[f32], known: impl Fn(usize) -> bool, high: f64, low: f64) -> Vec<Seed> {
    let mut sorted: Vec<f32> = map.iter().enumerate().filter(|&(at, _)| known(at)).map(|(_, &m)| m).collect();
    let mut all = vec![Seed::Open; map.len()];
    let [least, most] = extremes(&sorted);
    // Numbers that are none compare as neither.
    if sorted.is_empty() || least.partial_cmp(&most) != Some(std::cmp::Ordering::Less) {
        return all;
    }
    let count = sorted.len() as f64;
    // The number that a part `high` of all lie at or below, and the one that a part `low` of all lie before.
    let upper = ranked(&mut sorted, ((high * count).ceil() as usize).saturating_sub(1));
    let lower = ranked(&mut sorted, (low * count) as usize);
    for (at, (seed, &m)) in all.iter_mut().zip(map).enumerate() {
        if !known(at) {
            continue;
        }
        if m > upper || (m == upper && upper == most) {
            *seed = Seed::Foreground;
        } else if m < lower || (m == lower && lower == least) {
            *seed = Seed::Background;
        }
    }
    all
}

/// The number of a rank, from 0 on.
fn ranked(values: &mut [f32], rank: usize) -> f32 {
    let rank = rank.min(values.len() - 1);
    *values.select_nth_unstable_by(rank, f32::total_cmp).1
}

fn extremes(values: &[f32]) -> [f32; 2] {
    values.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &v| [low.min(v), high.max(v)])
}

#[cfg(test)]
mod tests {
    use super::{Seed, seeds};

    fn count(found: &[Seed], wanted: Seed) -> usize {
        found.iter().filter(|&&seed| seed == wanted).count()
    }

    #[test]
    fn the_shares_are_those_of_the_quantiles() {
        let map: Vec<f32> = (0..1000).map(|i| ((i * 7919) % 1000) as f32).collect();
        let found = seeds(&map, |_| true, 0.95, 0.30);
        assert_eq!([count(&found, Seed::Foreground), count(&found, Seed::Background)], [50, 300]);
        for (seed, m) in found.iter().zip(&map) {
            assert_eq!(*seed == Seed::Foreground, *m > 949.0);
            assert_eq!(*seed == Seed::Background, *m < 300.0);
        }
    }

    #[test]
    fn a_map_that_is_mostly_zero_has_background_all_the_same() {
        let mut map = vec![0.0; 100];
        map[7] = 3.0;
        map[8] = 2.0;
        let found = seeds(&map, |_| true, 0.95, 0.30);
        assert_eq!([count(&found, Seed::Foreground), count(&found, Seed::Background)], [2, 98]);
        // One that is mostly at its largest has foreground.
        let map: Vec<f32> = map.iter().map(|m| 3.0 - m).collect();
        let found = seeds(&map, |_| true, 0.95, 0.30);
        assert_eq!([count(&found, Seed::Foreground), count(&found, Seed::Background)], [98, 2]);
    }

    #[test]
    fn equal_numbers_and_unknown_pixels_give_none() {
        assert!(seeds(&[2.0; 50], |_| true, 0.95, 0.3).iter().all(|&seed| seed == Seed::Open));
        assert!(seeds(&[f32::NAN; 50], |_| true, 0.95, 0.3).iter().all(|&seed| seed == Seed::Open));
        let map: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let found = seeds(&map, |at| at < 50, 0.9, 0.2);
        assert!(found[50..].iter().all(|&seed| seed == Seed::Open));
        assert_eq!([count(&found, Seed::Foreground), count(&found, Seed::Background)], [5, 10]);
        assert!(seeds(&[], |_| true, 0.95, 0.3).is_empty());
    }
}
