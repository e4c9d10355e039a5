use std::io;

/// Why a model file gives no graph.
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
    /// The file, or one it needs, cannot be read or has changed since.
    Unreadable,
    /// It is of no format read here.
    Foreign,
    /// It is broken or contradicts itself.
    Malformed,
    /// It holds what is not supported.
    Unsupported,
    /// It asks for a file outside its folder.
    Outside,
    /// It would unfold into far more than its size allows.
    Excessive,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, context: impl Into<String>) -> Error {
        Error { kind, context: context.into() }
    }

    pub(crate) fn malformed(context: impl Into<String>) -> Error {
        Error::new(ErrorKind::Malformed, context)
    }

    pub(crate) fn unsupported(context: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unsupported, context)
    }

    pub(crate) fn unreadable(error: &io::Error) -> Error {
        Error::new(ErrorKind::Unreadable, error.to_string())
    }

    /// The same error, told where it happened.
    pub(crate) fn within(self, place: &str) -> Error {
        Error { kind: self.kind, context: format!("{place}: {}", self.context) }
    }
}
