use inscape_tensor::Pool;
use serde::{Deserialize, Serialize};

use super::{Canvas, Frame};
use crate::error::{Error, ErrorKind};
use crate::random::Deviates;
use crate::visualization::space::Space;

/// Every pixel is a number of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pixels {
    /// What the numbers are.
    pub space: Space,
    /// Where the image starts.
    pub start: Start,
}

/// Where an image starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Start {
    /// All numbers 0.
    Zero,
    /// Normal deviates.
    Normal {
        /// Their standard deviation.
        deviation: f64,
    },
    /// Evenly distributed numbers.
    Uniform {
        /// The least.
        low: f64,
        /// The limit they stay below.
        high: f64,
    },
    /// A picture that is given.
    Picture,
}

struct Direct {
    frame: Frame,
    start: Start,
    picture: Vec<f32>,
}

impl Pixels {
    pub(super) fn canvas(&self, frame: Frame, picture: Option<&[f32]>) -> Result<Box<dyn Canvas>, Error> {
        let picture = match (picture, self.start) {
            (Some(picture), _) => picture.to_vec(),
            (None, Start::Picture) => {
                let context = "this recipe starts from a picture: give one with --from IMAGE";
                return Err(Error::new(ErrorKind::Setting, context));
            }
            (None, _) => Vec::new(),
        };
        let start = if picture.is_empty() { self.start } else { Start::Picture };
        Ok(Box::new(Direct { frame, start, picture }))
    }
}

impl Canvas for Direct {
    fn len(&self) -> usize {
        self.frame.len()
    }

    fn start(&self, random: &mut Deviates, values: &mut [f32]) {
        match self.start {
            Start::Zero => values.fill(0.0),
            Start::Normal { deviation } => values.fill_with(|| (random.normal() * deviation) as f32),
            Start::Uniform { low, high } => {
                values.fill_with(|| (low + random.uniform() * (high - low)) as f32);
            }
            Start::Picture => values.copy_from_slice(&self.picture),
        }
    }

    fn draw(&mut self, _: &Pool, values: &[f32], image: &mut [f32]) {
        image.copy_from_slice(values);
    }

    fn pull(&mut self, _: &Pool, _: &[f32], along: &[f32], gradient: &mut [f32]) {
        gradient.copy_from_slice(along);
    }

    fn direct(&self) -> bool {
        true
    }
}
