use super::color::ColorMap;
use super::scale::{Range, Scale};
use super::{Picture, smooth};
use crate::error::Error;
use crate::image::Image;
use crate::preprocessing::{Window, grey_at};

/// Width of the blur as a share of the map's longer side: 1.6 cells of 227, nothing on a coarse map such as Grad-CAM's.
const BLUR: f64 = 0.007;

/// A blur below this many cells changes nothing that can be seen.
const LEAST_BLUR: f64 = 0.3;

pub(super) fn overlay(
    values: &[f32],
    cells: [usize; 2],
    scale: Scale,
    image: &Image,
    window: Window,
) -> Result<Picture, Error> {
    let plain = scale.range(values, cells)?;
    let sigma = BLUR * cells[0].max(cells[1]) as f64;
    let softened;
    let (values, range) = match sigma >= LEAST_BLUR {
        true => {
            softened = smooth::blurred(values, cells, sigma);
            (&softened[..], Range { blur: sigma, ..scale.range(&softened, cells)? })
        }
        false => (values, plain),
    };
    let [height, width] = drawn_size(image);
    let luma = grey_at(image, height, width);
    let (row_step, column_step) =
        (image.height() as f64 / height as f64, image.width() as f64 / width as f64);
    let mut rgb = Vec::with_capacity(height * width * 3);
    for y in 0..height {
        for x in 0..width {
            let (at_y, at_x) = ((y as f64 + 0.5) * row_step, (x as f64 + 0.5) * column_step);
            let [row, column] = window.to_map(at_y, at_x, cells[0], cells[1]);
            let inside = (0.0..cells[0] as f64).contains(&row) && (0.0..cells[1] as f64).contains(&column);
            let position = match inside {
                true => range.position(smooth::sample(values, cells, [row, column])),
                false => 0.0,
            };
            rgb.extend(blended(range.map, f64::from(luma[y * width + x]), position));
        }
    }
    Ok(Picture { width, height, rgb, range: Some(range) })
}

/// The picture's own height and width, or smaller where its long side exceeds the largest overlay.
fn drawn_size(image: &Image) -> [usize; 2] {
    let long = image.height().max(image.width());
    match long > Picture::LONGEST_OVERLAY {
        true => [image.height(), image.width()].map(|side| (side * Picture::LONGEST_OVERLAY / long).max(1)),
        false => [image.height(), image.width()],
    }
}

/// Color over a subdued grey picture: dark under a map whose large values are light, pale under one whose are dark.
fn blended(map: ColorMap, luma: f64, position: f64) -> [u8; 3] {
    let ground = match map {
        ColorMap::Sequential => luma * 0.65,
        ColorMap::Diverging => 255.0 - (255.0 - luma) * 0.45,
    };
    let opacity = position.abs().powf(0.7);
    map.color(position).map(|level| (ground + (f64::from(level) - ground) * opacity).round() as u8)
}
