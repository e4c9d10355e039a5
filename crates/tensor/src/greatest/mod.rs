#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "vector instructions, and cells whose bounds are checked once")
)]

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
use crate::Isa;
use crate::vectorized;

/// The cells under a window of a moving maximum, for windows that lie side by side.
///
/// ```
/// use inscape_tensor::Taps;
/// let taps = Taps { stride: 2, cells: vec![0, 1], marks: vec![0, 1] };
/// let cells = [1.0, 3.0, 5.0, 4.0];
/// let (mut best, mut marks) = ([0.0; 2], [0; 2]);
/// taps.greatest(&cells, &mut best, Some((&mut marks, 10)));
/// assert_eq!((best, marks), ([3.0, 5.0], [11, 12]));
/// ```
#[derive(Clone, Debug)]
pub struct Taps {
    /// Cells from window to window.
    pub stride: usize,
    /// Cells from a window's place to each of its taps.
    pub cells: Vec<usize>,
    /// What is added to the number of a window's place to name each of its taps.
    pub marks: Vec<u32>,
}

impl Taps {
    /// The greatest cell under each of `best.len()` windows; a NaN counts as greater than all numbers.
    ///
    /// With `marks` come the number of the first window's place, which grows by the stride from window to window, and what
    /// shall hold the name of the first tap that sees the greatest cell. Where all cells are −∞ it stays as it was.
    ///
    /// It is fast where `cells` goes on behind the last window, as if the windows were a multiple of sixteen.
    ///
    /// # Panics
    /// If a tap lies behind the end of `cells`, a tap has no mark, or there are not as many marks as windows.
    pub fn greatest(&self, cells: &[f32], best: &mut [f32], marks: Option<(&mut [u32], u32)>) {
        assert_eq!(self.cells.len(), self.marks.len(), "a mark for each tap");
        let (marks, number) = marks.unzip();
        assert!(marks.as_ref().is_none_or(|marks| marks.len() == best.len()), "a mark for each window");
        let (marks, number) = (marks.unwrap_or_default(), number.unwrap_or_default());
        #[cfg(target_arch = "x86_64")]
        {
            let reach = best.len().next_multiple_of(x86::WIDTH) * self.stride;
            let long = self.cells.iter().all(|tap| tap + reach <= cells.len());
            // SAFETY: the processor has what the kernel set needs; under every tap there are cells for all windows.
            unsafe {
                match Isa::current() {
                    Isa::Avx512 if long && self.stride <= 2 => {
                        return x86::avx512(self, cells, best, marks, number);
                    }
                    Isa::Avx2 if long && self.stride <= 2 => {
                        return x86::avx2(self, cells, best, marks, number);
                    }
                    _ => {}
                }
            }
        }
        vectorized(
            #[inline(always)]
            || self.plain(cells, best, marks, number),
        );
    }

    #[inline(always)]
    fn plain(&self, cells: &[f32], best: &mut [f32], marks: &mut [u32], number: u32) {
        best.fill(f32::NEG_INFINITY);
        for (&tap, &mark) in self.cells.iter().zip(&self.marks) {
            for (w, best) in best.iter_mut().enumerate() {
                let cell = cells[tap + w * self.stride];
                if (cell > *best) | cell.is_nan() {
                    *best = cell;
                    if let Some(own) = marks.get_mut(w) {
                        *own = number.wrapping_add((w * self.stride) as u32).wrapping_add(mark);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_kernel_finds_what_the_plain_one_does(
            stride in 1usize..4, windows in 1usize..50, taps in 1usize..10, slack in 0usize..64, seed in 0u64..1000,
        ) {
            let noise = inscape_testkit::noise(seed, 300);
            let few = |v: &f32| match v {
                ..-0.9 => f32::NEG_INFINITY,
                0.98.. => f32::NAN,
                v => (v * 3.0).round(),
            };
            let cells: Vec<usize> = (0..taps).map(|t| (t * 7 + seed as usize) % 30).collect();
            let taps = Taps { stride, marks: (3..).take(taps).collect(), cells };
            let most = taps.cells.iter().max().copied().unwrap_or(0);
            let cells: Vec<f32> = noise.iter().map(few).take(most + (windows - 1) * stride + 1 + slack).collect();
            let (mut best, mut marks) = (vec![0.0; windows], vec![7; windows]);
            taps.greatest(&cells, &mut best, Some((&mut marks, 1000)));
            let mut unmarked = vec![0.0; windows];
            taps.greatest(&cells, &mut unmarked, None);
            let (mut plain, mut plain_marks) = (vec![0.0; windows], vec![7; windows]);
            taps.plain(&cells, &mut plain, &mut plain_marks, 1000);
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!((bits(&best), marks), (bits(&plain), plain_marks));
            prop_assert_eq!(bits(&unmarked), bits(&plain));
        }
    }
}
