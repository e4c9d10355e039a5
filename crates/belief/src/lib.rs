//! Deep belief networks and denoising autoencoders: their data, their training, and what their units compute
//! (Hinton, Osindero and Teh 2006; Vincent et al. 2010; Erhan et al. 2009).

pub mod examples;
pub mod learning;
mod network;
pub mod report;
pub mod tiles;
pub mod units;

pub use examples::{Examples, Values};
pub use network::{Dense, Kind, Layer, Network};
