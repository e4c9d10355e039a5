use inscape_tensor::Constant;

use super::ask::Ask;
use crate::graph::{Attribute, Graph};

/// Bytes granted to the smallest graph: masks and grids of positions are made of nothing, and so are all weights of a file
/// that was stripped of them.
const BASE: usize = 1 << 30;

/// Bytes granted for each byte of the graph's own constants: weights are widened, transposed and scaled before use.
const PER_BYTE: usize = 4;

/// Bytes that constants made of other constants may take: enough for any honest network, not for one that doubles a
/// small array forty times.
pub(super) fn for_constants(graph: &Graph, ask: &Ask) -> usize {
    let attributes = graph.nodes().flat_map(|(_, node)| node.attributes.values());
    let held = attributes.filter_map(|attribute| match attribute {
        Attribute::Tensor(constant) => Some(constant),
        _ => None,
    });
    let bound = ask.bound.iter().map(|(_, constant)| constant);
    let own = graph.constants().map(|(_, constant)| constant).chain(held).chain(bound);
    let bytes = own.map(bytes).fold(0, usize::saturating_add);
    BASE.saturating_add(bytes.saturating_mul(PER_BYTE)).min(ask.memory.unwrap_or(usize::MAX))
}

fn bytes(constant: &Constant) -> usize {
    constant.len().saturating_mul(constant.element().size())
}
