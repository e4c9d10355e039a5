use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, RgbaImage};

use super::Picture;
use crate::error::{Error, ErrorKind};
use crate::image::Image;

impl Picture {
    /// Images of one size as an animated GIF that repeats; the last stays for two seconds.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for no images, images of different sizes, or sides above 65,535.
    pub fn animation(images: &[Image], milliseconds: u32) -> Result<Vec<u8>, Error> {
        let wrong =
            |what: String| Error::new(ErrorKind::Setting, format!("no animation can be made: {what}"));
        let first = images.first().ok_or_else(|| wrong("there are no frames".into()))?;
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
        encoder.set_repeat(Repeat::Infinite).map_err(|error| wrong(error.to_string()))?;
        for (i, image) in images.iter().enumerate() {
            if (image.width(), image.height()) != (first.width(), first.height()) {
                return Err(wrong("its frames have different sizes".into()));
            }
            let rgba = image.rgb().as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
            let (width, height) = (image.width() as u32, image.height() as u32);
            let canvas = RgbaImage::from_raw(width, height, rgba);
            let canvas = canvas.ok_or_else(|| wrong("a frame is not whole".into()))?;
            let time = if i + 1 == images.len() { 2000 } else { milliseconds };
            let frame = Frame::from_parts(canvas, 0, 0, Delay::from_numer_denom_ms(time, 1));
            encoder.encode_frame(frame).map_err(|error| wrong(error.to_string()))?;
        }
        drop(encoder);
        Ok(bytes)
    }
}
