use std::io::Cursor;

use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{check_size, gif, jpeg, orient, refused};
use crate::error::{Error, ErrorKind};

/// The most bytes of a picture file.
pub(super) const MOST_BYTES: u64 = 256 << 20;

/// The most bytes of a decoded picture: 100 megapixels of 8-bit color with transparency.
const MOST_DECODED: u64 = 400 << 20;

/// Decoded bytes that any file may take, and those that each of its own bytes adds: the most that deflate makes of one, as in
/// a PNG of one color. Cameras' files stay far below; a file above claims pixels that it does not hold.
const ALWAYS_DECODED: u64 = 100 << 20;
const DECODED_PER_BYTE: u64 = 1032;

/// A picture and what was changed in reading it.
pub(super) struct Decoded {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<u8>,
    pub(super) notes: Vec<String>,
}

pub(super) fn decode(content: &[u8]) -> Result<Decoded, Error> {
    let format = image::guess_format(content).ok().filter(|format| format.reading_enabled());
    let Some(format) = format else { return Err(wrong(refused::reason(content))) };
    let mut notes = Vec::new();
    if format == ImageFormat::Jpeg {
        let survey = jpeg::survey(content);
        if !survey.complete {
            return Err(wrong("the JPEG ends before its end marker: the file is truncated"));
        }
        if survey.components == 4 {
            notes.push("CMYK was converted to RGB without its color profile".to_owned());
        }
    }
    if format == ImageFormat::Gif && !gif::frame_fits(content) {
        return Err(wrong("the first frame of the GIF lies outside its screen: the file is damaged"));
    }
    let mut decoder = ImageReader::with_format(Cursor::new(content), format)
        .into_decoder()
        .map_err(|error| told(format, &error))?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    check_size(width, height)?;
    check_plausible(format, [height, width], decoder.total_bytes(), content.len())?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_DECODED);
    decoder.set_limits(limits).map_err(|error| told(format, &error))?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let exact = match format {
        ImageFormat::Jpeg => jpeg::decode(content, [height, width])
            .map_err(|damage| wrong(format!("the JPEG is damaged ({})", damage.0)))?,
        _ => None,
    };
    let rgb = match exact {
        Some(rgb) => rgb,
        None => {
            let color = decoder.color_type();
            let mut stored = vec![0; decoder.total_bytes() as usize];
            decoder.read_image(&mut stored).map_err(|error| told(format, &error))?;
            to_rgb(color, stored, &mut notes)?
        }
    };
    if orientation != Orientation::NoTransforms {
        notes.push("turned as its EXIF orientation says".to_owned());
    }
    if format == ImageFormat::Gif {
        notes.push("the first frame of a GIF".to_owned());
    }
    let (width, height, rgb) = orient::oriented(orientation, width, height, rgb);
    Ok(Decoded { width, height, rgb, notes })
}

/// Refuses a file that claims more pixels than its bytes can hold, before memory is taken for them.
fn check_plausible(
    format: ImageFormat,
    [height, width]: [usize; 2],
    decoded: u64,
    bytes: usize,
) -> Result<(), Error> {
    let decoded = decoded.max(3 * width as u64 * height as u64);
    if decoded > MOST_DECODED {
        return Err(wrong(format!(
            "decoding {width}×{height} pixels takes more than {} MiB",
            MOST_DECODED >> 20
        )));
    }
    let claims_too_much = decoded > ALWAYS_DECODED + DECODED_PER_BYTE * bytes as u64;
    if claims_too_much || format == ImageFormat::Jpeg && !jpeg::can_hold(bytes, [height, width]) {
        return Err(wrong(format!(
            "it says it has {width}×{height} pixels, which its {bytes} bytes can hardly hold: the file is damaged, or empty \
             enough to be made smaller"
        )));
    }
    Ok(())
}

/// 8-bit red, green, blue from what a decoder gives.
fn to_rgb(color: ColorType, stored: Vec<u8>, notes: &mut Vec<String>) -> Result<Vec<u8>, Error> {
    let channels = usize::from(color.channel_count());
    let bytes = match usize::from(color.bytes_per_pixel()) / channels {
        1 => stored,
        2 => {
            notes.push("16 bits per channel were reduced to 8".to_owned());
            stored.as_chunks().0.iter().map(|&level| to_eight_bits(u16::from_ne_bytes(level))).collect()
        }
        _ => {
            return Err(wrong(
                "it holds floating-point pixels, which are not read; save it with 8 or 16 bits",
            ));
        }
    };
    Ok(match channels {
        1 => bytes.iter().flat_map(|&grey| [grey; 3]).collect(),
        2 => over_white(bytes.as_chunks().0.iter().map(|&[grey, alpha]| ([grey; 3], alpha)), notes),
        4 => over_white(
            bytes.as_chunks().0.iter().map(|&[red, green, blue, alpha]| ([red, green, blue], alpha)),
            notes,
        ),
        _ => bytes,
    })
}

fn to_eight_bits(level: u16) -> u8 {
    ((u32::from(level) * 255 + 32_767) / 65_535) as u8
}

fn over_white(pixels: impl ExactSizeIterator<Item = ([u8; 3], u8)>, notes: &mut Vec<String>) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(pixels.len() * 3);
    let mut opaque = true;
    for (color, alpha) in pixels {
        opaque &= alpha == 255;
        let alpha = u32::from(alpha);
        rgb.extend(color.map(|level| ((u32::from(level) * alpha + 255 * (255 - alpha) + 127) / 255) as u8));
    }
    if !opaque {
        notes.push("transparency was laid over white".to_owned());
    }
    rgb
}

fn told(format: ImageFormat, error: &ImageError) -> Error {
    let name = match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Bmp => "BMP",
        _ => "GIF",
    };
    let detail: String = error.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
    match error {
        ImageError::Unsupported(_) => {
            wrong(format!("this kind of {name} is not read ({detail}); save it as plain PNG"))
        }
        ImageError::Limits(_) => wrong(format!("the {name} would take too much memory ({detail})")),
        _ => wrong(format!("the {name} is damaged or truncated ({detail})")),
    }
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::Picture, context)
}
