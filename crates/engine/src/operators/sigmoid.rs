use inscape_tensor::math::{self, Arithmetic};

use super::curve::{Curve, From, along, operator};
use crate::error::Refusal;
use crate::operator::{Built, Operator, Site};

#[derive(Clone, Copy)]
struct Sigmoid;

impl Curve for Sigmoid {
    const FROM: From = From::Output;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        math::sigmoid_by::<A>(x)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, y: f32) -> f32 {
        y * (1.0 - y)
    }
}

/// y = 1 / (1 + e⁻ˣ).
pub(super) fn sigmoid(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Sigmoid)
}

#[derive(Clone, Copy)]
struct Tanh;

impl Curve for Tanh {
    const FROM: From = From::Output;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        math::tanh(x)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, y: f32) -> f32 {
        1.0 - y * y
    }
}

/// y = tanh x.
pub(super) fn tanh(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Tanh)
}

/// y = min(1, max(0, αx + β)); flat on both sides, also at the corners.
#[derive(Clone, Copy)]
struct HardSigmoid {
    alpha: f32,
    beta: f32,
}

impl Curve for HardSigmoid {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        let line = self.alpha * x + self.beta;
        let above = if line < 0.0 { 0.0 } else { line };
        if above > 1.0 { 1.0 } else { above }
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        let line = self.alpha * x + self.beta;
        if line > 0.0 && line < 1.0 { self.alpha } else { 0.0 }
    }
}

/// y = min(1, max(0, αx + β)), attributes `alpha` (0.2) and `beta` (0.5).
pub(super) fn hard_sigmoid(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, HardSigmoid { alpha: site.float("alpha", 0.2)?, beta: site.float("beta", 0.5)? })
}

#[derive(Clone, Copy)]
struct HardSwish;

impl HardSwish {
    const GATE: HardSigmoid = HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 };
}

impl Curve for HardSwish {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x * HardSwish::GATE.value::<A>(x)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        HardSwish::GATE.value::<A>(x) + x * HardSwish::GATE.slope::<A>(x)
    }
}

/// y = x·min(1, max(0, x/6 + ½)) (Howard et al. 2019).
pub(super) fn hard_swish(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, HardSwish)
}

/// y = x·σ(αx).
#[derive(Clone, Copy)]
struct Swish {
    alpha: f32,
}

impl Curve for Swish {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x * math::sigmoid_by::<A>(self.alpha * x)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        let gate = math::sigmoid_by::<A>(self.alpha * x);
        gate + self.alpha * x * gate * (1.0 - gate)
    }
}

/// y = x·σ(x).
pub(crate) fn gated() -> Box<dyn Operator> {
    operator(Swish { alpha: 1.0 })
}

/// y = x·σ(αx), attribute `alpha` (1) (Ramachandran et al. 2017).
pub(super) fn swish(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Swish { alpha: site.float("alpha", 1.0)? })
}

#[cfg(test)]
mod tests {
    use inscape_testkit::noise;

    use super::super::check::Check;
    use crate::graph::Attribute;

    fn gate(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn values_and_derivatives_are_the_definitions() {
        let x: Vec<f32> = noise(7, 40_000).into_iter().map(|x| 8.0 * x).collect();
        let few = &x[..50];
        let functions: [(&str, fn(f64) -> f64); 5] = [
            ("Sigmoid", gate),
            ("Tanh", f64::tanh),
            ("HardSigmoid", |x| (0.2f32 as f64 * x + 0.5).clamp(0.0, 1.0)),
            ("HardSwish", |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
            ("Swish", |x| x * gate(x)),
        ];
        for (operator, f) in functions {
            let definition = |x: &[Vec<f64>]| x[0].iter().map(|&x| f(x)).collect();
            Check::new(operator, 24).floats(&[2, 25], few.to_vec()).agrees_with(definition);
            Check::new(operator, 24).floats(&[x.len()], x.clone()).agrees_forward(definition);
        }
    }

    #[test]
    fn attributes_are_heeded() {
        let x = noise(8, 20);
        let hard = Check::new("HardSigmoid", 6)
            .attribute("alpha", Attribute::Float(0.75))
            .attribute("beta", Attribute::Float(0.25))
            .floats(&[20], x.clone());
        hard.agrees_with(|x| x[0].iter().map(|x| (0.75 * x + 0.25).clamp(0.0, 1.0)).collect());
        let swish = Check::new("Swish", 24).attribute("alpha", Attribute::Float(2.0)).floats(&[20], x);
        swish.agrees_with(|x| x[0].iter().map(|x| x * gate(2.0 * x)).collect());
    }
}
