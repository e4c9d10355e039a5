use inscape_tensor::math::{self, Arithmetic, Separate};
use inscape_tensor::{Constant, Element};

use super::arithmetic::floats;
use super::binary::Function;
use super::broadcast::{Broadcast, common_shape};
use super::curve::{Curve, From, along};
use super::discrete::{integers, pairwise, refuse_zeros};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site};

/// A^B. A constant exponent of one number may be an integer.
pub(super) fn pow(site: &Site<'_>) -> Result<Built, Refusal> {
    let (base, exponent) = (site.required(0)?, site.required(1)?);
    match (base.element, exponent.constant.and_then(single_number)) {
        (Element::I64, _) if exponent.element == Element::F32 => pairwise(site, truncated_power),
        (Element::I64, _) => integers(site, integer_power),
        (Element::F32, Some(exponent_value))
            if common_shape(&[base.shape, exponent.shape])? == base.shape =>
        {
            match exponent_value {
                2.0 => along(site, Square),
                _ => along(site, Power { exponent: exponent_value }),
            }
        }
        (Element::F32, _) if exponent.element == Element::I64 => whole_powers(site),
        _ => floats(site, GeneralPower, [Role::Product, Role::Smooth, Role::Smooth], None),
    }
}

fn single_number(constant: &Constant) -> Option<f32> {
    match constant.element() {
        Element::F32 => match constant.decoded().f32s().as_deref() {
            Some(&[value]) => Some(value),
            _ => None,
        },
        _ => match constant.decoded().i64s() {
            Some(&[value]) => Some(value as f32),
            _ => None,
        },
    }
}

/// The power of an integer by a float, without what follows the point.
fn truncated_power(base: i64, exponent: f32) -> i64 {
    libm::pow(base as f64, exponent.into()) as i64
}

/// A float to integer powers that are known beforehand.
fn whole_powers(site: &Site<'_>) -> Result<Built, Refusal> {
    let (base, exponent) = (site.shape(0)?, site.required(1)?.shape);
    let exponents = site.constant_i64s(1)?.unwrap_or_default();
    let shape = common_shape(&[base, exponent])?;
    let lineup = Broadcast::new(&shape, [base, exponent]);
    Ok(Built::one(
        shape,
        WholePowers { exponents: exponents.into_iter().map(|e| e as f32).collect(), lineup },
    ))
}

struct WholePowers {
    exponents: Vec<f32>,
    lineup: Broadcast<2>,
}

impl WholePowers {
    /// Each base of a stretch with its exponent.
    fn pairs<'p>(&'p self, bases: &'p [f32], starts: [usize; 2]) -> impl Iterator<Item = (f32, f32)> + 'p {
        let [a, b] = [0, 1].map(|operand| usize::from(!self.lineup.still(operand)));
        (0..).map(move |i| (bases[starts[0] + i * a], self.exponents[starts[1] + i * b]))
    }
}

impl Operator for WholePowers {
    fn role(&self) -> Role {
        Role::Smooth
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: 1, ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (bases, pool) = (pass.input(0), pass.pool);
        self.lineup.each(pass.output(0), pool, |cells, _, starts| {
            cells.iter_mut().zip(self.pairs(bases, starts)).for_each(|(y, (a, e))| *y = raised(a, e));
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (bases, pool) = (pass.input(0), pass.pool);
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        self.lineup.sum_back(0, gradient, pool, &|cells, part, starts| {
            for ((to, r), (a, e)) in cells.iter_mut().zip(&relevance[part]).zip(self.pairs(bases, starts)) {
                *to = r * Power { exponent: e }.slope::<Separate>(a);
            }
        });
    }
}

/// Wraps around; a negative exponent leaves what is truncated toward zero.
fn integer_power(base: i64, exponent: i64) -> i64 {
    match u32::try_from(exponent) {
        Ok(exponent) => base.wrapping_pow(exponent),
        Err(_) if exponent > 0 => base.wrapping_pow((exponent % 2) as u32 + 64),
        Err(_) => match base {
            1 => 1,
            -1 => 1 - 2 * (exponent & 1),
            _ => 0,
        },
    }
}

#[derive(Clone, Copy)]
struct Square;

impl Curve for Square {
    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        x * x
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        2.0 * x
    }
}

#[derive(Clone, Copy)]
struct Power {
    exponent: f32,
}

impl Curve for Power {
    const FROM: From = From::Input;

    #[inline(always)]
    fn value<A: Arithmetic>(self, x: f32) -> f32 {
        raised(x, self.exponent)
    }

    #[inline(always)]
    fn slope<A: Arithmetic>(self, x: f32) -> f32 {
        if self.exponent == 0.0 { 0.0 } else { self.exponent * raised(x, self.exponent - 1.0) }
    }
}

/// x^e, by plain arithmetic for the exponents that networks use.
#[inline(always)]
fn raised(x: f32, exponent: f32) -> f32 {
    match exponent {
        -1.0 => 1.0 / x,
        -0.5 => 1.0 / x.sqrt(),
        0.5 => x.sqrt(),
        1.0 => x,
        2.0 => x * x,
        3.0 => x * x * x,
        _ => libm::powf(x, exponent),
    }
}

#[derive(Clone, Copy)]
struct GeneralPower;

impl Function for GeneralPower {
    const BY_A_READS: u32 = 0b11;
    const BY_B_READS: u32 = 0b11;

