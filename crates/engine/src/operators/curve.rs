use inscape_tensor::math::{Arithmetic, Fused, Separate, fuses};
use inscape_tensor::{soon, vectorized};

use super::broadcast::CHUNK;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Placement, Role, Site};

/// A function of one number and its derivative.
///
/// Loops over it are written as `for`: what is handed to an iterator's method is compiled apart, without the vectors in use.
pub(super) trait Curve: Copy + Send + Sync + 'static {
    /// What the derivative is computed from.
    const FROM: From = From::Input;
    const ROLE: Role = Role::Smooth;

    fn value<A: Arithmetic>(self, x: f32) -> f32;

    /// The derivative at x, computed from what [`Curve::FROM`] says.
    fn slope<A: Arithmetic>(self, at: f32) -> f32;
}

/// What a derivative is computed from: x, y = f(x), or nothing, as it is constant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Input,
    Output,
    Nothing,
}

/// Floats of a cache line, and how far ahead the lines are asked for.
const LINE: usize = 16;
const AHEAD: usize = 40 * LINE;

/// y = f(x), cell by cell.
struct Along<C>(C);

/// A function of one float at a time, whatever stands there.
pub(super) fn operator(curve: impl Curve) -> Box<dyn Operator> {
    Box::new(Along(curve))
}

/// Builds a function of one float at a time.
pub(super) fn along<C: Curve>(site: &Site<'_>, curve: C) -> Result<Built, Refusal> {
    Ok(Built::one(site.shape(0)?, Along(curve)))
}

impl<C: Curve> Operator for Along<C> {
    fn role(&self) -> Role {
        C::ROLE
    }

    fn keeps(&self) -> Keeps {
        match C::FROM {
            From::Input => Keeps { inputs: 1, ..Keeps::default() },
            From::Output => Keeps { outputs: 1, ..Keeps::default() },
            From::Nothing => Keeps::default(),
        }
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let pool = pass.pool;
        let (source, output) = pass.pair();
        pool.chunks(output, CHUNK, |i, output| {
            let source = source.map(|source| &source[i * CHUNK..][..output.len()]);
            vectorized(
                #[inline(always)]
                || match fuses() {
                    true => self.values::<Fused>(source, output),
                    false => self.values::<Separate>(source, output),
                },
            );
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let kept = match C::FROM {
            From::Input => Some(pass.input(0)),
            From::Output => Some(pass.output(0)),
            From::Nothing => None,
        };
        let Some((relevance, gradient)) = pass.pair() else { return };
        pool.chunks(gradient, CHUNK, |i, gradient| {
            let part = i * CHUNK..i * CHUNK + gradient.len();
            let relevance = relevance.map(|relevance| &relevance[part.clone()]);
            let kept = kept.map(|kept| &kept[part]);
            vectorized(
                #[inline(always)]
                || match fuses() {
                    true => self.gradients::<Fused>(relevance, kept, gradient),
                    false => self.gradients::<Separate>(relevance, kept, gradient),
                },
            );
        });
    }
}

impl<C: Curve> Along<C> {
    #[inline(always)]
    fn values<A: Arithmetic>(&self, source: Option<&[f32]>, output: &mut [f32]) {
        match source {
            Some(source) => {
                let (lines, rest) = output.as_chunks_mut::<LINE>();
                let (sources, last) = source.as_chunks::<LINE>();
                for (output, source) in lines.iter_mut().zip(sources) {
                    soon(source, AHEAD);
                    soon(output, AHEAD);
                    for i in 0..LINE {
                        output[i] = self.0.value::<A>(source[i]);
                    }
                }
                for (y, &x) in rest.iter_mut().zip(last) {
                    *y = self.0.value::<A>(x);
                }
            }
            None => {
                for y in output {
                    *y = self.0.value::<A>(*y);
                }
            }
        }
    }

    #[inline(always)]
    fn gradients<A: Arithmetic>(
        &self,
        relevance: Option<&[f32]>,
        kept: Option<&[f32]>,
        gradient: &mut [f32],
    ) {
        let Some(kept) = kept else {
            let slope = self.0.slope::<A>(0.0);
            match relevance {
                Some(r) => {
                    for (g, &r) in gradient.iter_mut().zip(r) {
                        *g = r * slope;
                    }
                }
                None => {
                    for g in gradient {
                        *g *= slope;
                    }
                }
            }
            return;
        };
        if let Some(relevance) = relevance {
            gradient.copy_from_slice(relevance);
        }
        let (lines, rest) = gradient.as_chunks_mut::<LINE>();
        let (kept, last) = kept.as_chunks::<LINE>();
        for (gradient, kept) in lines.iter_mut().zip(kept) {
            soon(kept, AHEAD);
            soon(gradient, AHEAD);
            for i in 0..LINE {
                gradient[i] *= self.0.slope::<A>(kept[i]);
            }
        }
        for (g, &at) in rest.iter_mut().zip(last) {
            *g *= self.0.slope::<A>(at);
        }
    }
}
