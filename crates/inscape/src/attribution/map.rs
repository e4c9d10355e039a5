use inscape_tensor::Tensor;

use super::{Method, Setting};
use crate::error::{Error, ErrorKind};
use crate::model::Input;
use crate::picture::{Picture, Scale};
use crate::preprocessing::Window;
use crate::target::Objective;

/// How much each cell of an input, or of a value inside, counts for a target.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attribution {
    pub(super) map: Tensor,
    /// How it was made.
    pub method: Method,
    /// What it explains.
    pub target: Subject,
    /// The settings the method read, with their values.
    pub settings: Vec<(&'static str, Setting)>,
    /// What the method measured on the way, by name: the gap of integrated gradients.
    pub measures: Vec<(&'static str, f64)>,
    /// The value it lives at: the input's name or that of a value inside.
    pub value: String,
    /// Where it lies in the picture, where there is one.
    pub window: Option<Window>,
    /// The target's number at the input.
    pub score: f64,
    /// SHA-256 of the model file; empty for a graph made in memory.
    pub model: String,
    /// What could mislead, in sentences.
    pub warnings: Vec<String>,
}

/// What a map explains.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Subject {
    /// The scalar that was explained.
    pub objective: Objective,
    /// The class's or channel's index, for a single term.
    pub index: Option<usize>,
    /// The class's name, where it has one.
    pub name: Option<String>,
    /// The value it reads, for a single term.
    pub value: Option<String>,
    /// The unit's position along all axes of the value but the batch's.
    pub position: Option<Vec<usize>>,
}

/// Pixels of the longer side below which a map alone is too small to read.
const READABLE: usize = 200;

impl Attribution {
    /// (H, W) for unsigned maps, (C, H, W) for signed ones, in the network's channel order.
    pub fn shape(&self) -> &[usize] {
        self.map.shape()
    }

    /// The numbers, row by row.
    pub fn values(&self) -> &[f32] {
        self.map.values()
    }

    /// The map as a plane, for drawing: (height, width, numbers); signed maps are summed over their channels.
    ///
    /// # Errors
    /// Where the map has no rows and columns.
    pub fn plane(&self) -> Result<([usize; 2], Vec<f32>), Error> {
        match *self.map.shape() {
            [height, width] => Ok(([height, width], self.values().to_vec())),
            [_, height, width] if height * width > 0 => {
                let mut sum = vec![0.0f64; height * width];
                for plane in self.values().chunks(height * width) {
                    for (sum, &value) in sum.iter_mut().zip(plane) {
                        *sum += f64::from(value);
                    }
                }
                Ok(([height, width], sum.into_iter().map(|sum| sum as f32).collect()))
            }
            ref shape => {
                let context = format!("a map of shape {shape:?} has no rows and columns to draw");
                Err(Error::new(ErrorKind::Setting, context))
            }
        }
    }

    /// The map in colors, a pixel a cell; a coarse map, as Grad-CAM's is, larger by a whole factor.
    ///
    /// # Errors
    /// Where the map has no rows and columns, or holds numbers that are not finite.
    pub fn picture(&self) -> Result<Picture, Error> {
        let ([height, width], values) = self.plane()?;
        let factor = READABLE.div_ceil(height.max(width).max(1));
        Picture::from_map_at(&values, [height, width], self.scale(), [height * factor, width * factor])
    }

    /// The map over the picture it explains, at the picture's own resolution; alone where the input was an array.
    ///
    /// # Errors
    /// As [`Attribution::picture`].
    pub fn overlay(&self, input: &Input) -> Result<Picture, Error> {
        let (Some(image), Some(window)) = (input.image(), self.window) else { return self.picture() };
        let ([height, width], values) = self.plane()?;
        Picture::overlay(&values, height, width, self.scale(), image, window)
    }

    /// Whether a drawing of it shows sums over channels, one number for all channels of a cell.
    pub fn is_summed(&self) -> bool {
        matches!(*self.shape(), [channels, _, _] if channels > 1)
    }

    fn scale(&self) -> Scale {
        if self.method.signed { Scale::signed() } else { Scale::unsigned() }
    }

    /// Shape and numbers.
    pub fn tensor(&self) -> &Tensor {
        &self.map
    }
}
