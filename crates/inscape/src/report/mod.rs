//! What a person reads: the page that explains a picture, the index of a folder of results, and each result's JSON.

mod assembly;
mod atlas;
mod comparison;
mod curves;
mod evaluation;
mod explanation;
mod figure;
mod first_order;
mod index;
mod page;
mod photo;
mod plot;
mod preparation;
mod record;
mod results;
mod side_by_side;
mod study;

pub use assembly::Question;
pub use atlas::{AtlasRow, atlas_page, row_page};
pub use comparison::{Comparison, RuleMap};
pub use curves::{Curves, Series};
pub use evaluation::{CaseFigure, EvaluationPage};
pub use explanation::{ClassRow, Explanation, Seen, Versus, article_of, overlay_of};
pub use figure::{Bar, Figure, data_address};
pub use first_order::Linearity;
pub use index::{Entry, index, relative};
pub use plot::Plot;
pub use record::{FileMark, InputMark, Record, TargetMark};
pub use side_by_side::SideBySide;
pub use study::{Study, StudyPart, StudyRow};
