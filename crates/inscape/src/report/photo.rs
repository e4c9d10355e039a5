use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{ExtendedColorType, ImageBuffer, Rgb};

use crate::error::{Error, ErrorKind};

/// The long side of photographs in a page.
pub(super) const LONG_SIDE: u32 = 1024;

/// A photograph as it goes into a page: at most `longest` pixels long, as JPEG. Gives its width and height too.
pub(super) fn photo(
    width: usize,
    height: usize,
    rgb: &[u8],
    longest: u32,
) -> Result<(Vec<u8>, [usize; 2]), Error> {
    let wrong = |context: String| Error::new(ErrorKind::Picture, context);
    let (wide, high) = (width as u32, height as u32);
    let source: ImageBuffer<Rgb<u8>, &[u8]> = ImageBuffer::from_raw(wide, high, rgb)
        .ok_or_else(|| wrong("a picture's bytes do not fit its size".into()))?;
    let long = wide.max(high);
    let small;
    let (width, height, rgb) = if long > longest {
        let side = |side: u32| (u64::from(side) * u64::from(longest) / u64::from(long)).max(1) as u32;
        small = resize(&source, side(wide), side(high), FilterType::Triangle);
        (small.width(), small.height(), small.as_raw().as_slice())
    } else {
        (wide, high, rgb)
    };
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode(rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| wrong(format!("a picture of the report could not be encoded: {error}")))?;
    Ok((bytes, [width as usize, height as usize]))
}

#[cfg(test)]
mod tests {
    use super::{LONG_SIDE, photo};

    #[test]
    fn large_pictures_are_made_smaller() {
        let (bytes, size) = photo(3000, 2, &vec![128; 3000 * 2 * 3], LONG_SIDE).unwrap();
        assert_eq!(size, [1024, 1]);
        assert!(bytes.starts_with(&[0xFF, 0xD8]));
        assert!(photo(3, 3, &[0; 5], LONG_SIDE).is_err());
    }
}
