use crate::lanes::{Lanes, Plain};

/// Four doubles in plain Rust, for tiles of [`Plain`]'s panels.
#[derive(Clone, Copy)]
pub(crate) struct PlainDouble([f64; 4]);

impl Lanes for PlainDouble {
    const WIDTH: usize = 4;
    const ROWS: usize = Plain::ROWS;
    const VECTORS: usize = 1;
    const PANEL: usize = Plain::PANEL;
    const FLOATS: usize = 2;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        PlainDouble([f64::from(value); 4])
    }

    #[inline(always)]
    unsafe fn weight(panel: *const f32, i: usize) -> Self {
        // SAFETY: the caller gives so many doubles, which begin at a float.
        PlainDouble([unsafe { panel.cast::<f64>().add(i).read_unaligned() }; 4])
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller gives four floats.
        PlainDouble(unsafe { at.cast::<[f32; 4]>().read_unaligned() }.map(f64::from))
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        // SAFETY: the caller gives n floats.
        PlainDouble(std::array::from_fn(|i| if i < n { f64::from(unsafe { *at.add(i) }) } else { 0.0 }))
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: the caller gives room for four floats.
        unsafe { at.cast::<[f32; 4]>().write_unaligned(self.0.map(|value| value as f32)) }
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        for (i, &value) in self.0.iter().enumerate().take(n) {
            // SAFETY: the caller gives room for n floats.
            unsafe { *at.add(i) = value as f32 }
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // the product of two floats is exact, so that nothing is lost by rounding twice
        PlainDouble(std::array::from_fn(|i| self.0[i] * factor.0[i] + addend.0[i]))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        PlainDouble(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}
