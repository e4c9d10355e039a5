use super::Depthwise;
use super::plane::Plane;
use crate::lanes::{Lane, Lanes, Work};

/// Some planes of a depthwise convolution, from plane `first` on.
pub(super) struct Sums<'a> {
    pub(super) of: &'a Depthwise,
    pub(super) first: usize,
    pub(super) source: &'a [f32],
    pub(super) target: &'a mut [f32],
}

/// Rows of sums side by side where there are registers for them; those of most networks' planes are a multiple.
pub(super) const MANY: usize = 7;
/// Rows of sums side by side where there are sixteen registers.
const FEW: usize = 4;

impl Work for Sums<'_> {
    #[inline(always)]
    unsafe fn run<L: Lane>(self) {
        // SAFETY: the caller's.
        unsafe {
            if L::ROWS < MANY {
                self.compute::<L, FEW>();
            } else if self.of.columns.across() <= L::Less::WIDTH {
                // half a register wastes less on narrow planes
                self.compute::<L::Less, MANY>();
            } else {
                self.compute::<L, MANY>();
            }
        }
    }
}

impl Sums<'_> {
    #[inline(always)]
    unsafe fn compute<L: Lane, const SIDE: usize>(self) {
        let Sums { of, first, source, target } = self;
        let [from, to] = of.planes;
        assert_eq!(source.len(), target.len() / to * from, "a plane for each");
        for (i, target) in target.chunks_exact_mut(to).enumerate() {
            let channel = (first + i) % of.channels;
            for rows in &of.rows {
                let taps = rows.weights.len() / of.channels;
                let plane = Plane {
                    columns: &of.columns,
                    rows,
                    weights: &rows.weights[channel * taps..][..taps],
                    bias: of.bias[channel],
                    source: &source[i * from..][..from],
                };
                // SAFETY: the processor by the caller.
                unsafe { plane.write::<L, SIDE>(target) };
            }
        }
    }
}
