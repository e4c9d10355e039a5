use std::sync::Arc;

use inscape::{Error, ErrorKind};

use super::{InfiniteMnist, SIDE};
use crate::examples::pictures::unit;
use crate::examples::{Examples, Values};

/// Some digits of infinite MNIST, one after the other from a first index.
#[derive(Clone, Debug)]
pub struct Excerpt {
    digits: Arc<InfiniteMnist>,
    first: u64,
    count: usize,
}

impl Excerpt {
    /// The most digits, and the largest index: 2³² − 1, as many as an IDX file counts.
    pub const MOST: u64 = u32::MAX as u64;

    /// `count` digits from index `first` on.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for none, or where they would go beyond [`Excerpt::MOST`].
    pub fn new(digits: Arc<InfiniteMnist>, first: u64, count: u64) -> Result<Excerpt, Error> {
        let end = first.checked_add(count).filter(|&end| end <= Excerpt::MOST);
        match (usize::try_from(count), end) {
            (Ok(count), Some(_)) if count > 0 => Ok(Excerpt { digits, first, count }),
            _ => {
                let most = Excerpt::MOST;
                let context = format!(
                    "{count} digits from index {first} on: there must be at least one, and none beyond {most}"
                );
                Err(Error::new(ErrorKind::Setting, context))
            }
        }
    }

    /// The digit's 784 bytes, row by row.
    pub fn digit(&self, index: usize) -> [u8; SIDE * SIDE] {
        self.digits.digit(self.first + index as u64)
    }
}

impl Examples for Excerpt {
    fn count(&self) -> usize {
        self.count
    }

    fn size(&self) -> [usize; 2] {
        [SIDE; 2]
    }

    fn values(&self) -> Values {
        Values::Unit
    }

    fn read(&self, index: usize, numbers: &mut [f32]) {
        unit(&self.digit(index), numbers);
    }

    fn label(&self, index: usize) -> Option<u8> {
        self.digits.label(self.first + index as u64)
    }

    fn source(&self) -> String {
        format!("infinite-mnist:{}", self.count)
    }
}
