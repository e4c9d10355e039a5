use serde::{Deserialize, Serialize};

/// What is known of a unit's activations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Positions that were seen, in all pictures.
    pub seen: u64,
    /// The sum of the activations there.
    pub sum: f64,
    /// Positions at which it was not above 0.
    pub zeros: u64,
    /// Positions by the size of a positive activation, see [`Tally::edge`].
    pub bins: Vec<u64>,
    /// The strongest position of each of the pictures that excite it most, the strongest first.
    pub peaks: Vec<Peak>,
}

/// A picture's strongest position.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// The picture's number.
    pub picture: usize,
    /// The activation.
    pub activation: f32,
    /// The position, row after row.
    pub position: usize,
}

/// The first bin begins at 2^LOWEST; below it all is in the first.
const LOWEST: i32 = -10;

impl Tally {
    /// Bins of the histogram: two an octave, over twenty octaves.
    pub const BINS: usize = 40;

    /// Where bin `k` begins: 2^(k/2 − 10) for an even k, half as much again in between. Smaller and larger activations are in the
    /// first and the last bin.
    ///
    /// ```
    /// use inscape::atlas::Tally;
    /// assert_eq!([Tally::edge(20), Tally::edge(21), Tally::edge(22)], [1.0, 1.5, 2.0]);
    /// ```
    pub fn edge(k: usize) -> f64 {
        let octave = 2f64.powi(LOWEST + (k / 2) as i32);
        if k.is_multiple_of(2) { octave } else { 1.5 * octave }
    }

    /// What one picture says of a unit: its activations, position by position.
    pub(super) fn of(picture: usize, activations: impl Iterator<Item = f32>) -> Tally {
        let mut tally = Tally { bins: vec![0; Tally::BINS], ..Tally::default() };
        let mut best: Option<Peak> = None;
        for (position, activation) in activations.enumerate() {
            tally.seen += 1;
            tally.sum += f64::from(activation);
            match activation > 0.0 {
                true => tally.bins[bin(activation)] += 1,
                false => tally.zeros += 1,
            }
            if best.is_none_or(|best| activation > best.activation) {
                best = Some(Peak { picture, activation, position });
            }
        }
        tally.peaks.extend(best);
        tally
    }

    /// Adds what later pictures say; the `top` strongest are kept, of equal ones the earlier.
    pub(super) fn join(&mut self, later: &Tally, top: usize) {
        self.seen += later.seen;
        self.sum += later.sum;
        self.zeros += later.zeros;
        self.bins.resize(Tally::BINS, 0);
        self.bins.iter_mut().zip(&later.bins).for_each(|(bin, more)| *bin += more);
        for &new in &later.peaks {
            let at = self.peaks.partition_point(|peak| peak.activation >= new.activation);
            if at < top {
                self.peaks.truncate(top - 1);
                self.peaks.insert(at, new);
            }
        }
    }

    /// The mean activation.
    pub fn mean(&self) -> f64 {
        self.sum / (self.seen as f64).max(1.0)
    }

    /// The share of positions at which it was not above 0.
    pub fn silent(&self) -> f64 {
        self.zeros as f64 / (self.seen as f64).max(1.0)
    }
}

/// The bin of a positive number, from its exponent and the first bit of its fraction.
fn bin(activation: f32) -> usize {
    let halves = (activation.to_bits() >> 22) as i32;
    let first = (127 + LOWEST) << 1;
    (halves - first).clamp(0, Tally::BINS as i32 - 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_begin_at_their_edges() {
        for k in 0..Tally::BINS {
            let edge = Tally::edge(k) as f32;
            assert_eq!(bin(edge), k);
            assert_eq!(bin(edge * (1.0 - f32::EPSILON)), k.saturating_sub(1));
        }
        assert_eq!([bin(f32::MIN_POSITIVE), bin(f32::MAX), bin(f32::INFINITY)], [0, 39, 39]);
    }

    #[test]
    fn the_strongest_pictures_are_kept_each_with_one_position() {
        let mut tally = Tally::default();
        for (picture, activations) in
            [[0.0, 3.0], [5.0, 1.0], [3.0, 3.0], [-1.0, -2.0], [4.0, 9.0]].into_iter().enumerate()
        {
            tally.join(&Tally::of(picture, activations.into_iter()), 3);
        }
        let peaks: Vec<_> = tally.peaks.iter().map(|of| (of.picture, of.activation, of.position)).collect();
        assert_eq!(peaks, [(4, 9.0, 1), (1, 5.0, 0), (0, 3.0, 1)]);
        assert_eq!((tally.seen, tally.zeros, tally.mean(), tally.silent()), (10, 3, 2.5, 0.3));
        assert_eq!(tally.bins.iter().sum::<u64>(), 7);
    }
}
