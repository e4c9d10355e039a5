#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm256_alignr_epi8, _mm256_andnot_si256, _mm256_castpd_ps, _mm256_castps_pd, _mm256_castps_si256,
    _mm256_castsi256_ps, _mm256_maskload_ps, _mm256_maskstore_ps, _mm256_mul_ps, _mm256_permute2f128_ps,
    _mm256_permute4x64_pd, _mm256_shuffle_ps, _mm256_sub_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
    _mm512_alignr_epi32, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_mul_ps, _mm512_permutex2var_ps, _mm512_setr_epi32, _mm512_sub_ps,
};
use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::x86::{Half, Wide};
use super::{Lanes, Plain};
use crate::Isa;

/// What registers of floats can do besides products: parts of them, and numbers that change places.
///
/// Its functions may only be called where the processor has the instructions behind them.
pub(crate) trait Lane: Lanes {
    /// Half as many numbers, where the processor has such registers too.
    type Less: Lane;

    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// The numbers of a part of the lane from where they would lie if it were whole, and zeros beside them. Only the part
    /// need be memory.
    unsafe fn load_part(at: *const f32, part: Range<usize>) -> Self;
    /// Writes a part of the lane to where it would lie if the lane were written whole.
    unsafe fn store_part(self, at: *mut f32, part: Range<usize>);
    /// The numbers from the second on, and behind them the first of another lane.
    unsafe fn followed_by(self, next: Self) -> Self;
    /// The numbers at even places of both lanes, and those at odd ones.
    unsafe fn unzip(self, other: Self) -> [Self; 2];
    /// The reverse: numbers of both lanes by turns.
    unsafe fn zip(self, other: Self) -> [Self; 2];
}

/// What is compiled for the lanes of every kernel set.
pub(crate) trait Work {
    /// # Safety
    /// The processor has the instructions behind the lanes.
    unsafe fn run<L: Lane>(self);
}

