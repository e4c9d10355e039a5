use std::ops::Range;

use crate::gemm::{Ahead, Rhs, Rows, copy};

/// Which places of an image meet in each sum of a correlation:
/// out[oy, ox] = Σ over c, i, j of w[c, i, j] · image[c, oy·stride + i·step + offset, …], zero outside.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) channels: usize,
    pub(super) image: [usize; 2],
    pub(super) places: [usize; 2],
    pub(super) taps: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) step: [isize; 2],
    pub(super) offset: [isize; 2],
}

impl Window {
    /// The same sums, as one long row where every place of the image is read once and in order.
    pub(super) fn simplified(mut self) -> Window {
        if self.copies() {
            self.image = [1, self.image[0] * self.image[1]];
            self.places = self.image;
        }
        self
    }

    /// Whether each term is the image itself.
    fn copies(&self) -> bool {
        let plain = self.taps == [1, 1] && self.stride == [1, 1] && self.offset == [0, 0];
        plain && self.image == self.places
    }

    /// Terms of each sum.
    pub(super) fn depth(&self) -> usize {
        self.channels * self.taps[0] * self.taps[1]
    }

    /// For tap j along x: the places whose number lies inside the image, and the image place of place 0.
    #[inline(always)]
    fn inside(&self, j: usize) -> (Range<usize>, isize) {
        let stride = self.stride[1] as isize;
        let start = j as isize * self.step[1] + self.offset[1];
        let first = (-start + stride - 1).div_euclid(stride).max(0);
        let end = (self.image[1] as isize - start + stride - 1).div_euclid(stride).max(first);
        (first as usize..end as usize, start)
    }
}

/// The matrix (terms × places) of an image under a window, made piece by piece as it is packed.
pub(super) struct Patches<'a> {
    pub(super) window: &'a Window,
    pub(super) image: &'a [f32],
}

/// Places that follow each other in one row of the output, and what one tap reads for them.
#[derive(Clone, Copy, Default)]
struct Run {
    /// The first place's number in the panel.
    at: usize,
    y: usize,
    x: usize,
    end: usize,
    /// The places that lie inside the image, and the image's column of the first.
    first: usize,
    last: usize,
    from: usize,
}

/// The widest panel of any kernel set.
const WIDEST: usize = 64;

impl Rhs for Patches<'_> {
    #[inline(always)]
    fn pack(&self, depths: Range<usize>, columns: Range<usize>, width: usize, panel: &mut [f32]) {
        let w = self.window;
        let area = w.image[0] * w.image[1];
        if depths.is_empty() {
            return;
        }
        if w.copies() {
            return Rows { values: self.image, stride: area }.pack(depths, columns, width, panel);
        }
        let mut runs = [Run::default(); WIDEST];
        let mut count = 0;
        let mut place = columns.start;
        while place < columns.end {
            let (y, x) = (place / w.places[1], place % w.places[1]);
            let end = w.places[1].min(x + columns.end - place);
            runs[count] = Run { at: place - columns.start, y: y * w.stride[0], x, end, ..Run::default() };
            count += 1;
            place += end - x;
        }
        let lines = w.taps[1];
        for j in 0..lines {
            let (inside, start) = w.inside(j);
            for run in &mut runs[..count] {
                run.first = inside.start.clamp(run.x, run.end);
                run.last = inside.end.clamp(run.first, run.end);
                run.from = ((run.first * w.stride[1]) as isize + start).max(0) as usize;
            }
            // the terms of this tap along x: one for each channel and tap along y
            let first = (depths.start + lines - 1 - j) / lines;
            let (mut c, mut i) = (first / w.taps[0], first % w.taps[0]);
            let mut k = first * lines + j;
            while k < depths.end {
                let plane = &self.image[c * area..][..area];
                let up = i as isize * w.step[0] + w.offset[0];
                let row = &mut panel[(k - depths.start) * width..][..width];
                for run in &runs[..count] {
                    let to = &mut row[run.at..];
                    let y = run.y as isize + up;
                    if y < 0 || y >= w.image[0] as isize || run.first == run.last {
                        zero(to, run.end - run.x);
                        continue;
                    }
                    if run.first > run.x {
                        zero(to, run.first - run.x);
                    }
                    let line = &plane[y as usize * w.image[1] + run.from..];
                    gather(line, w.stride[1], run.last - run.first, &mut to[run.first - run.x..]);
                    if run.last < run.end {
                        zero(&mut to[run.last - run.x..], run.end - run.last);
                    }
                }
                k += lines;
                i += 1;
                if i == w.taps[0] {
                    (c, i) = (c + 1, 0);
                }
            }
        }
    }
    #[inline(always)]
    fn coming(&self, depth: usize, columns: Range<usize>, tile: usize, terms: usize) -> Option<Ahead> {
        let w = self.window;
        let rows = Rows { values: self.image, stride: w.image[0] * w.image[1] };
        if w.copies() { rows.coming(depth, columns, tile, terms) } else { None }
    }
}

/// Zeros, in whole vectors where there is room: what follows is written later.
#[inline(always)]
fn zero(to: &mut [f32], n: usize) {
    copy(&[0.0; WIDEST], n, to);
}

/// Every `stride`th of `n` floats.
#[inline(always)]
pub(super) fn gather(from: &[f32], stride: usize, n: usize, to: &mut [f32]) {
    if stride == 1 {
        return copy(from, n, to);
    }
    let whole = n.next_multiple_of(16);
    if stride == 2 && from.len() >= 2 * whole && to.len() >= whole {
        let chunks = from[..2 * whole].as_chunks::<32>().0.iter().zip(to.as_chunks_mut::<16>().0);
        for (from, to) in chunks {
            *to = std::array::from_fn(|i| from[2 * i]);
        }
        return;
    }
    for (i, value) in to[..n].iter_mut().enumerate() {
        *value = from[i * stride];
    }
}
