use super::{Passing, Rule};
use crate::operator::Role;

/// The gradient, except that activations hand relevance on as it comes, whatever their input was: what the weights between two
/// values amount to. A way of reading a network, not an explanation of a picture, and so no row of [`RULES`](super::RULES).
#[derive(Clone, Copy, Debug, Default)]
pub struct Straight;

impl Rule for Straight {
    fn pass(&self, node: &mut Passing<'_, '_>) {
        match node.role() {
            Role::Rectifier | Role::Smooth => node.straight(),
            _ => node.vjp(),
        }
    }
}
