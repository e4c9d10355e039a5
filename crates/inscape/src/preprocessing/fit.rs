use super::resample::{Span, resample};
use super::settings::Preprocessing;
use super::window::Window;
use crate::card::{Channels, Interpolation, Resize};
use crate::image::Image;

/// The pixels the network gets, interleaved (grey, or red, green, blue), and where they lie in the picture.
pub(super) fn fitted(settings: &Preprocessing, image: &Image) -> (Vec<u8>, Window) {
    let luma;
    let (pixels, channels) = match settings.channels {
        Channels::Grey => {
            luma = grey(image.rgb());
            (&luma[..], 1)
        }
        Channels::Rgb | Channels::Bgr => (image.rgb(), 3),
    };
    let source = [image.height(), image.width(), channels];
    let (height, width) = (settings.height, settings.width);
    let resized = |rows, columns| resample(pixels, source, rows, columns, settings.interpolation);
    match settings.resize {
        Resize::Stretch => {
            let whole = Window::whole(image.height(), image.width());
            (resized(Span::whole(height), Span::whole(width)), whole)
        }
        Resize::Crop => {
            let full = covering(settings, image);
            let rows = centered(full[0], height);
            let columns = centered(full[1], width);
            let row_step = image.height() as f64 / full[0] as f64;
            let column_step = image.width() as f64 / full[1] as f64;
            let window = Window {
                top: rows.first as f64 * row_step,
                left: columns.first as f64 * column_step,
                height: height as f64 * row_step,
                width: width as f64 * column_step,
            };
            (resized(rows, columns), window)
        }
        Resize::Pad => {
            let inner = contained(image, height, width);
            let (top, left) = (middle(height - inner[0]), middle(width - inner[1]));
            let small = resized(Span::whole(inner[0]), Span::whole(inner[1]));
            let color = match channels {
                1 => grey(&settings.pad_color),
                _ => settings.pad_color.to_vec(),
            };
            let mut pixels = color.repeat(height * width);
            for (y, row) in small.chunks_exact(inner[1] * channels).enumerate() {
                pixels[((top + y) * width + left) * channels..][..row.len()].copy_from_slice(row);
            }
            let row_step = image.height() as f64 / inner[0] as f64;
            let column_step = image.width() as f64 / inner[1] as f64;
            let window = Window {
                top: -(top as f64) * row_step,
                left: -(left as f64) * column_step,
                height: height as f64 * row_step,
                width: width as f64 * column_step,
            };
            (pixels, window)
        }
    }
}

/// The pixels of a picture, red, green, blue, at another size.
pub(crate) fn stretched(image: &Image, height: usize, width: usize) -> Vec<u8> {
    let shape = [image.height(), image.width(), 3];
    resample(image.rgb(), shape, Span::whole(height), Span::whole(width), Interpolation::Bicubic)
}

/// Height and width with the shorter side brought to `shorter`; the longer is cut to whole pixels, as torchvision does.
pub(super) fn with_shorter(image: &Image, shorter: usize) -> [usize; 2] {
    let (height, width) = (image.height(), image.width());
    match height <= width {
        true => [shorter, longer(shorter, width, height)],
        false => [longer(shorter, height, width), shorter],
    }
}

/// A picture's luma as ITU-R 601 weighs it, rounded as Pillow rounds it.
pub(super) fn grey(rgb: &[u8]) -> Vec<u8> {
    let luma = |&[red, green, blue]: &[u8; 3]| {
        (u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000) >> 16
    };
    rgb.as_chunks().0.iter().map(|pixel| luma(pixel) as u8).collect()
}

/// A picture's luma at another size.
pub(crate) fn grey_at(image: &Image, height: usize, width: usize) -> Vec<u8> {
    let shape = [image.height(), image.width(), 1];
    resample(&grey(image.rgb()), shape, Span::whole(height), Span::whole(width), Interpolation::Bilinear)
}

/// How much of each pixel a mask covers at another size, 0..1.
pub(crate) fn mask_at(mask: &[bool], [height, width]: [usize; 2], size: [usize; 2]) -> Vec<f32> {
    let levels: Vec<u8> = mask.iter().map(|&inside| if inside { 255 } else { 0 }).collect();
    let [rows, columns] = size.map(Span::whole);
    let resized = resample(&levels, [height, width, 1], rows, columns, Interpolation::Bilinear);
    resized.into_iter().map(|level| f32::from(level) / 255.0).collect()
}

/// The resized height and width from which a crop is taken: never smaller than the crop.
fn covering(settings: &Preprocessing, image: &Image) -> [usize; 2] {
    let full = with_shorter(image, settings.resize_to);
    if full[0] >= settings.height && full[1] >= settings.width {
        return full;
    }
    let by_height = [settings.height, longer(settings.height, image.width(), image.height())];
    let by_width = [longer(settings.width, image.height(), image.width()), settings.width];
    match by_height[1] >= settings.width {
        true => by_height,
        false => [by_width[0].max(settings.height), settings.width],
    }
}

/// The largest height and width of the picture's aspect inside a frame, as Pillow's `ImageOps.contain` rounds them.
fn contained(image: &Image, height: usize, width: usize) -> [usize; 2] {
    let aspect = image.width() as f64 / image.height() as f64;
    match aspect > width as f64 / height as f64 {
        true => [((width as f64 / aspect).round_ties_even() as usize).clamp(1, height), width],
        false => [height, ((height as f64 * aspect).round_ties_even() as usize).clamp(1, width)],
    }
}

fn longer(shorter: usize, long: usize, short: usize) -> usize {
    // A strip of a few pixels' width is not blown up beyond what memory holds.
    ((shorter * long) / short).clamp(shorter.min(LONGEST), LONGEST)
}

/// The longest side of a resized picture; of a strip longer than that, the sides lose their proportion.
const LONGEST: usize = 1 << 17;

fn centered(full: usize, count: usize) -> Span {
    Span { full, first: middle(full - count), count }
}

fn middle(room: usize) -> usize {
    (room as f64 / 2.0).round_ties_even() as usize
}
