use super::ConvShape;
use super::depthwise::Depthwise;
use super::framed::{self, multiply_framed};
use super::lattice::Lattice;
use super::patches::{Patches, Window};
use super::phases::{Phase, combined, separate};
use super::winograd::Winograd;
use crate::Pool;
use crate::gemm::{Output, PackedLhs, Store, multiply};

/// The vector–Jacobian product of a convolution with respect to x, which is also its transpose run forward:
/// `dx[c, i] = b[c] + Σ over m, p, k with p·stride + k·dilation − pad = i of w[m, c, k] · dy[m, p]`.
///
/// With stride 1 it is a convolution of dy with the turned kernel. With larger strides the places of dx fall into
/// phases, one for each remainder by the stride, and each phase is such a convolution with a part of the kernel; nothing
/// is ever added into dx from two sides.
pub struct BackwardData {
    shape: ConvShape,
    kernel: Kernel,
}

enum Kernel {
    Depthwise(Depthwise),
    Winograd(Winograd),
    Products(Vec<Packed>),
}

/// Some phases that are computed by one product.
struct Packed {
    window: Window,
    /// Remainders of the places of dx by the stride; the rows of the product are (channel, phase).
    remainders: Vec<[usize; 2]>,
    weights: Vec<PackedLhs>,
}

impl BackwardData {
    /// Packs the weights, laid out as (out channel, channel in group, row, column), and one bias per channel of dx.
    ///
    /// # Panics
    /// If the shape fails [`ConvShape::check`] or the weights are not as many as it asks for.
    pub fn new(shape: &ConvShape, weights: &[f32], bias: Option<&[f32]>) -> BackwardData {
        assert_eq!(shape.check(), Ok(()), "a sound convolution");
        assert_eq!(weights.len(), shape.weights_len(), "weights of a convolution");
        if Depthwise::suits(shape) {
            let depthwise = Depthwise::backward(shape, weights, bias);
            return BackwardData { shape: *shape, kernel: Kernel::Depthwise(depthwise) };
        }
        // few rows would leave most of each tile empty, so all phases share one product
        let strided = shape.stride != [1, 1] && shape.dilation == [1, 1];
        let few =
            strided && shape.group_in() <= 16 && (0..2).all(|axis| shape.kernel[axis] >= shape.stride[axis]);
        let phases = if few { vec![combined(shape)] } else { separate(shape) };
        if let ([Phase { window, .. }], [1, 1], [3, 3]) = (&phases[..], shape.stride, shape.kernel) {
            let (channels, taps) = (shape.group_in(), shape.taps());
            let kernel = |group: usize, row: usize, m: usize| {
                &weights[((group * shape.group_out() + m) * channels + row) * taps..][..taps]
            };
            if let Some(winograd) = Winograd::new(window, shape.groups, channels, kernel, bias) {
                return BackwardData { shape: *shape, kernel: Kernel::Winograd(winograd) };
            }
        }
        let packed = phases.into_iter().map(|phase| Packed::new(shape, phase, weights, bias));
        BackwardData { shape: *shape, kernel: Kernel::Products(packed.collect()) }
    }

    /// Bytes of its weights.
    pub fn bytes(&self) -> usize {
        match &self.kernel {
            Kernel::Depthwise(depthwise) => depthwise.bytes(),
            Kernel::Winograd(winograd) => winograd.bytes(),
            Kernel::Products(phases) => {
                phases.iter().flat_map(|phase| &phase.weights).map(PackedLhs::bytes).sum()
            }
        }
    }

    /// Computes dx from dy.
    ///
    /// # Panics
    /// If dx or dy has another length than the shape's.
    pub fn run(&self, pool: &Pool, dy: &[f32], dx: &mut [f32]) {
        let shape = &self.shape;
        assert_eq!(
            (dx.len(), dy.len()),
            (shape.input_len(), shape.output_len()),
            "dx and dy of a convolution"
        );
        let group_dy = shape.group_out() * shape.output[0] * shape.output[1];
        let group_dx = shape.group_in() * shape.input[0] * shape.input[1];
        let items = shape.batch * shape.groups;
        let phases = match &self.kernel {
            Kernel::Depthwise(depthwise) => return depthwise.run(pool, dy, dx),
            Kernel::Winograd(winograd) => {
                let places = shape.input[0] * shape.input[1];
                return winograd.run(pool, items, dy, &Output::new(dx, group_dx, places));
            }
            Kernel::Products(phases) => phases,
        };
        for phase in phases {
            let places = phase.window.places[0] * phase.window.places[1];
            if shape.stride == [1, 1] {
                phase.run(pool, items, dy, group_dy, &Output::new(dx, group_dx, places));
            } else {
                let (places, remainders) = (phase.window.places, &phase.remainders);
                let lattice = Lattice::new(dx, group_dx, shape.input, shape.stride, places, remainders);
                phase.run(pool, items, dy, group_dy, &lattice);
            }
        }
    }
}

impl Packed {
    /// Computes `items` products with pictures that begin `group` floats apart.
    fn run(&self, pool: &Pool, items: usize, dy: &[f32], group: usize, output: &impl Store) {
        let lhs = |item: usize| &self.weights[item % self.weights.len()];
        let image = |item: usize| &dy[item * group..];
        if framed::suits(&self.window, lhs(0).rows()) {
            return multiply_framed(pool, items, &self.window, |item| lhs(item).panels(), image, output);
        }
        let places = self.window.places[0] * self.window.places[1];
        let rhs = |item: usize| Patches { window: &self.window, image: image(item) };
        multiply(pool, items, places, lhs, rhs, output);
    }

    fn new(shape: &ConvShape, phase: Phase, weights: &[f32], bias: Option<&[f32]>) -> Packed {
        let Phase { window, remainders, kernel_places } = phase;
        let (channels, outs, taps) = (shape.group_in(), shape.group_out(), shape.taps());
        let count = remainders.len();
        let depth = window.depth();
        let mut matrix = vec![0.0; channels * count * depth];
        let pack = |group: usize| {
            for (row, row_values) in matrix.chunks_exact_mut(depth.max(1)).enumerate() {
                let (c, places) = (row / count, &kernel_places[row % count]);
                let per_channel = row_values.chunks_exact_mut(places.len().max(1));
                for (m, values) in (group * outs..(group + 1) * outs).zip(per_channel) {
                    let kernel = &weights[(m * channels + c) * taps..][..taps];
                    for (value, &place) in values.iter_mut().zip(places) {
                        *value = place.map_or(0.0, |place| kernel[place]);
                    }
                }
            }
            let packed = PackedLhs::new(channels * count, depth, &matrix, depth, |k| k);
            match bias {
                Some(bias) => {
                    let bias = &bias[group * channels..(group + 1) * channels];
                    let rows: Vec<f32> = bias.iter().flat_map(|&b| vec![b; count]).collect();
                    packed.with_bias(&rows)
                }
                None => packed,
            }
        };
        let weights = (0..shape.groups).map(pack).collect();
        let window = if shape.stride == [1, 1] { window.simplified() } else { window };
        Packed { window, remainders, weights }
    }
}
