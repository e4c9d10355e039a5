//! What a unit of any layer computes: the input that excites it most, what the model itself would show while the unit is
//! on, and the filters below it added up (Erhan, Bengio, Courville and Vincent 2009).

mod agreement;
mod combination;
mod gabor;
mod gibbs;
mod manifold;
mod maximization;
mod method;
mod sampling;
mod sensitivity;
mod slope;

pub use agreement::Agreement;
pub use combination::Combination;
pub use gabor::{Gabor, GaborFit};
pub use manifold::{Manifold, ManifoldPoint, Path};
pub use maximization::{Maximization, Optimum, Start};
pub use method::{METHODS, Method};
pub use sampling::{Expectation, Sampling};
pub use sensitivity::{Sensitivity, Shuffled};

use inscape::{Error, ErrorKind};

use crate::network::Network;

/// Units of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units {
    /// The layer, counted from 1, the lowest.
    pub layer: usize,
    /// Which of its units, counted from 0.
    pub indices: Vec<usize>,
}

impl Units {
    /// Whether a network has them.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] for no units, or ones the network does not have.
    pub fn check(&self, network: &Network) -> Result<(), Error> {
        let wrong = |context: String| Err(Error::new(ErrorKind::Target, context));
        let layers = network.layers.len();
        let Some(layer) = self.layer.checked_sub(1).and_then(|k| network.layers.get(k)) else {
            return wrong(format!("there is no layer {}; the network has layers 1 to {layers}", self.layer));
        };
        let count = layer.up.outputs;
        match self.indices.iter().find(|&&index| index >= count) {
            Some(index) => {
                let last = count - 1;
                wrong(format!("layer {} has no unit {index}; its units are 0 to {last}", self.layer))
            }
            None if self.indices.is_empty() => wrong("no unit was asked for".to_owned()),
            None => Ok(()),
        }
    }

    /// A number for the random stream of a unit's copy, the same whatever else is asked for.
    fn stream(&self, index: usize, copy: usize) -> u64 {
        (self.layer as u64) << 56 ^ (index as u64) << 24 ^ copy as u64
    }
}
