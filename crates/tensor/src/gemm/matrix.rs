use std::ops::Range;

use super::blocks;
use super::buffer::left_scratch;
use super::lhs::Lhs;
use super::output::{Output, Store};
use super::packed::pack;
use super::rhs::{Columns, Rhs, Rows};
use super::tile::{Ahead, Rounding};
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

    #[inline(always)]
    fn coming(&self, depth: usize, columns: Range<usize>, tile: usize, terms: usize) -> Option<Ahead> {
        match self.order {
            Order::Rows => {
                Rows { values: self.values, stride: self.stride }.coming(depth, columns, tile, terms)
            }
            Order::Columns => None,
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
    a: impl Fn(usize) -> Matrix<'a> + Sync,
    b: impl Fn(usize) -> B + Sync,
    c: &mut [f32],
) {
    products_into(pool, items, [rows, depth, columns], a, b, &Output::new(c, rows * columns, columns));
}

/// The same, written wherever an output says.
pub(crate) fn products_into<'a, B: Rhs>(
    pool: &Pool,
    items: usize,
    [rows, depth, columns]: [usize; 3],
    a: impl Fn(usize) -> Matrix<'a> + Sync,
    b: impl Fn(usize) -> B + Sync,
    output: &impl Store,
) {
    if items * rows * columns == 0 {
        return;
    }
    let height = Lhs::height_for(rows);
    let panels = rows.next_multiple_of(height) * depth;
    left_scratch(items * panels, |buffer| {
        pack(pool, items, rows, depth, a, buffer);
        let lhs = |item: usize| Lhs {
            rows,
            depth,
            height,
            panels: &buffer[item * panels..][..panels],
            bias: None,
            rounding: Rounding::Often,
        };
        blocks::compute(pool, items, columns, lhs, b, output);
    });
}
