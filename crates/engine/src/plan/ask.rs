use inscape_tensor::{Constant, Pool, Tensor};

use crate::graph::ValueId;

/// What a plan is made for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The shape of every graph input that is fed at run time.
    pub shapes: Vec<(ValueId, Vec<usize>)>,
    /// Graph inputs known already, as constants.
    pub bound: Vec<(ValueId, Constant)>,
    /// Values whose numbers will be read after forward.
    pub values: Vec<ValueId>,
    /// Values at which backward may start; empty for forward only.
    pub seeds: Vec<ValueId>,
    /// Values whose relevance will be read after backward.
    pub wrt: Vec<ValueId>,
    /// Keep every node's inputs and outputs, for rules that read them.
    pub keep_values: bool,
    /// Threads that put weights in order while the plan is made; by default the caller's alone.
    pub pool: Pool,
    /// Bytes that constants and activations may take together; `None` for no limit.
    pub memory: Option<usize>,
}

/// Where backward starts: relevance of one value, of that value's shape.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The value.
    pub value: ValueId,
    /// Its relevance.
    pub relevance: Tensor,
}
