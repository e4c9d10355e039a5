use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::error::{Error, ErrorKind};

/// Red, green, blue by rows as a JPEG file of a quality of 1 to 100.
pub(crate) fn encoded(width: usize, height: usize, rgb: &[u8], quality: u8) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(rgb, width as u32, height as u32, ExtendedColorType::Rgb8)
        .map_err(|error| {
            Error::new(ErrorKind::Picture, format!("a picture could not be encoded as JPEG: {error}"))
        })?;
    Ok(bytes)
}
