//! Infinite MNIST: MNIST's digits, then endlessly many deformed copies of its training digits (Loosli, Canu and Bottou 2007).

mod excerpt;
mod fields;
mod tangents;

use std::sync::Arc;

use inscape::{Error, ErrorKind};
use inscape_tensor::vectorized;

use super::{Examples, IdxFolder, Pictures};
pub use excerpt::Excerpt;
use fields::{FIELDS, Fields};

/// Rows and columns of a digit.
const SIDE: usize = 28;

/// Columns of a row as it is worked on: whole vectors.
const STRIDE: usize = 32;

/// Numbers of a picture of such rows.
const AREA: usize = SIDE * STRIDE;

/// Fraction bits of a tangent (in grey levels) and of a field (in pixels).
const TANGENT_BITS: u32 = 7;
const FIELD_BITS: u32 = 10;

/// How digits are deformed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deformation {
    /// α, the largest displacement in pixels: from 0 to [`Deformation::MOST`].
    pub strength: f64,
    /// Whether the deformed digit is also moved.
    pub translation: Translation,
}

/// How a deformed digit is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Translation {
    /// By at most one pixel along each axis, one of the nine ways.
    OnePixel,
    /// Not at all.
    None,
}

impl Deformation {
    /// The largest α.
    pub const MOST: f64 = 16.0;
}

impl Default for Deformation {
    /// α = 1 and one pixel, the published generator's.
    fn default() -> Deformation {
        Deformation { strength: 1.0, translation: Translation::OnePixel }
    }
}

/// Every digit by its index: with MNIST's 10,000 test and 60,000 training digits, 0 … 9,999 are the test digits,
/// 10,000 … 69,999 the training digits, and i ≥ 70,000 a deformed copy of training digit a = (i − 10,000) mod 60,000:
///
/// k₁ = (131,071·i mod 2³²) mod 1,521, k₂ = (k₁ + 1 + 2i) mod 1,522, s = −1 where k₁ + k₂ is odd, else +1,
///
/// x′ = x + s·α·(F(k₁)·t_x − F(k₂)·t_y), cut to 0 … 255, fraction dropped; then moved as k₁ mod 9 says.
///
/// A digit is computed when it is asked for, always to the same bytes, in about a microsecond; memory holds MNIST and
/// 2.7 MB of fields. The fields F and the tangents t are made anew, because the published files are not free to bundle:
/// see `docs/belief.md`.
#[derive(Debug)]
pub struct InfiniteMnist {
    training: Arc<Pictures>,
    test: Option<Arc<Pictures>>,
    fields: Fields,
    translation: Translation,
}

impl InfiniteMnist {
    /// The generator over a folder of MNIST, or of a part of it: the numbers 10,000 and 60,000 above are then its own.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] for pictures that are not bytes of 28×28; [`ErrorKind::Setting`] for a strength outside its
    /// range.
    pub fn new(mnist: &IdxFolder, deformation: Deformation) -> Result<InfiniteMnist, Error> {
        let Deformation { strength, translation } = deformation;
        if !(0.0..=Deformation::MOST).contains(&strength) {
            let context = format!(
                "a deformation of {strength} pixels: the strength lies between 0 and {}",
                Deformation::MOST
            );
            return Err(Error::new(ErrorKind::Setting, context));
        }
        for pictures in std::iter::once(&mnist.training).chain(&mnist.test) {
            let [rows, columns] = pictures.size();
            if [rows, columns] != [SIDE; 2] || pictures.bytes(0).is_none() {
                let context = format!(
                    "infinite MNIST is made of MNIST's digits, 28×28 unsigned bytes; '{}' holds {rows}×{columns} numbers{}",
                    pictures.source(),
                    if pictures.bytes(0).is_none() { " that are no bytes" } else { "" }
                );
                return Err(Error::new(ErrorKind::Data, context));
            }
        }
        let (training, test) = (mnist.training.clone(), mnist.test.clone());
        Ok(InfiniteMnist { training, test, fields: Fields::new(strength), translation })
    }

    /// Test digits, which come first: 10,000.
    pub fn tests(&self) -> u64 {
        self.test.as_ref().map_or(0, |test| test.count() as u64)
    }

    /// The digits that are MNIST itself, which come before the deformed ones: 70,000.
    pub fn originals(&self) -> u64 {
        self.tests() + self.training.count() as u64
    }

