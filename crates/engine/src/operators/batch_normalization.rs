use inscape_tensor::{count, vectorized};

use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Linear, Operator, Placement, Reach, Role, Site};

/// y = scale·x + shift per channel (axis 1), with the statistics of training folded in:
/// scale = γ / √(variance + ε), shift = β − mean·scale (Ioffe–Szegedy 2015).
struct BatchNormalization {
    scale: Vec<f32>,
    shift: Vec<f32>,
    /// Cells of a plane.
    cells: usize,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    if site.flag("training_mode", false)? {
        return Err(Refusal("training_mode=1: export the model in inference mode".into()));
    }
    if site.opset() < 9 && !site.flag("spatial", true)? {
        return Err(Refusal("spatial=0 (statistics per cell) is not supported".into()));
    }
    let statistics = site.node.outputs.iter().skip(1).any(Option::is_some);
    if statistics {
        return Err(Refusal("the running statistics are outputs of training only".into()));
    }
    let channels = if shape.len() == 1 {
        1
    } else {
        *shape.get(1).ok_or_else(|| Refusal("input 0 is a scalar".into()))?
    };
    let cells = count(shape.get(2..).unwrap_or(&[]))
        .ok_or_else(|| Refusal(format!("shape {shape:?} is too large")))?;
    let operand = |i: usize, name: &str| match site.constant_f32s(i)? {
        Some(values) if values.len() == channels => Ok(values),
        Some(values) => Err(Refusal(format!("{name} has {} numbers for {channels} channels", values.len()))),
        None => Err(Refusal(format!("{name} is missing"))),
    };
    let (gamma, beta) = (operand(1, "scale")?, operand(2, "B")?);
    let (mean, variance) = (operand(3, "mean")?, operand(4, "var")?);
    let epsilon = f64::from(site.float("epsilon", 1e-5)?);
    let scales: Vec<f64> =
        gamma.iter().zip(&variance).map(|(&g, &v)| f64::from(g) / (f64::from(v) + epsilon).sqrt()).collect();
    let shift = |((&b, &m), &s): ((&f32, &f32), &f64)| (f64::from(b) - f64::from(m) * s) as f32;
    let shift = beta.iter().zip(&mean).zip(&scales).map(shift).collect();
    let scale = scales.iter().map(|&s| s as f32).collect();
    Ok(Built::one(shape, BatchNormalization { scale, shift, cells }))
}

impl BatchNormalization {
    /// Calls `work` with each plane of `data` and the number of its channel.
    fn planes(
        &self,
        pool: &inscape_tensor::Pool,
        data: &mut [f32],
        work: impl Fn(usize, usize, &mut [f32]) + Sync + Send,
    ) {
        if self.cells == 0 {
            return;
        }
        let share = (1 << 16) / self.cells + 1;
        pool.chunks(data, share * self.cells, |i, data| {
            for (j, plane) in data.chunks_mut(self.cells).enumerate() {
                let number = i * share + j;
                work(number, number % self.scale.len(), plane);
            }
        });
    }
}

impl Operator for BatchNormalization {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let pool = pass.pool;
        let (source, output) = pass.pair();
        self.planes(pool, output, |number, channel, plane| {
            let (scale, shift) = (self.scale[channel], self.shift[channel]);
            vectorized(
                #[inline(always)]
                || match source {
                    Some(source) => {
                        for (y, &x) in plane.iter_mut().zip(&source[number * self.cells..]) {
                            *y = x * scale + shift;
                        }
                    }
                    None => plane.iter_mut().for_each(|y| *y = *y * scale + shift),
                },
            );
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let Some((relevance, gradient)) = pass.pair() else { return };
        self.planes(pool, gradient, |number, channel, plane| {
            let scale = self.scale[channel];
            vectorized(
                #[inline(always)]
                || match relevance {
                    Some(relevance) => {
                        for (g, &r) in plane.iter_mut().zip(&relevance[number * self.cells..]) {
                            *g = r * scale;
                        }
                    }
                    None => plane.iter_mut().for_each(|g| *g *= scale),
                },
            );
        });
    }

    fn linear(&mut self) -> Option<&mut dyn Linear> {
        Some(self)
    }
}

impl Linear for BatchNormalization {
    fn affine(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        Some((self.scale.clone(), self.shift.clone()))
    }

    fn absorb(&mut self, scale: &[f32], shift: &[f32]) -> bool {
        if scale.len() != self.scale.len() || shift.len() != self.shift.len() {
            return false;
        }
        for (((s, b), scale), shift) in self.scale.iter_mut().zip(&mut self.shift).zip(scale).zip(shift) {
            *b = *b * scale + shift;
            *s *= scale;
        }
        true
    }

    fn reweight(&mut self, change: &dyn Fn(f32) -> f32) -> bool {
        self.scale.iter_mut().for_each(|s| *s = change(*s));
        self.shift.fill(0.0);
        true
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::{assert_close, noise};

    use crate::operators::check::Check;

    fn channels(seed: u64) -> Vec<f32> {
        noise(seed, 3)
    }

    fn check(shape: &[usize]) -> Check {
        let variance: Vec<f32> = channels(4).iter().map(|v| v * v + 0.1).collect();
        let known = |values: Vec<f32>| Constant::from_f32s(&[3], values);
        Check::new("BatchNormalization", 15)
            .float("epsilon", 0.01)
            .noisy(shape)
            .constant(known(channels(1)))
            .constant(known(channels(2)))
            .constant(known(channels(3)))
            .constant(known(variance))
    }

    #[test]
    fn is_the_definition() {
        for shape in [&[2, 3, 4, 5][..], &[2, 3], &[2, 3, 7]] {
            let cells: usize = shape[2..].iter().product();
            check(shape).agrees_with(|x| {
                let of = |seed: u64, c: usize| f64::from(channels(seed)[c]);
                x[0].iter()
                    .enumerate()
                    .map(|(i, x)| {
                        let c = i / cells % 3;
                        let variance = f64::from(channels(4)[c] * channels(4)[c] + 0.1);
                        of(1, c) * (x - of(3, c)) / (variance + f64::from(0.01f32)).sqrt() + of(2, c)
                    })
                    .collect()
            });
        }
    }

    #[test]
    fn takes_in_another_scale_and_shift() {
        use crate::operator::Linear;
        let mut first = super::BatchNormalization { scale: vec![2.0, -3.0], shift: vec![1.0, 5.0], cells: 1 };
        assert!(first.absorb(&[0.5, 2.0], &[7.0, 1.0]));
        let (scale, shift) = first.affine().unwrap();
        assert_close(&scale, &[1.0, -6.0], 0.0);
        assert_close(&shift, &[7.5, 11.0], 0.0);
        assert!(!first.absorb(&[1.0], &[1.0]));
    }

    #[test]
    fn training_and_wrong_sizes_are_refused() {
        assert!(check(&[2, 3, 4]).int("training_mode", 1).refusal().contains("training_mode"));
        assert!(check(&[2, 4, 4]).refusal().contains("4 channels"));
        assert!(Check::new("BatchNormalization", 9).noisy(&[1, 3]).refusal().contains("scale is missing"));
    }
}
