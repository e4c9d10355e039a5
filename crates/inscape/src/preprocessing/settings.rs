use inscape_engine::{Dimension, InputType};

use crate::card::{Card, Channels, Interpolation, Layout, Preset, Resize};
use crate::error::{Error, ErrorKind};

/// How pictures become a network's input: a card with nothing left open.
///
/// x = (pixel·scale − mean) / std for each channel, pixels 0..255.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessing {
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// The order of the channels.
    pub channels: Channels,
    /// Factor on the pixels.
    pub scale: f64,
    /// By channel, in the order of `channels`.
    pub mean: Vec<f64>,
    /// By channel, in the order of `channels`.
    pub std: Vec<f64>,
    /// How a picture of another shape is fitted.
    pub resize: Resize,
    /// The shorter side before a crop.
    pub resize_to: usize,
    /// The filter of resizing.
    pub interpolation: Interpolation,
    /// Red, green, blue around a padded picture.
    pub pad_color: [u8; 3],
    /// Where the file keeps the channel axis; tensors here are always batch, channel, height, width.
    pub layout: Layout,
}

impl Preprocessing {
    /// What a card asks for, with the graph input's own sizes where the card leaves them out.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] where the input does not take pictures or its height and width are open in both;
    /// [`ErrorKind::Card`] where the card contradicts the graph.
    pub fn new(card: &Card, input: &InputType) -> Result<Preprocessing, Error> {
        let axes = Axes::of(card, input)?;
        let side = |axis: Option<usize>, asked: Option<usize>, name: &str| match (axis, asked) {
            (Some(fixed), Some(asked)) if fixed != asked => Err(Error::new(
                ErrorKind::Card,
                format!("a {name} of {asked} is asked for, but the model's input is fixed at {fixed}"),
            )),
            (Some(fixed), _) => Ok(fixed),
            (None, Some(asked)) => Ok(asked),
            (None, None) => Err(Error::new(
                ErrorKind::Model,
                format!(
                    "the model leaves its input's {name} open; give --size H,W or 'size' in the model card"
                ),
            )),
        };
        let height = side(axes.height, card.size.map(|size| size[0]), "height")?;
        let width = side(axes.width, card.size.map(|size| size[1]), "width")?;
        let preset = card.preset.unwrap_or(Preset::Torchvision).defaults();
        let channels = match (axes.channels, card.channels) {
            (Some(1), None | Some(Channels::Grey)) => Channels::Grey,
            (Some(3) | None, None) => preset.channels,
            (Some(3) | None, Some(asked @ (Channels::Rgb | Channels::Bgr))) => asked,
            (None, Some(asked)) => asked,
            (Some(count), asked) => {
                let asked = asked.map_or(String::new(), |asked| format!(" and the card asks for {asked}"));
                let context = format!("the model's input has {count} channels{asked}; pictures have 1 or 3");
                return Err(Error::new(ErrorKind::Model, context));
            }
        };
        let count = if channels == Channels::Grey { 1 } else { 3 };
        // Numbers of the card's own are meant to stand alone; a preset fills in only what it was asked for.
        let own =
            card.preset.is_none() && (card.scale.is_some() || card.mean.is_some() || card.std.is_some());
        let neutral = Preset::None.defaults();
        let numbers = if own { &neutral } else { &preset };
        Ok(Preprocessing {
            height,
            width,
            channels,
            scale: card.scale.unwrap_or(numbers.scale),
            mean: by_channel("mean", card.mean.as_deref(), numbers.mean, count)?,
            std: by_channel("std", card.std.as_deref(), numbers.std, count)?,
            resize: card.resize.unwrap_or(preset.resize),
            resize_to: card.resize_to.unwrap_or_else(|| before_crop(height.min(width))),
            interpolation: card.interpolation.unwrap_or(Interpolation::Bilinear),
            pad_color: card.pad_color.unwrap_or([0; 3]),
            layout: axes.layout,
        })
    }

    /// The shape of a tensor of one picture: 1, channels, height, width.
    pub fn shape(&self) -> [usize; 4] {
        [1, self.mean.len(), self.height, self.width]
    }
}

/// torchvision's shorter side before a crop, 256 for 224, for any size: round(size·256/224).
pub(super) fn before_crop(size: usize) -> usize {
    (size * 256 + 112) / 224
}

fn by_channel(key: &str, own: Option<&[f64]>, preset: [f64; 3], count: usize) -> Result<Vec<f64>, Error> {
    match own.unwrap_or(&preset) {
        [one] => Ok(vec![*one; count]),
        all if all.len() == count => Ok(all.to_vec()),
        // ImageNet's numbers for a grey network: their average.
        all if own.is_none() => Ok(vec![all.iter().sum::<f64>() / all.len() as f64]),
        all => Err(Error::new(
            ErrorKind::Card,
            format!("'{key}' has {} numbers, but the model's input has {count} channels", all.len()),
        )),
    }
}

/// What the graph says of its input's axes.
struct Axes {
    layout: Layout,
    channels: Option<usize>,
    height: Option<usize>,
    width: Option<usize>,
}

impl Axes {
    fn of(card: &Card, input: &InputType) -> Result<Axes, Error> {
        let Some(shape) = &input.shape else {
            let layout = card.layout.unwrap_or(Layout::Nchw);
            return Ok(Axes { layout, channels: None, height: None, width: None });
        };
        let sizes: Vec<Option<usize>> = shape
            .iter()
            .map(|dimension| match dimension {
                Dimension::Fixed(size) => Some(*size),
                Dimension::Symbolic(_) => None,
            })
            .collect();
        let [_, second, third, fourth] = sizes[..] else {
            let context = format!("the model's input has {} axes; pictures take 4", sizes.len());
            return Err(Error::new(ErrorKind::Model, context));
        };
        let color = |size: Option<usize>| matches!(size, Some(1 | 3));
        let last = color(fourth) && !color(second);
        let layout = card.layout.unwrap_or(if last { Layout::Nhwc } else { Layout::Nchw });
        let (channels, height, width) = match layout {
            Layout::Nchw => (second, third, fourth),
            Layout::Nhwc => (fourth, second, third),
        };
        match [height, width].contains(&Some(0)) {
            true => Err(Error::new(ErrorKind::Model, "the model's input has no rows or columns")),
            false => Ok(Axes { layout, channels, height, width }),
        }
    }
}
