//! How an image climbs along a gradient.

mod adam;
mod ascent;

use inscape_tensor::Pool;
use serde::{Deserialize, Serialize};

pub use adam::Adam;
pub use ascent::{Ascent, Rate};

/// A way to climb. To add one: one file here, one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Optimizer {
    /// v ← v + η·g.
    Ascent(Ascent),
    /// Kingma and Ba 2015.
    Adam(Adam),
}

/// One image on its way up.
pub(crate) struct Climb<'a> {
    pub(crate) pool: &'a Pool,
    /// Steps that are done.
    pub(crate) step: usize,
    /// All steps.
    pub(crate) steps: usize,
    /// The objective at the image, without penalties.
    pub(crate) score: f64,
    /// Where it stands.
    pub(crate) from: &'a [f32],
    /// Where it goes, all of which is written.
    pub(crate) values: &'a mut [f32],
    pub(crate) gradient: &'a [f32],
    /// What the optimizer remembers between steps, zeros at first.
    pub(crate) memory: &'a mut [f32],
}

/// What an optimizer does.
pub(crate) trait Climber {
    /// Takes one step.
    fn step(&self, climb: Climb<'_>);

    /// Numbers it remembers for an image of `len` numbers.
    fn memory(&self, len: usize) -> usize;

    /// A number that was settled at the first step, from the memory.
    fn settled(&self, _memory: &[f32]) -> Option<(&'static str, f64)> {
        None
    }
}

impl Optimizer {
    pub(crate) fn climber(&self) -> &dyn Climber {
        match self {
            Optimizer::Ascent(climber) => climber,
            Optimizer::Adam(climber) => climber,
        }
    }
}
