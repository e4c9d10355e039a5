use std::ops::Range;

use super::axis::Axis;
use crate::lanes::Lane;

/// What all rows of a plane have in common.
pub(super) struct Columns {
    /// Height and width of the planes that are read.
    from: [usize; 2],
    /// Height and width of the planes that are written.
    to: [usize; 2],
    stride: usize,
    /// For each remainder by the spread, where the weights' places lie.
    offsets: Vec<Vec<isize>>,
    /// The least and the greatest of them.
    ends: [isize; 2],
    /// A row beyond the plane.
    beyond: Vec<f32>,
}

/// Rows q·spread + remainder of a plane, which are summed from rows q·stride + offset.
pub(super) struct Rows {
    pub(super) spread: usize,
    pub(super) remainder: usize,
    pub(super) stride: usize,
    pub(super) offsets: Vec<isize>,
    /// For each channel, each column's offset and each row's offset: the weight.
    pub(super) weights: Vec<f32>,
}

impl Columns {
    pub(super) fn new(y: &Axis, x: &Axis) -> Columns {
        let offsets = x.terms.iter().map(|terms| terms.iter().map(|term| term.offset).collect()).collect();
        let all = || x.terms.iter().flatten().map(|term| term.offset);
        Columns {
            from: [y.from, x.from],
            to: [y.to, x.to],
            stride: x.stride,
            ends: [all().min().unwrap_or(0), all().max().unwrap_or(0)],
            offsets,
            beyond: vec![0.0; x.from],
        }
    }

    /// Places of a row with one remainder, at most.
    pub(super) fn across(&self) -> usize {
        self.to[1].div_ceil(self.offsets.len())
    }
}

impl Rows {
    /// The number of weights over one another if they meet rows that follow each other, `stride` rows further for the next
    /// sum, and 0 otherwise.
    fn tall(&self, stride: usize) -> usize {
        let follow = self.offsets.windows(2).all(|pair| pair[1] == pair[0] + 1);
        if follow && self.stride == stride { self.offsets.len() } else { 0 }
    }

    /// The rows from the first to the last that a sum meets.
    fn reach(&self) -> usize {
        match self.offsets[..] {
            [first, .., last] => last.abs_diff(first) + 1,
            _ => self.offsets.len(),
        }
    }
}

/// The most rows that meet in sums side by side.
pub(super) const LINES: usize = 64;

/// Rows of one plane.
pub(super) struct Plane<'a> {
    pub(super) columns: &'a Columns,
    pub(super) rows: &'a Rows,
    pub(super) weights: &'a [f32],
    pub(super) bias: f32,
    pub(super) source: &'a [f32],
}

