use super::double::PlainDouble;
#[cfg(target_arch = "x86_64")]
use super::x86_double::{HalfDouble, WideDouble};
use crate::Isa;
#[cfg(target_arch = "x86_64")]
use crate::lanes::x86::{Half, Wide};
use crate::lanes::{Lanes, Plain, fetch, fetch_near};

/// The size of the tiles of C that a kernel set computes in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TileSize {
    /// Rows of C, and at most of a panel of A.
    pub(crate) rows: usize,
    /// Columns of C, and of a panel of B.
    pub(crate) columns: usize,
}

impl TileSize {
    /// That of the kernel set in use.
    pub(crate) fn current() -> TileSize {
        match Isa::current() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => TileSize::of::<Wide>(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => TileSize::of::<Half>(),
            _ => TileSize::of::<Plain>(),
        }
    }

    fn of<L: Lanes>() -> TileSize {
        TileSize { rows: L::ROWS, columns: L::PANEL }
    }
}

/// One tile: C = start + A·B, where start is C itself or a bias per row.
#[derive(Clone, Copy)]
pub(crate) struct Tile<'a> {
    /// A panel of A: `depth` times `height` numbers of [`Rounding::floats`].
    pub(crate) a: *const f32,
    /// Rows of the panel of A.
    pub(crate) height: usize,
    /// A panel of B: `depth` times [`TileSize::columns`] floats.
    pub(crate) b: *const f32,
    /// What will be needed next of A and of B: a cache line of each is fetched with every term.
    pub(crate) ahead: [Ahead; 2],
    /// Where each of the panel's rows begins, where they do not follow each other.
    pub(crate) offsets: Option<&'a [usize]>,
    /// Terms of each sum.
    pub(crate) depth: usize,
    /// How the sums are rounded.
    pub(crate) rounding: Rounding,
    /// Rows to compute, from one to the panel's.
    pub(crate) rows: usize,
    /// Columns to compute, from one to a panel's.
    pub(crate) columns: usize,
    /// The first number of C.
    pub(crate) c: *mut f32,
    /// From one row of C to the next.
    pub(crate) stride: usize,
    /// What the sums are added to.
    pub(crate) start: Start,
}

/// Cache lines to ask for, which need not exist, one with every term.
#[derive(Clone, Copy)]
pub struct Ahead {
    pub(crate) first: *const f32,
    /// Floats from one to the next.
    pub(crate) step: usize,
}

impl Ahead {
    /// Lines that follow each other.
    #[inline(always)]
    pub(crate) fn lines(first: *const f32) -> Ahead {
        Ahead { first, step: LINE }
    }
}

/// What sums are added to.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// What C holds.
    C,
    /// A number for each row of the panel of A.
    Rows(*const f32),
    /// A number for each column of the panel of B.
    Columns(*const f32),
}

/// How the sums of a product are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// To f32 at every term; runs of [`RUN`] terms are summed by themselves, so that errors grow with the root of the
    /// number of runs.
    Often,
    /// Summed in f64, where products of floats are exact, and rounded to f32 at the end.
    Once,
}

impl Rounding {
    /// Terms of the longest sums whose products spend their time on memory rather than arithmetic, so that f64 costs
    /// them little.
    const SHORT: usize = 32;

    /// Floats that a number of a panel of A takes: doubles lie there as such.
    pub(crate) fn floats(self) -> usize {
        match self {
            Rounding::Often => 1,
            Rounding::Once => 2,
        }
    }

    /// The most careful rounding that sums of `depth` terms can afford.
    pub(crate) fn affordable(depth: usize) -> Rounding {
        if depth <= Rounding::SHORT { Rounding::Once } else { Rounding::Often }
    }
}

/// Floats of a cache line.
pub(crate) const LINE: usize = 16;

/// Terms that are added to each other before they are added to the rest. A panel of B of so many rows stays in a
/// first-level cache while panels of A pass by.
pub(crate) const RUN: usize = 256;

