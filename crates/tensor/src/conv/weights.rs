use std::borrow::Cow;
use std::cell::LazyCell;
use std::sync::Arc;

use super::ConvShape;
use super::phases::Phase;
use crate::gemm::{Aligned, Matrix, Order, PackedLhs, PackedRhs, Rounding};
use crate::shelf::{Form, Layout, Reading};
use crate::{Constant, Pool};

/// The weights of a convolution, laid out as (out channel, channel in group, row, column): read only where something has to
/// be packed that nobody has packed yet.
pub struct Weights<'a> {
    constant: &'a Constant,
    factors: &'a [f32],
    pool: &'a Pool,
    values: LazyCell<Cow<'a, [f32]>, Read<'a>>,
}

type Read<'a> = Box<dyn FnOnce() -> Cow<'a, [f32]> + 'a>;

impl<'a> Weights<'a> {
    /// A constant as it is, packed by the caller's thread alone.
    pub fn of(constant: &'a Constant) -> Weights<'a> {
        Weights::scaled(Pool::single(), constant, &[], || constant.f32s().unwrap_or_default())
    }

    /// A constant whose numbers were multiplied by factors, each for those of one channel, as `read` gives them.
    pub fn scaled(
        pool: &'a Pool,
        constant: &'a Constant,
        factors: &'a [f32],
        read: impl FnOnce() -> Cow<'a, [f32]> + 'a,
    ) -> Weights<'a> {
        Weights { constant, factors, pool, values: LazyCell::new(Box::new(read)) }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.constant.len()
    }

    /// The numbers.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// They in a form, packed now where nobody has it at hand. `group` is the number of the group and how many there are.
    pub(super) fn packed(
        &self,
        form: Form,
        size: [usize; 2],
        group: [usize; 2],
        reading: Reading,
        pack: impl FnOnce(&Pool, &[f32]) -> Aligned,
    ) -> Arc<Aligned> {
        let factors = self.factors.iter().map(|factor| factor.to_bits()).collect();
        self.constant
            .packed(Layout { form, size, group, reading, factors }, || pack(self.pool, self.values()))
    }

    /// The kernels of a group as the left side of a product with patches.
    pub(super) fn left(&self, shape: &ConvShape, group: usize, rounding: Rounding) -> PackedLhs {
        let size @ [rows, depth] = [shape.group_out(), shape.group_in() * shape.taps()];
        let form = Form::Left { doubles: rounding == Rounding::Once };
        let panels = self.packed(form, size, [group, shape.groups], Reading::Outputs, |pool, values| {
            let values = &values[group * rows * depth..][..rows * depth];
            PackedLhs::panels_of(
                pool,
                rows,
                depth,
                rounding,
                &Matrix { values, stride: depth, order: Order::Rows },
            )
        });
        PackedLhs::of(rows, depth, rounding, panels)
    }

    /// All kernels as the right side of a product with patches.
    pub(super) fn right(&self, shape: &ConvShape) -> PackedRhs {
        let size @ [rows, depth] = [shape.out_channels, shape.group_in() * shape.taps()];
        let panels = self.packed(Form::Right, size, [0, 1], Reading::Outputs, |pool, values| {
            PackedRhs::panels_of(pool, depth, rows, &Matrix { values, stride: depth, order: Order::Columns })
        });
        PackedRhs::of(depth, rows, panels)
    }

    /// The weights of a group that meet a phase as the left side: (channel of dx, remainder) × (channel of dy, tap).
    pub(super) fn left_of_phase(&self, shape: &ConvShape, phase: &Phase, group: usize) -> PackedLhs {
        let size @ [rows, depth] = phase.size(shape);
        let form = Form::Left { doubles: false };
        let panels = self.packed(form, size, [group, shape.groups], phase.reading(), |pool, values| {
            phase.matrix(shape, values, group, |matrix| {
                PackedLhs::panels_of(pool, rows, depth, Rounding::Often, matrix)
            })
        });
        PackedLhs::of(rows, depth, Rounding::Often, panels)
    }

    /// The same as the right side, of all channels.
    pub(super) fn right_of_phase(&self, shape: &ConvShape, phase: &Phase) -> PackedRhs {
        let size @ [rows, depth] = phase.size(shape);
        let panels = self.packed(Form::Right, size, [0, 1], phase.reading(), |pool, values| {
            phase.matrix(shape, values, 0, |matrix| {
                let turned = Matrix { order: matrix.order.turned(), ..*matrix };
                PackedRhs::panels_of(pool, depth, rows, &turned)
            })
        });
        PackedRhs::of(depth, rows, panels)
    }
}
