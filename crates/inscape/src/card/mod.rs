//! Model cards: how a network wants to be fed and what its scores mean.

mod beside;
mod choices;
mod hugging_face;
mod keys;
mod text;

use std::fmt;
use std::path::{Path, PathBuf};

pub use choices::{Channels, Interpolation, Layout, Preset, Resize};

use crate::error::{Error, ErrorKind};
use crate::labels::Labels;

/// How to feed a network and what its scores mean: the content of `model.toml` beside `model.onnx`.
///
/// A pixel of 0..255 becomes `x = (pixel·scale − mean) / std`, per channel in the order of `channels`. Every field may be
/// left out: what is absent comes from the preset, and without a preset from torchvision's, except that a card giving
/// any of `scale`, `mean`, `std` itself has 1, 0 and 1 for the others.
///
/// ```
/// let mut card = inscape::Card::parse("channels = 'BGR'\nmean = [103.939, 116.779, 123.68]")?;
/// card.set("std", "[1, 1, 1]")?;
/// assert_eq!(card.std.as_deref(), Some(&[1.0, 1.0, 1.0][..]));
/// assert!(inscape::Card::parse("chanels = 'BGR'").unwrap_err().context.contains("line 1"));
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// The graph input that takes the picture; needed where there are several.
    pub input: Option<String>,
    /// The output or inner value that holds the class scores; needed where there are several outputs.
    pub scores: Option<String>,
    /// A text file of class names, one a line, relative to the card.
    pub labels: Option<String>,
    /// Height and width the network takes.
    pub size: Option<[usize; 2]>,
    /// The order of the network's channels.
    pub channels: Option<Channels>,
    /// Factor on the pixels 0..255.
    pub scale: Option<f64>,
    /// What is taken from each channel after scaling.
    pub mean: Option<Vec<f64>>,
    /// What each channel is divided by.
    pub std: Option<Vec<f64>>,
    /// How a picture of another shape is fitted.
    pub resize: Option<Resize>,
    /// The shorter side before a crop.
    pub resize_to: Option<usize>,
    /// The filter of resizing.
    pub interpolation: Option<Interpolation>,
    /// Red, green, blue (0..255) around a padded picture.
    pub pad_color: Option<[u8; 3]>,
    /// Where the file keeps the channel axis.
    pub layout: Option<Layout>,
    /// A named set of defaults.
    pub preset: Option<Preset>,
    /// Mean Euclidean norm of the training inputs in model space: the sphere for activation maximization.
    pub norm: Option<f64>,
    /// Free text: provenance, license.
    pub note: Option<String>,
    source: CardSource,
    folder: Option<PathBuf>,
    class_names: Option<Vec<String>>,
}

/// Where a card comes from, for a line that says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardSource {
    /// Nothing beside the model told; torchvision's preset is assumed.
    #[default]
    Assumed,
    /// A text given by the caller.
    Text,
    /// A card file, by its name.
    File(String),
    /// Hugging Face files beside the model, by their names.
    HuggingFace(Vec<String>),
}

impl fmt::Display for CardSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CardSource::Assumed => f.write_str(
                "no model card: torchvision's preprocessing is assumed; \
                 check it with `inscape inspect MODEL --probe IMAGE`, or write a card with `--write-card`",
            ),
            CardSource::Text => f.write_str("card given with the model"),
            CardSource::File(name) => write!(f, "model card {name}"),
            CardSource::HuggingFace(names) => write!(f, "Hugging Face {}", names.join(" and ")),
        }
    }
}

impl Card {
    /// Reads a card from TOML text.
    ///
    /// # Errors
    /// [`ErrorKind::Card`] with the line, for text that is not TOML, an unknown key (the nearest is named) or a value of the
    /// wrong kind.
    pub fn parse(toml: &str) -> Result<Card, Error> {
        text::parse(toml)
    }

    /// Reads a card file.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where it cannot be read, else as [`Card::parse`], with the file's name.
    pub fn open(path: impl AsRef<Path>) -> Result<Card, Error> {
        beside::open(path.as_ref())
    }

    /// The card that belongs to a model file: `model.toml` for `model.onnx`, else Hugging Face's `preprocessor_config.json`
    /// and `config.json` in the same folder, else the assumed one.
    ///
    /// # Errors
    /// As [`Card::open`], for files that are there but wrong.
    pub fn beside(model: impl AsRef<Path>) -> Result<Card, Error> {
        beside::beside(model.as_ref())
    }

    /// Sets one key to a value written as in TOML; quotes around words may be left out. A preset takes the place of
    /// everything that presets give: `scale`, `mean`, `std`, `channels` and `resize` set before are forgotten.
    ///
    /// # Errors
    /// [`ErrorKind::Card`] for an unknown key or a value of the wrong kind.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        text::set(self, key, value)?;
        if key == "preset" {
            (self.scale, self.mean, self.std) = (None, None, None);
            (self.channels, self.resize) = (None, None);
        }
        Ok(())
    }

    /// Whether nothing says how pixels become numbers, so that torchvision's way is assumed.
    pub fn assumes_numbers(&self) -> bool {
        self.preset.is_none() && self.scale.is_none() && self.mean.is_none() && self.std.is_none()
    }

    /// The card as TOML text: what is set, with a comment for each key.
    pub fn to_toml(&self) -> String {
        text::write(self)
    }

    /// Where the card comes from.
    pub fn source(&self) -> &CardSource {
        &self.source
    }

    /// The class names for a number of scores: the card's file, else names that came with the model, else ImageNet's for
    /// 1,000 scores, else `None`.
    ///
    /// # Errors
    /// [`ErrorKind::File`] or [`ErrorKind::Labels`] where the file cannot be read or has another count.
    pub fn labels(&self, scores: usize) -> Result<Option<Labels>, Error> {
        let labels = match (&self.labels, &self.class_names) {
            (Some(file), _) => {
                let path = self.folder.as_deref().unwrap_or(Path::new("")).join(file);
                Labels::open(path)?
            }
            (None, Some(names)) => Labels::new(names.iter().map(String::as_str)),
            (None, None) if scores == Labels::IMAGENET => Labels::imagenet(),
            (None, None) => return Ok(None),
        };
        labels.check(scores)?;
        Ok(Some(labels))
    }

    fn wrong(context: impl Into<String>) -> Error {
        Error::new(ErrorKind::Card, context)
    }
}