impl Tile<'_> {
    /// Computes it.
    ///
    /// # Safety
    /// The pointers lead to as many floats as the fields say.
    pub(crate) unsafe fn compute(&self) {
        let size = TileSize::current();
        let run = self.depth.div_ceil(self.depth.div_ceil(RUN).max(1));
        let mut from = 0;
        loop {
            let start = if from == 0 { self.start } else { Start::C };
            // SAFETY: the run lies within the panels, and the rest is the caller's promise.
            unsafe {
                let (b, offsets) = match self.offsets {
                    Some(offsets) => (self.b, Some(&offsets[from..])),
                    None => (self.b.add(from * size.columns), None),
                };
                let depth = run.min(self.depth - from);
                let a = self.a.add(from * self.height * self.rounding.floats());
                Tile { a, b, offsets, depth, start, ..*self }.run();
            }
            from += run;
            if from >= self.depth {
                break;
            }
        }
    }

    unsafe fn run(&self) {
        // SAFETY: the processor has what the set needs; the rest is the caller's promise.
        unsafe {
            match (Isa::current(), self.rounding) {
                #[cfg(target_arch = "x86_64")]
                (Isa::Avx512, _) => avx512(self),
                #[cfg(target_arch = "x86_64")]
                (Isa::Avx2, _) => avx2(self),
                (_, Rounding::Often) => by_parts::<Plain>(self),
                (_, Rounding::Once) => by_parts::<PlainDouble>(self),
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512(tile: &Tile<'_>) {
    // SAFETY: the caller's.
    unsafe {
        match tile.rounding {
            Rounding::Often => by_parts::<Wide>(tile),
            Rounding::Once => by_parts::<WideDouble>(tile),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(tile: &Tile<'_>) {
    // SAFETY: the caller's.
    unsafe {
        match tile.rounding {
            Rounding::Often => by_parts::<Half>(tile),
            Rounding::Once => by_parts::<HalfDouble>(tile),
        }
    }
}

/// A panel's columns in tiles of the widest size.
#[inline(always)]
unsafe fn by_parts<L: Lanes>(tile: &Tile<'_>) {
    let part = L::VECTORS * L::WIDTH;
    for first in (0..tile.columns).step_by(part) {
        // SAFETY: the caller's, and the part lies within the tile.
        unsafe {
            let columns = part.min(tile.columns - first);
            let start = match tile.start {
                Start::Columns(addends) => Start::Columns(addends.add(first)),
                other => other,
            };
            by_rows::<L>(&Tile { b: tile.b.add(first), c: tile.c.add(first), columns, start, ..*tile });
        }
    }
}

#[inline(always)]
unsafe fn by_rows<L: Lanes>(tile: &Tile<'_>) {
    // SAFETY: the caller's.
    unsafe {
        match tile.rows {
            1 => by_columns::<L, 1>(tile),
            2 => by_columns::<L, 2>(tile),
            3 => by_columns::<L, 3>(tile),
            4 => by_columns::<L, 4>(tile),
            5 if L::ROWS > 4 => by_columns::<L, 5>(tile),
            6 if L::ROWS > 4 => by_columns::<L, 6>(tile),
            7 if L::ROWS > 6 => by_columns::<L, 7>(tile),
            8 if L::ROWS > 6 => by_columns::<L, 8>(tile),
            9 if L::ROWS > 8 => by_columns::<L, 9>(tile),
            10 if L::ROWS > 8 => by_columns::<L, 10>(tile),
            11 if L::ROWS > 8 => by_columns::<L, 11>(tile),
            12 if L::ROWS > 8 => by_columns::<L, 12>(tile),
            13 if L::ROWS > 8 => by_columns::<L, 13>(tile),
            14 if L::ROWS > 8 => by_columns::<L, 14>(tile),
            _ => unreachable!("a tile higher than its panel"),
        }
    }
}

#[inline(always)]
unsafe fn by_columns<L: Lanes, const R: usize>(tile: &Tile<'_>) {
    // SAFETY: the caller's.
    unsafe {
        match (tile.columns.div_ceil(L::WIDTH), tile.offsets.is_some()) {
            (1, false) => compute::<L, R, 1, false>(tile),
            (2, false) if L::VECTORS > 1 => compute::<L, R, 2, false>(tile),
            (1, true) => compute::<L, R, 1, true>(tile),
            (2, true) if L::VECTORS > 1 => compute::<L, R, 2, true>(tile),
            _ => unreachable!("a tile wider than its panel"),
        }
    }
}

/// `APART` tells whether the rows of B begin at offsets of their own.
#[inline(always)]
unsafe fn compute<L: Lanes, const R: usize, const V: usize, const APART: bool>(tile: &Tile<'_>) {
    // SAFETY: all pointers stay inside the panels and the tile, as the caller promises.
    unsafe {
        for r in 0..R {
            for v in 0..V {
                fetch_near(tile.c.wrapping_add(r * tile.stride + v * L::WIDTH));
            }
        }
        let mut sums = [[L::splat(0.0); V]; R];
        let (mut a, mut b) = (tile.a, tile.b);
        let mut offset = tile.offsets.map_or(std::ptr::null(), <[usize]>::as_ptr);
        let mut ahead = tile.ahead.map(|ahead| ahead.first);
        for _ in 0..tile.depth {
            for i in 0..2 {
                fetch(ahead[i]);
                ahead[i] = ahead[i].wrapping_add(tile.ahead[i].step);
            }
            let at = if APART { b.add(*offset) } else { b };
            let mut row = [L::splat(0.0); V];
            for v in 0..V {
                row[v] = L::load(at.add(v * L::WIDTH));
            }
            for r in 0..R {
                let weight = L::weight(a, r);
                for v in 0..V {
                    sums[r][v] = weight.mul_add(row[v], sums[r][v]);
                }
            }
            a = a.add(tile.height * L::FLOATS);
            if APART {
                offset = offset.add(1);
            } else {
                b = b.add(L::PANEL);
            }
        }
        match (tile.start, tile.columns == V * L::WIDTH) {
            (Start::C, true) => {
                finish::<L, R, V, true>(tile, &sums, |_, v, at| L::load(at.add(v * L::WIDTH)))
            }
            (Start::C, false) => finish::<L, R, V, false>(tile, &sums, |_, v, at| first(tile, V, v, at)),
            (Start::Rows(addends), true) => {
                finish::<L, R, V, true>(tile, &sums, |r, _, _| L::splat(*addends.add(r)));
            }
            (Start::Rows(addends), false) => {
                finish::<L, R, V, false>(tile, &sums, |r, _, _| L::splat(*addends.add(r)));
            }
            (Start::Columns(addends), true) => {
                finish::<L, R, V, true>(tile, &sums, |_, v, _| L::load(addends.add(v * L::WIDTH)));
            }
            (Start::Columns(addends), false) => {
                finish::<L, R, V, false>(tile, &sums, |_, v, _| first(tile, V, v, addends));
            }
        }
    }
}

/// Register `v` of `vectors` of a row of floats that has as many as the tile has columns.
#[inline(always)]
unsafe fn first<L: Lanes>(tile: &Tile<'_>, vectors: usize, v: usize, row: *const f32) -> L {
    // SAFETY: the caller's.
    unsafe {
        let at = row.add(v * L::WIDTH);
        if v < vectors - 1 { L::load(at) } else { L::load_first(at, tile.columns - v * L::WIDTH) }
    }
}

/// Writes the sums, each added to what `start` gives for its row, its register there and its row of C. `WHOLE` tells
/// whether the last register of a row is.
#[inline(always)]
unsafe fn finish<L: Lanes, const R: usize, const V: usize, const WHOLE: bool>(
    tile: &Tile<'_>,
    sums: &[[L; V]; R],
    start: impl Fn(usize, usize, *const f32) -> L,
) {
    let last = tile.columns - (V - 1) * L::WIDTH;
    // SAFETY: the caller's.
    unsafe {
        for r in 0..R {
            let row = tile.c.add(r * tile.stride);
            for v in 0..V {
                let sum = sums[r][v].add(start(r, v, row));
                let at = row.add(v * L::WIDTH);
                if WHOLE || v < V - 1 { sum.store(at) } else { sum.store_first(at, last) }
            }
        }
    }
}
