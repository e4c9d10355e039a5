//! What a unit of any layer computes.

mod gabor;

pub use gabor::{Gabor, GaborFit};
