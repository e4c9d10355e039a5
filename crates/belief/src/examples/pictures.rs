use inscape::{Error, ErrorKind};
use inscape_tensor::vectorized;
use sha2::{Digest, Sha256};

use super::idx::{Array, Numbers, magic, spelt};
use super::{Examples, Values};

/// Pictures in memory, with or without classes, as IDX files hold them.
///
/// Unsigned bytes b are read as b/255 and take a byte each; float32 numbers are [`Values::Unit`] where all lie in 0 … 1,
/// else [`Values::Real`].
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    name: String,
    count: usize,
    size: [usize; 2],
    values: Values,
    numbers: Numbers,
    labels: Option<Vec<u8>>,
}

impl Pictures {
    /// Pictures without classes, under the name that records give them.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] where the pictures are not of three axes (count, rows, columns), none at all or not finite.
    pub fn new(name: impl Into<String>, pictures: Array) -> Result<Pictures, Error> {
        let [count, rows, columns] = *pictures.shape else {
            return Err(wrong(misplaced(&pictures, "pictures", 3, "(count, rows, columns)")));
        };
        let length = match &pictures.numbers {
            Numbers::Bytes(bytes) => bytes.len(),
            Numbers::Floats(numbers) => numbers.len(),
        };
        let whole = format!("{count} pictures of {rows}×{columns}");
        if inscape_tensor::count(&pictures.shape) != Some(length) {
            return Err(wrong(format!("{whole} are not the {length} numbers there are")));
        }
        if length == 0 {
            return Err(wrong(format!("it holds {whole} pixels: there is nothing to learn from")));
        }
        let values = match &pictures.numbers {
            Numbers::Bytes(_) => Values::Unit,
            Numbers::Floats(numbers) => {
                if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
                    let (index, number) = (at / (rows * columns), numbers[at]);
                    return Err(wrong(format!("picture {index} (from 0) holds a number that is {number}")));
                }
                let unit = numbers.iter().all(|number| (0.0..=1.0).contains(number));
                if unit { Values::Unit } else { Values::Real }
            }
        };
        let (size, numbers) = ([rows, columns], pictures.numbers);
        Ok(Pictures { name: name.into(), count, size, values, numbers, labels: None })
    }

    /// The same pictures with their classes.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] where the labels are not one unsigned byte for each picture.
    pub fn labelled(self, labels: Array) -> Result<Pictures, Error> {
        let labels = Some(labels_of(labels, self.count)?);
        Ok(Pictures { labels, ..self })
    }

    /// The bytes of one picture, where they are kept as bytes.
    pub fn bytes(&self, index: usize) -> Option<&[u8]> {
        let area = self.size[0] * self.size[1];
        match &self.numbers {
            Numbers::Bytes(bytes) => bytes.get(index * area..(index + 1) * area),
            Numbers::Floats(_) => None,
        }
    }

    /// SHA-256 of sizes, numbers and labels, in hexadecimal: the same however the files were packed.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{} {:?} {:?}\n", self.count, self.size, self.labels.is_some()));
        match &self.numbers {
            Numbers::Bytes(bytes) => hash.update(bytes),
            Numbers::Floats(numbers) => {
                numbers.iter().for_each(|number| hash.update(number.to_be_bytes()));
            }
        }
        hash.update(self.labels.as_deref().unwrap_or_default());
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Examples for Pictures {
    fn count(&self) -> usize {
        self.count
    }

    fn size(&self) -> [usize; 2] {
        self.size
    }

    fn values(&self) -> Values {
        self.values
    }

    fn read(&self, index: usize, numbers: &mut [f32]) {
        let area = self.size[0] * self.size[1];
        let range = index * area..(index + 1) * area;
        match &self.numbers {
            Numbers::Bytes(bytes) => unit(&bytes[range], numbers),
            Numbers::Floats(floats) => numbers.copy_from_slice(&floats[range]),
        }
    }

    fn label(&self, index: usize) -> Option<u8> {
        self.labels.as_ref()?.get(index).copied()
    }

    fn source(&self) -> String {
        self.name.clone()
    }
}

/// b/255 of each byte.
pub(super) fn unit(bytes: &[u8], numbers: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || numbers.iter_mut().zip(bytes).for_each(|(number, &byte)| *number = f32::from(byte) / 255.0),
    );
}

fn labels_of(labels: Array, pictures: usize) -> Result<Vec<u8>, Error> {
    let context = match labels {
        Array { shape, numbers: Numbers::Bytes(labels) } if shape.len() == 1 => {
            if labels.len() == pictures {
                return Ok(labels);
            }
            format!("there are {} labels for {pictures} pictures", labels.len())
        }
        other => misplaced(&other, "labels", 1, "one unsigned byte for each picture"),
    };
    Err(wrong(context))
}

/// What is said of an array that stands where another belongs.
fn misplaced(found: &Array, what: &str, axes: usize, meaning: &str) -> String {
    let kind = match found.numbers {
        Numbers::Bytes(_) => "unsigned bytes",
        Numbers::Floats(_) => "float32",
    };
    format!(
        "{what} are expected, magic number {} {meaning}; found an array of {} {kind}",
        magic(axes),
        spelt(&found.shape)
    )
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, context)
}
