use std::mem::size_of;

use inscape_engine::Node;

use crate::{Error, ErrorKind};

/// What may be made of a file beyond slices of it: enough for any honest model, not for one that unfolds without end
/// (functions that call functions, one small tensor decoded a thousand times).
pub(crate) struct Budget {
    left: usize,
}

/// Bytes granted to the smallest file.
const BASE: usize = 32 << 20;

/// Bytes granted for each byte read.
const PER_BYTE: usize = 4;

/// Bytes granted for one file at most: a sparse file of a terabyte costs its maker nothing.
const MOST: usize = 8 << 30;

impl Budget {
    pub(crate) fn new(file: usize) -> Budget {
        Budget { left: BASE.saturating_add(granted(file)) }
    }

    /// Grants what a further file allows.
    pub(crate) fn grant(&mut self, file: usize) {
        self.left = self.left.saturating_add(granted(file));
    }

    pub(crate) fn spend(&mut self, bytes: usize) -> Result<(), Error> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let context = "the model unfolds into far more nodes, names or numbers than its size allows";
                Err(Error::new(ErrorKind::Excessive, context))
            }
        }
    }

    pub(crate) fn spend_node(&mut self) -> Result<(), Error> {
        self.spend(2 * size_of::<Node>())
    }
}

fn granted(file: usize) -> usize {
    file.saturating_mul(PER_BYTE).min(MOST)
}
