//! A convolution of every channel by itself, in either direction, computed plane by plane.

mod axis;
mod plane;
mod sums;

use self::axis::{Axis, Term};
use self::plane::{Columns, Rows};
use self::sums::{MANY, Sums};
use super::ConvShape;
use crate::Pool;
use crate::lanes::with_lanes;

/// A convolution of every channel by itself, ready to run in one direction.
pub(super) struct Depthwise {
    /// Floats of a plane that it reads, and of one that it writes.
    planes: [usize; 2],
    channels: usize,
    /// For each channel.
    bias: Vec<f32>,
    columns: Columns,
    /// The rows of a plane by their remainder, as they sum alike.
    rows: Vec<Rows>,
    /// Multiply-adds of a plane.
    work: usize,
}

/// Multiply-adds worth a task of their own.
const TASK: usize = 1 << 18;

impl Depthwise {
    /// Whether it can compute a convolution.
    pub(super) fn suits(shape: &ConvShape) -> bool {
        let alone = shape.group_in() == 1 && shape.group_out() == 1;
        let reach = shape.kernel[0].saturating_sub(1) * shape.dilation[0] + 1;
        alone && shape.stride[1] <= 2 && (MANY - 1) * shape.stride[0] + reach <= plane::LINES
    }

    pub(super) fn forward(shape: &ConvShape, weights: &[f32], bias: Option<&[f32]>) -> Depthwise {
        Depthwise::new(shape, [0, 1].map(|axis| Axis::forward(shape, axis)), weights, bias)
    }

    pub(super) fn backward(shape: &ConvShape, weights: &[f32], bias: Option<&[f32]>) -> Depthwise {
        Depthwise::new(shape, [0, 1].map(|axis| Axis::backward(shape, axis)), weights, bias)
    }

    fn new(shape: &ConvShape, [y, x]: [Axis; 2], weights: &[f32], bias: Option<&[f32]>) -> Depthwise {
        let kernels = || weights.chunks_exact(shape.taps().max(1));
        let rows = y.terms.iter().enumerate().map(|(remainder, terms)| {
            let across = || x.terms.iter().flatten();
            let place = |column: &Term, row: &Term| row.place * shape.kernel[1] + column.place;
            let places = across().flat_map(|column| terms.iter().map(move |row| place(column, row)));
            let places: Vec<usize> = places.collect();
            Rows {
                spread: y.spread(),
                remainder,
                stride: y.stride,
                offsets: terms.iter().map(|term| term.offset).collect(),
                weights: kernels().flat_map(|kernel| places.iter().map(|&place| kernel[place])).collect(),
            }
        });
        Depthwise {
            planes: [y.from * x.from, y.to * x.to],
            channels: shape.groups,
            bias: bias.map_or_else(|| vec![0.0; shape.groups], <[f32]>::to_vec),
            rows: rows.collect(),
            work: shape.output[0] * shape.output[1] * shape.taps(),
            columns: Columns::new(&y, &x),
        }
    }

    /// Bytes of its weights.
    pub(super) fn bytes(&self) -> usize {
        4 * (self.bias.len() + self.rows.iter().map(|rows| rows.weights.len()).sum::<usize>())
    }

    /// Writes every plane of `target` from the plane of `source` with the same number.
    pub(super) fn run(&self, pool: &Pool, source: &[f32], target: &mut [f32]) {
        let [from, to] = self.planes;
        if to == 0 {
            return;
        }
        let together = (TASK / self.work.max(1)).max(1);
        pool.chunks(target, together * to, |task, target| {
            let first = task * together;
            let source = &source[first * from..][..target.len() / to * from];
            with_lanes(Sums { of: self, first, source, target });
        });
    }
}
