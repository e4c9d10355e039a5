use inscape_tensor::{Constant, Element};

use super::binary::{Binary, Function};
use super::broadcast::{Broadcast, common_shape, strides_under};
use super::discrete::{integers, refuse_zeros};
use crate::error::Refusal;
use crate::operator::{Built, Role, Site};

#[derive(Clone, Copy)]
struct Add;

impl Function for Add {
    const BY_A_READS: u32 = 0;
    const BY_B_READS: u32 = 0;

    #[inline(always)]
    fn value(self, a: f32, b: f32) -> f32 {
        a + b
    }

    #[inline(always)]
    fn by_a(self, _: f32, _: f32) -> f32 {
        1.0
    }

    #[inline(always)]
    fn by_b(self, _: f32, _: f32) -> f32 {
        1.0
    }
}

#[derive(Clone, Copy)]
struct Sub;

impl Function for Sub {
    const BY_A_READS: u32 = 0;
    const BY_B_READS: u32 = 0;

    #[inline(always)]
    fn value(self, a: f32, b: f32) -> f32 {
        a - b
    }

    #[inline(always)]
    fn by_a(self, _: f32, _: f32) -> f32 {
        1.0
    }

    #[inline(always)]
    fn by_b(self, _: f32, _: f32) -> f32 {
        -1.0
    }
}

#[derive(Clone, Copy)]
struct Mul;

impl Function for Mul {
    const BY_A_READS: u32 = 0b10;
    const BY_B_READS: u32 = 0b01;

    #[inline(always)]
    fn value(self, a: f32, b: f32) -> f32 {
        a * b
    }

    #[inline(always)]
    fn by_a(self, _: f32, b: f32) -> f32 {
        b
    }

    #[inline(always)]
    fn by_b(self, a: f32, _: f32) -> f32 {
        a
    }
}

#[derive(Clone, Copy)]
struct Div;

impl Function for Div {
    const BY_A_READS: u32 = 0b10;
    const BY_B_READS: u32 = 0b11;

    #[inline(always)]
    fn value(self, a: f32, b: f32) -> f32 {
        a / b
    }

    #[inline(always)]
    fn by_a(self, _: f32, b: f32) -> f32 {
        1.0 / b
    }

    #[inline(always)]
    fn by_b(self, a: f32, b: f32) -> f32 {
        -a / (b * b)
    }
}

/// A + B.
pub(super) fn add(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        return integers(site, i64::wrapping_add);
    }
    floats(site, Add, [Role::Sum; 3], Some(|channel| (1.0, channel)))
}

/// A − B.
pub(super) fn sub(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        return integers(site, i64::wrapping_sub);
    }
    floats(site, Sub, [Role::Sum; 3], Some(|channel| (1.0, -channel)))
}

/// A · B.
pub(super) fn mul(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        return integers(site, i64::wrapping_mul);
    }
    floats(site, Mul, [Role::Product, Role::Linear, Role::Linear], Some(|channel| (channel, 0.0)))
}

/// A / B; integers are truncated toward zero.
pub(super) fn div(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        refuse_zeros(site, 1)?;
        return integers(site, |a, b| if b == 0 { 0 } else { a.wrapping_div(b) });
    }
    floats(site, Div, [Role::Product, Role::Linear, Role::Smooth], Some(|channel| (1.0 / channel, 0.0)))
}

/// Builds a function of two float arrays. The roles are for two run-time operands, for a constant second, and for a
/// constant first; `affine` gives scale and shift where the second is a constant number of a channel.
pub(super) fn floats<F: Function>(
    site: &Site<'_>,
    function: F,
    roles: [Role; 3],
    affine: Option<fn(f32) -> (f32, f32)>,
) -> Result<Built, Refusal> {
    floats_of(site, shapes(site)?, function, roles, affine)
}

/// The same for shapes that are not the operands' own.
pub(super) fn floats_of<F: Function>(
    site: &Site<'_>,
    shapes: [Vec<usize>; 2],
    function: F,
    roles: [Role; 3],
    affine: Option<fn(f32) -> (f32, f32)>,
) -> Result<Built, Refusal> {
    site.shape(0)?;
    site.shape(1)?;
    let [a, b] = [&shapes[0][..], &shapes[1][..]];
    let output = common_shape(&[a, b])?;
    let known = [site.required(0)?.constant, site.required(1)?.constant];
    let free = known.map(|constant| constant.is_none());
    let role = match free {
        [true, false] => roles[1],
        [false, true] => roles[2],
        _ => roles[0],
    };
    let channels = match known {
        [None, Some(constant)] if output == a => per_channel(&output, b, constant),
        _ => None,
    };
    let affine = affine.zip(channels).map(|(of, channels)| channels.into_iter().map(of).unzip());
    let lineup = Broadcast::new(&output, [a, b]);
    Ok(Built::one(output, Binary { function, role, lineup, free, affine }))
}

