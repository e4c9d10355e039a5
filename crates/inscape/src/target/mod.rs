//! What a backward pass starts from: a class, or an objective over any values of the network.

mod grammar;
mod objective;
mod settled;

pub(crate) use grammar::{Vocabulary, parse};
pub use objective::{Objective, Place, Position, Term};
pub(crate) use settled::{Axes, Ground, Settled, one_of};

/// What a map is asked for.
///
/// ```
/// use inscape::Target;
/// assert_eq!(Target::Class(130).to_string(), "class:130");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Target {
    /// The k classes of the highest scores, one map each.
    Top(usize),
    /// The score of a class, by index.
    Class(usize),
    /// A scalar of the activations.
    Objective(Objective),
}

impl Target {
    /// The objective it stands for; `None` for [`Target::Top`], which depends on the picture.
    pub fn objective(&self) -> Option<Objective> {
        match self {
            Target::Top(_) => None,
            Target::Class(index) => Some(Objective::from(Term::Class(*index))),
            Target::Objective(objective) => Some(objective.clone()),
        }
    }
}

impl From<Objective> for Target {
    fn from(objective: Objective) -> Target {
        match objective.terms[..] {
            [(1.0, Term::Class(index))] => Target::Class(index),
            _ => Target::Objective(objective),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Top(n) => write!(f, "top{n}"),
            Target::Class(index) => write!(f, "class:{index}"),
            Target::Objective(objective) => objective.fmt(f),
        }
    }
}
