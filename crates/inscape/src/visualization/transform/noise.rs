use serde::{Deserialize, Serialize};

use super::{Affine, Motion, Transform};
use crate::random::Deviates;

/// Normal noise on all that the network sees. The objective is then that of the network smoothed by the noise, whose slopes
/// follow shapes rather than single pixels (Smilkov et al. 2017; Kaur et al. 2019).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Standard deviation at the first step, as a share of the range from black to white.
    pub first: f64,
    /// Standard deviation at the last step; in between it changes evenly.
    pub last: f64,
}

impl Motion for Noise {
    fn draw(&self, _: &mut Deviates) -> Affine {
        Affine::IDENTITY
    }
}

/// Standard normal numbers, drawn once; every view takes a stretch of them from a random place.
pub(crate) struct Grain {
    /// Of each noise of a row of transforms, at the first step and at the last.
    deviations: Vec<[f64; 2]>,
    field: Vec<f32>,
}

/// More than three channels of an ordinary input.
const FIELD: usize = 1 << 18;

impl Grain {
    /// The noises of a row of transforms; none where there are none.
    pub(crate) fn new(transforms: &[Transform], seed: u64) -> Option<Grain> {
        let noises = transforms.iter().filter_map(|transform| match transform {
            Transform::Noise(noise) => Some([noise.first, noise.last]),
            _ => None,
        });
        let deviations: Vec<[f64; 2]> = noises.collect();
        let mut deviates = Deviates::new(seed, u64::MAX);
        (!deviations.is_empty())
            .then(|| Grain { deviations, field: (0..FIELD).map(|_| deviates.normal() as f32).collect() })
    }

    /// The standard deviation after a part of the steps, 0..1: variances add.
    pub(crate) fn deviation(&self, part: f64) -> f32 {
        let variances = self.deviations.iter().map(|[first, last]| (first + part * (last - first)).powi(2));
        variances.sum::<f64>().sqrt() as f32
    }

    /// A place to start from.
    pub(crate) fn place(&self, random: &mut Deviates) -> usize {
        random.below(FIELD)
    }

    /// Adds `factor` times the numbers from a place on to one channel.
    pub(crate) fn add(&self, place: usize, factor: f32, plane: &mut [f32]) {
        let (before, from) = self.field.split_at(place % FIELD);
        let head = plane.len().min(from.len());
        let (first, rest) = plane.split_at_mut(head);
        first.iter_mut().zip(from).for_each(|(v, n)| *v += factor * n);
        for part in rest.chunks_mut(before.len().max(1)) {
            part.iter_mut().zip(before).for_each(|(v, n)| *v += factor * n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_its_deviation_and_views_differ() {
        let noises = [Noise { first: 0.3, last: 0.1 }, Noise { first: 0.4, last: 0.0 }].map(Transform::Noise);
        let grain = Grain::new(&noises, 7).unwrap();
        assert_eq!([grain.deviation(0.0), grain.deviation(1.0)], [0.5, 0.1]);
        let mut seen = vec![1.0; 3 * FIELD / 2];
        grain.add(FIELD - 5, 0.5, &mut seen);
        let n = seen.len() as f64;
        let mean = seen.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let variance = seen.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
        // five standard errors of the mean and of the variance of 2¹⁸ numbers
        assert!((mean - 1.0).abs() < 5.0 * 0.5 / 512.0, "{mean}");
        assert!((variance - 0.25).abs() < 5.0 * 0.25 * 2.0_f64.sqrt() / 512.0, "{variance}");
        let mut other = vec![1.0; 8];
        grain.add(3, 0.5, &mut other);
        assert_ne!(seen[..8], other[..]);
    }
}
