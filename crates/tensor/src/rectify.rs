//! max(0, x) with a bit for every number, and what those bits let through. A NaN stays one, so that a network whose
//! numbers have run away does not answer as if they had not.

#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "comparing vectors gives the bits at once"))]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _CMP_GT_OQ, _mm256_cmp_ps, _mm256_loadu_ps, _mm256_movemask_ps, _mm256_setzero_ps, _mm512_cmp_ps_mask,
    _mm512_loadu_ps, _mm512_mask_cmp_ps_mask, _mm512_maskz_loadu_ps, _mm512_max_ps, _mm512_min_ps,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use crate::{Isa, Pool, vectorized};

/// Numbers worth a task of their own: a multiple of the bits of a word.
const TASK: usize = 1 << 15;
const WORD: usize = 32;

/// y = max(0, x); where x is `None`, in place.
///
/// # Panics
/// If x and y differ in length.
pub fn rectify(pool: &Pool, x: Option<&[f32]>, y: &mut [f32]) {
    assert!(x.is_none_or(|x| x.len() == y.len()), "as many results as numbers");
    pool.chunks(y, TASK, |i, y| {
        vectorized(
            #[inline(always)]
            || match x {
                Some(x) => y.iter_mut().zip(&x[i * TASK..]).for_each(|(y, &x)| *y = above_zero(x)),
                None => y.iter_mut().for_each(|y| *y = above_zero(*y)),
            },
        );
    });
}

/// max(0, x) that keeps a NaN: vectors' maximum gives its second operand where one is NaN.
#[inline(always)]
fn above_zero(x: f32) -> f32 {
    if 0.0 > x { 0.0 } else { x }
}

/// The same, and bit i mod 32 of word i / 32 tells whether `x[i] > 0`.
///
/// # Panics
/// If there are not as many results as numbers, or words for them.
pub fn rectify_noting(pool: &Pool, x: Option<&[f32]>, y: &mut [f32], words: &mut [u32]) {
    note(pool, x, y, words, rectified);
}

/// y = min(high, max(low, x)) for bounds \[low, high\]; where x is `None`, in place. Bit i mod 32 of word i / 32
/// tells whether `low < x[i] < high`.
///
/// # Panics
/// If there are not as many results as numbers, or words for them.
pub fn clip_noting(pool: &Pool, bounds: [f32; 2], x: Option<&[f32]>, y: &mut [f32], words: &mut [u32]) {
    note(
        pool,
        x,
        y,
        words,
        #[inline(always)]
        |y| clipped(y, bounds),
    );
}

/// Replaces numbers, a word's at a time, by what `change` makes of them, and keeps the bits that it gives.
#[inline(always)]
fn note(
    pool: &Pool,
    x: Option<&[f32]>,
    y: &mut [f32],
    words: &mut [u32],
    change: impl Fn(&mut [f32; WORD]) -> u32 + Sync + Send,
) {
    assert!(x.is_none_or(|x| x.len() == y.len()), "as many results as numbers");
    assert_eq!(words.len(), y.len().div_ceil(WORD), "a word for 32 numbers");
    let mut tasks: Vec<_> = y.chunks_mut(TASK).zip(words.chunks_mut(TASK / WORD)).collect();
    pool.chunks(&mut tasks, 1, |i, tasks| {
        for (y, words) in tasks {
            if let Some(x) = x {
                y.copy_from_slice(&x[i * TASK..][..y.len()]);
            }
            vectorized(
                #[inline(always)]
                || {
                    let (whole, rest) = y.as_chunks_mut::<WORD>();
                    whole.iter_mut().zip(words.iter_mut()).for_each(|(y, word)| *word = change(y));
                    if let (false, Some(word)) = (rest.is_empty(), words.last_mut()) {
                        let mut padded = [0.0; WORD];
                        padded[..rest.len()].copy_from_slice(rest);
                        *word = change(&mut padded);
                        rest.copy_from_slice(&padded[..rest.len()]);
                    }
                },
            );
        }
    });
}

