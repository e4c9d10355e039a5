use super::ConvShape;
use super::depthwise::Depthwise;
use super::patches::Window;
use super::product::product;
use super::turned::Turned;
use super::weights::Weights;
use super::winograd::{Side, Winograd};
use crate::Pool;
use crate::gemm::{Output, PackedLhs, Rounding};
use crate::shelf::Reading;

/// A convolution ready to run forward: y = W∗x + b.
///
/// A product of the weights with the patches of x, which are laid out piece by piece as they are needed, unless every
/// channel is by itself or Winograd's algorithm saves multiplications.
pub struct Forward {
    shape: ConvShape,
    kernel: Kernel,
}

/// Channels of a picture, whose sums are formed with more care: all later layers amplify what the first ones round.
const PICTURE: usize = 4;

enum Kernel {
    Depthwise(Depthwise),
    Winograd(Winograd),
    Turned(Turned),
    /// For each group, rows of weights that meet the patches of a window.
    Product(Window, Vec<PackedLhs>),
}

impl Forward {
    /// Packs the weights, with one bias per out channel.
    ///
    /// # Panics
    /// If the shape fails [`ConvShape::check`] or the weights are not as many as it asks for.
    pub fn new(shape: &ConvShape, weights: &Weights<'_>, bias: Option<&[f32]>) -> Forward {
        assert_eq!(shape.check(), Ok(()), "a sound convolution");
        assert_eq!(weights.len(), shape.weights_len(), "weights of a convolution");
        let window = Window {
            channels: shape.group_in(),
            image: shape.input,
            places: shape.output,
            taps: shape.kernel,
            stride: shape.stride,
            step: shape.dilation.map(|d| d as isize),
            offset: shape.pad.map(|[begin, _]| -(begin as isize)),
        };
        let kernel = if Depthwise::suits(shape) {
            Kernel::Depthwise(Depthwise::forward(shape, weights.values(), bias))
        } else if Turned::suits(&window, shape.batch, shape.groups, shape.group_out()) {
            Kernel::Turned(Turned::new(window, weights.right(shape), bias))
        } else if let Some(side) = Side::cheapest(&window, shape.batch, shape.group_out()) {
            Kernel::Winograd(Winograd::new(side, &window, shape.groups, weights, &Reading::Outputs, bias))
        } else {
            let careful = window.channels <= PICTURE;
            let rounding = if careful { Rounding::affordable(window.depth()) } else { Rounding::Often };
            let rows = shape.group_out();
            let pack = |group: usize| {
                let bias = bias.map(|bias| &bias[group * rows..][..rows]);
                weights.left(shape, group, rounding).with_bias(bias)
            };
            Kernel::Product(window.simplified(), (0..shape.groups).map(pack).collect())
        };
        Forward { shape: *shape, kernel }
    }

    /// Bytes of its weights.
    pub fn bytes(&self) -> usize {
        match &self.kernel {
            Kernel::Depthwise(depthwise) => depthwise.bytes(),
            Kernel::Winograd(winograd) => winograd.bytes(),
            Kernel::Turned(turned) => turned.bytes(),
            Kernel::Product(_, weights) => weights.iter().map(PackedLhs::bytes).sum(),
        }
    }

    /// Computes y from x.
    ///
    /// # Panics
    /// If x or y has another length than the shape's.
    pub fn run(&self, pool: &Pool, x: &[f32], y: &mut [f32]) {
        let shape = &self.shape;
        assert_eq!((x.len(), y.len()), (shape.input_len(), shape.output_len()), "x and y of a convolution");
        let items = shape.batch * shape.groups;
        let places = shape.output[0] * shape.output[1];
        let (window, weights) = match &self.kernel {
            Kernel::Depthwise(depthwise) => return depthwise.run(pool, x, y),
            Kernel::Winograd(winograd) => {
                return winograd.run(pool, items, x, &Output::new(y, shape.group_out() * places, places));
            }
            Kernel::Turned(turned) => return turned.run(pool, items, x, y),
            Kernel::Product(window, weights) => (window, weights),
        };
        let area = window.image[0] * window.image[1];
        let lhs = |item: usize| weights[item % shape.groups].panels();
        let image = |item: usize| &x[item * shape.group_in() * area..];
        product(pool, items, window, lhs, image, &Output::new(y, shape.group_out() * places, places));
    }
}
