use super::{Picture, text};
use crate::error::{Error, ErrorKind};
use crate::image::Image;

/// Pixels between the pictures of a sheet.
pub(super) const GAP: usize = 12;
/// Sides, in pixels, of the smallest picture on a sheet: smaller ones are enlarged by whole factors.
const SMALLEST: usize = 112;
/// The most pixels a sheet may have.
pub(super) const MOST: usize = 64 << 20;

impl Picture {
    /// Pictures in rows on white, each above its words (the second line may be empty).
    ///
    /// ```
    /// use inscape::{Image, Picture};
    /// let grey = Image::from_rgb8(1, 1, vec![128; 3])?;
    /// let sheet = Picture::sheet(&[(grey, ["dot".into(), String::new()])])?;
    /// assert!(sheet.width() > 112 && sheet.height() > 112);
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for no pictures, or more than fit on one sheet.
    pub fn sheet(cells: &[(Image, [String; 2])]) -> Result<Picture, Error> {
        laid(cells, |down, across| columns(cells.len(), down, across))
    }

    /// Pictures side by side on white, each above its words, as [`Picture::sheet`] in one row.
    ///
    /// # Errors
    /// As [`Picture::sheet`].
    pub fn strip(cells: &[(Image, [String; 2])]) -> Result<Picture, Error> {
        laid(cells, |_, _| cells.len())
    }
}

/// Pictures in rows of as many columns as fit a cell's height and width.
fn laid(cells: &[(Image, [String; 2])], columns: impl Fn(usize, usize) -> usize) -> Result<Picture, Error> {
    let images: Vec<Image> = cells.iter().map(|(image, _)| enlarged(image)).collect();
    let tallest = images.iter().map(Image::height).max().unwrap_or(0);
    // names may be cut short, numbers may not
    let numbers = cells.iter().map(|(_, words)| words[1].chars().count() * text::LETTER).max().unwrap_or(0);
    let widest = images.iter().map(Image::width).max().unwrap_or(0).max(numbers);
    let second = cells.iter().any(|(_, words)| !words[1].is_empty());
    let [down, across] = [tallest + GAP + text::LINE * if second { 2 } else { 1 } + GAP / 2, widest + GAP];
    let columns = columns(down, across);
    let rows = cells.len().div_ceil(columns.max(1));
    let (width, height) = (columns * across + GAP, rows * down + GAP);
    if cells.is_empty() || width.saturating_mul(height) > MOST {
        let context =
            format!("a sheet of {} pictures of {tallest}×{widest} pixels cannot be drawn", cells.len());
        return Err(Error::new(ErrorKind::Setting, context));
    }
    let mut rgb = vec![255; width * height * 3];
    for (i, (image, (_, words))) in images.iter().zip(cells).enumerate() {
        let (top, left) = (GAP + i / columns * down, GAP + i % columns * across);
        for (y, row) in image.rgb().chunks_exact(image.width() * 3).enumerate() {
            rgb[((top + y) * width + left) * 3..][..row.len()].copy_from_slice(row);
        }
        for (line, words) in words.iter().enumerate() {
            let y = top + tallest + 3 + line * text::LINE;
            text::write(&mut rgb, width, [y, left], widest, words);
        }
    }
    Ok(Picture { width, height, rgb, range: None })
}

/// The number of columns that makes a sheet about three wide to two high.
fn columns(count: usize, down: usize, across: usize) -> usize {
    let ratio = |columns: usize| {
        let rows = count.div_ceil(columns);
        let empty = (rows * columns - count) as f64 / count as f64;
        ((columns * across) as f64 / (rows * down) as f64 / 1.5).ln().abs() + empty
    };
    (1..=count).min_by(|a, b| ratio(*a).total_cmp(&ratio(*b))).unwrap_or(1)
}

/// Small pictures by whole factors, so that every pixel stays a square.
pub(super) fn enlarged(image: &Image) -> Image {
    let factor = SMALLEST.div_ceil(image.height().max(image.width()));
    if factor <= 1 {
        return image.clone();
    }
    let wide = image.rgb().as_chunks::<3>().0.iter().flat_map(|pixel| pixel.repeat(factor));
    let wide: Vec<u8> = wide.collect();
    let rows = wide.chunks_exact(image.width() * factor * 3).flat_map(|row| row.repeat(factor)).collect();
    let grown = Image::from_rgb8(image.width() * factor, image.height() * factor, rows);
    grown.unwrap_or_else(|_| image.clone())
}
