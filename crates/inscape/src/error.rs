/// Why something could not be read, understood or made.
#[derive(Debug, thiserror::Error)]
#[error("{context}")]
pub struct Error {
    /// What sort of mistake it is.
    pub kind: ErrorKind,
    /// What was wrong, where, and what to do.
    pub context: String,
}

/// The sorts of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    File,
    /// The model file is damaged, or holds what this program does not run.
    Model,
    /// The model card does not say how to feed the model.
    Card,
    /// The list of class names does not fit, or has no such class.
    Labels,
    /// A picture or array is damaged, too large, or of a kind that is not read.
    Picture,
    /// A data set is damaged, or does not fit what is to learn from it.
    Data,
    /// What was asked for is not in the model.
    Target,
    /// A setting lies outside its range.
    Setting,
    /// It would need more memory than allowed.
    Memory,
    /// The caller asked to stop.
    Cancelled,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, context: impl Into<String>) -> Error {
        Error { kind, context: context.into() }
    }
}

impl From<inscape_engine::Error> for Error {
    fn from(error: inscape_engine::Error) -> Error {
        let kind = match error.kind {
            inscape_engine::ErrorKind::Memory => ErrorKind::Memory,
            inscape_engine::ErrorKind::NotFound | inscape_engine::ErrorKind::NotPlanned => ErrorKind::Target,
            _ => ErrorKind::Model,
        };
        Error { kind, context: error.context }
    }
}

impl From<inscape_formats::Error> for Error {
    fn from(error: inscape_formats::Error) -> Error {
        let kind = match error.kind {
            inscape_formats::ErrorKind::Unreadable => ErrorKind::File,
            _ => ErrorKind::Model,
        };
        Error { kind, context: error.context }
    }
}
