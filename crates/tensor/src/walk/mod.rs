mod algebra;

use bytemuck::Pod;

use crate::lanes::{SideBySide, with_lanes};
use crate::{Pool, strides};

/// Cells of a dense array, visited in the row-major order of another shape: the cell for an index is
/// `start + Σ index[k]·stride[k]`.
///
/// Transposing, slicing, repeating and broadcasting are walks. Neighboring axes that step alike are merged when the
/// walk is made, so a transpose of a four-dimensional array often runs as one of two axes.
///
/// ```
/// use inscape_tensor::{Pool, Walk};
/// let transpose = Walk::permuted(&[2, 3], &[1, 0]);
/// let mut columns = [0; 6];
/// transpose.gather(&[1, 2, 3, 4, 5, 6], &mut columns, &Pool::new(1).unwrap());
/// assert_eq!(columns, [1, 4, 2, 5, 3, 6]);
/// ```
#[derive(Clone, Debug)]
pub struct Walk {
    start: usize,
    sizes: Vec<usize>,
    strides: Vec<isize>,
}

/// Elements that one piece of parallel work writes, about.
const PIECE: usize = 1 << 14;

/// Side of the square of cells that a transpose moves at once: a cache line of floats.
const TILE: usize = 16;

impl Walk {
    /// A walk over `shape` with one stride per axis. Every cell it visits must lie in the array it is used on.
    pub fn new(start: usize, shape: &[usize], strides: &[isize]) -> Walk {
        let mut walk = Walk { start, sizes: Vec::new(), strides: Vec::new() };
        for (&size, &stride) in shape.iter().zip(strides).filter(|&(&size, _)| size != 1) {
            match (walk.sizes.last_mut(), walk.strides.last_mut()) {
                (Some(outer), Some(step)) if *step == stride * size as isize => {
                    *outer *= size;
                    *step = stride;
                }
                _ => {
                    walk.sizes.push(size);
                    walk.strides.push(stride);
                }
            }
        }
        walk
    }

    /// The walk of a transpose: axis k of the result is axis `order[k]` of an array of the given shape.
    pub fn permuted(shape: &[usize], order: &[usize]) -> Walk {
        let steps = strides(shape);
        let sizes: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
        let steps: Vec<isize> = order.iter().map(|&axis| steps[axis] as isize).collect();
        Walk::new(0, &sizes, &steps)
    }

    /// target\[i\] = source\[cell i of the walk\].
    ///
    /// # Panics
    /// If the walk leaves the source or is longer than the target.
    pub fn gather<T: Pod + Send + Sync>(&self, source: &[T], target: &mut [T], pool: &Pool) {
        if target.is_empty() {
            return;
        }
        let rank = self.sizes.len();
        if rank == 0 {
            target[0] = source[self.start];
            return;
        }
        let across = self.across();
        let cut = across.unwrap_or_else(|| {
            (0..rank).find(|&k| self.sizes[k + 1..].iter().product::<usize>() <= PIECE).unwrap_or(rank - 1)
        });
        let unit: usize = self.sizes[cut + 1..].iter().product();
        let least = if across.is_some() { TILE } else { 1 };
        let rows = (PIECE / unit).max(least);
        pool.chunks(target, rows * unit, |i, chunk| {
            let mut row = i * rows;
            let mut rest = chunk;
            while !rest.is_empty() {
                let at = row % self.sizes[cut];
                let n = (rest.len() / unit).min(self.sizes[cut] - at);
                let (now, later) = std::mem::take(&mut rest).split_at_mut(n * unit);
                let mut sizes = self.sizes[cut..].to_vec();
                sizes[0] = n;
                Block { start: self.cell(row, cut), sizes: &sizes, strides: &self.strides[cut..] }
                    .copy(source, now);
                row += n;
                rest = later;
            }
        });
    }

