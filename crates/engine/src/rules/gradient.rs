use super::{Passing, Rule};

/// The plain gradient: every node applies its own Jacobian, transposed. Relu′(0) = 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gradient;

impl Rule for Gradient {
    fn pass(&self, node: &mut Passing<'_, '_>) {
        node.vjp();
    }
}
