use std::ops::Range;

use inscape_tensor::{Pool, vectorized};

use super::broadcast::Broadcast;
use crate::operator::{Backward, Forward, Keeps, Linear, Operator, Placement, Reach, Role};

/// A function of two floats and its derivative by each.
pub(super) trait Function: Copy + Send + Sync + 'static {
    /// Bit 0: the derivative by a reads a; bit 1: it reads b.
    const BY_A_READS: u32;
    /// The same for the derivative by b.
    const BY_B_READS: u32;

    fn value(self, a: f32, b: f32) -> f32;
    fn by_a(self, a: f32, b: f32) -> f32;
    fn by_b(self, a: f32, b: f32) -> f32;
}

/// y = f(a, b), cell by cell under NumPy's broadcasting. Gradients are summed over repeated axes.
pub(super) struct Binary<F> {
    pub function: F,
    pub role: Role,
    pub lineup: Broadcast<2>,
    /// For each operand, whether it is known only at run time.
    pub free: [bool; 2],
    /// Scale and shift per channel, where it is nothing else.
    pub affine: Option<(Vec<f32>, Vec<f32>)>,
}

impl<F: Function> Operator for Binary<F> {
    fn role(&self) -> Role {
        self.role
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn keeps(&self) -> Keeps {
        let a = if self.free[0] { F::BY_A_READS } else { 0 };
        let b = if self.free[1] { F::BY_B_READS } else { 0 };
        Keeps { inputs: a | b, ..Keeps::default() }
    }

    fn first_comes_last(&self) -> bool {
        true
    }

    fn placement(&self) -> Placement {
        if self.lineup.full(0) { Placement::InPlace } else { Placement::Separate }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (b, pool) = (pass.input(1), pass.pool);
        let (a, output) = pass.pair();
        let f = self.function;
        self.lineup.each(output, pool, |cells, _, [at_a, at_b]| {
            let a = match a {
                None => Cells::Place,
                Some(a) => Cells::of(a, at_a, self.lineup.still(0), cells.len()),
            };
            let b = Cells::of(b, at_b, self.lineup.still(1), cells.len());
            vectorized(
                #[inline(always)]
                || fill(cells, a, b, |a, b| f.value(a, b)),
            );
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let f = self.function;
        let at_hand = |reads: u32, i: usize| if reads >> i & 1 == 1 { Some(pass.input(i)) } else { None };
        let reads_a = [at_hand(self.keeps_for(0), 0), at_hand(self.keeps_for(0), 1)];
        let reads_b = [at_hand(self.keeps_for(1), 0), at_hand(self.keeps_for(1), 1)];
        let pool = pass.pool;
        // The gradient by b goes first: that by a may lie over the relevance.
        if let Some((relevance, gradient)) = pass.flow(1) {
            self.gather(gradient, 1, Some(relevance), reads_b, pool, |r, a, b| r * f.by_b(a, b));
        }
        if let Some((relevance, gradient)) = pass.pair() {
            self.gather(gradient, 0, relevance, reads_a, pool, |r, a, b| r * f.by_a(a, b));
        }
    }

    fn linear(&mut self) -> Option<&mut dyn Linear> {
        if self.affine.is_some() { Some(self) } else { None }
    }
}

impl<F: Function> Linear for Binary<F> {
    fn affine(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        self.affine.clone()
    }
}

impl<F: Function> Binary<F> {
    fn keeps_for(&self, operand: usize) -> u32 {
        match operand {
            0 if self.free[0] => F::BY_A_READS,
            1 if self.free[1] => F::BY_B_READS,
            _ => 0,
        }
    }

    /// Writes the gradient of one operand: `part` of every output cell, summed over the cells that read the same.
    fn gather(
        &self,
        gradient: &mut [f32],
        operand: usize,
        relevance: Option<&[f32]>,
        operands: [Option<&[f32]>; 2],
        pool: &Pool,
        part: impl Fn(f32, f32, f32) -> f32 + Copy + Sync + Send,
    ) {
        let lineup = &self.lineup;
        let cells_of = |i: usize, at: usize, len: usize| match operands[i] {
            None => Cells::One(0.0),
            Some(values) => Cells::of(values, at, lineup.still(i), len),
        };
        lineup.sum_back(operand, gradient, pool, &|cells, Range { start, end }, [at_a, at_b]| {
            let relevance = relevance.map(|relevance| &relevance[start..end]);
            let (a, b) = (cells_of(0, at_a, cells.len()), cells_of(1, at_b, cells.len()));
            vectorized(
                #[inline(always)]
                || fill_gradient(cells, relevance, a, b, part),
            );
        });
    }
}

/// One operand along a stretch.
#[derive(Clone, Copy)]
pub(super) enum Cells<'a, T> {
    /// What the output holds now.
    Place,
    /// A number per cell.
    Each(&'a [T]),
    /// One number for all.
    One(T),
}

impl<'a, T: Copy> Cells<'a, T> {
    pub fn of(values: &'a [T], at: usize, still: bool, len: usize) -> Cells<'a, T> {
        if still { Cells::One(values[at]) } else { Cells::Each(&values[at..at + len]) }
    }
}

#[inline(always)]
fn fill(output: &mut [f32], a: Cells<'_, f32>, b: Cells<'_, f32>, f: impl Fn(f32, f32) -> f32) {
    match (a, b) {
        (Cells::Place, Cells::Each(b)) => output.iter_mut().zip(b).for_each(|(y, &b)| *y = f(*y, b)),
        (Cells::Place, Cells::One(b)) => output.iter_mut().for_each(|y| *y = f(*y, b)),
        (Cells::Each(a), Cells::Each(b)) => {
            output.iter_mut().zip(a).zip(b).for_each(|((y, &a), &b)| *y = f(a, b));
        }
        (Cells::Each(a), Cells::One(b)) => output.iter_mut().zip(a).for_each(|(y, &a)| *y = f(a, b)),
        (Cells::One(a), Cells::Each(b)) => output.iter_mut().zip(b).for_each(|(y, &b)| *y = f(a, b)),
        (Cells::One(a), Cells::One(b)) => output.fill(f(a, b)),
        (_, Cells::Place) => {}
    }
}

#[inline(always)]
fn fill_gradient(
    output: &mut [f32],
    relevance: Option<&[f32]>,
    a: Cells<'_, f32>,
    b: Cells<'_, f32>,
    f: impl Fn(f32, f32, f32) -> f32 + Copy,
) {
    match (a, b) {
        (Cells::Each(a), Cells::Each(b)) => {
            let r = match relevance {
                Some(relevance) => relevance,
                None => {
                    output.iter_mut().zip(a).zip(b).for_each(|((g, &a), &b)| *g = f(*g, a, b));
                    return;
                }
            };
            output.iter_mut().zip(r).zip(a).zip(b).for_each(|(((g, &r), &a), &b)| *g = f(r, a, b));
        }
        (Cells::Each(a), Cells::One(b)) => with(output, relevance, a, |r, a| f(r, a, b)),
        (Cells::One(a), Cells::Each(b)) => with(output, relevance, b, |r, b| f(r, a, b)),
        (Cells::One(a), Cells::One(b)) => match relevance {
            Some(r) => output.iter_mut().zip(r).for_each(|(g, &r)| *g = f(r, a, b)),
            None => output.iter_mut().for_each(|g| *g = f(*g, a, b)),
        },
        (Cells::Place, _) | (_, Cells::Place) => {}
    }
}

#[inline(always)]
fn with(output: &mut [f32], relevance: Option<&[f32]>, x: &[f32], f: impl Fn(f32, f32) -> f32) {
    match relevance {
        Some(r) => output.iter_mut().zip(r).zip(x).for_each(|((g, &r), &x)| *g = f(r, x)),
        None => output.iter_mut().zip(x).for_each(|(g, &x)| *g = f(*g, x)),
    }
}
