//! Small pictures of numbers.

use inscape::{Error, Image};

/// How numbers become grey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shade {
    /// Zero is middle grey, the largest magnitude black or white.
    Signed,
    /// Zero is black, the largest number white: what probabilities are drawn by.
    Light,
}

/// Numbers of `size` (rows, columns) as a picture, scaled by their own largest.
///
/// ```
/// use inscape_belief::tiles::{Shade, tile};
/// let signed = tile(&[-2.0, 0.0, 1.0, 2.0], [2, 2], Shade::Signed)?;
/// assert_eq!(signed.rgb().iter().step_by(3).copied().collect::<Vec<_>>(), [0, 128, 191, 255]);
/// # Ok::<(), inscape::Error>(())
/// ```
///
/// # Errors
/// Where the numbers are not as many as the size says, or the size is 0.
pub fn tile(values: &[f32], size: [usize; 2], shade: Shade) -> Result<Image, Error> {
    let most = values.iter().fold(0.0f32, |most, value| match shade {
        Shade::Signed => most.max(value.abs()),
        Shade::Light => most.max(*value),
    });
    let part = |value: f32| if most > 0.0 { (value / most).clamp(-1.0, 1.0) } else { 0.0 };
    let level = |value: f32| match shade {
        Shade::Signed => (127.5 + 127.5 * part(value)).round() as u8,
        Shade::Light => (255.0 * part(value).max(0.0)).round() as u8,
    };
    Image::from_rgb8(size[1], size[0], values.iter().flat_map(|&value| [level(value); 3]).collect())
}

/// Pictures of one size in rows of so many, parted by white lines, every pixel enlarged by a whole factor so that the
/// whole is about `width` wide.
///
/// # Errors
/// Where there are no pictures, or they differ in size.
pub fn gallery(tiles: &[Image], columns: usize, width: usize) -> Result<Image, Error> {
    let wrong = |context: &str| Error::new(inscape::ErrorKind::Setting, context);
    let first = tiles.first().ok_or_else(|| wrong("a gallery needs a picture"))?;
    let (across, down) = (first.width(), first.height());
    if tiles.iter().any(|tile| (tile.width(), tile.height()) != (across, down)) {
        return Err(wrong("the pictures of a gallery are of one size"));
    }
    let columns = columns.clamp(1, tiles.len());
    let factor = (width / (columns * (across + 1))).max(1);
    let gap = (factor * across / 12).max(2);
    let [cell_across, cell_down] = [factor * across + gap, factor * down + gap];
    let wide = columns * cell_across - gap;
    let high = tiles.len().div_ceil(columns) * cell_down - gap;
    let mut rgb = vec![255; wide * high * 3];
    for (i, tile) in tiles.iter().enumerate() {
        let (left, top) = (i % columns * cell_across, i / columns * cell_down);
        for y in 0..factor * down {
            for x in 0..factor * across {
                let from = (y / factor * across + x / factor) * 3;
                let to = ((top + y) * wide + left + x) * 3;
                rgb[to..to + 3].copy_from_slice(&tile.rgb()[from..from + 3]);
            }
        }
    }
    Image::from_rgb8(wide, high, rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_grey_or_black_and_a_flat_tile_stays_so() {
        let levels = |values: &[f32], shade| tile(values, [1, values.len()], shade).unwrap().rgb()[0];
        assert_eq!(levels(&[0.0, 5.0], Shade::Signed), 128);
        assert_eq!(levels(&[0.0, 5.0], Shade::Light), 0);
        assert_eq!(levels(&[0.0, 0.0], Shade::Signed), 128);
        assert_eq!(levels(&[-1.0, 0.5], Shade::Light), 0);
        assert!(tile(&[0.0], [1, 2], Shade::Light).is_err());
    }

    #[test]
    fn a_gallery_holds_every_picture_whole() {
        let tiles: Vec<_> = (1..=5).map(|i| tile(&[i as f32; 4], [2, 2], Shade::Light).unwrap()).collect();
        let dark = Image::from_rgb8(2, 2, vec![7; 12]).unwrap();
        let all: Vec<_> = tiles.into_iter().chain([dark]).collect();
        let made = gallery(&all, 3, 60).unwrap();
        let count = |level: u8| made.rgb().chunks(3).filter(|pixel| *pixel == [level; 3]).count();
        // factor 60/(3·3) = 6: every picture is 12 × 12
        assert_eq!(count(7), 144);
        assert_eq!((made.width(), made.height()), (3 * 12 + 2 * 2, 2 * 12 + 2));
        assert!(gallery(&[], 3, 60).is_err());
    }
}