impl Plane<'_> {
    #[inline(always)]
    pub(super) unsafe fn write<L: Lane, const SIDE: usize>(&self, target: &mut [f32]) {
        let [height, width] = self.columns.from;
        assert_eq!((self.source.len(), self.columns.beyond.len()), (height * width, width), "a whole plane");
        // SAFETY: the caller's.
        unsafe {
            match (self.columns.stride, self.columns.offsets.len()) {
                (1, 1) => match self.rows.tall(1) {
                    3 => self.blocks::<L, SIDE, 1, 1, 3>(target),
                    5 => self.blocks::<L, SIDE, 1, 1, 5>(target),
                    7 => self.blocks::<L, SIDE, 1, 1, 7>(target),
                    _ => self.blocks::<L, SIDE, 1, 1, 0>(target),
                },
                (2, 1) => match self.rows.tall(2) {
                    3 => self.blocks::<L, SIDE, 2, 1, 3>(target),
                    5 => self.blocks::<L, SIDE, 2, 1, 5>(target),
                    _ => self.blocks::<L, SIDE, 2, 1, 0>(target),
                },
                _ => match self.rows.tall(1) {
                    1 => self.blocks::<L, SIDE, 1, 2, 1>(target),
                    2 => self.blocks::<L, SIDE, 1, 2, 2>(target),
                    3 => self.blocks::<L, SIDE, 1, 2, 3>(target),
                    _ => self.blocks::<L, SIDE, 1, 2, 0>(target),
                },
            }
        }
    }

    /// `SIDE` rows and a register of columns at a time; the last ones begin so early that they are whole, if there are so
    /// many. `STRIDE` and `SPREAD` are those of the columns, `TALL` is [`Rows::tall`].
    #[inline(always)]
    unsafe fn blocks<
        L: Lane,
        const SIDE: usize,
        const STRIDE: usize,
        const SPREAD: usize,
        const TALL: usize,
    >(
        &self,
        target: &mut [f32],
    ) {
        let (rows, [height, width]) = (self.rows, self.columns.to);
        let down = height.saturating_sub(rows.remainder).div_ceil(rows.spread);
        let across = self.columns.across();
        let [left, right] = self.columns.ends;
        let right = right + (STRIDE * L::WIDTH) as isize;
        for y in (0..down).step_by(SIDE) {
            let y = y.min(down.saturating_sub(SIDE));
            let lines = self.lines::<SIDE, STRIDE, TALL>(y);
            for x in (0..across).step_by(L::WIDTH) {
                let x = x.min(across.saturating_sub(L::WIDTH));
                let start = (x * STRIDE) as isize;
                let within = start + left >= 0 && start + right <= self.columns.from[1] as isize;
                // SAFETY: the processor by the caller; blocks that are not within read the plane's part alone.
                let sums = unsafe {
                    if within {
                        self.block::<L, SIDE, STRIDE, SPREAD, TALL, false>(x, &lines)
                    } else {
                        self.block::<L, SIDE, STRIDE, SPREAD, TALL, true>(x, &lines)
                    }
                };
                for r in 0..SIDE.min(down - y) {
                    let row = (y + r) * rows.spread + rows.remainder;
                    let to = &mut target[row * width + x * SPREAD..(row + 1) * width];
                    // SAFETY: the processor by the caller.
                    unsafe {
                        if SPREAD == 1 {
                            put(sums[0][r], to);
                        } else {
                            let [a, b] = sums[0][r].zip(sums[1][r]);
                            let (to, more) = to.split_at_mut(L::WIDTH.min(to.len()));
                            put(a, to);
                            put(b, more);
                        }
                    }
                }
            }
        }
    }

    /// The rows that meet in the sums from row `y` on, zeros beside the plane.
    #[inline(always)]
    fn lines<const SIDE: usize, const STRIDE: usize, const TALL: usize>(
        &self,
        y: usize,
    ) -> [*const f32; LINES] {
        let [height, width] = self.columns.from;
        let mut lines = [self.columns.beyond.as_ptr(); LINES];
        let first = (y * self.rows.stride) as isize + self.rows.offsets.first().copied().unwrap_or(0);
        let count = if TALL > 0 {
            (SIDE - 1) * STRIDE + TALL
        } else {
            (SIDE - 1) * self.rows.stride + self.rows.reach()
        };
        for k in 0..count {
            let y = first + k as isize;
            if (0..height as isize).contains(&y) {
                lines[k] = self.source[y as usize * width..][..width].as_ptr();
            }
        }
        lines
    }

    /// The sums of some rows from column `x` on, for each remainder by the spread. `EDGE` says that they may reach beyond the lines.
    #[inline(always)]
    unsafe fn block<
        L: Lane,
        const SIDE: usize,
        const STRIDE: usize,
        const SPREAD: usize,
        const TALL: usize,
        const EDGE: bool,
    >(
        &self,
        x: usize,
        lines: &[*const f32; LINES],
    ) -> [[L; SIDE]; 2] {
        // SAFETY: the caller's.
        unsafe {
            let mut sums = [[L::splat(self.bias); SIDE]; 2];
            let down = &self.rows.offsets[..];
            let tall = down.len();
            let mut weights = self.weights.as_ptr();
            for f in 0..SPREAD {
                for offset in self.columns.offsets.get_unchecked(f) {
                    let place = Place::<STRIDE, EDGE>::new::<L>(x, *offset, self.columns.from[1]);
                    if TALL > 0 {
                        for i in 0..TALL {
                            let weight = L::splat(*weights.add(i));
                            for r in 0..SIDE {
                                let near = place.load::<L>(lines[r * STRIDE + i]);
                                sums[f][r] = near.mul_add(weight, sums[f][r]);
                            }
                        }
                    } else {
                        for i in 0..tall {
                            let weight = L::splat(*weights.add(i));
                            let lines = lines.as_ptr().add((*down.get_unchecked(i) - down[0]) as usize);
                            for r in 0..SIDE {
                                let near = place.load::<L>(*lines.add(r * self.rows.stride));
                                sums[f][r] = near.mul_add(weight, sums[f][r]);
                            }
                        }
                    }
                    weights = weights.add(tall);
                }
            }
            sums
        }
    }
}

/// A register's width of places of any line, every `STRIDE`th.
struct Place<const STRIDE: usize, const EDGE: bool> {
    start: isize,
    /// Which numbers of one or two registers from there on exist.
    parts: [Range<usize>; 2],
}

impl<const STRIDE: usize, const EDGE: bool> Place<STRIDE, EDGE> {
    #[inline(always)]
    fn new<L: Lane>(x: usize, offset: isize, width: usize) -> Self {
        let start = (x * STRIDE) as isize + offset;
        let part = |start: isize| {
            let within = |place: isize| (place - start).clamp(0, L::WIDTH as isize) as usize;
            within(0)..within(width as isize)
        };
        Place { start, parts: [part(start), part(start + L::WIDTH as isize)] }
    }

    #[inline(always)]
    unsafe fn load<L: Lane>(&self, line: *const f32) -> L {
        let at = line.wrapping_offset(self.start);
        let [one, two] = &self.parts;
        // SAFETY: the parts are within the line, or no edge is near.
        unsafe {
            match (STRIDE, EDGE) {
                (1, false) => L::load(at),
                (1, true) => L::load_part(at, one.clone()),
                (_, false) => L::load(at).unzip(L::load(at.add(L::WIDTH)))[0],
                (_, true) => {
                    let next = at.wrapping_add(L::WIDTH);
                    L::load_part(at, one.clone()).unzip(L::load_part(next, two.clone()))[0]
                }
            }
        }
    }
}

/// Writes as many numbers as there is room for.
#[inline(always)]
unsafe fn put<L: Lane>(sums: L, to: &mut [f32]) {
    // SAFETY: the caller's; the slice has room for so many.
    unsafe {
        if to.len() >= L::WIDTH {
            sums.store(to.as_mut_ptr());
        } else {
            sums.store_first(to.as_mut_ptr(), to.len());
        }
    }
}
