//! Look inside trained vision networks: what a class looks like to them and which pixels made them decide.

mod error;
pub mod report;

pub use error::{Error, ErrorKind};