    /// The class of a digit, where classes are known.
    pub fn label(&self, index: u64) -> Option<u8> {
        let (pictures, place) = self.origin(index);
        pictures.label(place)
    }

    /// The digit's 784 bytes, row by row: 0 paper, 255 ink.
    pub fn digit(&self, index: u64) -> [u8; SIDE * SIDE] {
        let (pictures, place) = self.origin(index);
        let mut digit = [0; SIDE * SIDE];
        // the pictures are bytes of this size, or there were no generator
        digit.copy_from_slice(pictures.bytes(place).unwrap_or(&[0; SIDE * SIDE]));
        if index >= self.originals() {
            let (first, second) = fields_of(index);
            let sign = if (first + second).is_multiple_of(2) { 1 } else { -1 };
            let [field, other] = [first, second].map(|k| self.fields.field(k));
            let deformed = vectorized(
                #[inline(always)]
                || deformed(&digit, field, other, sign),
            );
            let [down, across] = match self.translation {
                Translation::OnePixel => MOVES[first % MOVES.len()],
                Translation::None => [0, 0],
            };
            digit = moved(&deformed, down, across);
        }
        digit
    }

    /// The digit of MNIST that a digit is, or is a copy of.
    fn origin(&self, index: u64) -> (&Pictures, usize) {
        match &self.test {
            Some(test) if index < self.tests() => (test, index as usize),
            _ => (&self.training, ((index - self.tests()) % self.training.count() as u64) as usize),
        }
    }
}

/// k₁ and k₂.
fn fields_of(index: u64) -> (usize, usize) {
    let first = u64::from((index as u32).wrapping_mul(131_071)) % (FIELDS as u64 - 1);
    // 2i mod 1,522, so that no index is too large
    let second = (first + 1 + 2 * (index % FIELDS as u64)) % FIELDS as u64;
    (first as usize, second as usize)
}

/// Where the content goes, rows down and columns across, by k₁ mod 9.
const MOVES: [[isize; 2]; 9] = [[-1, 0], [1, 0], [0, -1], [0, 1], [-1, -1], [-1, 1], [1, -1], [1, 1], [0, 0]];

/// x + s·α·(F₁·t_x − F₂·t_y), cut to 0 … 255; exact in whole numbers, so the same on every machine.
#[inline(always)]
fn deformed(digit: &[u8; SIDE * SIDE], first: &[i16; AREA], second: &[i16; AREA], sign: i32) -> [u8; AREA] {
    let spread = tangents::spread(digit);
    let [across, down] = tangents::tangents(&spread);
    let mut result = [0; AREA];
    for i in 0..AREA {
        let moved = i32::from(first[i]) * i32::from(across[i]) - i32::from(second[i]) * i32::from(down[i]);
        let level = (i32::from(spread[tangents::START + i]) << (TANGENT_BITS + FIELD_BITS)) + sign * moved;
        result[i] = (level >> (TANGENT_BITS + FIELD_BITS)).clamp(0, 255) as u8;
    }
    result
}

/// The content moved, with nothing where nothing was.
fn moved(picture: &[u8; AREA], down: isize, across: isize) -> [u8; SIDE * SIDE] {
    let mut digit = [0; SIDE * SIDE];
    let overlap = |by: isize| (by.max(0) as usize, (-by).max(0) as usize, SIDE - by.unsigned_abs());
    let ((top, from_top, rows), (left, from_left, columns)) = (overlap(down), overlap(across));
    for row in 0..rows {
        let from = (from_top + row) * STRIDE + from_left;
        digit[(top + row) * SIDE + left..][..columns].copy_from_slice(&picture[from..from + columns]);
    }
    digit
}

#[cfg(test)]
mod tests {
    use inscape::Deviates;

    use super::*;
    use crate::examples::idx::{Array, Numbers};

    /// Blurry blobs in place of digits: `tests` and `training` of them.
    fn blobs(tests: usize, training: usize) -> IdxFolder {
        let make = |count: usize, seed| {
            let mut deviates = Deviates::new(seed, 0);
            let bytes = (0..count * SIDE * SIDE).map(|i| {
                let (y, x) = (i % (SIDE * SIDE) / SIDE, i % SIDE);
                let inside = (5..23).contains(&y) && (6..22).contains(&x);
                if inside { deviates.below(256) as u8 } else { 0 }
            });
            let array = Array { shape: vec![count, SIDE, SIDE], numbers: Numbers::Bytes(bytes.collect()) };
            let labels = Array {
                shape: vec![count],
                numbers: Numbers::Bytes((0..count).map(|i| i as u8 % 10).collect()),
            };
            Arc::new(Pictures::new("blobs", array).unwrap().labelled(labels).unwrap())
        };
        IdxFolder { training: make(training, 1), test: Some(make(tests, 2)) }
    }

