//! What is optimized, and the image it stands for.

mod color;
mod fourier;
mod pixels;

use std::ops::Range;

use inscape_tensor::Pool;
use serde::{Deserialize, Serialize};

pub use fourier::Fourier;
pub use pixels::{Pixels, Start};

use super::space::Space;
use crate::error::Error;
use crate::random::Deviates;

/// How an image is written as numbers to optimize. To add one: one file here, one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Parametrization {
    /// Every pixel by itself.
    Pixels(Pixels),
    /// Decorrelated colors in Fourier space.
    Fourier(Fourier),
}

/// The image that is drawn: channels, height, width; and whether the channels are blue, green, red.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) bgr: bool,
}

/// Rows of a band.
pub(crate) const BAND: usize = 16;

impl Frame {
    pub(crate) fn area(&self) -> usize {
        self.height * self.width
    }

    pub(crate) fn len(&self) -> usize {
        self.channels * self.area()
    }

    /// An image's planes cut into bands of rows, each a task of its own: a band holds its rows of every channel.
    pub(crate) fn bands<'a>(&self, image: &'a mut [f32]) -> Vec<Vec<&'a mut [f32]>> {
        let mut bands: Vec<Vec<&mut [f32]>> = Vec::new();
        bands.resize_with(self.height.div_ceil(BAND), || Vec::with_capacity(self.channels));
        for plane in image.chunks_exact_mut(self.area()) {
            let rows = plane.chunks_mut(BAND * self.width);
            bands.iter_mut().zip(rows).for_each(|(band, rows)| band.push(rows));
        }
        bands
    }

    /// Where some rows lie in a plane.
    pub(crate) fn rows(&self, rows: &Range<usize>) -> Range<usize> {
        rows.start * self.width..rows.end * self.width
    }
}

/// A parametrization of one size of image.
pub(crate) trait Canvas: Send + Sync {
    /// Numbers of one image.
    fn len(&self) -> usize;

    /// Where an image starts.
    fn start(&self, random: &mut Deviates, values: &mut [f32]);

    /// Draws the image (channels, height, width) of some numbers.
    fn draw(&mut self, pool: &Pool, values: &[f32], image: &mut [f32]);

    /// Turns the gradient with respect to the image into that with respect to the numbers.
    fn pull(&mut self, pool: &Pool, image: &[f32], along: &[f32], gradient: &mut [f32]);

    /// Whether the numbers are the image itself, so that it may be changed directly.
    fn direct(&self) -> bool;
}

impl Parametrization {
    /// The numbers its images are written in.
    pub fn space(&self) -> Space {
        match self {
            Parametrization::Pixels(pixels) => pixels.space,
            Parametrization::Fourier(_) => Space::Unit,
        }
    }

    /// The canvas for a size; `picture` is what an image starts from, where the start asks for one.
    pub(crate) fn canvas(&self, frame: Frame, picture: Option<&[f32]>) -> Result<Box<dyn Canvas>, Error> {
        match self {
            Parametrization::Pixels(pixels) => pixels.canvas(frame, picture),
            Parametrization::Fourier(fourier) => fourier.canvas(frame, picture),
        }
    }
}
