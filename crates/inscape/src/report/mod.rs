//! What a person reads: the page that explains a picture, the index of a folder of results, and each result's JSON.

mod comparison;
mod explanation;
mod figure;
mod first_order;
mod index;
mod page;
mod plot;
mod record;

pub use comparison::{Comparison, RuleMap};
pub use explanation::{ClassRow, Explanation, Seen, Versus, article_of};
pub use figure::{Bar, Figure, data_address};
pub use first_order::{FirstOrder, OperatorRow};
pub use index::{Entry, index, relative};
pub use plot::Plot;
pub use record::{FileMark, InputMark, Record, TargetMark};
