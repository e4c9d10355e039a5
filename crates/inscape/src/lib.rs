//! Look inside trained vision networks: what a class looks like to them and which pixels made them decide.

pub mod atlas;
mod attribution;
mod card;
mod error;
pub mod evaluation;
mod file;
mod first_order;
mod fooling;
mod image;
mod inspection;
mod labels;
pub mod localization;
mod model;
mod nearest;
pub mod npy;
mod picture;
mod preprocessing;
mod random;
mod relation;
pub mod report;
mod target;
pub mod visualization;
mod watch;

pub use attribution::{Attribution, Baseline, Crops, METHODS, Method, Setting, Settings, Subject};
pub use card::{Card, CardSource, Channels, Interpolation, Layout, Preset, Resize};
pub use error::{Error, ErrorKind};
pub use first_order::{FirstOrder, Line, Parting};
pub use fooling::{Ascended, Ascent, Champion, ENCODINGS, Encoding, Evolution, Moment, Size};
pub use image::Image;
pub use inspection::{Check, Inspection, Layer, Probe, ReceptiveField};
pub use labels::{Label, Labels};
pub use model::{Class, Input, Model, NodeTime, Options, Origin, Workload};
pub use picture::{ColorMap, Picture, Range, Scale};
pub use preprocessing::{Crop, Prepared, Preprocessing, TenCrops, Window};
pub use random::Deviates;
pub use relation::{Reading, Relation, cosine};
pub use target::{Objective, Place, Position, Target, Term};
pub use watch::{Cancel, Progress, Watch};

/// The first page's examples, held to what the library is.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct FirstPage;
