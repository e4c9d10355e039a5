use super::{Passing, Rule};
use crate::operator::Role;

/// Guided backpropagation (Springenberg et al. 2015): rectifiers apply their derivative to the positive part of the
/// relevance; every other node passes the gradient.
#[derive(Clone, Copy, Debug, Default)]
pub struct GuidedBackprop;

impl Rule for GuidedBackprop {
    fn pass(&self, node: &mut Passing<'_, '_>) {
        if node.role() == Role::Rectifier {
            node.keep_positive();
        }
        node.vjp();
    }
}
