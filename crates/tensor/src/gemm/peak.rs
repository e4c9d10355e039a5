use std::hint::black_box;
use std::time::Instant;

use super::buffer::Aligned;
#[cfg(target_arch = "x86_64")]
use crate::lanes::x86::{Half, Wide};
use crate::lanes::{Lanes, Plain};
use crate::{Isa, Pool, vectorized};

/// What a machine can do at most with the kernel set in use: the two roofs under which every kernel works.
#[derive(Clone, Copy, Debug)]
pub struct Peak {
    /// Floating-point operations a second (a multiply-add is two), from registers alone.
    pub flops: f64,
    /// Bytes a second read from memory, in order.
    pub bandwidth: f64,
}

/// Rounds of multiply-adds of one task.
const ROUNDS: usize = 200_000;
/// Floats that are read: far more than caches hold of what lies in no order.
const FLOATS: usize = 64 << 20;
/// Of several tries the best counts.
const TRIES: usize = 5;

impl Peak {
    /// Measures it on all threads of a pool, for about half a second and 256 MiB.
    pub fn measure(pool: &Pool) -> Peak {
        let threads = pool.threads();
        let sums = vec![1.0f32; FLOATS];
        let part = FLOATS.div_ceil(threads);
        let read =
            || pool.each(threads, |i| _ = black_box(added(&sums[i * part..FLOATS.min((i + 1) * part)])));
        let multiply = || pool.each(threads, |_| spin());
        Peak {
            flops: (threads * ROUNDS * operations()) as f64 / best(multiply),
            bandwidth: (FLOATS * size_of::<f32>()) as f64 / best(read),
        }
    }
}

/// The least seconds of several tries.
fn best(work: impl Fn()) -> f64 {
    let time = || {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..TRIES).map(|_| time()).fold(f64::INFINITY, f64::min)
}

fn added(values: &[f32]) -> f32 {
    vectorized(
        #[inline(always)]
        || {
            let mut lanes = [0.0f32; 64];
            for chunk in values.as_chunks::<64>().0 {
                for (lane, value) in lanes.iter_mut().zip(chunk) {
                    *lane += value;
                }
            }
            lanes.iter().sum()
        },
    )
}

/// Operations of one round of [`spin`].
fn operations() -> usize {
    let of = |rows: usize, vectors: usize, width: usize| 2 * rows * vectors * width;
    match Isa::current() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => of(Wide::ROWS, Wide::VECTORS, Wide::WIDTH),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => of(Half::ROWS, Half::VECTORS, Half::WIDTH),
        _ => of(Plain::ROWS, Plain::VECTORS, Plain::WIDTH),
    }
}

fn spin() {
    // SAFETY: the processor has what the set needs.
    unsafe {
        match Isa::current() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2(),
            _ => rounds::<Plain, { Plain::ROWS }, { Plain::VECTORS }>(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512() {
    // SAFETY: the caller's.
    unsafe { rounds::<Wide, { Wide::ROWS }, { Wide::VECTORS }>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2() {
    // SAFETY: the caller's.
    unsafe { rounds::<Half, { Half::ROWS }, { Half::VECTORS }>() }
}

#[inline(always)]
unsafe fn rounds<L: Lanes, const R: usize, const V: usize>() {
    // SAFETY: the caller has checked the processor; the numbers are local.
    unsafe {
        let (factor, addend) = (L::splat(black_box(0.5)), L::splat(black_box(0.25)));
        let mut sums = [[factor; V]; R];
        for _ in 0..ROUNDS {
            for row in &mut sums {
                for sum in row {
                    *sum = sum.mul_add(factor, addend);
                }
            }
        }
        let mut out = Aligned::zeros(R * V * L::WIDTH);
        for (to, sum) in out.floats_mut().chunks_mut(L::WIDTH).zip(sums.into_iter().flatten()) {
            sum.store(to.as_mut_ptr());
        }
        black_box(out.floats());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_multiplies_faster_than_it_reads() {
        let Peak { flops, bandwidth } = Peak::measure(Pool::single());
        assert!(flops > 1e8 && flops < 1e13, "{flops}");
        assert!(bandwidth > 1e7 && bandwidth < 1e13, "{bandwidth}");
    }
}
