//! Registers of numbers, one kind for each kernel set.

#![expect(unsafe_code, reason = "vector instructions")]

mod lane;
mod side_by_side;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

pub(crate) use lane::{Lane, Work, with_lanes};
pub(crate) use side_by_side::SideBySide;

/// A register of numbers that lie in memory as floats. The widest tile it serves has [`Lanes::ROWS`] rows and
/// [`Lanes::VECTORS`] registers in a row.
///
/// Its functions may only be called where the processor has the instructions behind them.
pub(crate) trait Lanes: Copy {
    /// Numbers in a register.
    const WIDTH: usize;
    /// Rows of the widest tile, and at most of a panel of A.
    const ROWS: usize;
    /// Registers in a row of the widest tile.
    const VECTORS: usize;
    /// Columns of a panel of B, a multiple of the widest tile's.
    const PANEL: usize;
    /// Floats that a number of a panel of A takes.
    const FLOATS: usize = 1;

    unsafe fn splat(value: f32) -> Self;
    /// Number `i` of a panel of A.
    #[inline(always)]
    unsafe fn weight(panel: *const f32, i: usize) -> Self {
        // SAFETY: the caller gives so many numbers.
        unsafe { Self::splat(*panel.add(i)) }
    }
    unsafe fn load(at: *const f32) -> Self;
    unsafe fn load_first(at: *const f32, n: usize) -> Self;
    unsafe fn store(self, at: *mut f32);
    unsafe fn store_first(self, at: *mut f32, n: usize);
    /// self·factor + addend.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
}

/// Brings a cache line near, where the processor can be told to; the address need not be valid.
#[inline(always)]
pub(crate) fn fetch(at: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which never fails; every x86-64 has it.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T1 }>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Tells the processor that some numbers will be read soon, which need not exist: the line that lies `ahead` of a slice's
/// first number.
#[inline(always)]
pub fn soon(numbers: &[f32], ahead: usize) {
    fetch_near(numbers.as_ptr().wrapping_add(ahead));
}

/// Brings a cache line so near that it can be read or written at once.
#[inline(always)]
pub(crate) fn fetch_near(at: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which never fails; every x86-64 has it.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Four floats in plain Rust: SSE at x86's baseline, NEON on ARM.
#[derive(Clone, Copy)]
pub(crate) struct Plain(pub(crate) [f32; 4]);

impl Lanes for Plain {
    const WIDTH: usize = 4;
    // x86's baseline has 16 registers, ARM 32
    const ROWS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 4 };
    const VECTORS: usize = 2;
    const PANEL: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Plain([value; 4])
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller gives four floats.
        Plain(unsafe { at.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        // SAFETY: the caller gives n floats.
        Plain(std::array::from_fn(|i| if i < n { unsafe { *at.add(i) } } else { 0.0 }))
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: the caller gives room for four floats.
        unsafe { at.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        for (i, &value) in self.0.iter().enumerate().take(n) {
            // SAFETY: the caller gives room for n floats.
            unsafe { *at.add(i) = value }
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // x86's baseline has no fused multiply-add, and a library call in its place would be slow
        Plain(std::array::from_fn(|i| {
            if cfg!(target_arch = "aarch64") {
                self.0[i].mul_add(factor.0[i], addend.0[i])
            } else {
                self.0[i] * factor.0[i] + addend.0[i]
            }
        }))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Plain(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}
