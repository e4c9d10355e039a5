use std::arch::x86_64::{
    __m256i, __m512i, _CMP_GT_OQ, _CMP_UNORD_Q, _mm256_add_epi32, _mm256_blendv_epi8, _mm256_blendv_ps,
    _mm256_castpd_ps, _mm256_castps_pd, _mm256_castps_si256, _mm256_cmp_ps, _mm256_cmpgt_epi32,
    _mm256_loadu_ps, _mm256_maskload_epi32, _mm256_maskstore_epi32, _mm256_maskstore_ps, _mm256_mullo_epi32,
    _mm256_or_ps, _mm256_permute4x64_pd, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32,
    _mm256_setzero_si256, _mm256_shuffle_ps, _mm512_add_epi32, _mm512_cmp_ps_mask, _mm512_loadu_ps,
    _mm512_mask_mov_epi32, _mm512_mask_mov_ps, _mm512_mask_storeu_epi32, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_epi32, _mm512_mullo_epi32, _mm512_permutex2var_ps, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setr_epi32, _mm512_setzero_si512,
};

use super::Taps;

/// Windows that are looked through together.
pub(super) const WIDTH: usize = 16;

/// # Safety
/// The processor has AVX-512, the stride is 1 or 2, there are as many marks as windows or none, and under every tap there
/// are cells for a multiple of `WIDTH` windows.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512(taps: &Taps, cells: &[f32], best: &mut [f32], marks: &mut [u32], number: u32) {
    let places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let steps = _mm512_mullo_epi32(places, _mm512_set1_epi32(taps.stride as i32));
    let even = _mm512_add_epi32(places, places);
    let add = |a: __m512i, b: u32| _mm512_add_epi32(a, _mm512_set1_epi32(b as i32));
    for from in (0..best.len()).step_by(WIDTH) {
        let own = u16::MAX >> (WIDTH - (best.len() - from).min(WIDTH));
        let number = add(steps, number.wrapping_add((from * taps.stride) as u32));
        // SAFETY: the caller's.
        unsafe {
            let mut most = _mm512_set1_ps(f32::NEG_INFINITY);
            let mut mark = if marks.is_empty() {
                _mm512_setzero_si512()
            } else {
                _mm512_maskz_loadu_epi32(own, marks.as_ptr().add(from).cast())
            };
            for (&tap, &name) in taps.cells.iter().zip(&taps.marks) {
                let at = cells.as_ptr().add(tap + from * taps.stride);
                let mut cell = _mm512_loadu_ps(at);
                if taps.stride == 2 {
                    cell = _mm512_permutex2var_ps(cell, even, _mm512_loadu_ps(at.add(WIDTH)));
                }
                let beats = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(cell, most)
                    | _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(cell, cell);
                most = _mm512_mask_mov_ps(most, beats, cell);
                mark = _mm512_mask_mov_epi32(mark, beats, add(number, name));
            }
            _mm512_mask_storeu_ps(best.as_mut_ptr().add(from), own, most);
            if !marks.is_empty() {
                _mm512_mask_storeu_epi32(marks.as_mut_ptr().add(from).cast(), own, mark);
            }
        }
    }
}

/// # Safety
/// The processor has AVX2, the stride is 1 or 2, there are as many marks as windows or none, and under every tap there are
/// cells for a multiple of `WIDTH` windows.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2(taps: &Taps, cells: &[f32], best: &mut [f32], marks: &mut [u32], number: u32) {
    const HALF: usize = WIDTH / 2;
    let places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let steps = _mm256_mullo_epi32(places, _mm256_set1_epi32(taps.stride as i32));
    let add = |a: __m256i, b: u32| _mm256_add_epi32(a, _mm256_set1_epi32(b as i32));
    for from in (0..best.len()).step_by(HALF) {
        let own = _mm256_cmpgt_epi32(_mm256_set1_epi32((best.len() - from).min(HALF) as i32), places);
        let number = add(steps, number.wrapping_add((from * taps.stride) as u32));
        // SAFETY: the caller's.
        unsafe {
            let mut most = _mm256_set1_ps(f32::NEG_INFINITY);
            let mut mark = if marks.is_empty() {
                _mm256_setzero_si256()
            } else {
                _mm256_maskload_epi32(marks.as_ptr().add(from).cast(), own)
            };
            for (&tap, &name) in taps.cells.iter().zip(&taps.marks) {
                let at = cells.as_ptr().add(tap + from * taps.stride);
                let mut cell = _mm256_loadu_ps(at);
                if taps.stride == 2 {
                    // the even places of each half of both, whose middle quarters then change places
                    let mixed = _mm256_shuffle_ps::<0b10_00_10_00>(cell, _mm256_loadu_ps(at.add(HALF)));
                    cell = _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_castps_pd(mixed)));
                }
                let greater = _mm256_cmp_ps::<_CMP_GT_OQ>(cell, most);
                let beats = _mm256_or_ps(greater, _mm256_cmp_ps::<_CMP_UNORD_Q>(cell, cell));
                most = _mm256_blendv_ps(most, cell, beats);
                mark = _mm256_blendv_epi8(mark, add(number, name), _mm256_castps_si256(beats));
            }
            _mm256_maskstore_ps(best.as_mut_ptr().add(from), own, most);
            if !marks.is_empty() {
                _mm256_maskstore_epi32(marks.as_mut_ptr().add(from).cast(), own, mark);
            }
        }
    }
}