    #[inline(always)]
    fn value(self, a: f32, b: f32) -> f32 {
        libm::powf(a, b)
    }

    #[inline(always)]
    fn by_a(self, a: f32, b: f32) -> f32 {
        if b == 0.0 { 0.0 } else { b * libm::powf(a, b - 1.0) }
    }

    #[inline(always)]
    fn by_b(self, a: f32, b: f32) -> f32 {
        if a == 0.0 && b >= 0.0 { 0.0 } else { libm::powf(a, b) * math::ln(a) }
    }
}

#[derive(Clone, Copy)]
struct Remainder;

impl Function for Remainder {
    const BY_A_READS: u32 = 0;
    const BY_B_READS: u32 = 0b11;

    #[inline(always)]
    fn value(self, a: f32, b: f32) -> f32 {
        a % b
    }

    #[inline(always)]
    fn by_a(self, _: f32, _: f32) -> f32 {
        1.0
    }

    #[inline(always)]
    fn by_b(self, a: f32, b: f32) -> f32 {
        -(a / b).trunc()
    }
}

/// The remainder of A / B: with the sign of A where attribute `fmod` (0) is 1, which floats ask for, else with that of B.
pub(super) fn modulo(site: &Site<'_>) -> Result<Built, Refusal> {
    let fmod = site.flag("fmod", false)?;
    if site.required(0)?.element == Element::I64 {
        refuse_zeros(site, 1)?;
        return match fmod {
            true => integers(site, |a, b| a.checked_rem(b).unwrap_or(0)),
            false => integers(site, |a, b| match a.checked_rem(b).unwrap_or(0) {
                rest if rest != 0 && (rest < 0) != (b < 0) => rest + b,
                rest => rest,
            }),
        };
    }
    if !fmod {
        return Err(Refusal("floats need attribute 'fmod' = 1".into()));
    }
    floats(site, Remainder, [Role::Product, Role::Smooth, Role::Smooth], None)
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use super::super::check::Check;
    use crate::graph::Attribute;

    fn positive(seed: u64, n: usize) -> Vec<f32> {
        noise(seed, n).into_iter().map(|x| x + 1.5).collect()
    }

    fn ints(values: &[i64]) -> Constant {
        Constant::from_i64s(&[values.len()], values.to_vec())
    }

    #[test]
    fn powers_are_the_definitions() {
        for exponent in [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 2.7] {
            let check = Check::new("Pow", 15).floats(&[20], positive(1, 20));
            let check = check.constant(Constant::from_f32s(&[], vec![exponent]));
            check.agrees_with(|x| x[0].iter().map(|x| x.powf(exponent.into())).collect());
        }
        let both = Check::new("Pow", 15).floats(&[4, 5], positive(1, 20)).floats(&[4, 1], noise(2, 4));
        both.agrees_with(|x| x[0].iter().enumerate().map(|(i, a)| a.powf(x[1][i / 5])).collect());
        let whole = Check::new("Pow", 15).floats(&[20], noise(3, 20)).constant(ints(&[3]));
        whole.agrees_with(|x| x[0].iter().map(|x| x.powi(3)).collect());
    }

    #[test]
    fn kinds_may_mix() {
        let table = Check::new("Pow", 15).floats(&[4, 5], positive(5, 20)).constant(ints(&[2, -1, 0, 3, 5]));
        table.agrees_with(|x| x[0].iter().enumerate().map(|(i, a)| a.powf(x[1][i % 5])).collect());
        let wider = Check::new("Pow", 15).floats(&[1], vec![1.5]).constant(ints(&[2, -1]));
        wider.agrees_with(|x| x[1].iter().map(|&e| x[0][0].powf(e)).collect());
        let floats = Constant::from_f32s(&[3], [0.5, 2.0, -1.0]);
        let y = Check::new("Pow", 15).constant(ints(&[10, 3, 2])).constant(floats).run();
        assert_eq!(y[0].i64s().unwrap(), [3, 9, 0]);
    }

    #[test]
    fn integer_powers_never_overflow() {
        let base = ints(&[2, 3, -1, 2, 0, 1]);
        let exponent = ints(&[10, -1, -3, i64::MAX, i64::MAX, i64::MIN]);
        let y = Check::new("Pow", 15).constant(base).constant(exponent).run();
        assert_eq!(y[0].i64s().unwrap(), [1024, 0, -1, 0, 0, 1]);
    }

    #[test]
    fn remainders_take_the_sign_that_fmod_says() {
        let run = |fmod| {
            let check = Check::new("Mod", 13).attribute("fmod", Attribute::Int(fmod));
            let check = check.constant(ints(&[7, -7, 7, -7])).constant(ints(&[3, 3, -3, -3]));
            check.run()[0].i64s().unwrap().to_vec()
        };
        assert_eq!(run(0), [1, 2, -2, -1]);
        assert_eq!(run(1), [1, -1, 1, -1]);
        let floats = || Check::new("Mod", 13).floats(&[3], vec![5.3, -5.3, 4.4]).floats(&[], vec![2.1]);
        let fmod = floats().attribute("fmod", Attribute::Int(1));
        fmod.agrees_with(|x| x[0].iter().map(|a| a % x[1][0]).collect());
        assert!(floats().refusal().contains("fmod"));
        assert!(Check::new("Mod", 13).constant(ints(&[1])).constant(ints(&[0])).refusal().contains("zero"));
    }
}
