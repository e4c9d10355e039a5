use std::fs::File;
use std::io::Read;
use std::path::Path;

use inscape::{Error, ErrorKind, Image};
use sha2::{Digest, Sha256};

/// How JPEG files begin.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// A picture's file by name and content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The file's name without its folder.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Mark {
    /// That of a file.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where it cannot be read.
    pub fn of(path: impl AsRef<Path>) -> Result<Mark, Error> {
        let path = path.as_ref();
        let mut hash = Sha256::new();
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let mut part = vec![0; 1 << 16];
        loop {
            match file.read(&mut part).map_err(|error| unreadable(path, &error))? {
                0 => break,
                n => hash.update(&part[..n]),
            }
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Mark { file: name(path), sha256 })
    }
}

/// One channel of real numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) values: Vec<f32>,
}

/// A picture in grey with mean 0 and variance 1; a JPEG at half its size.
pub(super) fn read(path: &Path) -> Result<Plane, Error> {
    let image = Image::open(path)?;
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(JPEG.len() as u64).read_to_end(&mut start))
        .map_err(|error| unreadable(path, &error))?;
    let grey = grey(&image);
    let plane = if start == JPEG { halved(&grey) } else { grey };
    normalized(plane).ok_or_else(|| {
        let context = format!("{} has no contrast to normalize: leave it out", path.display());
        Error::new(ErrorKind::Picture, context)
    })
}

/// Luma as ITU-R 601 weighs it, 0 … 255.
fn grey(image: &Image) -> Plane {
    let luma = |&[red, green, blue]: &[u8; 3]| {
        0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
    };
    let values = image.rgb().as_chunks().0.iter().map(luma).collect();
    Plane { height: image.height(), width: image.width(), values }
}

/// The mean of every two by two pixels; an odd last row or column is dropped.
fn halved(plane: &Plane) -> Plane {
    let (height, width) = (plane.height / 2, plane.width / 2);
    let pair = |y: usize, x: usize| plane.values[y * plane.width + x] + plane.values[y * plane.width + x + 1];
    let mean = |y: usize, x: usize| (pair(2 * y, 2 * x) + pair(2 * y + 1, 2 * x)) / 4.0;
    let values = (0..height).flat_map(|y| (0..width).map(move |x| mean(y, x))).collect();
    Plane { height, width, values }
}

/// Mean 0 and variance 1; `None` for a picture of one level.
fn normalized(plane: Plane) -> Option<Plane> {
    let (mean, variance) = moments(&plane.values);
    // a grey level of 255 everywhere has rounding errors, a picture of two levels at least 1e-8 of a million pixels
    (variance > 1e-6).then(|| {
        let deviation = variance.sqrt();
        let values =
            plane.values.iter().map(|&value| ((f64::from(value) - mean) / deviation) as f32).collect();
        Plane { values, ..plane }
    })
}

/// Mean and variance.
pub(super) fn moments(values: &[f32]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    (mean, values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n)
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::File, format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_is_normalized_and_halving_averages() {
        let plane = Plane { height: 3, width: 4, values: (0..12).map(|i| i as f32).collect() };
        let half = halved(&plane);
        assert_eq!((half.height, half.width, &half.values[..]), (1, 2, &[2.5, 4.5][..]));
        let (mean, variance) = moments(&normalized(plane).unwrap().values);
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-6);
        assert!(normalized(Plane { height: 2, width: 2, values: vec![7.3; 4] }).is_none());
    }
}
