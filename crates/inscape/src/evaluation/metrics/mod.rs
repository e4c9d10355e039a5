//! What results are judged by: pure functions of boxes and maps.

mod contours;
mod max_box;
mod pointing;

pub use max_box::{BoxCurve, DELTAS, LEVELS, Levels};
pub use pointing::{TOLERANCE, is_near};
