use inscape_tensor::{Element, clip_noting, vectorized, where_noted};

use super::broadcast::CHUNK;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Placement, Role, Site, Type};

/// y = min(high, max(low, x)). Its derivative is 1 strictly inside and 0 elsewhere, also at the bounds.
struct Clip {
    len: usize,
    low: f32,
    high: f32,
}

/// The same for integers, without a gradient.
struct ClipIntegers {
    low: i64,
    high: i64,
}

/// Bounds are attributes `min` and `max` before opset 11 and optional constant inputs since.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    if input.element == Element::I64 {
        let low = site.constant_i64s(1)?.and_then(|low| low.first().copied()).unwrap_or(i64::MIN);
        let high = site.constant_i64s(2)?.and_then(|high| high.first().copied()).unwrap_or(i64::MAX);
        let outputs = vec![Type { element: Element::I64, shape: input.shape.to_vec() }];
        return Ok(Built::Kernel { outputs, operator: Box::new(ClipIntegers { low, high }) });
    }
    let bound = |i: usize, name: &str, default: f32| {
        if site.opset() < 11 {
            return site.float(name, default);
        }
        match site.constant_f32s(i)?.as_deref() {
            None => Ok(default),
            Some(&[bound]) => Ok(bound),
            Some(many) => Err(Refusal(format!("bound '{name}' holds {} numbers, not one", many.len()))),
        }
    };
    let low = bound(1, "min", f32::NEG_INFINITY)?;
    let high = bound(2, "max", f32::INFINITY)?;
    let shape = site.shape(0)?;
    Ok(Built::one(shape, Clip { len: shape.iter().product(), low, high }))
}

impl Clip {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        let raised = if x < self.low { self.low } else { x };
        if raised > self.high { self.high } else { raised }
    }
}

impl Operator for Clip {
    fn role(&self) -> Role {
        if self.low == 0.0 { Role::Rectifier } else { Role::Smooth }
    }

    fn keeps(&self) -> Keeps {
        Keeps { words: self.len.div_ceil(32), ..Keeps::default() }
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (saved, pool) = (pass.saved.take(), pass.pool);
        let (source, output) = pass.pair();
        if let Some(words) = saved {
            return clip_noting(pool, [self.low, self.high], source, output, words);
        }
        pool.chunks(output, CHUNK, |i, output| {
            let source = source.map(|source| &source[i * CHUNK..][..output.len()]);
            vectorized(
                #[inline(always)]
                || match source {
                    Some(source) => output.iter_mut().zip(source).for_each(|(y, &x)| *y = self.value(x)),
                    None => output.iter_mut().for_each(|y| *y = self.value(*y)),
                },
            );
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (words, pool) = (pass.saved, pass.pool);
        if let Some((relevance, gradient)) = pass.pair() {
            where_noted(pool, words, relevance, gradient);
        }
    }
}

impl Operator for ClipIntegers {
    fn role(&self) -> Role {
        Role::Smooth
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let Some(source) = pass.inputs[0].map(|view| view.i64s()) else { return };
        for (y, &x) in pass.outputs[0].i64s().iter_mut().zip(source) {
            *y = x.max(self.low).min(self.high);
        }
    }

    fn backward(&self, _: &mut Backward<'_>) {}
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use super::super::check::{Check, numbers};
    use crate::graph::Attribute;
    use crate::operator::{Built, Role};

    fn scalar(value: f32) -> Constant {
        Constant::from_f32s(&[], vec![value])
    }

    #[test]
    fn bounds_come_from_attributes_and_from_inputs() {
        let x: Vec<f32> = noise(3, 40).into_iter().map(|x| 9.0 * x).collect();
        let six = |x: &[Vec<f64>]| x[0].iter().map(|x| x.clamp(0.0, 6.0)).collect();
        let old = Check::new("Clip", 6)
            .attribute("min", Attribute::Float(0.0))
            .attribute("max", Attribute::Float(6.0));
        old.floats(&[5, 8], x.clone()).agrees_with(six);
        let new = Check::new("Clip", 13).floats(&[40], x.clone());
        new.constant(scalar(0.0)).constant(scalar(6.0)).agrees_with(six);
        let above = Check::new("Clip", 13).floats(&[40], x).absent().constant(scalar(1.0));
        above.agrees_with(|x| x[0].iter().map(|x| x.min(1.0)).collect());
    }

    #[test]
    fn relevance_passes_strictly_inside_only() {
        let x = vec![-1.0, 0.0, 3.0, 6.0, 7.0];
        let check = Check::new("Clip", 13).floats(&[5], x).constant(scalar(0.0)).constant(scalar(6.0));
        assert_eq!(check.gradients(&[vec![1.0; 5]])[0], Some(vec![0.0, 0.0, 1.0, 0.0, 0.0]));
        let Ok(Built::Kernel { operator, .. }) = check.build() else { panic!() };
        assert_eq!(operator.role(), Role::Rectifier);
    }

    #[test]
    fn integers_are_clipped_and_bounds_must_be_known() {
        let ints = |values: &[i64], shape: &[usize]| Constant::from_i64s(shape, values.to_vec());
        let check = Check::new("Clip", 13).constant(ints(&[-5, 2, 9], &[3])).constant(ints(&[0], &[]));
        assert_eq!(numbers(&check.run()[0]), [0.0, 2.0, 9.0]);
        let free = Check::new("Clip", 13).floats(&[1], vec![0.0]).floats(&[], vec![0.0]);
        assert!(free.refusal().contains("input 1"));
    }
}
