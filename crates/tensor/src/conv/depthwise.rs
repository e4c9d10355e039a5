use super::ConvShape;
use super::depthwise_sums::{LANES, ROWS, Sums};
use super::patches::{Window, gather};
use super::phases::{Phase, separate};
use crate::gemm::scratch;
use crate::{Pool, vectorized};

/// A convolution of every channel by itself, in either direction, computed plane by plane.
pub(super) struct Depthwise {
    /// Height and width of the planes it reads and writes.
    planes: [[usize; 2]; 2],
    channels: usize,
    bias: Vec<f32>,
    parts: Vec<Part>,
    /// From one place that a part writes to the next.
    spread: [usize; 2],
}

/// The places of a plane that leave one remainder by the spread.
struct Part {
    window: Window,
    remainder: [usize; 2],
    /// For each channel, the weights of the window's taps.
    weights: Vec<f32>,
}

/// Multiply-adds worth a task of their own.
const TASK: usize = 1 << 18;
/// Weights of the largest kernel.
const MOST_TAPS: usize = 128;

impl Depthwise {
    /// Whether it can compute a convolution.
    pub(super) fn suits(shape: &ConvShape) -> bool {
        let alone = shape.group_in() == 1 && shape.group_out() == 1;
        // the zeros around a plane stay fewer than the plane
        let narrow = (0..2).all(|axis| {
            (shape.kernel[axis] - 1) * shape.dilation[axis] <= shape.input[axis] + shape.output[axis]
        });
        alone && narrow && shape.stride.iter().all(|&stride| stride <= 4) && shape.taps() <= MOST_TAPS
    }

    pub(super) fn forward(
        shape: &ConvShape,
        window: Window,
        weights: &[f32],
        bias: Option<&[f32]>,
    ) -> Depthwise {
        let part = Part { window, remainder: [0, 0], weights: weights.to_vec() };
        Depthwise::new(shape, [shape.input, shape.output], [1, 1], vec![part], bias)
    }

    pub(super) fn backward(shape: &ConvShape, weights: &[f32], bias: Option<&[f32]>) -> Depthwise {
        let part = |phase: Phase| {
            let places = &phase.kernel_places[0];
            let kernels = weights.chunks_exact(shape.taps());
            let turned =
                kernels.flat_map(|kernel| places.iter().map(|place| place.map_or(0.0, |p| kernel[p])));
            Part { weights: turned.collect(), remainder: phase.remainders[0], window: phase.window }
        };
        let parts = separate(shape).into_iter().map(part).collect();
        Depthwise::new(shape, [shape.output, shape.input], shape.stride, parts, bias)
    }

    fn new(
        shape: &ConvShape,
        planes: [[usize; 2]; 2],
        spread: [usize; 2],
        parts: Vec<Part>,
        bias: Option<&[f32]>,
    ) -> Depthwise {
        let bias = bias.map_or_else(|| vec![0.0; shape.groups], <[f32]>::to_vec);
        Depthwise { planes, channels: shape.groups, bias, parts, spread }
    }

    /// Bytes of its weights.
    pub(super) fn bytes(&self) -> usize {
        4 * (self.bias.len() + self.parts.iter().map(|part| part.weights.len()).sum::<usize>())
    }

    /// Writes every plane of `target` from the plane of `source` with the same number.
    pub(super) fn run(&self, pool: &Pool, source: &[f32], target: &mut [f32]) {
        let [from, to] = self.planes.map(|[height, width]| height * width);
        if to == 0 {
            return;
        }
        let taps: usize = self.parts.iter().map(|part| part.window.depth()).max().unwrap_or(1).max(1);
        let together = (TASK / (to * taps)).max(1);
        pool.chunks(target, together * to, |task, planes| {
            for (i, target) in planes.chunks_exact_mut(to).enumerate() {
                let plane = task * together + i;
                let source = &source[plane * from..][..from];
                for part in &self.parts {
                    self.part(part, plane % self.channels, source, target);
                }
            }
        });
    }

    fn part(&self, part: &Part, channel: usize, source: &[f32], target: &mut [f32]) {
        let window = &part.window;
        let taps = window.depth();
        let frame = Frame::around(window);
        let mut starts = [0; MOST_TAPS];
        for (tap, start) in starts[..taps].iter_mut().enumerate() {
            *start = frame.start(tap / window.taps[1], tap % window.taps[1], window.stride[1]);
        }
        scratch(frame.len(), |buffer| {
            vectorized(
                #[inline(always)]
                || frame.fill(window, source, buffer),
            );
            let width = self.planes[1][1];
            let sums = Sums {
                buffer,
                starts: &starts[..taps],
                weights: &part.weights[channel * taps..][..taps],
                bias: self.bias[channel],
                places: window.places,
                down: window.stride[0] * frame.line,
            };
            let spread = [self.spread[0] * width, self.spread[1]];
            sums.write(&mut target[part.remainder[0] * width + part.remainder[1]..], spread);
        });
    }
}

/// A plane with zeros around it, its columns sorted by their remainder by the stride, so that what meets in
/// neighboring sums lies in neighboring floats.
struct Frame {
    rows: usize,
    /// Floats of a row.
    line: usize,
    phases: usize,
    /// The lowest place of the plane that any tap of the first sum reads.
    low: [isize; 2],
    step: [isize; 2],
    offset: [isize; 2],
}

impl Frame {
    fn around(window: &Window) -> Frame {
        let ends = |axis: usize| {
            let last = window.taps[axis].max(1) as isize - 1;
            let (first, last) = (window.offset[axis], window.offset[axis] + last * window.step[axis]);
            (first.min(last), (first - last).unsigned_abs())
        };
        let [(top, tall), (left, wide)] = [ends(0), ends(1)];
        Frame {
            rows: (window.places[0].next_multiple_of(ROWS) - 1) * window.stride[0] + tall + 1,
            line: (window.places[1].next_multiple_of(LANES) + wide / window.stride[1] + 1)
                .next_multiple_of(LANES),
            phases: window.stride[1],
            low: [top, left],
            step: window.step,
            offset: window.offset,
        }
    }

    fn len(&self) -> usize {
        self.rows * self.line * self.phases
    }

    /// Where a tap of the first sum lies.
    fn start(&self, i: usize, j: usize, stride: usize) -> usize {
        let [down, right] = [(0, i), (1, j)].map(|(axis, tap)| {
            (tap as isize * self.step[axis] + self.offset[axis] - self.low[axis]) as usize
        });
        (right % stride * self.rows + down) * self.line + right / stride
    }

    #[inline(always)]
    fn fill(&self, window: &Window, source: &[f32], buffer: &mut [f32]) {
        let [height, width] = window.image;
        for phase in 0..self.phases {
            let left = self.low[1] + phase as isize;
            let stride = self.phases as isize;
            let most = self.line as isize;
            let first = (((-left).max(0) + stride - 1) / stride).min(most);
            let end = (width as isize - left + stride - 1).div_euclid(stride).clamp(first, most);
            let (first, end) = (first as usize, end as usize);
            for row in 0..self.rows {
                let line = &mut buffer[(phase * self.rows + row) * self.line..][..self.line];
                let y = row as isize + self.low[0];
                if y < 0 || y >= height as isize || first >= end {
                    line.fill(0.0);
                    continue;
                }
                let from = y as usize * width + (first as isize * stride + left) as usize;
                line[..first].fill(0.0);
                gather(&source[from..], self.phases, end - first, &mut line[first..]);
                line[end..].fill(0.0);
            }
        }
    }
}
