use inscape_tensor::{Walk, strides};

use super::movement::Walked;
use crate::error::Refusal;
use crate::operator::{Built, Site, Type};

/// Cuts the input along an axis: into parts of given sizes, else into equal ones, the last of which may be smaller.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let axis = site.axis("axis", 0, input.shape.len())?;
    let size = input.shape[axis];
    let parts = match if site.opset() < 13 {
        site.ints("split")?.map(<[i64]>::to_vec)
    } else {
        site.constant_i64s(1)?
    } {
        Some(parts) => parts,
        None => equal_parts(site, size)?,
    };
    let sizes: Vec<usize> = parts.iter().filter_map(|&part| usize::try_from(part).ok()).collect();
    let sum = sizes.iter().try_fold(0usize, |sum, &part| sum.checked_add(part));
    if sizes.len() != parts.len() || sum != Some(size) || sizes.len() < site.node.outputs.len() {
        let n = site.node.outputs.len();
        return Err(Refusal(format!("an axis of size {size} does not split into {parts:?} for {n} outputs")));
    }
    let steps = strides(input.shape);
    let moves: Vec<isize> = steps.iter().map(|&stride| stride as isize).collect();
    let mut start = 0;
    let mut outputs = Vec::with_capacity(sizes.len());
    let mut walks = Vec::with_capacity(sizes.len());
    for part in sizes {
        let mut shape = input.shape.to_vec();
        shape[axis] = part;
        walks.push(Walk::new(start * steps[axis], &shape, &moves));
        outputs.push(Type { element: input.element, shape });
        start += part;
    }
    Ok(Built::Kernel { outputs, operator: Box::new(Walked(walks)) })
}

fn equal_parts(site: &Site<'_>, size: usize) -> Result<Vec<i64>, Refusal> {
    let named = site.node.outputs.len();
    let n = usize::try_from(site.int("num_outputs", named as i64)?).unwrap_or(0);
    if n == 0 || n > named.max(size) {
        return Err(Refusal(format!("an axis of size {size} does not split into {n} parts")));
    }
    let part = size.div_ceil(n);
    Ok((0..n).map(|i| (size.min((i + 1) * part) - size.min(i * part)) as i64).collect())
}

#[cfg(test)]
mod tests {
    use super::super::check::Check;

    #[test]
    fn parts_follow_one_another() {
        let case = |opset| Check::new("Split", opset).noisy(&[2, 7, 3]).int("axis", 1).outputs(3);
        let starts = [0, 3, 6];
        let shapes: [&[usize]; 3] = [&[2, 3, 3], &[2, 3, 3], &[2, 1, 3]];
        case(18)
            .int("num_outputs", 3)
            .moves_into(&shapes, |k, at| Some(vec![at[0], starts[k] + at[1], at[2]]));
        let starts = [0, 1, 1];
        let shapes: [&[usize]; 3] = [&[2, 1, 3], &[2, 0, 3], &[2, 6, 3]];
        for case in [case(13).list(&[1, 0, 6]), case(11).ints("split", &[1, 0, 6])] {
            case.moves_into(&shapes, |k, at| Some(vec![at[0], starts[k] + at[1], at[2]]));
        }
        let halves: [&[usize]; 2] = [&[3], &[3]];
        Check::new("Split", 7).noisy(&[6]).outputs(2).moves_into(&halves, |k, at| Some(vec![3 * k + at[0]]));
    }

    #[test]
    fn parts_that_do_not_fill_the_axis_are_refused() {
        let case = || Check::new("Split", 13).noisy(&[6]).outputs(2);
        for parts in [&[3, 4][..], &[-1, 7], &[6], &[i64::MAX, i64::MAX]] {
            assert!(case().list(parts).refusal().contains("an axis of size 6 does not split into"));
        }
        let case = Check::new("Split", 18).noisy(&[6]).outputs(2).int("num_outputs", i64::MAX);
        assert!(case.refusal().contains("does not split"));
    }
}
