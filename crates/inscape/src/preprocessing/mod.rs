//! From pictures to a network's input and back.

mod fit;
mod resample;
mod settings;
mod ten_crops;
mod window;

use inscape_tensor::Tensor;

pub(crate) use fit::{grey_at, mask_at, stretched};
pub use settings::Preprocessing;
pub use ten_crops::{Crop, TenCrops};
pub use window::Window;

use crate::card::{Channels, Layout};
use crate::error::{Error, ErrorKind};
use crate::image::Image;

/// A picture as a network takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// 1, channels, height, width, in the network's own numbers.
    pub tensor: Tensor,
    /// Where the tensor's cells lie in the picture.
    pub window: Window,
}

impl Preprocessing {
    /// Fits a picture to the network's size and turns its pixels into the network's numbers.
    pub fn prepare(&self, image: &Image) -> Prepared {
        let (pixels, window) = fit::fitted(self, image);
        Prepared { tensor: self.tensor(&pixels), window }
    }

    /// The pixels of a picture of any size, as they are, in the network's numbers.
    pub(crate) fn tensor_of(&self, image: &Image) -> Tensor {
        let settings = Preprocessing { height: image.height(), width: image.width(), ..self.clone() };
        let settings = Preprocessing { resize: crate::card::Resize::Stretch, ..settings };
        settings.prepare(image).tensor
    }

    /// The picture that a tensor shows: what the network really sees. Levels outside 0..255 are clipped.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] where the tensor is not one picture of this network's channels.
    pub fn picture(&self, tensor: &Tensor) -> Result<Image, Error> {
        let count = self.mean.len();
        let (height, width) = match *tensor.shape() {
            [1, c, height, width] | [c, height, width] if c == count => (height, width),
            ref shape => {
                let context = format!("a tensor of shape {shape:?} is no picture of {count} channels");
                return Err(Error::new(ErrorKind::Setting, context));
            }
        };
        let level =
            |channel: usize, x: f32| (f64::from(x) * self.std[channel] + self.mean[channel]) / self.scale;
        self.painted(tensor, [height, width], level)
    }

    /// A map of the input (C, H, W) with numbers from -1, black, to 1, white, by channel as pictures are.
    ///
    /// # Errors
    /// As [`Preprocessing::picture`].
    pub(crate) fn shaded(&self, map: &Tensor) -> Result<Image, Error> {
        let &[_, height, width] = map.shape() else {
            return Err(Error::new(
                ErrorKind::Setting,
                format!("a map of shape {:?} is no picture", map.shape()),
            ));
        };
        self.painted(map, [height, width], |_, x| 127.5 + 127.5 * f64::from(x))
    }

    /// A picture whose levels of each channel are made of a tensor's numbers.
    fn painted(
        &self,
        tensor: &Tensor,
        [height, width]: [usize; 2],
        level: impl Fn(usize, f32) -> f64,
    ) -> Result<Image, Error> {
        let area = height * width;
        let mut rgb = vec![0; area * 3];
        for (channel, values) in tensor.values().chunks_exact(area.max(1)).enumerate() {
            let places: &[usize] = if self.mean.len() == 1 { &[0, 1, 2] } else { &[self.place(channel)] };
            for (at, &x) in values.iter().enumerate() {
                // A float that is no number becomes 0 in this conversion.
                let level = level(channel, x).round().clamp(0.0, 255.0) as u8;
                for place in places {
                    rgb[at * 3 + place] = level;
                }
            }
        }
        Image::from_rgb8(width, height, rgb)
    }

    /// A tensor (n, channels, height, width) in the layout of the model file.
    pub fn to_graph(&self, tensor: Tensor) -> Tensor {
        match self.layout {
            Layout::Nchw => tensor,
            Layout::Nhwc => moved(tensor, [0, 2, 3, 1]),
        }
    }

    /// A tensor in the layout of the model file as (n, channels, height, width).
    pub fn from_graph(&self, tensor: Tensor) -> Tensor {
        match self.layout {
            Layout::Nchw => tensor,
            Layout::Nhwc => moved(tensor, [0, 3, 1, 2]),
        }
    }

    /// Pixels of the network's size, interleaved, grey or red-green-blue, as numbers by plane.
    fn tensor(&self, pixels: &[u8]) -> Tensor {
        let mut values = vec![0.0; pixels.len()];
        self.fill(pixels, &mut values);
        Tensor::new(self.shape(), values)
    }

    /// As a tensor of one input (C, H, W), into cells that are there already.
    pub(crate) fn fill(&self, pixels: &[u8], cells: &mut [f32]) {
        let count = self.mean.len();
        for (channel, plane) in cells.chunks_exact_mut(self.height * self.width).enumerate() {
            let place = if count == 1 { 0 } else { self.place(channel) };
            let (mean, std) = (self.mean[channel], self.std[channel]);
            let levels: [f32; 256] =
                std::array::from_fn(|level| ((level as f64 * self.scale - mean) / std) as f32);
            for (cell, &level) in plane.iter_mut().zip(pixels[place..].iter().step_by(count)) {
                *cell = levels[usize::from(level)];
            }
        }
    }

    /// Which of red, green, blue a channel is.
    fn place(&self, channel: usize) -> usize {
        if self.channels == Channels::Bgr { 2 - channel } else { channel }
    }
}

/// The axes of a rank-4 tensor in another order; other ranks stay as they are.
fn moved(tensor: Tensor, order: [usize; 4]) -> Tensor {
    let &[a, b, c, d] = tensor.shape() else { return tensor };
    let sizes = [a, b, c, d];
    let strides = [b * c * d, c * d, d, 1];
    let shape = order.map(|axis| sizes[axis]);
    let step = order.map(|axis| strides[axis]);
    let mut values = Vec::with_capacity(tensor.values().len());
    for i in 0..shape[0] {
        for j in 0..shape[1] {
            for k in 0..shape[2] {
                let start = i * step[0] + j * step[1] + k * step[2];
                values.extend((0..shape[3]).map(|l| tensor.values()[start + l * step[3]]));
            }
        }
    }
    Tensor::new(shape, values)
}
