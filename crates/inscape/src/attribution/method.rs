use std::fmt;

use inscape_engine::ValueId;

use super::{METHODS, Map, Settings, Work};
use crate::error::{Error, ErrorKind};
use crate::model::Model;

/// A way to say which parts of an input a target depends on; the constants are the rows of [`METHODS`].
///
/// ```
/// use inscape::Method;
/// assert_eq!(Method::named("IntegratedGradients")?, Method::IntegratedGradients);
/// assert!(Method::named("magic").unwrap_err().context.contains("saliency"));
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Method {
    /// Its name on command lines.
    pub name: &'static str,
    /// Other names, Captum's among them.
    pub aliases: &'static [&'static str],
    /// What it computes, in a sentence.
    pub computes: &'static str,
    /// The same as a formula.
    pub formula: &'static str,
    /// Author and year.
    pub source: &'static str,
    /// Where Captum's method of an alias gives something else, what; else empty.
    pub captum: &'static str,
    /// The fields of [`Settings`] that it reads.
    pub settings: &'static [&'static str],
    /// Whether its numbers have a sign.
    pub signed: bool,
    pub(super) reads: Reads,
    pub(super) passes: fn(&Settings) -> usize,
    pub(super) run: fn(&mut Work<'_, '_>) -> Result<Map, Error>,
}

/// Finds the value to look at, for a target that reads these values.
pub(super) type Choice = fn(&Model, &Settings, &[ValueId]) -> Result<ValueId, Error>;

/// What a method wants of the pass that all methods share.
#[derive(Clone, Copy)]
pub(super) enum Reads {
    /// Relevance of the input.
    Input,
    /// A value inside, with its relevance.
    Inner(Choice),
    /// Nothing: it runs passes of its own.
    Own,
}

impl Method {
    /// How many backward passes it takes for one target of one input: the steps its progress is counted in.
    ///
    /// ```
    /// use inscape::{Method, Settings};
    /// let settings = Settings { samples: 50, ..Settings::default() };
    /// assert_eq!(Method::SmoothGrad.passes(&settings), 50);
    /// assert_eq!(Method::Gradient.passes(&settings), 1);
    /// ```
    pub fn passes(&self, settings: &Settings) -> usize {
        (self.passes)(settings)
    }

    /// The method of a name or alias, regardless of case, hyphens and underscores.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] with all names.
    pub fn named(name: &str) -> Result<Method, Error> {
        let wanted = folded(name);
        let fits = |method: &&Method| {
            folded(method.name) == wanted || method.aliases.iter().any(|alias| folded(alias) == wanted)
        };
        METHODS.iter().find(fits).copied().ok_or_else(|| {
            let names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
            let context = format!("there is no method '{name}'; there are {}", names.join(", "));
            Error::new(ErrorKind::Setting, context)
        })
    }
}

impl PartialEq for Method {
    fn eq(&self, other: &Method) -> bool {
        self.name == other.name
    }
}

impl Eq for Method {}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
