use super::{Passing, Rule};
use crate::operator::Role;

/// The DeconvNet of Zeiler and Fergus (2013) as a backward rule: rectifiers pass the positive part of the relevance,
/// whatever their own input was; every other node passes the gradient (max-pooling by its forward switches).
#[derive(Clone, Copy, Debug, Default)]
pub struct DeconvNet;

impl Rule for DeconvNet {
    fn pass(&self, node: &mut Passing<'_, '_>) {
        if node.role() == Role::Rectifier {
            node.keep_positive();
            node.straight();
        } else {
            node.vjp();
        }
    }
}
