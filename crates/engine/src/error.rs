use std::fmt;

/// Why a graph could not be built, planned or asked.
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
    /// The graph contradicts itself: a cycle, a dangling name, two producers of one value.
    Malformed,
    /// Nodes that this engine does not run.
    Unsupported,
    /// A shape does not fit.
    Shape,
    /// It would need more memory than allowed.
    Memory,
    /// No value, node or unit of that name.
    NotFound,
    /// The plan was not made for what is asked now.
    NotPlanned,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, context: impl Into<String>) -> Error {
        Error { kind, context: context.into() }
    }
}

/// Why one node is refused; the plan adds which node it is and gathers all of them into one [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
