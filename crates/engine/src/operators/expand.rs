use inscape_tensor::{Walk, broadcast, count, strides};

use super::movement::Walked;
use crate::error::Refusal;
use crate::operator::{Built, Site, Type};

/// Expand: repeats axes of size 1 until the input has the shape it broadcasts to together with a given one.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let wanted = site.constant_i64s(1)?.ok_or_else(|| Refusal("the shape to take is missing".into()))?;
    let misfit = || Refusal(format!("shape {:?} does not expand to {wanted:?}", input.shape));
    let sizes: Result<Vec<usize>, _> = wanted.iter().map(|&size| usize::try_from(size)).collect();
    let shape = broadcast(input.shape, &sizes.map_err(|_| misfit())?).ok_or_else(misfit)?;
    check_count(&shape)?;
    let added = shape.len() - input.shape.len();
    let mut steps = vec![0; shape.len()];
    for (axis, stride) in strides(input.shape).into_iter().enumerate() {
        steps[added + axis] = if input.shape[axis] == 1 { 0 } else { stride as isize };
    }
    let walk = Walk::new(0, &shape, &steps);
    let outputs = vec![Type { element: input.element, shape }];
    Ok(Built::Kernel { outputs, operator: Box::new(Walked(vec![walk])) })
}

/// Tile: lays `repeats` copies of the input after one another along each axis.
pub(super) fn tile(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let repeats = site.constant_i64s(1)?.ok_or_else(|| Refusal("the repeats are missing".into()))?;
    if repeats.len() != input.shape.len() {
        return Err(Refusal(format!("{} repeats for {} axes", repeats.len(), input.shape.len())));
    }
    let mut shape = Vec::with_capacity(repeats.len());
    let (mut sizes, mut steps) = (Vec::new(), Vec::new());
    for (axis, stride) in strides(input.shape).into_iter().enumerate() {
        let refused = || Refusal(format!("{} repeats of axis {axis}", repeats[axis]));
        let copies = usize::try_from(repeats[axis]).map_err(|_| refused())?;
        shape.push(input.shape[axis].checked_mul(copies).ok_or_else(refused)?);
        sizes.extend([copies, input.shape[axis]]);
        steps.extend([0, stride as isize]);
    }
    check_count(&shape)?;
    let walk = Walk::new(0, &sizes, &steps);
    let outputs = vec![Type { element: input.element, shape }];
    Ok(Built::Kernel { outputs, operator: Box::new(Walked(vec![walk])) })
}

fn check_count(shape: &[usize]) -> Result<(), Refusal> {
    match count(shape) {
        Some(_) => Ok(()),
        None => Err(Refusal(format!("an output of shape {shape:?} exceeds memory"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Check;

    #[test]
    fn sizes_of_one_are_repeated() {
        let case = |shape: &[i64]| Check::new("Expand", 13).noisy(&[3, 1]).list(shape);
        case(&[2, 1, 6]).moves(&[2, 3, 6], |at| Some(vec![at[1], 0]));
        case(&[1]).moves(&[3, 1], |at| Some(at.to_vec()));
        case(&[3, 0]).moves(&[3, 0], |_| unreachable!());
        assert_eq!(case(&[2, 4]).refusal(), "shape [3, 1] does not expand to [2, 4]");
        assert_eq!(case(&[3, -1]).refusal(), "shape [3, 1] does not expand to [3, -1]");
    }

    #[test]
    fn copies_are_laid_after_one_another() {
        let case = |repeats: &[i64]| Check::new("Tile", 13).noisy(&[2, 3]).list(repeats);
        case(&[2, 3]).moves(&[4, 9], |at| Some(vec![at[0] % 2, at[1] % 3]));
        case(&[1, 1]).moves(&[2, 3], |at| Some(at.to_vec()));
        case(&[0, 1]).moves(&[0, 3], |_| unreachable!());
        assert_eq!(case(&[1]).refusal(), "1 repeats for 2 axes");
        assert_eq!(
            case(&[i64::MAX, 1]).refusal(),
            "an output of shape [18446744073709551614, 3] exceeds memory"
        );
        assert_eq!(case(&[1, i64::MAX]).refusal(), "9223372036854775807 repeats of axis 1");
        assert_eq!(case(&[-1, 1]).refusal(), "-1 repeats of axis 0");
    }
}
