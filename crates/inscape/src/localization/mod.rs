//! Where the object of a class is: the class's map, colors, a minimum cut, a box (Simonyan, Vedaldi and Zisserman 2014).
//!
//! [`Model::localize`](crate::Model::localize) is the whole. Its stages are functions of their own: the map of the class, averaged over
//! views → [`Cells::blurred`] → [`Cells::raised`] to the picture → [`seeds`] → [`segment`] (mixtures and [`GridCut`]) → [`components`] →
//! [`Bounds::of`]; [`locate`] puts those after the map together.

mod bounds;
mod component;
mod contrast;
mod cut;
mod drawing;
mod grid_cut;
mod localized;
mod map;
mod mixture;
mod options;
mod region;
mod seeds;
mod settings;
mod views;

pub use bounds::Bounds;
pub use component::components;
pub use cut::{Segmented, segment};
pub use drawing::Stage;
pub use grid_cut::{Capacity, DIRECTIONS, GridCut};
pub use localized::{Localized, Pointed};
pub use map::Cells;
pub use mixture::{Gaussian, Mixture};
pub use options::{OPTIONS, OptionRow, PRESETS, PresetRow};
pub use region::{Basis, Region, locate};
pub use seeds::{Seed, seeds};
pub use settings::{Contrast, Localization, Neighborhood, Part, Seeding, Segmentation, Threshold, Views};
