//! Pictures of maps: colors, ranges, overlays and PNG files.

mod animation;
mod color;
pub(crate) mod jpeg;
mod located;
mod overlay;
mod png;
mod scale;
mod sheet;
mod smooth;
mod table;
mod text;

use std::path::Path;

pub use color::ColorMap;
pub use scale::{Range, Scale};
pub(crate) use smooth::{blurred, sample};

use crate::error::Error;
use crate::file;
use crate::image::Image;
use crate::preprocessing::Window;

/// An 8-bit sRGB image with the color map and range that made it.
///
/// ```
/// use inscape::{Picture, Scale};
/// let picture = Picture::from_map(&[0.0, 1.0, -1.0, 0.5], 2, 2, Scale::signed())?;
/// assert_eq!((picture.height(), picture.width()), (2, 2));
/// assert_eq!(picture.range().map(|range| (range.low, range.high)), Some((-1.0, 1.0)));
/// assert!(picture.png_bytes().starts_with(b"\x89PNG"));
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    range: Option<Range>,
}

impl Picture {
    /// The longest side of an overlay, in pixels.
    pub const LONGEST_OVERLAY: usize = 1024;

    /// A map of `height` × `width` cells in colors, a pixel a cell.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`](crate::ErrorKind::Setting) where the values are not `height`·`width` finite numbers.
    pub fn from_map(values: &[f32], height: usize, width: usize, scale: Scale) -> Result<Picture, Error> {
        Picture::from_map_at(values, [height, width], scale, [height, width])
    }

    /// A map of `cells` (height, width) in colors, drawn smoothly (bicubic between the centers of the cells) at another size.
    ///
    /// # Errors
    /// As [`Picture::from_map`].
    pub fn from_map_at(
        values: &[f32],
        cells: [usize; 2],
        scale: Scale,
        size: [usize; 2],
    ) -> Result<Picture, Error> {
        let range = scale.range(values, cells)?;
        let [height, width] = size;
        let mut rgb = Vec::with_capacity(height * width * 3);
        for y in 0..height {
            for x in 0..width {
                let at = [
                    (y as f64 + 0.5) * cells[0] as f64 / height as f64,
                    (x as f64 + 0.5) * cells[1] as f64 / width as f64,
                ];
                rgb.extend(range.color(sample(values, cells, at)));
            }
        }
        Ok(Picture { width, height, rgb, range: Some(range) })
    }

    /// A map laid over the picture it explains, at the picture's own resolution (longest side at most
    /// [`Picture::LONGEST_OVERLAY`]).
    ///
    /// The picture is drawn in subdued grey, the map in color, the more opaque the larger its value. Single cells of a raw
    /// gradient are noise to the eye, so the map is blurred first by a Gaussian whose width, in cells, is in
    /// [`Range::blur`]; the range is that of the blurred map. `window` says where the cells lie in the picture.
    ///
    /// # Errors
    /// As [`Picture::from_map`].
    pub fn overlay(
        values: &[f32],
        height: usize,
        width: usize,
        scale: Scale,
        image: &Image,
        window: Window,
    ) -> Result<Picture, Error> {
        overlay::overlay(values, [height, width], scale, image, window)
    }

    /// A mask as a grey PNG file of `height` × `width` pixels: 255 where it is true.
    ///
    /// # Panics
    /// Where it has not one entry for every pixel, or no pixels.
    pub fn mask_png(mask: &[bool], height: usize, width: usize) -> Vec<u8> {
        let levels: Vec<u8> = mask.iter().map(|&inside| if inside { 255 } else { 0 }).collect();
        png::encoded_grey(width, height, &levels)
    }

    /// A picture as it is.
    pub fn from_image(image: &Image) -> Picture {
        Picture { width: image.width(), height: image.height(), rgb: image.rgb().to_vec(), range: None }
    }

    /// Pixels from left to right.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Red, green, blue of each pixel, row by row from the top.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// What the colors mean; `None` for a plain picture.
    pub fn range(&self) -> Option<&Range> {
        self.range.as_ref()
    }

    /// The picture as a PNG file, marked as sRGB.
    pub fn png_bytes(&self) -> Vec<u8> {
        png::encoded(self.width, self.height, &self.rgb)
    }

    /// The picture as a JPEG file of a quality of 1 to 100.
    ///
    /// # Errors
    /// [`ErrorKind::Picture`](crate::ErrorKind::Picture) above 65,535 pixels a side.
    pub fn jpeg_bytes(&self, quality: u8) -> Result<Vec<u8>, Error> {
        jpeg::encoded(self.width, self.height, &self.rgb, quality)
    }

    /// Writes a PNG file; it is either absent, the former one, or whole.
    ///
    /// # Errors
    /// [`ErrorKind::File`](crate::ErrorKind::File) where it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        file::write(path.as_ref(), &self.png_bytes())
    }
}
