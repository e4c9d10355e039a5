use super::ConvShape;
use super::patches::Window;
use crate::gemm::{Matrix, Order};
use crate::shelf::Reading;

/// One or more phases of a convolution's backward pass: the places of dx whose number leaves the same remainder by the
/// stride, as a stride-1 correlation of dy.
pub(super) struct Phase {
    /// Which places of dy meet.
    pub(super) window: Window,
    /// The remainders by the stride.
    pub(super) remainders: Vec<[usize; 2]>,
    /// For each remainder and each tap of the window: the place in the kernel, or nothing.
    pub(super) kernel_places: Vec<Vec<Option<usize>>>,
}

impl Phase {
    /// Rows and terms of its product.
    pub(super) fn size(&self, shape: &ConvShape) -> [usize; 2] {
        [shape.group_in() * self.remainders.len(), self.window.depth()]
    }

    /// Where its weights are found.
    pub(super) fn reading(&self) -> Reading {
        Reading::Places(self.kernel_places.clone())
    }

    /// Does something with the weights of one group as a matrix: (channel of dx, remainder) × (channel of dy, tap).
    pub(super) fn matrix<R>(
        &self,
        shape: &ConvShape,
        weights: &[f32],
        group: usize,
        work: impl FnOnce(&Matrix<'_>) -> R,
    ) -> R {
        let (channels, outs, taps) = (shape.group_in(), shape.group_out(), shape.taps());
        let [rows, depth] = self.size(shape);
        let weights = &weights[group * outs * channels * taps..][..outs * channels * taps];
        if taps == 1 && depth == outs {
            return work(&Matrix { values: weights, stride: channels, order: Order::Columns });
        }
        let count = self.remainders.len();
        let mut matrix = vec![0.0; rows * depth];
        for (row, row_values) in matrix.chunks_exact_mut(depth.max(1)).enumerate() {
            let (c, places) = (row / count, &self.kernel_places[row % count]);
            let per_channel = row_values.chunks_exact_mut(places.len().max(1));
            for (m, values) in per_channel.enumerate() {
                let kernel = &weights[(m * channels + c) * taps..][..taps];
                for (value, &place) in values.iter_mut().zip(places) {
                    *value = place.map_or(0.0, |place| kernel[place]);
                }
            }
        }
        work(&Matrix { values: &matrix, stride: depth, order: Order::Rows })
    }
}

/// The taps of one phase along one axis: dx at q·stride + f takes, for n below `count`, kernel place `first + n·every`
/// times dy at q + `offset` − n·`back`.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    pub(super) count: usize,
    pub(super) first: usize,
    pub(super) every: usize,
    pub(super) offset: isize,
    pub(super) back: usize,
}

/// Each phase by itself, with only the taps it has.
pub(super) fn separate(shape: &ConvShape) -> Vec<Phase> {
    remainders(shape).map(|remainder| one(shape, remainder)).collect()
}

fn one(shape: &ConvShape, remainder: [usize; 2]) -> Phase {
    let [y, x] = [0, 1].map(|axis| taps(shape, axis, remainder[axis]));
    let window = Window {
        channels: shape.group_out(),
        image: shape.output,
        places: [0, 1].map(|axis| (shape.input[axis] - remainder[axis]).div_ceil(shape.stride[axis])),
        taps: [y.count, x.count],
        stride: [1, 1],
        step: [-(y.back as isize), -(x.back as isize)],
        offset: [y.offset, x.offset],
    };
    let place = |i: usize, j: usize| Some((y.first + i * y.every) * shape.kernel[1] + x.first + j * x.every);
    let places = (0..y.count).flat_map(|i| (0..x.count).map(move |j| place(i, j))).collect();
    Phase { window, remainders: vec![remainder], kernel_places: vec![places] }
}

pub(super) fn taps(shape: &ConvShape, axis: usize, f: usize) -> Taps {
    let (s, d, k) = (shape.stride[axis], shape.dilation[axis], shape.kernel[axis]);
    let g = gcd(s, d);
    let (every, back) = (s / g, d / g);
    let at = |place: usize| (f + shape.pad[axis][0]) as isize - (place * d) as isize;
    match (0..every.min(k)).find(|&place| at(place).rem_euclid(s as isize) == 0) {
        Some(first) => {
            Taps { count: (k - first).div_ceil(every), first, every, offset: at(first) / s as isize, back }
        }
        None => Taps { count: 0, first: 0, every, offset: 0, back },
    }
}

/// All phases of a convolution without dilation under one window that covers the taps of each. Worth it where the
/// kernel is no smaller than the stride, so that most of the window is in use.
pub(super) fn combined(shape: &ConvShape) -> Phase {
    let range = [0, 1].map(|axis| {
        let every = (0..shape.stride[axis]).map(|f| taps(shape, axis, f)).filter(|taps| taps.count > 0);
        let ends = every.map(|t| (t.offset - ((t.count - 1) * t.back) as isize, t.offset));
        ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0))
    });
    let counts = range.map(|(low, high)| (high - low) as usize + 1);
    let window = Window {
        channels: shape.group_out(),
        image: shape.output,
        places: [0, 1].map(|axis| shape.input[axis].div_ceil(shape.stride[axis])),
        taps: counts,
        stride: [1, 1],
        step: [1, 1],
        offset: range.map(|(low, _)| low),
    };
    let along = |axis: usize, f: usize, i: usize| {
        let back = (range[axis].0 + i as isize) * shape.stride[axis] as isize;
        let place = (f + shape.pad[axis][0]) as isize - back;
        usize::try_from(place).ok().filter(|&place| place < shape.kernel[axis])
    };
    let remainders: Vec<[usize; 2]> = remainders(shape).collect();
    let places = |&[fy, fx]: &[usize; 2]| {
        let taps = (0..counts[0]).flat_map(|i| (0..counts[1]).map(move |j| (i, j)));
        taps.map(|(i, j)| Some(along(0, fy, i)? * shape.kernel[1] + along(1, fx, j)?)).collect()
    };
    let kernel_places = remainders.iter().map(places).collect();
    Phase { window, remainders, kernel_places }
}

/// Remainders by the strides that occur in dx.
fn remainders(shape: &ConvShape) -> impl Iterator<Item = [usize; 2]> {
    let [rows, columns] = [0, 1].map(|axis| shape.stride[axis].min(shape.input[axis]));
    (0..rows).flat_map(move |fy| (0..columns).map(move |fx| [fy, fx]))
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
