use inscape_tensor::math::{self, Arithmetic};

use super::arithmetic::floats_of;
use super::binary::Function;
use super::curve::{Curve, From, along};
use crate::error::Refusal;
use crate::operator::{Built, Role, Site};

/// y = x above 0, αx elsewhere. Its derivative at 0 is α.
#[derive(Clone, Copy)]
struct LeakyRelu {
    alpha: f32,
}

impl Curve for LeakyRelu {
    const ROLE: Role = Role::Rectifier;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        if x > 0.0 { x } else { self.alpha * x }
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        if x > 0.0 { 1.0 } else { self.alpha }
    }
}

/// y = max(x, 0) + α·min(x, 0), attribute `alpha` (0.01) (Maas et al. 2013).
pub(super) fn leaky_relu(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, LeakyRelu { alpha: site.float("alpha", 0.01)? })
}

/// The same with slopes from an array.
#[derive(Clone, Copy)]
struct PRelu;

impl Function for PRelu {
    const BY_A_READS: u32 = 0b11;
    const BY_B_READS: u32 = 0b01;

    #[inline(always)]
    fn value(self, x: f32, slope: f32) -> f32 {
        if x > 0.0 { x } else { slope * x }
    }

    #[inline(always)]
    fn by_a(self, x: f32, slope: f32) -> f32 {
        if x > 0.0 { 1.0 } else { slope }
    }

    #[inline(always)]
    fn by_b(self, x: f32, _: f32) -> f32 {
        if x > 0.0 { 0.0 } else { x }
    }
}

/// y = max(x, 0) + s·min(x, 0) with slopes s that broadcast to x (He et al. 2015); before opset 7 one per channel.
pub(super) fn prelu(site: &Site<'_>) -> Result<Built, Refusal> {
    let (x, slope) = (site.shape(0)?, site.shape(1)?);
    let mut aligned = slope.to_vec();
    if site.opset() < 7 && slope.len() == 1 && slope[0] != 1 {
        aligned.extend(std::iter::repeat_n(1, x.len().saturating_sub(2)));
    }
    if inscape_tensor::broadcast(x, &aligned).as_deref() != Some(x) {
        return Err(Refusal(format!("slopes of shape {slope:?} do not broadcast to {x:?}")));
    }
    floats_of(site, [x.to_vec(), aligned], PRelu, [Role::Product, Role::Rectifier, Role::Smooth], None)
}

#[derive(Clone, Copy)]
struct ThresholdedRelu {
    alpha: f32,
}

impl Curve for ThresholdedRelu {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        if x <= self.alpha { 0.0 } else { x }
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        if x > self.alpha { 1.0 } else { 0.0 }
    }
}

/// y = x above α, 0 elsewhere, attribute `alpha` (1) (Konda et al. 2014).
pub(super) fn thresholded_relu(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, ThresholdedRelu { alpha: site.float("alpha", 1.0)? })
}

/// y = γx above 0, γα(e^(x/β) − 1) elsewhere.
#[derive(Clone, Copy)]
struct Exponential {
    alpha: f32,
    beta: f32,
    gamma: f32,
}

impl Curve for Exponential {
    const FROM: From = From::Input;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        let below = self.alpha * math::exp_m1(x / self.beta);
        self.gamma * if x > 0.0 { x } else { below }
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        let below = self.alpha / self.beta * math::exp(x / self.beta);
        self.gamma * if x > 0.0 { 1.0 } else { below }
    }
}

/// y = x above 0, α(eˣ − 1) elsewhere, attribute `alpha` (1) (Clevert et al. 2016).
pub(super) fn elu(site: &Site<'_>) -> Result<Built, Refusal> {
    along(site, Exponential { alpha: site.float("alpha", 1.0)?, beta: 1.0, gamma: 1.0 })
}

/// y = x above 0, α(e^(x/α) − 1) elsewhere, attribute `alpha` (1) (Barron 2017).
pub(super) fn celu(site: &Site<'_>) -> Result<Built, Refusal> {
    let alpha = site.float("alpha", 1.0)?;
    along(site, Exponential { alpha, beta: alpha, gamma: 1.0 })
}

/// y = γ times Elu, attributes `alpha` (1.67326…) and `gamma` (1.05070…) (Klambauer et al. 2017).
pub(super) fn selu(site: &Site<'_>) -> Result<Built, Refusal> {
    let alpha = site.float("alpha", 1.673_263_2)?;
    along(site, Exponential { alpha, beta: 1.0, gamma: site.float("gamma", 1.050_701)? })
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use super::super::check::Check;
    use crate::graph::Attribute;
    use crate::operator::{Built, Role};

    #[test]
    fn values_and_derivatives_are_the_definitions() {
        let functions: [(&str, f32, fn(f64, f64) -> f64); 6] = [
            ("LeakyRelu", 0.25, |x, a| if x > 0.0 { x } else { a * x }),
            ("ThresholdedRelu", 0.5, |x, a| if x > a { x } else { 0.0 }),
            ("Elu", 1.5, |x, a| if x > 0.0 { x } else { a * x.exp_m1() }),
            ("Elu", 1.0, |x, a| if x > 0.0 { x } else { a * x.exp_m1() }),
            ("Celu", 0.5, |x, a| if x > 0.0 { x } else { a * (x / a).exp_m1() }),
            ("Selu", 1.75, |x, a| 1.0507010221481323 * if x > 0.0 { x } else { a * x.exp_m1() }),
        ];
        for (operator, alpha, f) in functions {
            let x = noise(11, 60).into_iter().map(|x| 5.0 * x).collect();
            let check = Check::new(operator, 22).attribute("alpha", Attribute::Float(alpha)).floats(&[60], x);
            check.agrees_with(|x| x[0].iter().map(|&x| f(x, alpha.into())).collect());
        }
    }

    #[test]
    fn slopes_may_be_constant_or_computed() {
        let slopes = Constant::from_f32s(&[3, 1], vec![0.1, 0.2, -0.3]);
        let definition = |x: &[Vec<f64>]| {
            let slope = |i: usize| x[1][i / 5 % 3];
            x[0].iter().enumerate().map(|(i, &x)| if x > 0.0 { x } else { slope(i) * x }).collect()
        };
        let new = || Check::new("PRelu", 16).floats(&[2, 3, 5], noise(5, 30));
        new().constant(slopes.clone()).agrees_with(definition);
        new().run_time(slopes.clone()).agrees_with(definition);
        let old = Check::new("PRelu", 6).floats(&[2, 3, 5], noise(5, 30)).constant(slopes.reshaped(&[3]));
        old.agrees_with(definition);
        let Ok(Built::Kernel { operator, .. }) = old.build() else { panic!() };
        assert_eq!(operator.role(), Role::Rectifier);
        let wide = Check::new("PRelu", 16).floats(&[3], noise(5, 3)).constant(slopes);
        assert!(wide.refusal().contains("[3, 1]"));
    }
}
