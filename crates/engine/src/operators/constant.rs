use inscape_tensor::Constant;

use crate::error::Refusal;
use crate::operator::{Built, Site};

/// Constant: a number, a list of numbers or an array given as an attribute.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let value = if let Some(value) = site.tensor("value")? {
        value.clone()
    } else if let Some(values) = site.ints("value_ints")? {
        Constant::from_i64s(&[values.len()], values)
    } else if let Some(values) = site.floats("value_floats")? {
        Constant::from_f32s(&[values.len()], values)
    } else if site.node.attributes.contains_key("value_int") {
        Constant::from_i64s(&[], [site.int("value_int", 0)?])
    } else if site.node.attributes.contains_key("value_float") {
        Constant::from_f32s(&[], [site.float("value_float", 0.0)?])
    } else {
        return Err(Refusal("only numbers and dense arrays are supported as a constant's data type".into()));
    };
    Ok(Built::Constants(vec![value]))
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;
    use crate::operator::Built;

    fn value(case: &Check) -> Constant {
        match case.build().unwrap() {
            Built::Constants(constants) => constants[0].clone(),
            Built::Kernel { .. } => panic!("a constant is known without running"),
        }
    }

    #[test]
    fn every_numeric_attribute_is_read() {
        let case = || Check::new("Constant", 13).noisy(&[]);
        let list = value(&case().ints("value_ints", &[4, 5]));
        assert_eq!((list.shape(), list.i64s()), (&[2][..], Some(&[4, 5][..])));
        let number = value(&case().int("value_int", 7));
        assert_eq!((number.shape(), number.i64s()), (&[][..], Some(&[7][..])));
        assert!(case().text("value_string", "x").refusal().contains("data type"));
        assert!(case().text("value", "x").refusal().contains("not a tensor"));
    }
}
