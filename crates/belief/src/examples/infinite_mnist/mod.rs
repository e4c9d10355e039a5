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
/// A digit is computed when it is asked for, always to the same bytes, in about two microseconds; memory holds MNIST and
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