/// The operands' shapes. Before opset 7 the second is aligned where attribute `axis` says.
pub(super) fn shapes(site: &Site<'_>) -> Result<[Vec<usize>; 2], Refusal> {
    let (a, b) = (site.required(0)?, site.required(1)?);
    let mut second = b.shape.to_vec();
    if site.opset() < 7 && site.flag("broadcast", false)? && second.len() < a.shape.len() {
        let room = a.shape.len() - second.len();
        let axis = site.int("axis", room as i64)?;
        let axis = if axis < 0 { axis.saturating_add(a.shape.len() as i64) } else { axis };
        let behind = usize::try_from(axis).ok().and_then(|axis| room.checked_sub(axis));
        let behind = behind.ok_or_else(|| Refusal(format!("axis {axis} leaves no room for {second:?}")))?;
        second.extend(std::iter::repeat_n(1, behind));
    }
    Ok([a.shape.to_vec(), second])
}

/// A constant as one number per channel (axis 1) of a shape, where it is no more than that.
fn per_channel(output: &[usize], shape: &[usize], constant: &Constant) -> Option<Vec<f32>> {
    let values = constant.f32s()?;
    let channels = *output.get(1)?;
    if let [value] = values[..] {
        return Some(vec![value; channels]);
    }
    let strides = strides_under(output, shape);
    let elsewhere = strides.iter().enumerate().any(|(axis, &stride)| axis != 1 && stride != 0);
    (!elsewhere && values.len() == channels).then(|| values.into_owned())
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;
    use proptest::prelude::{Strategy, any, prop, proptest};

    use super::super::check::{Check, numbers};
    use crate::graph::Attribute;
    use crate::operator::{Built, Role};

    type Pair = (Vec<usize>, Vec<usize>);

    /// Two shapes that broadcast together.
    fn pairs() -> impl Strategy<Value = Pair> {
        let axis = (1usize..5, any::<bool>(), any::<bool>());
        (prop::collection::vec(axis, 0..5), 0usize..3, any::<bool>()).prop_map(|(axes, cut, first)| {
            let side = |pick: fn(&(usize, bool, bool)) -> bool| -> Vec<usize> {
                axes.iter().map(|axis| if pick(axis) { 1 } else { axis.0 }).collect()
            };
            let (mut a, mut b) = (side(|axis| axis.1), side(|axis| axis.2));
            let shorter = if first { &mut a } else { &mut b };
            shorter.drain(..cut.min(shorter.len()));
            (a, b)
        })
    }

    /// The plainest definition of broadcasting: every output cell finds its operands by index.
    fn broadcasting(shapes: &Pair, f: impl Fn(f64, f64) -> f64) -> impl Fn(&[Vec<f64>]) -> Vec<f64> {
        let (a, b) = shapes.clone();
        let output = inscape_tensor::broadcast(&a, &b).unwrap();
        move |x| {
            (0..output.iter().product())
                .map(|cell: usize| {
                    let find = |shape: &[usize]| {
                        let (mut rest, mut at, mut stride) = (cell, 0, 1);
                        for axis in (0..output.len()).rev() {
                            let index = rest % output[axis];
                            rest /= output[axis];
                            if let Some(own) = (axis + shape.len()).checked_sub(output.len()) {
                                at += if shape[own] == 1 { 0 } else { index * stride };
                                stride *= shape[own];
                            }
                        }
                        at
                    };
                    f(x[0][find(&a)], x[1][find(&b)])
                })
                .collect()
        }
    }

    fn away_from_zero(seed: u64, n: usize) -> Vec<f32> {
        noise(seed, n).into_iter().map(|x| x + 1.5f32.copysign(x)).collect()
    }

    proptest! {
        #[test]
        fn arithmetic_broadcasts_and_its_gradients_are_summed_back(shapes in pairs()) {
            let count = |shape: &[usize]| shape.iter().product::<usize>();
            let a = away_from_zero(1, count(&shapes.0));
            let b = away_from_zero(2, count(&shapes.1));
            let functions: [(&str, fn(f64, f64) -> f64); 4] =
                [("Add", |a, b| a + b), ("Sub", |a, b| a - b), ("Mul", |a, b| a * b), ("Div", |a, b| a / b)];
            for (operator, f) in functions {
                let definition = broadcasting(&shapes, f);
                let [known_a, known_b] =
                    [(&shapes.0, &a), (&shapes.1, &b)].map(|(shape, x)| Constant::from_f32s(shape, &x[..]));
                let new = || Check::new(operator, 13);
                new().floats(&shapes.0, a.clone()).floats(&shapes.1, b.clone()).agrees_with(&definition);
                new().floats(&shapes.0, a.clone()).constant(known_b).agrees_with(&definition);
                new().constant(known_a).floats(&shapes.1, b.clone()).agrees_with(&definition);
            }
        }
    }

    #[test]
    fn long_rows_are_cut_into_chunks() {
        let shapes = (vec![2, 3, 7000], vec![3, 1]);
        let check = Check::new("Mul", 13).floats(&shapes.0, noise(3, 42_000)).floats(&shapes.1, noise(4, 3));
        check.agrees_forward(broadcasting(&shapes, |a, b| a * b));
        let r = noise(5, 42_000);
        let gradients = check.gradients(std::slice::from_ref(&r));
        let x = noise(3, 42_000);
        let expected: Vec<f32> = (0..3)
            .map(|c| {
                let cells = [0, 21_000].into_iter().flat_map(|n| (0..7000).map(move |i| n + c * 7000 + i));
                cells.map(|i| f64::from(r[i]) * f64::from(x[i])).sum::<f64>() as f32
            })
            .collect();
        inscape_testkit::assert_close(gradients[1].as_ref().unwrap(), &expected, 1e-5);
    }

    #[test]
    fn a_constant_per_channel_offers_its_scale_and_shift() {
        let build = |operator: &str, shape: &[usize]| {
            let constant = Constant::from_f32s(shape, vec![2.0, 4.0]);
            let check = Check::new(operator, 13).floats(&[1, 2, 3, 1], noise(0, 6)).constant(constant);
            let Built::Kernel { mut operator, .. } = check.build().unwrap() else { panic!() };
            (operator.role(), operator.linear().and_then(|linear| linear.affine()))
        };
        assert_eq!(build("Add", &[2, 1, 1]), (Role::Sum, Some((vec![1.0; 2], vec![2.0, 4.0]))));
        assert_eq!(build("Sub", &[1, 2, 1, 1]), (Role::Sum, Some((vec![1.0; 2], vec![-2.0, -4.0]))));
        assert_eq!(build("Mul", &[2, 1, 1]), (Role::Linear, Some((vec![2.0, 4.0], vec![0.0; 2]))));
        assert_eq!(build("Div", &[2, 1, 1]), (Role::Linear, Some((vec![0.5, 0.25], vec![0.0; 2]))));
        assert_eq!(build("Mul", &[2]).1, None);
    }

    #[test]
    fn before_opset_7_the_axis_attribute_aligns_the_second_operand() {
        let legacy = |axis| {
            Check::new("Add", 6)
                .attribute("broadcast", Attribute::Int(1))
                .attribute("axis", Attribute::Int(axis))
                .floats(&[1, 2, 2], vec![0.0; 4])
                .constant(Constant::from_f32s(&[2], vec![1.0, 2.0]))
        };
        assert_eq!(numbers(&legacy(1).run()[0]), [1.0, 1.0, 2.0, 2.0]);
        assert_eq!(numbers(&legacy(2).run()[0]), [1.0, 2.0, 1.0, 2.0]);
        assert!(legacy(3).refusal().contains("axis 3"));
    }

    #[test]
    fn integers_wrap_and_a_zero_divisor_is_refused() {
        let ints = |values: &[i64]| Constant::from_i64s(&[values.len()], values.to_vec());
        let run = |operator, a: &[i64], b: &[i64]| {
            Check::new(operator, 13).constant(ints(a)).constant(ints(b)).run()[0].i64s().unwrap().to_vec()
        };
        assert_eq!(run("Add", &[i64::MAX], &[1]), [i64::MIN]);
        assert_eq!(run("Div", &[7, -7, i64::MIN], &[2, 2, -1]), [3, -3, i64::MIN]);
        let zero = Check::new("Div", 13).constant(ints(&[1])).constant(ints(&[0]));
        assert!(zero.refusal().contains("zero"));
        let mixed = Check::new("Add", 13).floats(&[1], vec![1.0]).constant(ints(&[1]));
        assert!(mixed.refusal().contains("int64"));
    }

    #[test]
    fn empty_arrays_are_no_trouble() {
        let check = Check::new("Mul", 13).floats(&[2, 0, 3], Vec::new()).floats(&[3], vec![1.0; 3]);
        assert!(check.run()[0].is_empty());
        assert_eq!(check.gradients(&[Vec::new()])[1], Some(vec![0.0; 3]));
    }
}
