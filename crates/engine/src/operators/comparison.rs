use inscape_tensor::Element;

use super::discrete::{pairwise, single};
use crate::error::Refusal;
use crate::operator::{Built, Site};

/// Builds a comparison of two float or two integer arrays.
fn compared(
    site: &Site<'_>,
    floats: fn(f32, f32) -> u8,
    integers: fn(i64, i64) -> u8,
) -> Result<Built, Refusal> {
    match site.required(0)?.element {
        Element::I64 => pairwise(site, integers),
        _ => pairwise(site, floats),
    }
}

/// A = B, also of truth values.
pub(super) fn equal(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::Bool {
        return pairwise(site, |a: u8, b: u8| u8::from(a == b));
    }
    compared(site, |a, b| u8::from(a == b), |a, b| u8::from(a == b))
}

/// A > B.
pub(super) fn greater(site: &Site<'_>) -> Result<Built, Refusal> {
    compared(site, |a, b| u8::from(a > b), |a, b| u8::from(a > b))
}

/// A ≥ B.
pub(super) fn greater_or_equal(site: &Site<'_>) -> Result<Built, Refusal> {
    compared(site, |a, b| u8::from(a >= b), |a, b| u8::from(a >= b))
}

/// A < B.
pub(super) fn less(site: &Site<'_>) -> Result<Built, Refusal> {
    compared(site, |a, b| u8::from(a < b), |a, b| u8::from(a < b))
}

/// A ≤ B.
pub(super) fn less_or_equal(site: &Site<'_>) -> Result<Built, Refusal> {
    compared(site, |a, b| u8::from(a <= b), |a, b| u8::from(a <= b))
}

/// A ∧ B.
pub(super) fn and(site: &Site<'_>) -> Result<Built, Refusal> {
    pairwise(site, |a: u8, b: u8| a & b)
}

/// A ∨ B.
pub(super) fn or(site: &Site<'_>) -> Result<Built, Refusal> {
    pairwise(site, |a: u8, b: u8| a | b)
}

/// A ≠ B of truth values.
pub(super) fn xor(site: &Site<'_>) -> Result<Built, Refusal> {
    pairwise(site, |a: u8, b: u8| a ^ b)
}

/// ¬A.
pub(super) fn not(site: &Site<'_>) -> Result<Built, Refusal> {
    single(site, |a: u8| 1 - a)
}

/// Whether x is no number.
pub(super) fn is_nan(site: &Site<'_>) -> Result<Built, Refusal> {
    single(site, |x: f32| u8::from(x.is_nan()))
}

/// Whether x is infinite, on the sides that attributes `detect_positive` (1) and `detect_negative` (1) name.
pub(super) fn is_inf(site: &Site<'_>) -> Result<Built, Refusal> {
    match (site.flag("detect_positive", true)?, site.flag("detect_negative", true)?) {
        (true, true) => single(site, |x: f32| u8::from(x.is_infinite())),
        (true, false) => single(site, |x: f32| u8::from(x == f32::INFINITY)),
        (false, true) => single(site, |x: f32| u8::from(x == f32::NEG_INFINITY)),
        (false, false) => single(site, |_: f32| 0u8),
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::{Check, numbers};
    use crate::graph::Attribute;

    #[test]
    fn comparisons_follow_ieee_754_and_broadcast() {
        let run = |operator| {
            let a = Constant::from_f32s(&[4], vec![1.0, 2.0, f32::NAN, -0.0]);
            let b = Constant::from_f32s(&[2, 1], vec![2.0, 0.0]);
            numbers(&Check::new(operator, 16).constant(a).constant(b).run()[0])
        };
        assert_eq!(run("Equal"), [0., 1., 0., 0., 0., 0., 0., 1.]);
        assert_eq!(run("Greater"), [0., 0., 0., 0., 1., 1., 0., 0.]);
        assert_eq!(run("GreaterOrEqual"), [0., 1., 0., 0., 1., 1., 0., 1.]);
        assert_eq!(run("Less"), [1., 0., 0., 1., 0., 0., 0., 0.]);
        assert_eq!(run("LessOrEqual"), [1., 1., 0., 1., 0., 0., 0., 1.]);
    }

    #[test]
    fn integers_beyond_float_precision_are_told_apart() {
        let big = |values: &[i64]| Constant::from_i64s(&[values.len()], values.to_vec());
        let check = Check::new("Equal", 13).constant(big(&[i64::MAX, 5])).constant(big(&[i64::MAX - 1, 5]));
        assert_eq!(numbers(&check.run()[0]), [0.0, 1.0]);
    }

    #[test]
    fn logic_is_by_its_table() {
        let run = |operator| {
            let a = Constant::from_bools(&[4], vec![0, 0, 1, 1]);
            let b = Constant::from_bools(&[4], vec![0, 1, 0, 1]);
            numbers(&Check::new(operator, 7).constant(a).constant(b).run()[0])
        };
        assert_eq!(run("And"), [0., 0., 0., 1.]);
        assert_eq!(run("Or"), [0., 1., 1., 1.]);
        assert_eq!(run("Xor"), [0., 1., 1., 0.]);
        assert_eq!(run("Equal"), [1., 0., 0., 1.]);
        let not = Check::new("Not", 1).constant(Constant::from_bools(&[2], vec![0, 1]));
        assert_eq!(numbers(&not.run()[0]), [1., 0.]);
        assert!(
            Check::new("And", 7)
                .floats(&[1], vec![0.0])
                .floats(&[1], vec![0.0])
                .refusal()
                .contains("float32")
        );
    }

    #[test]
    fn what_is_no_number_or_infinite_is_found() {
        let x = vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.0];
        let check = |operator| Check::new(operator, 20).floats(&[4], x.clone());
        assert_eq!(numbers(&check("IsNaN").run()[0]), [1., 0., 0., 0.]);
        assert_eq!(numbers(&check("IsInf").run()[0]), [0., 1., 1., 0.]);
        let above = check("IsInf").attribute("detect_negative", Attribute::Int(0));
        assert_eq!(numbers(&above.run()[0]), [0., 1., 0., 0.]);
    }
}
