use std::arch::x86_64::{
    __m256d, __m512d, __mmask8, _mm_loadu_ps, _mm_maskload_ps, _mm_maskstore_ps, _mm_set1_ps, _mm_storeu_ps,
    _mm256_add_pd, _mm256_castsi256_si128, _mm256_cvtpd_ps, _mm256_cvtps_pd, _mm256_fmadd_pd,
    _mm256_loadu_ps, _mm256_mask_storeu_ps, _mm256_maskz_loadu_ps, _mm256_set1_pd, _mm256_set1_ps,
    _mm256_storeu_ps, _mm512_add_pd, _mm512_cvtpd_ps, _mm512_cvtps_pd, _mm512_fmadd_pd, _mm512_set1_pd,
};

use crate::lanes::Lanes;
use crate::lanes::x86::{Half, Wide};

/// Eight doubles, for tiles of [`Wide`]'s panels: AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct WideDouble(__m512d);

/// Four doubles, for tiles of [`Half`]'s panels: AVX2 with FMA.
#[derive(Clone, Copy)]
pub(crate) struct HalfDouble(__m256d);

#[inline(always)]
fn first8(n: usize) -> __mmask8 {
    ((1u32 << n) - 1) as __mmask8
}

// SAFETY of all below: the trait's callers have checked the processor and give readable or writable floats.
#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one instruction under the trait's single condition")]
impl Lanes for WideDouble {
    const WIDTH: usize = 8;
    const ROWS: usize = Wide::ROWS;
    const VECTORS: usize = 2;
    const PANEL: usize = Wide::PANEL;
    const FLOATS: usize = 2;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        WideDouble(_mm512_cvtps_pd(_mm256_set1_ps(value)))
    }

    #[inline(always)]
    unsafe fn weight(panel: *const f32, i: usize) -> Self {
        WideDouble(_mm512_set1_pd(*panel.cast::<f64>().add(i)))
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        WideDouble(_mm512_cvtps_pd(_mm256_loadu_ps(at)))
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        WideDouble(_mm512_cvtps_pd(_mm256_maskz_loadu_ps(first8(n), at)))
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        _mm256_storeu_ps(at, _mm512_cvtpd_ps(self.0));
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        _mm256_mask_storeu_ps(at, first8(n), _mm512_cvtpd_ps(self.0));
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        WideDouble(_mm512_fmadd_pd(self.0, factor.0, addend.0))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        WideDouble(_mm512_add_pd(self.0, other.0))
    }
}

#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one instruction under the trait's single condition")]
impl Lanes for HalfDouble {
    const WIDTH: usize = 4;
    const ROWS: usize = Half::ROWS;
    const VECTORS: usize = 2;
    const PANEL: usize = Half::PANEL;
    const FLOATS: usize = 2;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        HalfDouble(_mm256_cvtps_pd(_mm_set1_ps(value)))
    }

    #[inline(always)]
    unsafe fn weight(panel: *const f32, i: usize) -> Self {
        HalfDouble(_mm256_set1_pd(*panel.cast::<f64>().add(i)))
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        HalfDouble(_mm256_cvtps_pd(_mm_loadu_ps(at)))
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        HalfDouble(_mm256_cvtps_pd(_mm_maskload_ps(at, _mm256_castsi256_si128(Half::first(n)))))
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        _mm_storeu_ps(at, _mm256_cvtpd_ps(self.0));
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        _mm_maskstore_ps(at, _mm256_castsi256_si128(Half::first(n)), _mm256_cvtpd_ps(self.0));
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        HalfDouble(_mm256_fmadd_pd(self.0, factor.0, addend.0))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        HalfDouble(_mm256_add_pd(self.0, other.0))
    }
}
