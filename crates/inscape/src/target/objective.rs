use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// A scalar of the activations: a weighted sum of terms.
///
/// Its text form is canonical: parsing what it prints gives the same objective.
///
/// ```
/// use inscape::{Objective, Term};
/// let objective = Objective { terms: vec![(1.0, Term::Class(1)), (-0.5, Term::Class(2))] };
/// assert_eq!(objective.to_string(), "class:1 - 0.5*class:2");
/// assert_eq!(Objective::from(Term::Class(130)).file_name(), "class_130");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Terms with their factors.
    pub terms: Vec<(f64, Term)>,
}

/// One scalar of the activations. Values are named as in the model's file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Term {
    /// The score of a class before any softmax, S_c.
    Class(usize),
    /// The probability of a class, P_c.
    Posterior(usize),
    /// One unit of a value.
    Unit {
        /// The value's name.
        value: String,
        /// Which of its units.
        place: Place,
    },
    /// The mean of a channel over its positions.
    Channel {
        /// The value's name.
        value: String,
        /// The channel.
        channel: usize,
    },
    /// Half the squared norm of a value, ½‖a‖².
    Layer {
        /// The value's name.
        value: String,
    },
    /// The projection of a value onto a vector: over its channels at every position (then the mean), or whole.
    Direction {
        /// The value's name.
        value: String,
        /// The array file the vector came from.
        file: String,
        /// One number per channel, or one per unit of the value.
        vector: Arc<[f32]>,
    },
}

/// Which unit of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A channel at a position.
    Channel(usize, Position),
    /// An index along every axis but the batch's.
    Index(Vec<usize>),
}

/// Where along the axes that are no channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// Left to the use: the strongest position on a picture, the center when an input is optimized.
    Unstated,
    /// Where the channel's activation is largest.
    Max,
    /// The middle.
    Center,
    /// A token of a sequence.
    Token(usize),
    /// Row and column.
    Cell(usize, usize),
}

impl Objective {
    /// Its form in file names: `class_130`, `posterior_130`; any other is its text with everything outside
    /// `A-Za-z0-9` turned to `_`, a `-`, and six hexadecimal digits of the SHA-256 of the text.
    pub fn file_name(&self) -> String {
        let text = self.to_string();
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = text.chars().map(plain).collect();
        match self.terms[..] {
            [(1.0, Term::Class(_) | Term::Posterior(_))] => name,
            _ => {
                let digest = Sha256::digest(text.as_bytes());
                // File systems allow 255 bytes; the digest tells long names apart.
                let name: String = name.chars().take(120).collect();
                format!("{name}-{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2])
            }
        }
    }

    /// Its sort in one word: that of its only term, or `sum`.
    pub fn kind(&self) -> &'static str {
        match &self.terms[..] {
            [(1.0, term)] => term.kind(),
            _ => "sum",
        }
    }
}

impl Term {
    /// The word it begins with.
    pub fn kind(&self) -> &'static str {
        match self {
            Term::Class(_) => "class",
            Term::Posterior(_) => "posterior",
            Term::Unit { .. } => "unit",
            Term::Channel { .. } => "channel",
            Term::Layer { .. } => "layer",
            Term::Direction { .. } => "direction",
        }
    }

    /// The class or channel.
    pub fn index(&self) -> Option<usize> {
        match self {
            Term::Class(index) | Term::Posterior(index) => Some(*index),
            Term::Unit { place: Place::Channel(channel, _), .. } | Term::Channel { channel, .. } => {
                Some(*channel)
            }
            _ => None,
        }
    }

    /// The value it reads, where it names one.
    pub fn value(&self) -> Option<&str> {
        match self {
            Term::Class(_) | Term::Posterior(_) => None,
            Term::Unit { value, .. }
            | Term::Channel { value, .. }
            | Term::Layer { value }
            | Term::Direction { value, .. } => Some(value),
        }
    }
}

impl From<Term> for Objective {
    fn from(term: Term) -> Objective {
        Objective { terms: vec![(1.0, term)] }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (factor, term)) in self.terms.iter().enumerate() {
            f.write_str(match (i, *factor < 0.0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            })?;
            if factor.abs() != 1.0 {
                write!(f, "{}*", factor.abs())?;
            }
            term.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Class(index) => write!(f, "class:{index}"),
            Term::Posterior(index) => write!(f, "posterior:{index}"),
            Term::Unit { value, place } => write!(f, "unit:{}{place}", Quoted(value)),
            Term::Channel { value, channel } => write!(f, "channel:{}:{channel}", Quoted(value)),
            Term::Layer { value } => write!(f, "layer:{}", Quoted(value)),
            Term::Direction { value, file, .. } => write!(f, "direction:{}:{}", Quoted(value), Quoted(file)),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Channel(channel, position) => match position {
                Position::Unstated => write!(f, ":{channel}"),
                Position::Max => write!(f, ":{channel}@max"),
                Position::Center => write!(f, ":{channel}@center"),
                Position::Token(token) => write!(f, ":{channel}@{token}"),
                Position::Cell(y, x) => write!(f, ":{channel}@{y},{x}"),
            },
            Place::Index(index) => {
                let index: Vec<String> = index.iter().map(usize::to_string).collect();
                write!(f, "[{}]", index.join(","))
            }
        }
    }
}

/// A name in double quotes where the grammar would cut it.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = |c: char| c.is_whitespace() || ":[]@*".contains(c);
        match self.0.contains(cut) {
            true => write!(f, "\"{}\"", self.0),
            false => f.write_str(self.0),
        }
    }
}
