use std::ops::Range;

use super::{Lane, Work};

/// Lays lines of a matrix side by side: number `k` of line `j` goes to `to[k · stride + j]`, counted from the first of
/// each. What lies behind the lines there may be overwritten.
pub(crate) struct SideBySide<'a> {
    pub(crate) values: &'a [f32],
    /// From one line to the next.
    pub(crate) line: usize,
    pub(crate) lines: Range<usize>,
    /// Which numbers of each line.
    pub(crate) part: Range<usize>,
    pub(crate) to: &'a mut [f32],
    pub(crate) stride: usize,
}

/// Numbers of the widest register.
const MOST: usize = 16;

impl Work for SideBySide<'_> {
    #[inline(always)]
    unsafe fn run<L: Lane>(self) {
        let SideBySide { values, line, lines, part, to, stride } = self;
        if lines.is_empty() || part.is_empty() {
            return;
        }
        let (count, depth) = (lines.len(), part.len());
        assert!((lines.end - 1) * line + part.end <= values.len(), "all lines");
        assert!(count <= stride && (depth - 1) * stride + count <= to.len(), "room for the lines");
        for first in (0..count).step_by(L::WIDTH) {
            let here = L::WIDTH.min(count - first);
            for from in (0..depth).step_by(L::WIDTH) {
                let numbers = L::WIDTH.min(depth - from);
                let room = to.len() - (from * stride + first);
                // SAFETY: the processor by the caller, all places by the checks above.
                unsafe {
                    let at = values.as_ptr().add((lines.start + first) * line + part.start + from);
                    let to = to.as_mut_ptr().add(from * stride + first);
                    if here == L::WIDTH && numbers == L::WIDTH {
                        turn::<L, true>(at, line, here, numbers, to, stride, 0);
                    } else {
                        // what a whole register spills over, the next row overwrites
                        let spills = if count <= L::WIDTH { room } else { 0 };
                        turn::<L, false>(at, line, here, numbers, to, stride, spills);
                    }
                }
            }
        }
    }
}

/// Turns one square of `lines` and `numbers`, both a register's width where it is `WHOLE`. Below `spills` floats registers may be
/// written whole.
#[inline(always)]
unsafe fn turn<L: Lane, const WHOLE: bool>(
    at: *const f32,
    line: usize,
    lines: usize,
    numbers: usize,
    to: *mut f32,
    stride: usize,
    spills: usize,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut square = [L::splat(0.0); MOST];
        for j in 0..L::WIDTH {
            if WHOLE || j < lines {
                let at = at.add(j * line);
                square[j] =
                    if WHOLE || numbers == L::WIDTH { L::load(at) } else { L::load_first(at, numbers) };
            }
        }
        let square = transposed(square);
        for k in 0..L::WIDTH {
            if WHOLE || k < numbers {
                let to = to.add(k * stride);
                if WHOLE || lines == L::WIDTH || k * stride + L::WIDTH <= spills {
                    square[k].store(to);
                } else {
                    square[k].store_first(to, lines);
                }
            }
        }
    }
}

/// Rows become columns, by shuffling the upper half of the rows into the lower one time and again.
#[inline(always)]
unsafe fn transposed<L: Lane>(mut rows: [L; MOST]) -> [L; MOST] {
    let half = L::WIDTH / 2;
    for _ in 0..L::WIDTH.ilog2() {
        let mut next = rows;
        for i in 0..half {
            // SAFETY: the caller's.
            [next[2 * i], next[2 * i + 1]] = unsafe { rows[i].zip(rows[i + half]) };
        }
        rows = next;
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lanes::with_lanes;

    proptest! {
        #[test]
        fn every_number_finds_its_place(
            first in 0usize..3, count in 1usize..40, start in 0usize..3, depth in 1usize..40,
            more in 0usize..5, wider in 0usize..20, slack in 0usize..20,
        ) {
            let (line, stride) = (start + depth + more, count + wider);
            let values: Vec<f32> = (0..(first + count) * line).map(|i| i as f32).collect();
            let mut to = vec![-1.0; (depth - 1) * stride + count + slack];
            with_lanes(SideBySide {
                values: &values, line, lines: first..first + count, part: start..start + depth, to: &mut to, stride,
            });
            for k in 0..depth {
                for j in 0..count {
                    prop_assert_eq!(to[k * stride + j], values[(first + j) * line + start + k]);
                }
            }
        }
    }
}
