use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster, get_raster_width};

/// Pixels from the top of one line of words to the next.
pub(super) const LINE: usize = 18;

/// The width of a letter in pixels.
pub(super) const LETTER: usize = get_raster_width(FontWeight::Regular, RasterHeight::Size16);

/// Writes one line of words in dark grey, its upper left corner at (x, y); what does not fit in `width` pixels is cut and
/// marked by dots.
pub(super) fn write(rgb: &mut [u8], row: usize, [y, x]: [usize; 2], width: usize, words: &str) {
    let fitting = width / LETTER;
    let long = words.chars().count() > fitting;
    let kept = if long { fitting.saturating_sub(1) } else { fitting };
    let letters = words.chars().take(kept).chain(long.then_some('…'));
    for (i, letter) in letters.enumerate() {
        for (down, line) in raster(letter).rows().enumerate() {
            for (across, &ink) in line.iter().enumerate() {
                let at = ((y + down) * row + x + i * LETTER + across) * 3;
                if let Some(pixel) = rgb.get_mut(at..at + 3) {
                    pixel
                        .iter_mut()
                        .for_each(|level| *level -= (u16::from(*level) * u16::from(ink) / 300) as u8);
                }
            }
        }
    }
}

#[expect(clippy::expect_used, reason = "the font has a question mark")]
fn raster(letter: char) -> RasterizedChar {
    let letter = if letter == '…' { '~' } else { letter };
    let found = |letter| get_raster(letter, FontWeight::Regular, RasterHeight::Size16);
    found(letter).or_else(|| found('?')).expect("ASCII is part of the font")
}
