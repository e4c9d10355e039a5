//! Whitened patches of natural pictures (Olshausen and Field 1996).

mod cutting;
mod photograph;
mod whitening;

use std::path::Path;

use inscape::{Error, ErrorKind, npy};
use inscape_tensor::Tensor;

use super::{Examples, Values};
pub use cutting::Cutting;
pub use photograph::Mark;

/// Patches in memory, as a `.npy` file of float32 (N, rows, columns) holds them.
#[derive(Clone, Debug, PartialEq)]
pub struct Patches {
    name: String,
    count: usize,
    size: [usize; 2],
    values: Vec<f32>,
}

impl Patches {
    /// Patches under the name that records give them.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] where the array is not of three axes, holds nothing, or a number that is not finite.
    pub fn new(name: impl Into<String>, patches: Tensor) -> Result<Patches, Error> {
        let [count, rows, columns] = *patches.shape() else {
            let context = format!(
                "it holds an array of shape {:?}; patches are (N, rows, columns), as inscape data patches writes them",
                patches.shape()
            );
            return Err(wrong(context));
        };
        let values = patches.values();
        if values.is_empty() {
            let context =
                format!("it holds {count} patches of {rows}×{columns}: there is nothing to learn from");
            return Err(wrong(context));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let context =
                format!("patch {} (from 0) holds a number that is {}", at / (rows * columns), values[at]);
            return Err(wrong(context));
        }
        Ok(Patches { name: name.into(), count, size: [rows, columns], values: values.to_vec() })
    }

    /// Reads a `.npy` file. The patches go by the file's name.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where it cannot be read; [`ErrorKind::Data`] where it is no array of float32, float64 or uint8
    /// in C order, and as [`Patches::new`].
    pub fn open(path: impl AsRef<Path>) -> Result<Patches, Error> {
        let path = path.as_ref();
        let tensor = npy::read(path).map_err(|error| match error.kind {
            ErrorKind::Picture => wrong(error.context),
            _ => error,
        })?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Patches::new(name, tensor)
            .map_err(|error| Error::new(error.kind, format!("{}: {error}", path.display())))
    }

    /// The content of a `.npy` file of them.
    pub fn npy_bytes(&self) -> Vec<u8> {
        npy::bytes(&Tensor::new([self.count, self.size[0], self.size[1]], self.values.clone()))
    }
}

impl Examples for Patches {
    fn count(&self) -> usize {
        self.count
    }

    fn size(&self) -> [usize; 2] {
        self.size
    }

    fn values(&self) -> Values {
        Values::Real
    }

    fn read(&self, index: usize, numbers: &mut [f32]) {
        let area = self.size[0] * self.size[1];
        numbers.copy_from_slice(&self.values[index * area..(index + 1) * area]);
    }

    fn label(&self, _index: usize) -> Option<u8> {
        None
    }

    fn source(&self) -> String {
        self.name.clone()
    }
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, context)
}