/// `y[i] = r[i]` where bit i mod 32 of word i / 32 is set, else 0; where r is `None`, in place.
///
/// # Panics
/// If there are not as many results as numbers, or words for them.
pub fn where_noted(pool: &Pool, words: &[u32], r: Option<&[f32]>, y: &mut [f32]) {
    assert!(r.is_none_or(|r| r.len() == y.len()), "as many results as numbers");
    assert!(words.len() >= y.len().div_ceil(WORD), "a word for 32 numbers");
    pool.chunks(y, TASK, |i, y| {
        if let Some(r) = r {
            y.copy_from_slice(&r[i * TASK..][..y.len()]);
        }
        let words = &words[i * (TASK / WORD)..];
        vectorized(
            #[inline(always)]
            || {
                let (whole, rest) = y.as_chunks_mut::<WORD>();
                let tail = words.get(whole.len()).copied().unwrap_or_default();
                whole.iter_mut().zip(words).for_each(|(y, &word)| pass(y, word));
                for (i, y) in rest.iter_mut().enumerate() {
                    *y = f32::from_bits(y.to_bits() & 0u32.wrapping_sub(tail >> i & 1));
                }
            },
        );
    });
}

/// Zeroes the numbers whose bit is not set.
#[inline(always)]
fn pass(y: &mut [f32; WORD], word: u32) {
    match Isa::current() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has what the set needs.
        Isa::Avx512 => unsafe { pass_avx512(y, word) },
        _ => {
            for (y, bit) in y.iter_mut().zip(BITS) {
                // an all-ones or all-zeros pattern, so that no branch depends on the data
                let keep = 0u32.wrapping_sub(u32::from(word & bit != 0));
                *y = f32::from_bits(y.to_bits() & keep);
            }
        }
    }
}

/// The bits of a word, from the lowest.
const BITS: [u32; WORD] = {
    let mut bits = [0; WORD];
    let mut i = 0;
    while i < WORD {
        bits[i] = 1 << i;
        i += 1;
    }
    bits
};

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
#[inline]
fn pass_avx512(y: &mut [f32; WORD], word: u32) {
    let at = y.as_mut_ptr();
    // SAFETY: two vectors of 16 are the 32 numbers.
    unsafe {
        _mm512_storeu_ps(at, _mm512_maskz_loadu_ps(word as u16, at));
        _mm512_storeu_ps(at.add(16), _mm512_maskz_loadu_ps((word >> 16) as u16, at.add(16)));
    }
}

