#[cfg(target_arch = "x86_64")]
use crate::Isa;

/// Runs `work` compiled for the widest vectors of [`Isa::current`].
///
/// The closure is compiled once per kernel set, so that plain loops inside it become AVX-512, AVX2 or NEON code. What
/// it calls must be `#[inline(always)]` to share in that, and so must a closure of more than a few lines:
/// `vectorized(#[inline(always)] || …)`.
///
/// ```
/// let mut values = vec![-1.0f32, 2.0];
/// inscape_tensor::vectorized(|| values.iter_mut().for_each(|v| *v = v.max(0.0)));
/// assert_eq!(values, [0.0, 2.0]);
/// ```
#[inline(always)]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "calling code compiled for features that were detected")]
    {
        match Isa::current() {
            // SAFETY: `Isa::current` returns a set only where the processor has its features.
            Isa::Avx512 => return unsafe { avx512(work) },
            // SAFETY: as above.
            Isa::Avx2 => return unsafe { avx2(work) },
            _ => {}
        }
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
fn avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
