use std::arch::x86_64::{
    __m256, __m256i, __m512, __mmask16, _mm256_add_ps, _mm256_cmpgt_epi32, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_maskload_ps, _mm256_maskstore_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32,
    _mm256_storeu_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_storeu_ps,
};

use super::Lanes;

/// Sixteen floats: AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct Wide(pub(crate) __m512);

/// Eight floats: AVX2 with FMA.
#[derive(Clone, Copy)]
pub(crate) struct Half(pub(crate) __m256);

#[inline(always)]
fn first16(n: usize) -> __mmask16 {
    ((1u32 << n) - 1) as __mmask16
}

// SAFETY of all below: the trait's callers have checked the processor and give readable or writable floats.
#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one instruction under the trait's single condition")]
impl Lanes for Wide {
    const WIDTH: usize = 16;
    const ROWS: usize = 14;
    const VECTORS: usize = 2;
    const PANEL: usize = 32;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Wide(_mm512_set1_ps(value))
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        Wide(_mm512_loadu_ps(at))
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        Wide(_mm512_maskz_loadu_ps(first16(n), at))
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        _mm512_storeu_ps(at, self.0);
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        _mm512_mask_storeu_ps(at, first16(n), self.0);
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        Wide(_mm512_fmadd_ps(self.0, factor.0, addend.0))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Wide(_mm512_add_ps(self.0, other.0))
    }
}

#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one instruction under the trait's single condition")]
impl Half {
    #[inline(always)]
    pub(crate) unsafe fn first(n: usize) -> __m256i {
        _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
    }
}

#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one instruction under the trait's single condition")]
impl Lanes for Half {
    const WIDTH: usize = 8;
    const ROWS: usize = 6;
    const VECTORS: usize = 2;
    const PANEL: usize = 16;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Half(_mm256_set1_ps(value))
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        Half(_mm256_loadu_ps(at))
    }

    #[inline(always)]
    unsafe fn load_first(at: *const f32, n: usize) -> Self {
        Half(_mm256_maskload_ps(at, Self::first(n)))
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        _mm256_storeu_ps(at, self.0);
    }

    #[inline(always)]
    unsafe fn store_first(self, at: *mut f32, n: usize) {
        _mm256_maskstore_ps(at, Self::first(n), self.0);
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        Half(_mm256_fmadd_ps(self.0, factor.0, addend.0))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Half(_mm256_add_ps(self.0, other.0))
    }
}