    /// target\[cell i of the walk\] += source\[i\], in order.
    ///
    /// # Panics
    /// If the walk leaves the target or is longer than the source.
    pub fn scatter_add(&self, source: &[f32], target: &mut [f32]) {
        if source.is_empty() {
            return;
        }
        let Some((&n, outer)) = self.sizes.split_last() else {
            target[self.start] += source[0];
            return;
        };
        let stride = self.strides[outer.len()];
        let rows = Rows::new(self.start as isize, outer, &self.strides);
        for (row, start) in source.chunks_exact(n).zip(rows) {
            let start = start as usize;
            match stride {
                1 => target[start..start + n].iter_mut().zip(row).for_each(|(t, s)| *t += s),
                0 => target[start] += row.iter().sum::<f32>(),
                _ => row.iter().enumerate().for_each(|(i, s)| target[stepped(start, i, stride)] += s),
            }
        }
    }

    /// The outer axis whose cells are neighbors in the source, where the innermost axis has none.
    fn across(&self) -> Option<usize> {
        let (&inner, outer) = self.strides.split_last()?;
        if matches!(inner, 0 | 1) { None } else { outer.iter().position(|&stride| stride == 1) }
    }

    /// The cell of a row-major index over the axes up to and with `cut`, the rest being 0.
    fn cell(&self, row: usize, cut: usize) -> usize {
        let mut rest = row;
        let mut cell = self.start as isize;
        for axis in (0..=cut).rev() {
            cell += (rest % self.sizes[axis]) as isize * self.strides[axis];
            rest /= self.sizes[axis];
        }
        cell as usize
    }
}

/// The part of a walk that one piece of work copies.
struct Block<'a> {
    start: usize,
    sizes: &'a [usize],
    strides: &'a [isize],
}

impl Block<'_> {
    fn copy<T: Pod>(&self, source: &[T], target: &mut [T]) {
        let last = self.sizes.len() - 1;
        let n = self.sizes[last];
        let stride = self.strides[last];
        let across = self.strides[..last].iter().position(|&stride| stride == 1);
        if let (Some(axis), false) = (across, matches!(stride, 0 | 1)) {
            return self.transpose(axis, source, target);
        }
        let rows = Rows::new(self.start as isize, &self.sizes[..last], self.strides);
        for (row, start) in target.chunks_exact_mut(n).zip(rows) {
            let start = start as usize;
            match stride {
                1 => row.copy_from_slice(&source[start..start + n]),
                0 => row.fill(source[start]),
                _ => row.iter_mut().enumerate().for_each(|(i, t)| *t = source[stepped(start, i, stride)]),
            }
        }
    }

    /// Copies squares of `axis` (neighbors in the source) by the innermost axis (neighbors in the target).
    fn transpose<T: Pod>(&self, axis: usize, source: &[T], target: &mut [T]) {
        let last = self.sizes.len() - 1;
        let (n, stride) = (self.sizes[last], self.strides[last]);
        let places = strides(self.sizes);
        let others: Vec<usize> = (0..last).filter(|&k| k != axis).collect();
        let sizes: Vec<usize> = others.iter().map(|&k| self.sizes[k]).collect();
        let from: Vec<isize> = others.iter().map(|&k| self.strides[k]).collect();
        let to: Vec<isize> = others.iter().map(|&k| places[k] as isize).collect();
        let starts = Rows::new(self.start as isize, &sizes, &from).zip(Rows::new(0, &sizes, &to));
        for (from, to) in starts {
            let (from, to) = (from as usize, to as usize);
            if let (Some((values, to)), true) =
                (floats(&source[from..], &mut target[to..]), n > TILE && stride > 0)
            {
                let (line, part) = (stride as usize, 0..self.sizes[axis]);
                with_lanes(SideBySide { values, line, lines: 0..n, part, to, stride: places[axis] });
                continue;
            }
            for a in (0..self.sizes[axis]).step_by(TILE) {
                for b in (0..n).step_by(TILE) {
                    let width = TILE.min(n - b);
                    for a in a..self.sizes[axis].min(a + TILE) {
                        let row = to + a * places[axis] + b;
                        let first = stepped(from + a, b, stride);
                        for (i, t) in target[row..row + width].iter_mut().enumerate() {
                            *t = source[stepped(first, i, stride)];
                        }
                    }
                }
            }
        }
    }
}

