use super::parameter::Stride;
use super::random::Place;
use crate::network::Layer;

/// A layer that learns.
pub(super) trait Learner: Send {
    /// Where the next batch is to be written.
    fn input(&mut self) -> &mut [f32];

    /// Learns from the batch in [`Learner::input`].
    fn learn(&mut self, place: Place, stride: Stride) -> Seen;

    /// What the machine makes small, as far as it can be computed, summed over the first rows of the batch in
    /// [`Learner::input`]: free energies of a Boltzmann machine, losses of an autoencoder on clean input. And the sum of
    /// the squared differences between what was seen and its reconstruction.
    fn cost(&mut self, rows: usize) -> [f64; 2];

    /// Root of the mean square of the weights, and of their last step.
    fn sizes(&self) -> [f64; 2];

    /// The layer as it is now.
    fn layer(&self) -> Layer;

    /// All numbers that learning goes on from.
    fn numbers(&self) -> Vec<&[f32]>;

    /// Takes such numbers; `None` where they do not fit.
    fn restore(&mut self, numbers: &[Vec<f32>]) -> Option<()>;
}

/// What was seen while a batch was learned, as means over its numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Squared difference between a visible unit and its reconstruction.
    pub(super) reconstruction: f64,
    /// Activation of the hidden units.
    pub(super) activation: f64,
}

/// Copies numbers that must be as many.
pub(super) fn take(to: &mut [f32], from: &[f32]) -> Option<()> {
    (to.len() == from.len()).then(|| to.copy_from_slice(from))
}
