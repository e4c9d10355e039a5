use inscape_tensor::{Constant, Element, Slice, SliceMut, count};

use super::movement::{Fill, copy};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Role, Site, Type};

/// ConstantOfShape: one value in every cell of a given shape.
pub(super) fn constant_of_shape(site: &Site<'_>) -> Result<Built, Refusal> {
    let sizes = site.constant_i64s(0)?.ok_or_else(|| Refusal("the shape to fill is missing".into()))?;
    let refused = || Refusal(format!("an array of shape {sizes:?} is not supported: at most 2^31 elements"));
    let shape: Result<Vec<usize>, _> = sizes.iter().map(|&size| usize::try_from(size)).collect();
    let shape = shape.map_err(|_| refused())?;
    if count(&shape).is_none_or(|n| n > MOST) {
        return Err(refused());
    }
    let value = site.tensor("value")?.cloned().unwrap_or_else(|| Constant::from_f32s(&[], vec![0.0]));
    if value.len() != 1 {
        return Err(Refusal(format!("the value to fill with has {} elements", value.len())));
    }
    let outputs = vec![Type { element: value.element(), shape }];
    Ok(Built::Kernel { outputs, operator: Box::new(Filled(value.decoded())) })
}

/// Range: `start`, `start + delta`, … up to, not with, `limit`, all three known beforehand.
pub(super) fn range(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    for i in 0..3 {
        let constant = site.constant(i)?.ok_or_else(|| Refusal(format!("input {i} is missing")))?;
        if constant.element() != input.element || constant.len() != 1 {
            return Err(Refusal("start, limit and delta must be three numbers of one kind".into()));
        }
    }
    let n = match input.element {
        Element::F32 => {
            let [start, limit, delta] =
                three(site.constant_f32s(0)?, site.constant_f32s(1)?, site.constant_f32s(2)?);
            ((f64::from(limit) - f64::from(start)) / f64::from(delta)).ceil()
        }
        Element::I64 => {
            let numbers = three(site.constant_i64s(0)?, site.constant_i64s(1)?, site.constant_i64s(2)?);
            let [start, limit, delta] = numbers.map(i128::from);
            let (way, step) = ((limit - start) * delta.signum(), delta.abs());
            if step == 0 { f64::NAN } else { (way + step - 1).div_euclid(step) as f64 }
        }
        Element::Bool => return Err(Refusal("a range of data type bool".into())),
    };
    if n.is_nan() || n > MOST as f64 {
        return Err(Refusal("a range of more than 2^31 numbers, or of steps of 0, is not supported".into()));
    }
    let outputs = vec![Type { element: input.element, shape: vec![n.max(0.0) as usize] }];
    Ok(Built::Kernel { outputs, operator: Box::new(Steps) })
}

/// More elements than any network needs in one constant.
const MOST: usize = 1 << 31;

fn three<T: Copy + Default>(a: Option<Vec<T>>, b: Option<Vec<T>>, c: Option<Vec<T>>) -> [T; 3] {
    [a, b, c].map(|list| list.and_then(|list| list.first().copied()).unwrap_or_default())
}

/// One value everywhere.
struct Filled(Constant);

impl Operator for Filled {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        copy(&Fill, &self.0.view(), &mut pass.outputs[0]);
    }

    fn backward(&self, _: &mut Backward<'_>) {}
}

/// Equal steps from the first input by the third.
struct Steps;

impl Operator for Steps {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (Some(start), Some(delta)) = (pass.inputs[0], pass.inputs[2]) else { return };
        match (start.data, delta.data, &mut pass.outputs[0].data) {
            (Slice::F32(start), Slice::F32(delta), SliceMut::F32(steps)) => {
                steps.iter_mut().enumerate().for_each(|(i, step)| *step = start[0] + i as f32 * delta[0]);
            }
            (Slice::I64(start), Slice::I64(delta), SliceMut::I64(steps)) => {
                steps.iter_mut().enumerate().for_each(|(i, step)| *step = start[0] + i as i64 * delta[0]);
            }
            _ => debug_assert!(false, "kinds are checked when it is built"),
        }
    }

    fn backward(&self, _: &mut Backward<'_>) {}
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;
    use crate::graph::Attribute;

    #[test]
    fn one_value_fills_a_shape() {
        let shape = Constant::from_i64s(&[2], [2, 3]);
        let fill = || Check::new("ConstantOfShape", 9);
        let zeros = fill().constant(shape.clone()).run();
        assert_eq!((zeros[0].shape(), &*zeros[0].f32s().unwrap()), (&[2, 3][..], &[0.0; 6][..]));
        let seven = Attribute::Tensor(Constant::from_i64s(&[1], [7]));
        let sevens = fill().attribute("value", seven).constant(shape).run();
        assert_eq!(sevens[0].i64s(), Some(&[7; 6][..]));
        let nothing = fill().list(&[]).run();
        assert_eq!(nothing[0].shape(), []);
        for hostile in [[-1, 2], [1 << 40, 2], [i64::MAX, i64::MAX]] {
            assert!(fill().list(&hostile).refusal().contains("at most 2^31 elements"));
        }
    }

    #[test]
    fn ranges_stop_before_their_limit() {
        let range = |limits: [Constant; 3]| limits.into_iter().fold(Check::new("Range", 11), Check::constant);
        let integers = |values: [i64; 3]| range(values.map(|v| Constant::from_i64s(&[], [v])));
        let numbers = |values| integers(values).run()[0].i64s().unwrap().to_vec();
        assert_eq!(numbers([1, 6, 2]), [1, 3, 5]);
        assert_eq!(numbers([10, 6, -3]), [10, 7]);
        assert_eq!(numbers([10, 4, -3]), [10, 7]);
        assert_eq!(numbers([3, 1, 1]), []);
        assert!(integers([0, 1, 0]).build().is_err());
        assert!(integers([i64::MIN, i64::MAX, 1]).build().is_err());
        let floats = [1.0, 2.1, 0.5].map(|v| Constant::from_f32s(&[], vec![v]));
        let floats = range(floats).run();
        assert_eq!(*floats[0].f32s().unwrap(), [1.0, 1.5, 2.0]);
        let never = [0.0, 1.0, f32::NAN].map(|v| Constant::from_f32s(&[], vec![v]));
        assert!(range(never).build().is_err());
    }
}
