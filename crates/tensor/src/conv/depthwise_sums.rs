use crate::Isa;
#[cfg(target_arch = "x86_64")]
use crate::lanes::x86::{Half, Wide};
use crate::lanes::{Lanes, Plain};

/// Places of a row that the widest vectors sum side by side.
pub(super) const LANES: usize = 16;
/// Rows whose sums run side by side.
pub(super) const ROWS: usize = 4;

/// The sums of one channel's weights with a plane laid out in `buffer`:
/// out[y, x] = bias + Σ over t of weights[t] · buffer[starts[t] + y·down + x].
///
/// Rows are summed in fours and places in vectors, so the buffer reaches beyond the last of both.
pub(super) struct Sums<'a> {
    pub(super) buffer: &'a [f32],
    pub(super) starts: &'a [usize],
    pub(super) weights: &'a [f32],
    pub(super) bias: f32,
    /// Rows and places of a row.
    pub(super) places: [usize; 2],
    /// From one row's floats to the next row's.
    pub(super) down: usize,
}

impl Sums<'_> {
    /// Writes sum (y, x) to y·spread\[0\] + x·spread\[1\] of `target`.
    ///
    /// # Panics
    /// If buffer or target are too short.
    pub(super) fn write(&self, target: &mut [f32], spread: [usize; 2]) {
        let [rows, columns] = self.places;
        if rows == 0 || columns == 0 {
            return;
        }
        let reach = (rows.next_multiple_of(ROWS) - 1) * self.down + columns.next_multiple_of(LANES);
        let start = self.starts.iter().max().copied().unwrap_or(0);
        assert!(start + reach <= self.buffer.len(), "sums within the buffer");
        assert!((rows - 1) * spread[0] + (columns - 1) * spread[1] < target.len(), "sums within the target");
        assert_eq!(self.weights.len(), self.starts.len(), "a weight for every tap");
        let target = target.as_mut_ptr();
        // SAFETY: the processor has what the set needs; reads and writes are in bounds by the checks above.
        unsafe {
            match Isa::current() {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => avx512(self, target, spread),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => avx2(self, target, spread),
                _ => by_taps::<Plain>(self, target, spread),
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512(sums: &Sums<'_>, target: *mut f32, spread: [usize; 2]) {
    // SAFETY: the caller's.
    unsafe {
        // half a vector wastes less on narrow planes
        if sums.places[1] <= 8 {
            by_taps::<Half>(sums, target, spread);
        } else {
            by_taps::<Wide>(sums, target, spread);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(sums: &Sums<'_>, target: *mut f32, spread: [usize; 2]) {
    // SAFETY: the caller's.
    unsafe {
        by_taps::<Half>(sums, target, spread);
    }
}

#[inline(always)]
unsafe fn by_taps<L: Lanes>(sums: &Sums<'_>, target: *mut f32, spread: [usize; 2]) {
    // SAFETY: the caller's.
    unsafe {
        match sums.weights.len() {
            9 => write::<L, 9>(sums, target, spread),
            25 => write::<L, 25>(sums, target, spread),
            49 => write::<L, 49>(sums, target, spread),
            _ => write::<L, 0>(sums, target, spread),
        }
    }
}

/// `TAPS` is the number of taps, or 0 where it is not known to the compiler.
#[inline(always)]
unsafe fn write<L: Lanes, const TAPS: usize>(sums: &Sums<'_>, target: *mut f32, spread: [usize; 2]) {
    let taps = if TAPS > 0 { TAPS } else { sums.weights.len() };
    let [rows, columns] = sums.places;
    let from = sums.buffer.as_ptr();
    // SAFETY: `Sums::write` has checked the farthest place that is read and written.
    unsafe {
        for y in (0..rows).step_by(ROWS) {
            for x in (0..columns).step_by(L::WIDTH) {
                let mut totals = [L::splat(sums.bias); ROWS];
                let here = from.add(y * sums.down + x);
                for tap in 0..taps {
                    let weight = L::splat(*sums.weights.get_unchecked(tap));
                    let at = here.add(*sums.starts.get_unchecked(tap));
                    for r in 0..ROWS {
                        totals[r] = L::load(at.add(r * sums.down)).mul_add(weight, totals[r]);
                    }
                }
                let width = L::WIDTH.min(columns - x);
                for r in 0..ROWS {
                    if y + r < rows {
                        let to = target.add((y + r) * spread[0] + x * spread[1]);
                        put(totals[r], to, spread[1], width);
                    }
                }
            }
        }
    }
}

/// Writes the first `n` floats of a vector, `step` apart.
#[inline(always)]
unsafe fn put<L: Lanes>(values: L, to: *mut f32, step: usize, n: usize) {
    // SAFETY: the caller gives room for them.
    unsafe {
        if step == 1 && n == L::WIDTH {
            values.store(to);
        } else if step == 1 {
            values.store_first(to, n);
        } else {
            let mut floats = [0.0; LANES];
            values.store(floats.as_mut_ptr());
            for (i, &value) in floats[..n].iter().enumerate() {
                *to.add(i * step) = value;
            }
        }
    }
}