    #[test]
    fn a_deformed_digit_is_that_of_the_formula() {
        let mnist = blobs(3, 7);
        for translation in [Translation::None, Translation::OnePixel] {
            let digits = InfiniteMnist::new(&mnist, Deformation { strength: 1.5, translation }).unwrap();
            for index in [10u64, 11, 29, 4_711, 99_999, 4_000_000_001] {
                let a = (index - 3) % 7;
                let x: Vec<f64> =
                    mnist.training.bytes(a as usize).unwrap().iter().map(|&b| f64::from(b)).collect();
                let k1 = ((u128::from(index) * 131_071) % (1 << 32)) % 1521;
                let k2 = (k1 + 1 + 2 * u128::from(index)) % 1522;
                let s = if (k1 + k2) % 2 == 1 { -1.0 } else { 1.0 };
                let [f1, f2] = [k1, k2].map(|k| digits.fields.field(k as usize));
                let at = |y: isize, x_: isize| {
                    let inside = (0..28).contains(&y) && (0..28).contains(&x_);
                    if inside { x[(y * 28 + x_) as usize] } else { 0.0 }
                };
                let mut expected = [0u8; 784];
                let (smooth, slope) = ([1.0, 4.0, 6.0, 4.0, 1.0], [-1.0, -2.0, 0.0, 2.0, 1.0]);
                let [down, across] = match translation {
                    Translation::None => [0, 0],
                    Translation::OnePixel => MOVES[(k1 % 9) as usize],
                };
                for y in 0..28isize {
                    for x_ in 0..28isize {
                        let (mut tx, mut ty) = (0.0, 0.0);
                        for i in 0..5 {
                            for j in 0..5 {
                                let value = at(y + i as isize - 2, x_ + j as isize - 2) / 128.0;
                                tx += smooth[i] * slope[j] * value;
                                ty += slope[i] * smooth[j] * value;
                            }
                        }
                        let place = (y * STRIDE as isize + x_) as usize;
                        let field = |f: &[i16; AREA]| f64::from(f[place]) / 1024.0;
                        let level = at(y, x_) + s * (field(f1) * tx - field(f2) * ty);
                        let (to_y, to_x) = (y + down, x_ + across);
                        if (0..28).contains(&to_y) && (0..28).contains(&to_x) {
                            expected[(to_y * 28 + to_x) as usize] = level.clamp(0.0, 255.0) as u8;
                        }
                    }
                }
                assert_eq!(digits.digit(index), expected, "{index}");
                assert_eq!(digits.label(index), Some(a as u8));
            }
        }
    }

    #[test]
    fn without_strength_and_translation_a_copy_is_the_original() {
        let mnist = blobs(2, 5);
        let none = Deformation { strength: 0.0, translation: Translation::None };
        let digits = InfiniteMnist::new(&mnist, none).unwrap();
        for index in 0..200 {
            let pictures = if index < 2 { mnist.test.as_ref().unwrap() } else { &mnist.training };
            let place = if index < 2 { index } else { (index - 2) % 5 };
            assert_eq!(digits.digit(index)[..], *pictures.bytes(place as usize).unwrap());
        }
    }

    #[test]
    fn the_strongest_deformation_does_not_overflow_and_no_index_is_too_large() {
        let mnist = blobs(2, 5);
        let strongest = Deformation { strength: Deformation::MOST, ..Deformation::default() };
        let digits = InfiniteMnist::new(&mnist, strongest).unwrap();
        for index in (0..2000).chain([u64::from(u32::MAX), u64::MAX - 1, u64::MAX]) {
            assert_eq!(digits.digit(index), digits.digit(index));
        }
        for strength in [-0.1, 16.1, f64::NAN] {
            let asked = Deformation { strength, ..Deformation::default() };
            assert_eq!(InfiniteMnist::new(&mnist, asked).unwrap_err().kind, ErrorKind::Setting);
        }
    }
}
