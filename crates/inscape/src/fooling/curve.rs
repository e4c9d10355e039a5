use super::file::Reader;
use crate::report::{Curves, Series};

/// How sure the network is of the best images after a generation.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Moment {
    /// A quarter of the classes have a best probability below this.
    pub lower: f64,
    /// Half of the classes have a best probability below this.
    pub median: f64,
    /// A quarter of the classes have a best probability above this.
    pub upper: f64,
    /// Classes with a best probability of at least 0.99.
    pub fooled: usize,
}

/// What counts as fooled (Nguyen et al. 2015 count classes of 99 %).
const FOOLED: f64 = 0.99;

impl Moment {
    /// Of the best probability of every class; quartiles are interpolated linearly between the sorted numbers.
    pub(super) fn of(mut best: Vec<f64>) -> Moment {
        best.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            let place = q * best.len().saturating_sub(1) as f64;
            let (below, part) = (place.floor() as usize, place.fract());
            let at = |i: usize| best.get(i).or(best.last()).copied().unwrap_or(0.0);
            at(below) + part * (at(below + 1) - at(below))
        };
        let fooled = best.iter().filter(|&&p| p >= FOOLED).count();
        Moment { lower: quantile(0.25), median: quantile(0.5), upper: quantile(0.75), fooled }
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        for number in [self.lower, self.median, self.upper] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend((self.fooled as u32).to_le_bytes());
    }

    pub(super) fn read(bytes: &mut Reader<'_>) -> Option<Moment> {
        let [lower, median, upper] = [bytes.f64()?, bytes.f64()?, bytes.f64()?];
        Some(Moment { lower, median, upper, fooled: bytes.u32()? as usize })
    }
}

/// The confidence curve over generations.
pub(super) fn chart(title: String, moments: &[Moment], classes: usize) -> Curves {
    let line = |name: &str, of: &dyn Fn(&Moment) -> f64| Series {
        name: name.to_owned(),
        points: moments.iter().enumerate().map(|(i, moment)| [i as f64, of(moment)]).collect(),
    };
    let share = |moment: &Moment| moment.fooled as f64 / classes.max(1) as f64;
    Curves {
        title,
        across: "generation".into(),
        up: "best probability of each class".into(),
        series: vec![
            line("median", &|m| m.median),
            line("upper quartile", &|m| m.upper),
            line("lower quartile", &|m| m.lower),
            line("share of classes ≥ 0.99", &share),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn quartiles_are_interpolated_and_the_fooled_counted() {
        let moment = Moment::of(vec![0.99, 0.0, 0.5, 0.25, 1.0]);
        assert_eq!(moment, Moment { lower: 0.25, median: 0.5, upper: 0.99, fooled: 2 });
        let even = Moment::of(vec![0.0, 0.1, 0.2, 0.3]);
        assert!((even.median - 0.15).abs() < 1e-12 && (even.lower - 0.075).abs() < 1e-12);
        assert_eq!(Moment::of(vec![0.4]).upper, 0.4);
    }
}
