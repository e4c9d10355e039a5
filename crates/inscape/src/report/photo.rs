use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Rgb};

use crate::error::{Error, ErrorKind};
use crate::picture::jpeg;

/// The long side of photographs in a page.
const LONG_SIDE: u32 = 1024;

/// A photograph as it goes into a page: at most 1024 pixels long, as JPEG. Gives its width and height too.
pub(super) fn photo(width: usize, height: usize, rgb: &[u8]) -> Result<(Vec<u8>, [usize; 2]), Error> {
    let wrong = |context: String| Error::new(ErrorKind::Picture, context);
    let (wide, high) = (width as u32, height as u32);
    let source: ImageBuffer<Rgb<u8>, &[u8]> = ImageBuffer::from_raw(wide, high, rgb)
        .ok_or_else(|| wrong("a picture's bytes do not fit its size".into()))?;
    let long = wide.max(high);
    let small;
    let (width, height, rgb) = if long > LONG_SIDE {
        let side = |side: u32| (u64::from(side) * u64::from(LONG_SIDE) / u64::from(long)).max(1) as u32;
        small = resize(&source, side(wide), side(high), FilterType::Triangle);
        (small.width(), small.height(), small.as_raw().as_slice())
    } else {
        (wide, high, rgb)
    };
    let size = [width as usize, height as usize];
    Ok((jpeg::encoded(size[0], size[1], rgb, 90)?, size))
}

#[cfg(test)]
mod tests {
    use super::photo;

    #[test]
    fn large_pictures_are_made_smaller() {
        let (bytes, size) = photo(3000, 2, &vec![128; 3000 * 2 * 3]).unwrap();
        assert_eq!(size, [1024, 1]);
        assert!(bytes.starts_with(&[0xFF, 0xD8]));
        assert!(photo(3, 3, &[0; 5]).is_err());
    }
}
