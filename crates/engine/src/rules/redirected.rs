use super::{Passing, Rule};
use crate::operator::Role;

/// The gradient, except at a rectifier where nothing of a picture's relevance comes through: there positive relevance
/// passes, so that an ascent pushes up inputs that the rectifier cuts off (Olah et al. 2017's redirected ReLU). A way
/// out of dead starts, not an explanation, and so no row of [`RULES`](super::RULES).
#[derive(Clone, Copy, Debug, Default)]
pub struct RedirectedRelu;

impl Rule for RedirectedRelu {
    fn pass(&self, node: &mut Passing<'_, '_>) {
        if node.role() != Role::Rectifier {
            return node.vjp();
        }
        let relevance = node.relevance().to_vec();
        node.vjp();
        let item = (relevance.len() / node.items().max(1)).max(1);
        let Some(gradient) = node.pass.gradients[0].as_deref_mut() else { return };
        for (gradient, relevance) in gradient.chunks_mut(item).zip(relevance.chunks(item)) {
            if gradient.iter().all(|&g| g == 0.0) {
                gradient.iter_mut().zip(relevance).for_each(|(g, &r)| *g = r.max(0.0));
            }
        }
    }
}