#[inline(always)]
fn rectified(y: &mut [f32; WORD]) -> u32 {
    match Isa::current() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has what the set needs.
        Isa::Avx512 => unsafe { rectified_avx512(y) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Isa::Avx2 => unsafe { rectified_avx2(y) },
        _ => {
            let word = y.iter().enumerate().fold(0, |word, (i, &x)| word | (u32::from(x > 0.0) << i));
            y.iter_mut().for_each(|y| *y = above_zero(*y));
            word
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
#[inline]
fn rectified_avx512(y: &mut [f32; WORD]) -> u32 {
    let at = y.as_mut_ptr();
    // SAFETY: two vectors of 16 are the 32 numbers.
    unsafe {
        let (low, high) = (_mm512_loadu_ps(at), _mm512_loadu_ps(at.add(16)));
        let zero = _mm512_setzero_ps();
        let low_bits = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(low, zero);
        let high_bits = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(high, zero);
        _mm512_storeu_ps(at, _mm512_max_ps(zero, low));
        _mm512_storeu_ps(at.add(16), _mm512_max_ps(zero, high));
        u32::from(low_bits) | u32::from(high_bits) << 16
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn rectified_avx2(y: &mut [f32; WORD]) -> u32 {
    let mut word = 0;
    for (i, eight) in y.as_chunks::<8>().0.iter().enumerate() {
        // SAFETY: eight numbers are one vector.
        let values = unsafe { _mm256_loadu_ps(eight.as_ptr()) };
        let bits = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(values, _mm256_setzero_ps()));
        word |= (bits as u32) << (8 * i);
    }
    y.iter_mut().for_each(|y| *y = above_zero(*y));
    word
}

#[inline(always)]
fn clipped(y: &mut [f32; WORD], [low, high]: [f32; 2]) -> u32 {
    match Isa::current() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has what the set needs.
        Isa::Avx512 => unsafe { clipped_avx512(y, [low, high]) },
        _ => {
            let mut bits = [0; WORD];
            for (bit, &x) in bits.iter_mut().zip(y.iter()) {
                *bit = u32::from(x > low) & u32::from(x < high);
            }
            for y in y.iter_mut() {
                let raised = if *y < low { low } else { *y };
                *y = if raised > high { high } else { raised };
            }
            bits.iter().zip(BITS).fold(0, |word, (bit, place)| word | (bit * place))
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
#[inline]
fn clipped_avx512(y: &mut [f32; WORD], [low, high]: [f32; 2]) -> u32 {
    let (low, high) = (_mm512_set1_ps(low), _mm512_set1_ps(high));
    let mut word = 0;
    for (i, part) in y.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        // SAFETY: sixteen numbers are one vector.
        let x = unsafe { _mm512_loadu_ps(part.as_ptr()) };
        let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, low);
        let inside = _mm512_mask_cmp_ps_mask::<_CMP_GT_OQ>(above, high, x);
        word |= u32::from(inside) << (16 * i);
        // of a NaN and a bound these give the second, so that a NaN stays
        let y = _mm512_min_ps(high, _mm512_max_ps(low, x));
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(part.as_mut_ptr(), y) };
    }
    word
}

#[cfg(test)]
mod tests {
    use inscape_testkit::noise;

    use super::{Pool, TASK, clip_noting, rectify, rectify_noting, where_noted};

    #[test]
    fn bits_tell_which_numbers_are_positive_and_let_those_through() {
        for n in [1, 31, 32, 33, 100, 2 * TASK + 77] {
            let mut x = noise(7, n);
            x[n / 2] = 0.0;
            x[n - 1] = -0.0;
            let expected: Vec<f32> = x.iter().map(|&x| if x > 0.0 { x } else { 0.0 }).collect();
            let r = noise(8, n);
            for pool in [Pool::new(1).unwrap(), Pool::new(2).unwrap()] {
                let (mut y, mut words) = (vec![9.0; n], vec![0; n.div_ceil(32)]);
                rectify_noting(&pool, Some(&x), &mut y, &mut words);
                assert_eq!(y, expected);
                let mut in_place = x.clone();
                rectify_noting(&pool, None, &mut in_place, &mut words);
                assert_eq!(in_place, expected);
                rectify(&pool, Some(&x), &mut in_place);
                assert_eq!(in_place, expected);
                let passed: Vec<f32> =
                    x.iter().zip(&r).map(|(&x, &r)| if x > 0.0 { r } else { 0.0 }).collect();
                let mut out = vec![9.0; n];
                where_noted(&pool, &words, Some(&r), &mut out);
                assert_eq!(out, passed);
                let mut in_place = r.clone();
                where_noted(&pool, &words, None, &mut in_place);
                assert_eq!(in_place, passed);
            }
        }
    }

    #[test]
    fn a_nan_stays_and_lets_nothing_back() {
        for n in [1, 33, 100] {
            let x = vec![f32::NAN; n];
            let (pool, mut y, mut words) = (Pool::single(), x.clone(), vec![7; n.div_ceil(32)]);
            rectify_noting(pool, None, &mut y, &mut words);
            assert!(y.iter().all(|y| y.is_nan()) && words.iter().all(|&word| word == 0));
            let mut y = vec![9.0; n];
            rectify(pool, Some(&x), &mut y);
            assert!(y.iter().all(|y| y.is_nan()));
            rectify(pool, None, &mut y);
            assert!(y.iter().all(|y| y.is_nan()));
        }
    }

    #[test]
    fn clipping_passes_strictly_inside() {
        for n in [1, 16, 33, TASK + 5] {
            let mut x: Vec<f32> = noise(5, n).iter().map(|x| 8.0 * x).collect();
            x[n / 2] = 6.0;
            x[n - 1] = -1.0;
            let (mut y, mut words) = (x.clone(), vec![0; n.div_ceil(32)]);
            clip_noting(&Pool::new(2).unwrap(), [-1.0, 6.0], None, &mut y, &mut words);
            let mut again = vec![9.0; n];
            clip_noting(&Pool::new(1).unwrap(), [-1.0, 6.0], Some(&x), &mut again, &mut words);
            assert_eq!(y, again);
            assert_eq!(y, x.iter().map(|x| x.clamp(-1.0, 6.0)).collect::<Vec<_>>());
            let mut passed = vec![9.0; n];
            where_noted(&Pool::new(2).unwrap(), &words, Some(&vec![1.0; n]), &mut passed);
            let inside = |&x: &f32| if x > -1.0 && x < 6.0 { 1.0 } else { 0.0 };
            assert_eq!(passed, x.iter().map(inside).collect::<Vec<_>>());
        }
        let (mut y, mut words) = (vec![f32::NAN; 40], vec![7; 2]);
        clip_noting(&Pool::new(1).unwrap(), [0.0, 6.0], None, &mut y, &mut words);
        assert!(y[..32].iter().all(|y| y.is_nan()) && words[0] == 0);
    }
}
