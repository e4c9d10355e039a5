//! An atlas of a network's units: for every unit of every row the pictures that excite it most, what of them it answers to, and
//! how active it is, in one pass over the pictures.
//!
//! [`Model::atlas_rows`](crate::Model::atlas_rows) lists the rows, a [`Survey`] looks at the pictures, and a [`Drawing`] makes a sprite
//! for each of a row's units. An [`Explorer`] answers what a person asks of one picture at a time.

mod edges;
mod evidence;
mod explorer;
mod in_order;
mod look;
mod rows;
mod survey;
mod tally;

pub use edges::{Edge, Edges};
pub use evidence::{Drawing, EVIDENCE, Evidence};
pub use explorer::Explorer;
pub use look::{Back, Look, Maps, Origin, Start};
pub use rows::Row;
pub use survey::Survey;
pub use tally::{Peak, Tally};
