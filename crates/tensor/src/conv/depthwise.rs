use super::ConvShape;
use super::patches::Window;
use super::phases::{Phase, separate};
use crate::gemm::scratch;
use crate::{Isa, Pool, vectorized};

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
/// Places of a row, and rows, whose sums run side by side.
const LANES: usize = 16;
const ROWS: usize = 4;

impl Depthwise {
    /// Whether it can compute a convolution.
    pub(super) fn suits(shape: &ConvShape) -> bool {
        let alone = shape.group_in() == 1 && shape.group_out() == 1;
        alone && shape.stride.iter().all(|&stride| stride <= 4) && shape.taps() <= 128
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
        let fused = Isa::current() != Isa::Portable;
        pool.chunks(target, together * to, |task, planes| {
            vectorized(
                #[inline(always)]
                || {
                    for (i, target) in planes.chunks_exact_mut(to).enumerate() {
                        let plane = task * together + i;
                        let source = &source[plane * from..][..from];
                        let channel = plane % self.channels;
                        for part in &self.parts {
                            if fused {
                                self.part::<true>(part, channel, source, target);
                            } else {
                                self.part::<false>(part, channel, source, target);
                            }
                        }
                    }
                },
            );
        });
    }

    #[inline(always)]
    fn part<const FUSED: bool>(&self, part: &Part, channel: usize, source: &[f32], target: &mut [f32]) {
        let taps = part.window.depth();
        let weights = &part.weights[channel * taps..][..taps];
        let frame = Frame::around(&part.window);
        scratch(
            frame.len(),
            #[inline(always)]
            |buffer| {
                frame.fill(&part.window, source, buffer);
                match part.window.taps {
                    [3, 3] => {
                        self.rows::<FUSED, 9>(part, &frame, buffer, weights, self.bias[channel], target)
                    }
                    [5, 5] => {
                        self.rows::<FUSED, 25>(part, &frame, buffer, weights, self.bias[channel], target)
                    }
                    _ => self.rows::<FUSED, 0>(part, &frame, buffer, weights, self.bias[channel], target),
                }
            },
        );
    }

    /// `TAPS` is the number of taps, or 0 where it is not known to the compiler.
    #[inline(always)]
    fn rows<const FUSED: bool, const TAPS: usize>(
        &self,
        part: &Part,
        frame: &Frame,
        buffer: &[f32],
        weights: &[f32],
        bias: f32,
        target: &mut [f32],
    ) {
        let window = &part.window;
        let taps = if TAPS > 0 { TAPS } else { weights.len() };
        let mut starts = [0; 128];
        for (tap, start) in starts[..taps].iter_mut().enumerate() {
            *start = frame.start(tap / window.taps[1], tap % window.taps[1], window.stride[1]);
        }
        let down = window.stride[0] * frame.line;
        for y in (0..window.places[0]).step_by(ROWS) {
            for x in (0..window.places[1]).step_by(LANES) {
                let mut sums = [[bias; LANES]; ROWS];
                for tap in 0..taps {
                    let weight = weights[tap];
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let line = &buffer[starts[tap] + (y + r) * down + x..][..LANES];
                        for (sum, &value) in sums.iter_mut().zip(line) {
                            *sum = if FUSED { value.mul_add(weight, *sum) } else { value * weight + *sum };
                        }
                    }
                }
                let here = LANES.min(window.places[1] - x);
                for (r, sums) in sums.iter().enumerate().take(window.places[0] - y) {
                    let row = (y + r) * self.spread[0] + part.remainder[0];
                    let first = row * self.planes[1][1] + x * self.spread[1] + part.remainder[1];
                    if self.spread[1] == 1 {
                        target[first..first + here].copy_from_slice(&sums[..here]);
                    } else {
                        let places = target[first..].iter_mut().step_by(self.spread[1]);
                        places.zip(&sums[..here]).for_each(|(place, &sum)| *place = sum);
                    }
                }
            }
        }
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
                if self.phases == 1 {
                    line[first..end].copy_from_slice(&source[from..from + end - first]);
                } else {
                    let every = source[from..].iter().step_by(self.phases);
                    line[first..end].iter_mut().zip(every).for_each(|(to, &value)| *to = value);
                }
                line[end..].fill(0.0);
            }
        }
    }
}
