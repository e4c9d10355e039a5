use std::ops::Range;

use inscape_tensor::{Pool, broadcast, vectorized};

use crate::error::Refusal;

/// Cells that one thread takes at a time.
pub(super) const CHUNK: usize = 1 << 14;

/// How N arrays of different shapes line up under one output shape by NumPy's rule.
///
/// Neighboring axes along which every operand does the same are merged, so equal shapes become one long row, and a
/// number per channel becomes rows in which it stands still.
pub(super) struct Broadcast<const N: usize> {
    /// Cells of the output.
    pub len: usize,
    /// For every operand, its number of cells.
    lens: [usize; N],
    /// Cells of the innermost merged axis.
    row: usize,
    /// For every operand, 1 where it moves along the innermost axis and 0 where it stands still.
    steps: [usize; N],
    /// Sizes of the outer merged axes.
    sizes: Vec<usize>,
    /// For every operand, its strides along the outer merged axes.
    strides: [Vec<usize>; N],
}

/// A stretch of the output within one row, and where each operand begins.
pub(super) struct Stretch<const N: usize> {
    pub output: Range<usize>,
    pub starts: [usize; N],
}

/// Writes what the output cells of a range contribute to a sum, given where the operands begin.
pub(super) type Part<'p, const N: usize> = dyn Fn(&mut [f32], Range<usize>, [usize; N]) + Sync + 'p;

/// The shape that several shapes broadcast to.
pub(super) fn common_shape(shapes: &[&[usize]]) -> Result<Vec<usize>, Refusal> {
    let mut common = Vec::new();
    for shape in shapes {
        common = broadcast(&common, shape).ok_or_else(|| {
            let shapes: Vec<String> = shapes.iter().map(|shape| format!("{shape:?}")).collect();
            Refusal(format!("shapes {} do not broadcast together", shapes.join(" and ")))
        })?;
    }
    Ok(common)
}

impl<const N: usize> Broadcast<N> {
    /// Lines up operands whose shapes broadcast to `output`.
    pub fn new(output: &[usize], shapes: [&[usize]; N]) -> Broadcast<N> {
        let moving = shapes.map(|shape| strides_under(output, shape));
        let mut merged: Vec<(usize, [usize; N])> = Vec::new();
        for axis in (0..output.len()).filter(|&axis| output[axis] != 1) {
            let strides: [usize; N] = std::array::from_fn(|i| moving[i][axis]);
            match merged.last_mut() {
                Some((size, outer)) if (0..N).all(|i| outer[i] == strides[i] * output[axis]) => {
                    *size *= output[axis];
                    *outer = strides;
                }
                _ => merged.push((output[axis], strides)),
            }
        }
        let (row, steps) = merged.pop().unwrap_or((1, [1; N]));
        let sizes = merged.iter().map(|(size, _)| *size).collect();
        let strides = std::array::from_fn(|i| merged.iter().map(|(_, strides)| strides[i]).collect());
        let lens = shapes.map(|shape| shape.iter().product());
        Broadcast { len: output.iter().product(), lens, row, steps, sizes, strides }
    }

    /// Whether operand `i` stands still along the innermost axis.
    pub fn still(&self, i: usize) -> bool {
        self.steps[i] == 0
    }

    /// Whether every output cell reads its own cell of operand `i`.
    pub fn full(&self, i: usize) -> bool {
        self.lens[i] == self.len
    }

    /// The stretches that make up a part of the output, in order.
    pub fn stretches(&self, part: Range<usize>) -> impl Iterator<Item = Stretch<N>> + '_ {
        let mut at = part.start;
        std::iter::from_fn(move || {
            if at >= part.end {
                return None;
            }
            let (mut outer, column) = (at / self.row, at % self.row);
            let mut starts = self.steps.map(|step| step * column);
            for (axis, &size) in self.sizes.iter().enumerate().rev() {
                let index = outer % size;
                outer /= size;
                for (start, strides) in starts.iter_mut().zip(&self.strides) {
                    *start += index * strides[axis];
                }
            }
            let end = (at - column + self.row).min(part.end);
            let output = at..end;
            at = end;
            Some(Stretch { output, starts })
        })
    }

    /// Cuts the output into chunks and calls `work` with each stretch: its cells, its place, and the operands' starts.
    pub fn each<T: Send>(
        &self,
        output: &mut [T],
        pool: &Pool,
        work: impl Fn(&mut [T], Range<usize>, [usize; N]) + Sync + Send,
    ) {
        pool.chunks(output, CHUNK, |i, cells| {
            let first = i * CHUNK;
            for stretch in self.stretches(first..first + cells.len()) {
                let Range { start, end } = stretch.output;
                work(&mut cells[start - first..end - first], start..end, stretch.starts);
            }
        });
    }

    /// Writes the gradient of operand `i`: for every one of its cells, the sum over the output cells that read it.
    ///
    /// `part` is called as by [`Broadcast::each`] and writes what each output cell contributes. Where the operand is
    /// full, the cells are the gradient's own and still hold what it held before.
    pub fn sum_back(&self, i: usize, gradient: &mut [f32], pool: &Pool, part: &Part<'_, N>) {
        if self.full(i) {
            self.each(gradient, pool, part);
        } else if self.still(i) && self.lens[i] * self.row == self.len && self.len > 0 {
            let rows = (CHUNK / self.row).max(1);
            pool.chunks(gradient, rows, |chunk, sums| {
                let first = chunk * rows * self.row;
                sums.fill(0.0);
                self.add_parts(first..first + sums.len() * self.row, |stretch, parts| {
                    part(parts, stretch.output.clone(), stretch.starts);
                    sums[(stretch.output.start - first) / self.row] += vectorized(
                        #[inline(always)]
                        || sum(parts),
                    );
                });
            });
        } else {
            gradient.fill(0.0);
            self.add_parts(0..self.len, |stretch, parts| {
                part(parts, stretch.output.clone(), stretch.starts);
                let at = stretch.starts[i];
                if self.still(i) {
                    gradient[at] += vectorized(
                        #[inline(always)]
                        || sum(parts),
                    );
                } else {
                    let sums = &mut gradient[at..at + parts.len()];
                    vectorized(
                        #[inline(always)]
                        || sums.iter_mut().zip(&*parts).for_each(|(sum, part)| *sum += part),
                    );
                }
            });
        }
    }

    /// Cuts stretches into pieces small enough for the stack.
    fn add_parts(&self, part: Range<usize>, mut add: impl FnMut(&Stretch<N>, &mut [f32])) {
        let mut room = [0.0; 1024];
        for stretch in self.stretches(part) {
            for start in stretch.output.clone().step_by(room.len()) {
                let end = (start + room.len()).min(stretch.output.end);
                let gone = start - stretch.output.start;
                let starts = std::array::from_fn(|k| stretch.starts[k] + self.steps[k] * gone);
                add(&Stretch { output: start..end, starts }, &mut room[..end - start]);
            }
        }
    }
}

/// A sum in sixteen lanes, in an order that depends on the length alone.
#[inline(always)]
pub(super) fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (blocks, rest) = values.as_chunks::<16>();
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += value;
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += value;
    }
    lanes.iter().sum()
}

/// The strides of an array under a shape it broadcasts to: 0 where it is repeated.
pub(super) fn strides_under(output: &[usize], shape: &[usize]) -> Vec<usize> {
    let lead = output.len() - shape.len();
    let own = inscape_tensor::strides(shape);
    let stride = |axis: usize| if axis < lead || shape[axis - lead] == 1 { 0 } else { own[axis - lead] };
    (0..output.len()).map(stride).collect()
}
