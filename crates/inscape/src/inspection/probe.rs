use crate::card::{Channels, Preset};
use crate::error::Error;
use crate::image::Image;
use crate::model::{Class, Model};
use crate::preprocessing::Preprocessing;

/// The class a picture gets under one way of feeding it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Probe {
    /// The preset; `None` for the card as it is.
    pub preset: Option<Preset>,
    /// The order of the channels.
    pub channels: Channels,
    /// The class with the highest score.
    pub top: Class,
}

impl Model {
    /// Classifies a picture as the card says, and then under every preset and order of channels: wrong preprocessing is the
    /// commonest mistake, and the right one stands out by its probability.
    ///
    /// # Errors
    /// Where the model takes no pictures or gives no class scores.
    pub fn probe(&self, image: &Image) -> Result<Vec<Probe>, Error> {
        let own = self.preprocessing()?;
        let mut probes = Vec::new();
        probes.extend(self.probed(image, own, None)?);
        let orders = match own.channels {
            Channels::Grey => vec![Channels::Grey],
            _ => vec![Channels::Rgb, Channels::Bgr],
        };
        let kind = self.graph().inputs().iter().find(|(value, _)| *value == self.input());
        for preset in Preset::all() {
            for &channels in &orders {
                let mut card = self.card().clone();
                (card.preset, card.channels) = (Some(preset), Some(channels));
                (card.scale, card.mean, card.std) = (None, None, None);
                (card.resize, card.resize_to, card.interpolation) = (None, None, None);
                if let Some((_, kind)) = kind {
                    let settings = Preprocessing::new(&card, kind)?;
                    probes.extend(self.probed(image, &settings, Some(preset))?);
                }
            }
        }
        Ok(probes)
    }

    fn probed(
        &self,
        image: &Image,
        settings: &Preprocessing,
        preset: Option<Preset>,
    ) -> Result<Option<Probe>, Error> {
        let input = self.input_of(settings.prepare(image).tensor)?;
        let top = self.classify(&input)?.into_iter().next();
        Ok(top.map(|top| Probe { preset, channels: settings.channels, top }))
    }
}
