use std::ops::Range;

use super::blocks::multiply;
use super::output::Output;
use super::packed::PackedLhs;
use super::rhs::{Columns, Rhs, Rows};
use crate::Pool;

/// How a matrix lies in its slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Row after row.
    Rows,
    /// Column after column: what is stored row after row is its transpose.
    Columns,
}

impl Order {
    /// That of the transpose.
    pub fn turned(self) -> Order {
        match self {
            Order::Rows => Order::Columns,
            Order::Columns => Order::Rows,
        }
    }
}

/// A matrix that is known only when the network runs. Its `stride` is the distance from one stored row (or column) to
/// the next.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    /// The numbers.
    pub values: &'a [f32],
    /// From one row (or column) to the next.
    pub stride: usize,
    /// Which of them it is.
    pub order: Order,
}

impl Matrix<'_> {
    pub(super) fn packed(&self, rows: usize, depth: usize) -> PackedLhs {
        match self.order {
            Order::Rows => PackedLhs::new(rows, depth, self.values, self.stride, |k| k),
            Order::Columns => PackedLhs::new(rows, depth, self.values, 1, |k| k * self.stride),
        }
    }
}

impl Rhs for Matrix<'_> {
    #[inline(always)]
    fn pack(&self, depths: Range<usize>, columns: Range<usize>, width: usize, panel: &mut [f32]) {
        match self.order {
            Order::Rows => {
                Rows { values: self.values, stride: self.stride }.pack(depths, columns, width, panel)
            }
            Order::Columns => {
                Columns { values: self.values, stride: self.stride }.pack(depths, columns, width, panel);
            }
        }
    }
}

/// Computes C = A·B for `items` products of `[rows, depth, columns]`, written one after another to `c`.
///
/// # Panics
/// If a matrix is shorter than the sizes ask, or `c` is.
pub fn products<'a, B: Rhs>(
    pool: &Pool,
    items: usize,
    [rows, depth, columns]: [usize; 3],
    a: impl Fn(usize) -> Matrix<'a>,
    b: impl Fn(usize) -> B + Sync,
    c: &mut [f32],
) {
    if c.is_empty() {
        return;
    }
    let packed: Vec<PackedLhs> = (0..items).map(|item| a(item).packed(rows, depth)).collect();
    multiply(pool, items, columns, |item| &packed[item], b, &Output::new(c, rows * columns, columns));
}
