#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m512, _mm512_loadu_ps, _mm512_permutex2var_ps, _mm512_setr_epi32, _mm512_storeu_ps,
};
use std::ops::{Add, Mul, Sub};

use crate::Isa;

/// The same number of sixteen neighboring tiles.
#[derive(Clone, Copy)]
pub(super) struct Lane(pub(super) [f32; Lane::WIDTH]);

impl Lane {
    pub(super) const WIDTH: usize = 16;
    pub(super) const ZERO: Lane = Lane([0.0; Lane::WIDTH]);

    /// Sixteen floats.
    ///
    /// # Panics
    /// If there are fewer.
    #[inline(always)]
    pub(super) fn load(from: &[f32]) -> Lane {
        let mut lane = Lane::ZERO;
        lane.0.copy_from_slice(&from[..Lane::WIDTH]);
        lane
    }

    /// As many floats as there are, up to sixteen, and zeros.
    #[inline(always)]
    pub(super) fn load_some(from: &[f32]) -> Lane {
        match from.first_chunk() {
            Some(floats) => Lane(*floats),
            None => {
                let mut lane = Lane::ZERO;
                lane.0[..from.len()].copy_from_slice(from);
                lane
            }
        }
    }

    /// The numbers from the second on, and another behind them.
    #[inline(always)]
    pub(super) fn followed_by(self, next: f32) -> Lane {
        Lane(std::array::from_fn(
            #[inline(always)]
            |i| if i + 1 < Lane::WIDTH { self.0[i + 1] } else { next },
        ))
    }

    /// The numbers at even places of both lanes, and those at odd ones.
    #[inline(always)]
    pub(super) fn unzip(self, other: Lane) -> [Lane; 2] {
        #[cfg(target_arch = "x86_64")]
        if Isa::current() == Isa::Avx512 {
            // SAFETY: the processor has AVX-512.
            return unsafe { unzip_avx512(self, other) };
        }
        let at = |i: usize| if i < Lane::WIDTH { self.0[i] } else { other.0[i - Lane::WIDTH] };
        [0, 1].map(|odd| Lane(std::array::from_fn(|i| at(2 * i + odd))))
    }

    /// The reverse: numbers of both lanes by turns.
    #[inline(always)]
    pub(super) fn zip(self, other: Lane) -> [Lane; 2] {
        #[cfg(target_arch = "x86_64")]
        if Isa::current() == Isa::Avx512 {
            // SAFETY: the processor has AVX-512.
            return unsafe { zip_avx512(self, other) };
        }
        let at = |i: usize| if i.is_multiple_of(2) { self.0[i / 2] } else { other.0[i / 2] };
        [0, Lane::WIDTH].map(|first| Lane(std::array::from_fn(|i| at(first + i))))
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn unzip_avx512(a: Lane, b: Lane) -> [Lane; 2] {
    let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    // SAFETY: lanes are sixteen floats.
    unsafe {
        let (a, b) = (_mm512_loadu_ps(a.0.as_ptr()), _mm512_loadu_ps(b.0.as_ptr()));
        [stored(_mm512_permutex2var_ps(a, even, b)), stored(_mm512_permutex2var_ps(a, odd, b))]
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn zip_avx512(a: Lane, b: Lane) -> [Lane; 2] {
    let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    // SAFETY: lanes are sixteen floats.
    unsafe {
        let (a, b) = (_mm512_loadu_ps(a.0.as_ptr()), _mm512_loadu_ps(b.0.as_ptr()));
        [stored(_mm512_permutex2var_ps(a, low, b)), stored(_mm512_permutex2var_ps(a, high, b))]
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn stored(vector: __m512) -> Lane {
    let mut lane = Lane::ZERO;
    // SAFETY: a lane has room for sixteen floats.
    unsafe { _mm512_storeu_ps(lane.0.as_mut_ptr(), vector) };
    lane
}

impl Add for Lane {
    type Output = Lane;

    #[inline(always)]
    fn add(mut self, other: Lane) -> Lane {
        for i in 0..Lane::WIDTH {
            self.0[i] += other.0[i];
        }
        self
    }
}

impl Sub for Lane {
    type Output = Lane;

    #[inline(always)]
    fn sub(mut self, other: Lane) -> Lane {
        for i in 0..Lane::WIDTH {
            self.0[i] -= other.0[i];
        }
        self
    }
}

impl Mul<f32> for Lane {
    type Output = Lane;

    #[inline(always)]
    fn mul(mut self, factor: f32) -> Lane {
        for i in 0..Lane::WIDTH {
            self.0[i] *= factor;
        }
        self
    }
}
