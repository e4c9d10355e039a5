use std::collections::BTreeSet;

use inscape::{Deviates, Error, Image, Picture};

use super::{Examples, Values};

/// Which examples a contact sheet shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Choice {
    /// The first ones.
    First,
    /// Different ones drawn from this seed, in order of their index.
    Drawn(u64),
}

/// Pixels between examples.
const GAP: usize = 2;

/// Pixels that an example's longer side takes at least: smaller ones are enlarged by whole factors.
const SMALLEST: usize = 48;

/// What lies between examples.
const MARGIN: u8 = 255;

/// The share of magnitudes that real numbers are drawn up to: a few bright pixels would leave the others grey.
const DRAWN: f64 = 0.995;

/// Some examples in rows, without words, about three wide to two high: 0 … 1 from black to white, real numbers about middle
/// grey, all by the same factor.
///
/// # Errors
/// [`ErrorKind::Setting`](inscape::ErrorKind::Setting) for no examples or more than a picture holds.
pub fn contact_sheet(examples: &dyn Examples, count: usize, choice: Choice) -> Result<Picture, Error> {
    let chosen = chosen(examples.count(), count, choice);
    let [height, width] = examples.size();
    let mut numbers = vec![0.0; height * width];
    let mut all = Vec::with_capacity(chosen.len() * numbers.len());
    for index in &chosen {
        examples.read(*index, &mut numbers);
        all.extend_from_slice(&numbers);
    }
    let levels = levels(&all, examples.values());
    let factor = SMALLEST.div_ceil(height.max(width).max(1));
    let [down, across] = [height, width].map(|side| side * factor + GAP);
    let columns = ((chosen.len() * down) as f64 * 1.5 / across as f64).sqrt().ceil().max(1.0) as usize;
    let columns = columns.min(chosen.len().max(1));
    let rows = chosen.len().div_ceil(columns);
    let (sheet_height, sheet_width) = (rows * down + GAP, columns * across + GAP);
    let mut rgb = vec![MARGIN; sheet_height * sheet_width * 3];
    for (i, example) in levels.chunks_exact(height * width).enumerate() {
        let (top, left) = (GAP + i / columns * down, GAP + i % columns * across);
        for y in 0..height * factor {
            let row = &mut rgb[((top + y) * sheet_width + left) * 3..][..width * factor * 3];
            for (pixel, level) in row.chunks_exact_mut(3 * factor).zip(&example[y / factor * width..]) {
                pixel.fill(*level);
            }
        }
    }
    Ok(Picture::from_image(&Image::from_rgb8(sheet_width, sheet_height, rgb)?))
}

fn chosen(all: usize, count: usize, choice: Choice) -> Vec<usize> {
    let count = count.min(all);
    match choice {
        Choice::First => (0..count).collect(),
        Choice::Drawn(seed) => {
            // Floyd's way to different numbers (Bentley and Floyd 1987)
            let mut deviates = Deviates::new(seed, 0);
            let mut drawn = BTreeSet::new();
            for last in all - count..all {
                let index = deviates.below(last + 1);
                if !drawn.insert(index) {
                    drawn.insert(last);
                }
            }
            drawn.into_iter().collect()
        }
    }
}

fn levels(numbers: &[f32], values: Values) -> Vec<u8> {
    match values {
        Values::Unit => numbers.iter().map(|number| (number * 255.0).round() as u8).collect(),
        Values::Real => {
            let mut magnitudes: Vec<f32> = numbers.iter().map(|number| number.abs()).collect();
            let place = ((magnitudes.len() as f64 * DRAWN) as usize).min(magnitudes.len().saturating_sub(1));
            let most = match magnitudes.is_empty() {
                true => 1.0,
                false => magnitudes.select_nth_unstable_by(place, f32::total_cmp).1.max(f32::MIN_POSITIVE),
            };
            numbers.iter().map(|number| (127.5 + 127.5 * number / most).round() as u8).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_examples_are_drawn_and_always_the_same() {
        for (all, count) in [(1, 1), (10, 10), (1000, 37), (5, 9)] {
            let drawn = chosen(all, count, Choice::Drawn(3));
            assert_eq!(drawn, chosen(all, count, Choice::Drawn(3)));
            assert_eq!(drawn.len(), count.min(all));
            assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]) && drawn.iter().all(|&index| index < all));
        }
        assert_ne!(chosen(1000, 37, Choice::Drawn(3)), chosen(1000, 37, Choice::Drawn(4)));
    }

    #[test]
    fn real_numbers_are_symmetric_about_grey() {
        assert_eq!(levels(&[0.0, 2.0, -2.0], Values::Real), [128, 255, 0]);
        assert_eq!(levels(&[0.0, 0.0], Values::Real), [128, 128]);
        assert_eq!(levels(&[0.0, 1.0], Values::Unit), [0, 255]);
    }
}
