//! What a network is made of, and whether it is fed as it should be.

mod check;
mod layers;
mod probe;
mod receptive_field;

pub use check::Check;
pub use layers::{Inspection, Layer};
pub use probe::Probe;
pub use receptive_field::ReceptiveField;
