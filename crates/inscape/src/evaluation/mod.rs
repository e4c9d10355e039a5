//! How well a method finds objects: data sets with boxes, measures, and what they come to beside controls.
//!
//! Boxes are half-open and in the picture's own pixels throughout ([`Region`]). A method answers by [`Prediction`], which
//! [`judge`] holds against the truth and [`summarized`] sums up; none of it knows a network.

mod classes;
mod dataset;
mod judgment;
mod measures;
mod metrics;
mod prediction;
mod region;
mod summary;

pub use classes::Classes;
pub use dataset::{Annotation, Dataset, LAYOUTS, Layout, Listed, Object, csv_field, parse_xml};
pub use judgment::{Case, GUESSES, Judged, RIGHT, Sought, judge, sought};
pub use measures::{GT_KNOWN, MEASURES, Measure, TOP5, Values};
pub use metrics::{BoxCurve, DELTAS, LEVELS, Levels, TOLERANCE, is_near};
pub use prediction::{Evidence, Guess, Map, Prediction};
pub use region::Region;
pub use summary::{Interval, RESAMPLES, Row, Summary, summarized};
