use inscape_tensor::Tensor;

use super::fit::{grey, with_shorter};
use super::resample::{Span, resample};
use super::settings::{Preprocessing, before_crop};
use super::window::Window;
use crate::card::Channels;
use crate::error::{Error, ErrorKind};
use crate::image::Image;

/// Ten views of a picture: corners and center, each also mirrored, cut from the picture resized so that its shorter side is
/// round(size·256/224) (Krizhevsky et al. 2012; Simonyan et al. 2013 average their saliency maps over them).
#[derive(Clone, Debug)]
pub struct TenCrops {
    settings: Preprocessing,
    /// The resized picture, interleaved, grey or red-green-blue.
    pixels: Vec<u8>,
    height: usize,
    width: usize,
    window: Window,
}

/// One view: a rectangle of the network's size in the resized picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// First row.
    pub top: usize,
    /// First column.
    pub left: usize,
    /// Whether left and right are swapped after cutting.
    pub mirrored: bool,
}

impl TenCrops {
    /// Resizes a picture for its ten views.
    pub fn new(settings: &Preprocessing, image: &Image) -> TenCrops {
        let [height, width] = with_shorter(image, before_crop(settings.height.max(settings.width)));
        let luma;
        let (pixels, channels) = match settings.channels {
            Channels::Grey => {
                luma = grey(image.rgb());
                (&luma[..], 1)
            }
            Channels::Rgb | Channels::Bgr => (image.rgb(), 3),
        };
        let shape = [image.height(), image.width(), channels];
        let pixels = resample(pixels, shape, Span::whole(height), Span::whole(width), settings.interpolation);
        let window = Window::whole(image.height(), image.width());
        TenCrops { settings: settings.clone(), pixels, height, width, window }
    }

    /// Height and width of the resized picture, which [`TenCrops::paste`] gives its map in.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Where the cells of the pasted map lie in the picture.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The ten views: upper left, upper right, lower left, lower right, center; then the same mirrored.
    pub fn crops(&self) -> [Crop; 10] {
        let (bottom, right) = (self.height - self.settings.height, self.width - self.settings.width);
        let places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom / 2, right / 2)];
        std::array::from_fn(|i| {
            let (top, left) = places[i % 5];
            Crop { top, left, mirrored: i >= 5 }
        })
    }

    /// One view as the network takes it: 1, channels, height, width.
    pub fn tensor(&self, crop: Crop) -> Tensor {
        let channels = self.settings.mean.len();
        let mut cut = Vec::with_capacity(self.settings.height * self.settings.width * channels);
        for y in crop.top..crop.top + self.settings.height {
            let row =
                &self.pixels[(y * self.width + crop.left) * channels..][..self.settings.width * channels];
            match crop.mirrored {
                true => cut.extend(row.chunks_exact(channels).rev().flatten()),
                false => cut.extend_from_slice(row),
            }
        }
        self.settings.tensor(&cut)
    }

    /// Averages the maps of the views (each of the network's height × width), un-mirrored and put back where they were cut:
    /// at every cell the sum over the number of views that cover it, and 0 where none does.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] where there are not ten maps of that size.
    pub fn paste(&self, maps: &[Vec<f32>]) -> Result<Tensor, Error> {
        let (rows, columns) = (self.settings.height, self.settings.width);
        if maps.len() != 10 || maps.iter().any(|map| map.len() != rows * columns) {
            return Err(Error::new(
                ErrorKind::Setting,
                format!("ten crops take ten maps of {rows}×{columns} cells"),
            ));
        }
        let mut sum = vec![0.0f64; self.height * self.width];
        let mut cover = vec![0u32; sum.len()];
        for (crop, map) in self.crops().into_iter().zip(maps) {
            for (y, row) in map.chunks_exact(columns).enumerate() {
                for x in 0..columns {
                    let from = if crop.mirrored { columns - 1 - x } else { x };
                    let at = (crop.top + y) * self.width + crop.left + x;
                    sum[at] += f64::from(row[from]);
                    cover[at] += 1;
                }
            }
        }
        let mean = sum.iter().zip(&cover).map(|(sum, &n)| (sum / f64::from(n.max(1))) as f32).collect();
        Ok(Tensor::new([self.height, self.width], mean))
    }
}
