mod pass;
mod reach;
mod site;

use inscape_tensor::{Constant, Element, Pool, Walk, count};

pub use pass::{Backward, Forward};
pub use reach::Reach;
pub(crate) use site::normalized_axis;
pub use site::{Input, Site};

/// What a rule may know of an operator: its part in the network, never its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// A weighted sum of its first input: Conv, Gemm, MatMul with a constant, average pooling, scale and shift.
    Linear,
    /// Cuts off one side of zero: Relu, Clip with minimum 0, LeakyRelu, PRelu.
    Rectifier,
    /// Any other function of one number at a time: Sigmoid, Gelu, Exp.
    Smooth,
    /// Picks cells: MaxPool, Max, ReduceMax.
    Pooling,
    /// Multiplies or divides activations by activations.
    Product,
    /// Divides by a statistic of its input: LRN, LayerNormalization, Softmax.
    Normalization,
    /// Adds activations.
    Sum,
    /// Moves numbers without changing them.
    Reshape,
}

/// Kind and shape of a value in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// The kind of number.
    pub element: Element,
    /// Sizes by axis.
    pub shape: Vec<usize>,
}

impl Type {
    /// Floats of a shape.
    pub fn f32(shape: impl Into<Vec<usize>>) -> Type {
        Type { element: Element::F32, shape: shape.into() }
    }

    /// Bytes in memory, or `None` where they exceed what memory can address.
    pub fn bytes(&self) -> Option<usize> {
        count(&self.shape)?.checked_mul(self.element.size())
    }

    /// The bytes of an array of this type, copied into a constant.
    pub(crate) fn constant(&self, bytes: &[u8]) -> Constant {
        match self.element {
            Element::F32 => Constant::from_f32s(&self.shape, bytemuck::cast_slice(bytes)),
            Element::I64 => Constant::from_i64s(&self.shape, bytemuck::cast_slice(bytes)),
            Element::Bool => Constant::from_bools(&self.shape, bytes),
        }
    }
}

/// What a row of the operator table makes of a node.
pub enum Built {
    /// Something to run.
    Kernel {
        /// Kinds and shapes of the outputs, in the node's order (also of unnamed ones before a named one).
        outputs: Vec<Type>,
        /// What runs.
        operator: Box<dyn Operator>,
    },
    /// Outputs known without running anything: Shape, Constant.
    Constants(Vec<Constant>),
}

impl Built {
    /// An operator with one float output.
    pub fn one(shape: impl Into<Vec<usize>>, operator: impl Operator + 'static) -> Built {
        Built::Kernel { outputs: vec![Type::f32(shape)], operator: Box::new(operator) }
    }
}

/// How an operator's first output may lie in memory relative to its first input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In a place of its own.
    Separate,
    /// May be written over the first input, cell for cell, when nobody needs that any more; and backward likewise.
    /// [`Forward::pair`] and [`Backward::pair`] tell which it is.
    InPlace,
    /// The same numbers under another shape: nothing runs at all.
    Alias,
}

/// What must survive from forward to backward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keeps {
    /// Bit i: the numbers of input i.
    pub inputs: u32,
    /// Bit i: the numbers of output i.
    pub outputs: u32,
    /// 32-bit words of the operator's own notes: masks, argmax indices, statistics.
    pub words: usize,
}

/// How much an operator's definition computes: what times are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Multiply-adds of products forward; work number by number is not counted.
    pub multiply_adds: u64,
    /// The same on the way back: twice as many where both sides of a product come from the network.
    pub multiply_adds_back: u64,
    /// Weights it holds itself.
    pub weights: u64,
}

impl Work {
    /// A product with weights, which have no gradient.
    pub fn weighted(multiply_adds: u64, weights: u64) -> Work {
        Work { multiply_adds, multiply_adds_back: multiply_adds, weights }
    }

    /// A product of two sides that both come from the network.
    pub fn of_two_sides(multiply_adds: u64) -> Work {
        Work { multiply_adds, multiply_adds_back: multiply_adds.saturating_mul(2), weights: 0 }
    }
}

/// A node made ready for given shapes: how it runs forward, and its vector–Jacobian product.
///
/// Shapes, kinds and attributes were checked when it was built, so running cannot fail. Constants arrive in
/// [`Forward::inputs`] like other inputs, but backward never asks for their gradient.
pub trait Operator: Send + Sync {
    /// Its part in the network.
    fn role(&self) -> Role;

    /// Computes all outputs.
    fn forward(&self, pass: &mut Forward<'_>);

    /// Writes (never adds) the gradient of every wanted input: Jᵀ·relevance.
    fn backward(&self, pass: &mut Backward<'_>);

    /// What backward reads.
    fn keeps(&self) -> Keeps {
        Keeps::default()
    }

    /// Where the first output may lie.
    fn placement(&self) -> Placement {
        Placement::Separate
    }

    /// Whether backward writes the gradients of all other inputs before that of the first, which may then lie over the
    /// relevance.
    fn first_comes_last(&self) -> bool {
        false
    }

    /// What a position of its outputs sees of its inputs.
    fn reach(&self) -> Reach {
        match self.role() {
            Role::Rectifier | Role::Smooth => Reach::Position,
            _ => Reach::Anywhere,
        }
    }

    /// Bit i: input i is a constant it took when it was built; such inputs are not handed to it again.
    fn owned(&self) -> u32 {
        0
    }

    /// Bytes of the weights it holds itself, once prepared.
    fn weight_bytes(&self) -> usize {
        0
    }

    /// What its definition asks for.
    fn work(&self) -> Work {
        Work::default()
    }

    /// The walk over the first input that an output is, where the operator does nothing but move numbers.
    fn walk(&self, output: usize) -> Option<&Walk> {
        let _ = output;
        None
    }

    /// The operator's weights, where it has them.
    fn linear(&mut self) -> Option<&mut dyn Linear> {
        None
    }
}

/// What can be done to the weights of a linear operator between being built and first running.
pub trait Linear {
    /// For an operator that is nothing but y = scale·x + shift per channel (axis 1): the two, else `None`.
    fn affine(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        None
    }

    /// Takes a following y = scale·x + shift per channel (axis 1) into its own weights; false where it cannot.
    fn absorb(&mut self, scale: &[f32], shift: &[f32]) -> bool {
        let _ = (scale, shift);
        false
    }

    /// Takes a following addition of one number for each place along the last axis; false where it cannot.
    fn absorb_last(&mut self, addend: &[f32]) -> bool {
        let _ = addend;
        false
    }

    /// Replaces every weight w by `change(w)` and drops the bias; false where it cannot. For rules that read weights.
    fn reweight(&mut self, change: &dyn Fn(f32) -> f32) -> bool {
        let _ = change;
        false
    }

    /// Puts the weights in the order its kernels read, on the threads of a pool; called once, last. `backward` tells whether
    /// backward will run.
    fn prepare(&mut self, pool: &Pool, backward: bool) {
        let _ = (pool, backward);
    }
}