/// Cells of four bytes as floats, which moving them leaves as they are.
fn floats<'a, T: Pod>(source: &'a [T], target: &'a mut [T]) -> Option<(&'a [f32], &'a mut [f32])> {
    if size_of::<T>() != size_of::<f32>() {
        return None;
    }
    Some((bytemuck::try_cast_slice(source).ok()?, bytemuck::try_cast_slice_mut(target).ok()?))
}

#[inline(always)]
fn stepped(start: usize, i: usize, stride: isize) -> usize {
    start.wrapping_add_signed(stride.wrapping_mul(i as isize))
}

/// The first cells of all rows of a block: every index of the outer axes in row-major order.
struct Rows<'a> {
    sizes: &'a [usize],
    strides: &'a [isize],
    index: Vec<usize>,
    next: Option<isize>,
}

impl<'a> Rows<'a> {
    fn new(start: isize, sizes: &'a [usize], strides: &'a [isize]) -> Rows<'a> {
        Rows { sizes, strides, index: vec![0; sizes.len()], next: Some(start) }
    }
}

impl Iterator for Rows<'_> {
    type Item = isize;

    fn next(&mut self) -> Option<isize> {
        let now = self.next?;
        let mut cell = now;
        self.next = None;
        for axis in (0..self.sizes.len()).rev() {
            self.index[axis] += 1;
            cell += self.strides[axis];
            if self.index[axis] < self.sizes[axis] {
                self.next = Some(cell);
                break;
            }
            cell -= self.strides[axis] * self.sizes[axis] as isize;
            self.index[axis] = 0;
        }
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::Walk;
    use crate::{Pool, count, strides};

    fn cells(start: usize, shape: &[usize], steps: &[isize]) -> Vec<usize> {
        let places = strides(shape);
        (0..count(shape).unwrap())
            .map(|i| {
                let index = |k: usize| (i / places[k] % shape[k]) as isize;
                (0..shape.len()).fold(start as isize, |cell, k| cell + index(k) * steps[k]) as usize
            })
            .collect()
    }

    #[track_caller]
    fn check(source: usize, start: usize, shape: &[usize], steps: &[isize]) {
        let expected = cells(start, shape, steps);
        let data: Vec<usize> = (0..source).collect();
        let floats: Vec<f32> = data.iter().map(|&cell| cell as f32).collect();
        let walk = Walk::new(start, shape, steps);
        for threads in [1, 2] {
            let pool = Pool::new(threads).unwrap();
            let mut actual = vec![usize::MAX; expected.len()];
            walk.gather(&data, &mut actual, &pool);
            assert_eq!(actual, expected);
            let mut actual = vec![f32::NAN; expected.len()];
            walk.gather(&floats, &mut actual, &pool);
            assert!(actual.iter().map(|&cell| cell as usize).eq(expected.iter().copied()));
        }
        let ones: Vec<f32> = (0..expected.len()).map(|i| (i % 7) as f32).collect();
        let mut sums = vec![0.0; source];
        walk.scatter_add(&ones, &mut sums);
        let mut slow = vec![0.0; source];
        expected.iter().zip(&ones).for_each(|(&cell, one)| slow[cell] += one);
        assert_eq!(sums, slow);
    }

    #[test]
    fn visits_the_cells_of_the_definition() {
        check(1, 0, &[], &[]);
        check(6, 0, &[3, 2], &[1, 3]);
        check(24, 23, &[2, 3, 4], &[-12, -4, -1]);
        check(24, 4, &[2, 1, 2], &[12, 4, 3]);
        check(3, 0, &[4, 3, 2], &[0, 1, 0]);
        check(120, 0, &[5, 4, 3, 2], &[1, 5, 20, 60]);
        check(0, 0, &[3, 0], &[0, 1]);
    }

    #[test]
    fn large_walks_are_cut_into_pieces() {
        check(64 * 1600, 0, &[1600, 64], &[1, 1600]);
        check(64 * 1600, 0, &[64, 1600], &[1, 64]);
        check(2 * 37 * 900, 0, &[2, 900, 37], &[37 * 900, 1, 900]);
        check(3 * 40 * 500, 0, &[3, 500, 40], &[40, 120, 1]);
        check(50_000, 49_999, &[50_000], &[-1]);
        check(7, 0, &[90, 7, 90], &[0, 1, 0]);
    }
}
