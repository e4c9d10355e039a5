use serde::{Deserialize, Serialize};

use crate::preprocessing::Preprocessing;

/// The numbers an image is written in while it is optimized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Space {
    /// Pixels 0..255 less the card's mean: 0 is the mean image.
    Levels,
    /// Pixels 0..1.
    Unit,
    /// The network's own numbers.
    Model,
}

/// The affine map from an image's numbers v to the network's, by channel: x = factor·v + shift.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    pub(crate) factor: Vec<f32>,
    pub(crate) shift: Vec<f32>,
    /// The numbers of black and white.
    pub(crate) low: Vec<f32>,
    pub(crate) high: Vec<f32>,
}

impl Space {
    pub(crate) fn feed(self, card: &Preprocessing) -> Feed {
        let channels = card.mean.iter().zip(&card.std);
        // (factor, shift, the number of a pixel of 0, of 255) for x = (pixel·scale − mean) / std
        let map = |(&mean, &std): (&f64, &f64)| match self {
            Space::Levels => (card.scale / std, 0.0, -mean / card.scale, 255.0 - mean / card.scale),
            Space::Unit => (255.0 * card.scale / std, -mean / std, 0.0, 1.0),
            Space::Model => (1.0, 0.0, -mean / std, (255.0 * card.scale - mean) / std),
        };
        let maps: Vec<_> = channels.map(map).collect();
        let column = |pick: fn(&(f64, f64, f64, f64)) -> f64| maps.iter().map(|m| pick(m) as f32).collect();
        Feed { factor: column(|m| m.0), shift: column(|m| m.1), low: column(|m| m.2), high: column(|m| m.3) }
    }
}

impl Feed {
    /// Turns one channel's numbers into the network's.
    pub(crate) fn apply(&self, channel: usize, plane: &mut [f32]) {
        let (factor, shift) = (self.factor[channel], self.shift[channel]);
        plane.iter_mut().for_each(|v| *v = *v * factor + shift);
    }

    /// How far black and white lie apart for the network.
    pub(crate) fn range(&self, channel: usize) -> f32 {
        self.factor[channel] * (self.high[channel] - self.low[channel])
    }

    /// The number of a grey of 0..1 in each channel.
    pub(crate) fn grey(&self, grey: f32) -> Vec<f32> {
        self.low.iter().zip(&self.high).map(|(low, high)| low + grey * (high - low)).collect()
    }

    /// The number that the network sees as 0.
    pub(crate) fn neutral(&self) -> Vec<f32> {
        self.factor.iter().zip(&self.shift).map(|(factor, shift)| -shift / factor).collect()
    }
}

/// An input of the network, (1, C, H, W), in the numbers of a space.
pub(crate) fn written(input: inscape_tensor::Tensor, space: Space, card: &Preprocessing) -> Vec<f32> {
    let feed = space.feed(card);
    let area = input.shape().iter().skip(2).product::<usize>().max(1);
    let mut values = input.into_values();
    for (channel, plane) in values.chunks_mut(area).enumerate() {
        plane.iter_mut().for_each(|v| *v = (*v - feed.shift[channel]) / feed.factor[channel]);
    }
    values
}
