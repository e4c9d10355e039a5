use super::ConvShape;
use super::depthwise::Depthwise;
use super::lattice::Lattice;
use super::patches::Window;
use super::phases::{Phase, combined, separate};
use super::product::product;
use super::turned::Turned;
use super::weights::Weights;
use super::winograd::{Side, Winograd};
use crate::Pool;
use crate::gemm::{Lhs, Output, PackedLhs, Store};
use crate::shelf::Reading;

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
    Turned(Turned),
    Products(Vec<Packed>),
}

impl Kernel {
    fn new(shape: &ConvShape, weights: &Weights<'_>, bias: Option<&[f32]>) -> Kernel {
        if Depthwise::suits(shape) {
            return Kernel::Depthwise(Depthwise::backward(shape, weights.values(), bias));
        }
        let channels = shape.group_in();
        // few rows would leave most of each tile empty, so all phases share one product
        let strided = shape.stride != [1, 1] && shape.dilation == [1, 1];
        let few = strided && channels <= 16 && (0..2).all(|axis| shape.kernel[axis] >= shape.stride[axis]);
        let phases = if few { vec![combined(shape)] } else { separate(shape) };
        if let ([phase], [1, 1]) = (&phases[..], shape.stride) {
            let window = &phase.window;
            if Turned::suits(window, shape.batch, shape.groups, channels) {
                return Kernel::Turned(match (shape.taps(), bias) {
                    (1, None) => Turned::back(window.clone(), weights.right(shape)),
                    _ => Turned::new(window.clone(), weights.right_of_phase(shape, phase), bias),
                });
            }
            if let Some(side) = Side::cheapest(window, shape.batch, channels) {
                return Kernel::Winograd(Winograd::new(
                    side,
                    window,
                    shape.groups,
                    weights,
                    &Reading::Terms,
                    bias,
                ));
            }
        }
        let packed = phases.into_iter().map(|phase| Packed::new(shape, phase, weights, bias));
        Kernel::Products(packed.collect())
    }
}

/// Some phases that are computed by one product.
struct Packed {
    window: Window,
    /// Remainders of the places of dx by the stride; the rows of the product are (channel, phase).
    remainders: Vec<[usize; 2]>,
    weights: Vec<PackedLhs>,
    biased: bool,
}

impl BackwardData {
    /// Packs the weights, with one bias per channel of dx.
    ///
    /// # Panics
    /// If the shape fails [`ConvShape::check`] or the weights are not as many as it asks for.
    pub fn new(shape: &ConvShape, weights: &Weights<'_>, bias: Option<&[f32]>) -> BackwardData {
        assert_eq!(shape.check(), Ok(()), "a sound convolution");
        assert_eq!(weights.len(), shape.weights_len(), "weights of a convolution");
        BackwardData { shape: *shape, kernel: Kernel::new(shape, weights, bias) }
    }

    /// Bytes of its weights.
    pub fn bytes(&self) -> usize {
        match &self.kernel {
            Kernel::Depthwise(depthwise) => depthwise.bytes(),
            Kernel::Winograd(winograd) => winograd.bytes(),
            Kernel::Turned(turned) => turned.bytes(),
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
            Kernel::Turned(turned) => return turned.run(pool, items, dy, dx),
            Kernel::Products(phases) => phases,
        };
        let idle = phases.iter().any(Packed::is_idle);
        if idle {
            pool.chunks(dx, ZEROS, |_, dx| dx.fill(0.0));
        }
        for phase in phases.iter().filter(|phase| !phase.is_idle()) {
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

/// The least channels of dy, and the part of them that may carry relevance, for which the others are left out.
const MANY: usize = 8;
/// Floats that one thread clears at a time.
const ZEROS: usize = 1 << 16;

impl Packed {
    /// Whether it only makes zeros: no weight meets its places.
    fn is_idle(&self) -> bool {
        self.window.depth() == 0 && !self.biased
    }

    /// Computes `items` products with pictures that begin `group` floats apart.
    fn run(&self, pool: &Pool, items: usize, dy: &[f32], group: usize, output: &impl Store) {
        if let Some(active) = self.active(items, dy, group) {
            return self.run_active(pool, items, dy, group, &active, output);
        }
        let lhs = |item: usize| self.weights[item % self.weights.len()].panels();
        product(pool, items, &self.window, lhs, |item| &dy[item * group..], output);
    }

    /// The channels of dy that are not zero everywhere, where they are few: relevance often begins at one class.
    fn active(&self, items: usize, dy: &[f32], group: usize) -> Option<Vec<usize>> {
        let (channels, area) = (self.window.channels, self.window.image[0] * self.window.image[1]);
        if self.weights.len() != 1 || channels < MANY {
            return None;
        }
        let is_active = |channel: &usize| {
            let plane = |item: usize| &dy[item * group + channel * area..][..area];
            (0..items).any(|item| plane(item).iter().any(|&value| value != 0.0))
        };
        let most = channels / MANY;
        let active: Vec<usize> = (0..channels).filter(is_active).take(most + 1).collect();
        (active.len() <= most).then_some(active)
    }

    /// The same products from some channels of dy alone.
    fn run_active(
        &self,
        pool: &Pool,
        items: usize,
        dy: &[f32],
        group: usize,
        active: &[usize],
        output: &impl Store,
    ) {
        let (area, taps) =
            (self.window.image[0] * self.window.image[1], self.window.taps[0] * self.window.taps[1]);
        let window = Window { channels: active.len(), ..self.window.clone() };
        let whole = self.weights[0].panels();
        let column = whole.height * taps;
        let panels = (0..whole.rows).step_by(whole.height).flat_map(|row| {
            let panel = whole.panel(row, 0);
            active.iter().flat_map(move |channel| &panel[channel * column..][..column])
        });
        let panels: Vec<f32> = panels.copied().collect();
        let lhs = Lhs { depth: window.depth(), panels: &panels, ..whole };
        let planes = |item: usize| active.iter().flat_map(move |c| &dy[item * group + c * area..][..area]);
        let images: Vec<f32> = (0..items).flat_map(planes).copied().collect();
        let size = active.len() * area;
        product(pool, items, &window, |_| lhs, |item| &images[item * size..], output);
    }

    fn new(shape: &ConvShape, phase: Phase, weights: &Weights<'_>, bias: Option<&[f32]>) -> Packed {
        let (channels, count) = (shape.group_in(), phase.remainders.len());
        let pack = |group: usize| {
            let of_group = |bias: &[f32]| {
                let bias = &bias[group * channels..][..channels];
                bias.iter().flat_map(|&b| vec![b; count]).collect::<Vec<f32>>()
            };
            weights.left_of_phase(shape, &phase, group).with_bias(bias.map(of_group).as_deref())
        };
        let packed = (0..shape.groups).map(pack).collect();
        let Phase { window, remainders, .. } = phase;
        let window = if shape.stride == [1, 1] { window.simplified() } else { window };
        Packed { window, remainders, weights: packed, biased: bias.is_some() }
    }
}
