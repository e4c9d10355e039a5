//! Look inside trained vision networks: what a class looks like to them and which pixels made them decide.

mod card;
mod error;
mod file;
mod image;
mod labels;
mod nearest;
pub mod npy;
mod picture;
mod preprocessing;
pub mod report;

pub use card::{Card, CardSource, Channels, Interpolation, Layout, Preset, Resize};
pub use error::{Error, ErrorKind};
pub use image::Image;
pub use labels::{Label, Labels};
pub use picture::{ColorMap, Picture, Range, Scale};
pub use preprocessing::{Crop, Prepared, Preprocessing, TenCrops, Window};
