use inscape::{Card, Channels, Resize};

use super::Network;
use crate::examples::Values;

impl Network {
    /// The card of its [ONNX file](Network::onnx): size, one channel, the examples' mean norm, and how pixels 0..255 become
    /// its numbers: 0..1 where those are probabilities. Whitened numbers are no pixels; −1..1 comes nearest.
    pub fn card(&self) -> Card {
        let mut card = Card::default();
        card.input = Some("x".to_owned());
        card.size = Some(self.size);
        card.channels = Some(Channels::Grey);
        card.resize = Some(Resize::Stretch);
        card.scale = Some(1.0 / 255.0);
        let (mean, deviation) = match self.visible {
            Values::Unit => (0.0, 1.0),
            Values::Real => (0.5, 0.5),
        };
        card.mean = Some(vec![mean]);
        card.std = Some(vec![deviation]);
        card.norm = (self.norm > 0.0).then_some(self.norm);
        let note = match self.visible {
            Values::Unit => "it was trained on grey pictures of numbers from 0 to 1",
            Values::Real => "it was trained on real numbers about 0, not on pixels: feed it .npy arrays",
        };
        card.note = Some(format!("{} of inscape; {note}", self.kind.name()));
        card
    }
}
