//! Pictures as the user has them.

mod decode;
mod gif;
mod jpeg;
mod orient;
mod refused;

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};
use crate::file;

/// A picture of 8-bit red, green and blue in sRGB, row by row. Cheap to clone.
///
/// ```
/// let image = inscape::Image::from_rgb8(2, 1, vec![255, 0, 0, 0, 0, 255])?;
/// assert_eq!((image.height(), image.width()), (1, 2));
/// assert_eq!(image.rgb()[3..], [0, 0, 255]);
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    width: usize,
    height: usize,
    rgb: Arc<Vec<u8>>,
    sha256: String,
    name: Option<String>,
    notes: Vec<String>,
}

impl Image {
    /// The most pixels a picture may have.
    pub const MOST_PIXELS: usize = 100_000_000;

    /// A picture from red, green, blue bytes, row by row from the top.
    ///
    /// # Errors
    /// [`ErrorKind::Picture`] where the sides are 0, the pixels too many or the bytes not 3 for each.
    pub fn from_rgb8(width: usize, height: usize, rgb: Vec<u8>) -> Result<Image, Error> {
        check_size(width, height)?;
        if rgb.len() != width * height * 3 {
            let context =
                format!("{width}×{height} pixels take {} bytes, not {}", width * height * 3, rgb.len());
            return Err(Error::new(ErrorKind::Picture, context));
        }
        let sha256 = sha256(&rgb);
        Ok(Image { width, height, rgb: Arc::new(rgb), sha256, name: None, notes: Vec::new() })
    }

    /// Reads a picture file: JPEG (turned by its EXIF orientation), PNG, WebP, BMP, or the first frame of a GIF.
    ///
    /// Transparency is laid over white, grey becomes three equal channels, 16 bits become 8, and CMYK is converted without its
    /// color profile; [`Image::notes`] says so. Nothing else of the file is kept: no EXIF, no path.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where the file cannot be read; [`ErrorKind::Picture`] for a damaged, truncated or oversized picture, or
    /// a kind that is not read, with the remedy.
    pub fn open(path: impl AsRef<Path>) -> Result<Image, Error> {
        let path = path.as_ref();
        let content = file::read(path, decode::MOST_BYTES)?;
        let image = Image::decode(&content)
            .map_err(|error| Error::new(error.kind, format!("{}: {error}", path.display())))?;
        Ok(image.named(file::name(path)))
    }

    /// Reads a picture from the bytes of a file, as [`Image::open`].
    ///
    /// # Errors
    /// As [`Image::open`].
    pub fn decode(content: &[u8]) -> Result<Image, Error> {
        let decode::Decoded { width, height, rgb, notes } = decode::decode(content)?;
        Ok(Image { width, height, rgb: Arc::new(rgb), sha256: sha256(content), name: None, notes })
    }

    /// The picture at another size, antialiased (bicubic); it keeps its name.
    pub(crate) fn resized(&self, height: usize, width: usize) -> Image {
        let rgb = Arc::new(crate::preprocessing::stretched(self, height, width));
        Image { width, height, rgb, ..self.clone() }
    }

    /// The picture at another size: antialiased where it is smaller, every pixel a rectangle where it is larger.
    pub(crate) fn scaled(&self, height: usize, width: usize) -> Image {
        if height < self.height || width < self.width {
            return self.resized(height, width);
        }
        let pixels = self.rgb.as_chunks::<3>().0;
        let row = |y: usize| &pixels[y * self.height / height * self.width..][..self.width];
        let across = |y: usize| (0..width).flat_map(move |x| row(y)[x * self.width / width]);
        Image { width, height, rgb: Arc::new((0..height).flat_map(across).collect()), ..self.clone() }
    }

    /// The picture with its longer side at most so many pixels, antialiased; itself where it is no larger.
    pub fn within(&self, longest: usize) -> Image {
        let long = self.width.max(self.height);
        if long <= longest {
            return self.clone();
        }
        let side = |side: usize| (side * longest / long).max(1);
        self.resized(side(self.height), side(self.width))
    }

    /// The same picture under a name for results.
    pub fn named(self, name: impl Into<String>) -> Image {
        Image { name: Some(name.into()), ..self }
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

    /// SHA-256 of the file, or of the bytes where there was none, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The file's name without its folder.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What was changed in reading, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

fn check_size(width: usize, height: usize) -> Result<(), Error> {
    let pixels = width.checked_mul(height);
    match pixels {
        Some(1..=Image::MOST_PIXELS) => Ok(()),
        Some(0) => {
            Err(Error::new(ErrorKind::Picture, format!("a picture of {width}×{height} has no pixels")))
        }
        _ => {
            let most = Image::MOST_PIXELS / 1_000_000;
            let context = format!(
                "it says it has {width}×{height} pixels, more than the {most} megapixels that are read; make it smaller"
            );
            Err(Error::new(ErrorKind::Picture, context))
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
