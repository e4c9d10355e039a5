//! What there is to learn from: IDX files, infinite MNIST, natural image patches.

mod collection;
mod folder;
pub mod idx;
pub mod infinite_mnist;
pub mod patches;
mod pictures;
mod sheet;

pub use collection::{Collection, open};
pub use folder::IdxFolder;
pub use patches::Patches;
pub use pictures::Pictures;
pub use sheet::{Choice, contact_sheet};

/// Small grey pictures by index. Reading cannot fail: what could be wrong with a data set is found when it is opened.
pub trait Examples: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// Rows and columns of each.
    fn size(&self) -> [usize; 2];

    /// What the numbers are.
    fn values(&self) -> Values;

    /// Writes the numbers of one, rows × columns of them.
    fn read(&self, index: usize, numbers: &mut [f32]);

    /// The class of one, 0 … classes − 1, where classes are known.
    fn label(&self, index: usize) -> Option<u8>;

    /// How the data set is named in a record: what was asked for, never a path.
    fn source(&self) -> String;
}

/// What the numbers of examples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Values {
    /// From 0 to 1, taken as probabilities: binary visible units.
    Unit,
    /// Real numbers about 0: Gaussian visible units.
    Real,
}
