//! How well a method finds objects: data sets with boxes, measures, and what they come to beside controls.
//!
//! Boxes are half-open and in the picture's own pixels throughout ([`Rectangle`]). A method answers by [`Prediction`], which
//! [`judge`] holds against the truth and [`summarized`] sums up; only [`predict`] knows a network.

mod classes;
mod dataset;
mod judgment;
mod measures;
mod metrics;
mod network;
mod prediction;
mod rectangle;
mod summary;
mod tables;

pub use classes::Classes;
pub use dataset::{Annotation, Dataset, LAYOUTS, Layout, Listed, Object, csv_field, parse_xml};
pub use judgment::{Case, GUESSES, Judged, RIGHT, Sought, judge, sought};
pub use measures::{GT_KNOWN, MEASURES, Measure, TOP5, Values};
pub use metrics::{BoxCurve, DELTAS, LEVELS, Levels, TOLERANCE, is_near};
pub use network::predict;
pub use prediction::{Evidence, Guess, Map, Prediction};
pub use rectangle::Rectangle;
pub use summary::{Interval, RESAMPLES, Row, Summary, summarized};
pub use tables::{PICTURES_HEADER, SUBMISSION_HEADER, failed_row, pictures_row, submission_row};