/// Does the work with the lanes of the kernel set in use.
pub(crate) fn with_lanes(work: impl Work) {
    // SAFETY: the processor has what the set needs.
    unsafe {
        match Isa::current() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512(work),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2(work),
            _ => work.run::<Plain>(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512(work: impl Work) {
    // SAFETY: the caller's.
    unsafe { work.run::<Wide>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(work: impl Work) {
    // SAFETY: the caller's.
    unsafe { work.run::<Half>() }
}

#[cfg(target_arch = "x86_64")]
fn bits(part: Range<usize>) -> u16 {
    ((1u32 << part.end) - (1u32 << part.start)) as u16
}

// SAFETY of all below: the trait's callers have checked the processor and give readable or writable floats.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one instruction under the trait's single condition")]
impl Lane for Wide {
    type Less = Half;

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Wide(_mm512_sub_ps(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Wide(_mm512_mul_ps(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn load_part(at: *const f32, part: Range<usize>) -> Self {
        Wide(_mm512_maskz_loadu_ps(bits(part), at))
    }

    #[inline(always)]
    unsafe fn store_part(self, at: *mut f32, part: Range<usize>) {
        _mm512_mask_storeu_ps(at, bits(part), self.0);
    }

    #[inline(always)]
    unsafe fn followed_by(self, next: Self) -> Self {
        let [next, own] = [next.0, self.0].map(
            #[inline(always)]
            |lane| _mm512_castps_si512(lane),
        );
        Wide(_mm512_castsi512_ps(_mm512_alignr_epi32::<1>(next, own)))
    }

    #[inline(always)]
    unsafe fn unzip(self, other: Self) -> [Self; 2] {
        let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        [
            Wide(_mm512_permutex2var_ps(self.0, even, other.0)),
            Wide(_mm512_permutex2var_ps(self.0, odd, other.0)),
        ]
    }

    #[inline(always)]
    unsafe fn zip(self, other: Self) -> [Self; 2] {
        let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        [
            Wide(_mm512_permutex2var_ps(self.0, low, other.0)),
            Wide(_mm512_permutex2var_ps(self.0, high, other.0)),
        ]
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one instruction under the trait's single condition")]
impl Lane for Half {
    type Less = Half;

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Half(_mm256_sub_ps(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Half(_mm256_mul_ps(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn load_part(at: *const f32, part: Range<usize>) -> Self {
        let mask = _mm256_andnot_si256(Half::first(part.start), Half::first(part.end));
        Half(_mm256_maskload_ps(at, mask))
    }

    #[inline(always)]
    unsafe fn store_part(self, at: *mut f32, part: Range<usize>) {
        let mask = _mm256_andnot_si256(Half::first(part.start), Half::first(part.end));
        _mm256_maskstore_ps(at, mask, self.0);
    }

    #[inline(always)]
    unsafe fn followed_by(self, next: Self) -> Self {
        let between = _mm256_castps_si256(_mm256_permute2f128_ps::<0x21>(self.0, next.0));
        Half(_mm256_castsi256_ps(_mm256_alignr_epi8::<4>(between, _mm256_castps_si256(self.0))))
    }

    #[inline(always)]
    unsafe fn unzip(self, other: Self) -> [Self; 2] {
        let even = _mm256_castps_pd(_mm256_shuffle_ps::<0b10_00_10_00>(self.0, other.0));
        let odd = _mm256_castps_pd(_mm256_shuffle_ps::<0b11_01_11_01>(self.0, other.0));
        // the middle quarters change places
        [
            Half(_mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(even))),
            Half(_mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(odd))),
        ]
    }

    #[inline(always)]
    unsafe fn zip(self, other: Self) -> [Self; 2] {
        let low = _mm256_unpacklo_ps(self.0, other.0);
        let high = _mm256_unpackhi_ps(self.0, other.0);
        [Half(_mm256_permute2f128_ps::<0x20>(low, high)), Half(_mm256_permute2f128_ps::<0x31>(low, high))]
    }
}

#[allow(unsafe_op_in_unsafe_fn, reason = "every line is one step under the trait's single condition")]
impl Lane for Plain {
    type Less = Plain;

    #[inline(always)]
    unsafe fn sub(mut self, other: Self) -> Self {
        for i in 0..Self::WIDTH {
            self.0[i] -= other.0[i];
        }
        self
    }

    #[inline(always)]
    unsafe fn mul(mut self, other: Self) -> Self {
        for i in 0..Self::WIDTH {
            self.0[i] *= other.0[i];
        }
        self
    }

    #[inline(always)]
    unsafe fn load_part(at: *const f32, part: Range<usize>) -> Self {
        let number = |i: usize| *at.wrapping_add(i);
        Plain(match (part.start, part.end) {
            (0, 4) => [number(0), number(1), number(2), number(3)],
            (0, 3) => [number(0), number(1), number(2), 0.0],
            (0, 2) => [number(0), number(1), 0.0, 0.0],
            (0, 1) => [number(0), 0.0, 0.0, 0.0],
            (1, 4) => [0.0, number(1), number(2), number(3)],
            (2, 4) => [0.0, 0.0, number(2), number(3)],
            (3, 4) => [0.0, 0.0, 0.0, number(3)],
            (1, 3) => [0.0, number(1), number(2), 0.0],
            (1, 2) => [0.0, number(1), 0.0, 0.0],
            (2, 3) => [0.0, 0.0, number(2), 0.0],
            _ => [0.0; 4],
        })
    }

    #[inline(always)]
    unsafe fn store_part(self, at: *mut f32, part: Range<usize>) {
        for i in part {
            *at.wrapping_add(i) = self.0[i];
        }
    }

    #[inline(always)]
    unsafe fn followed_by(self, next: Self) -> Self {
        let [_, b, c, d] = self.0;
        Plain([b, c, d, next.0[0]])
    }

    #[inline(always)]
    unsafe fn unzip(self, other: Self) -> [Self; 2] {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        [Plain([a, c, e, g]), Plain([b, d, f, h])]
    }

    #[inline(always)]
    unsafe fn zip(self, other: Self) -> [Self; 2] {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        [Plain([a, e, b, f]), Plain([c, g, d, h])]
    }
}
