use inscape_tensor::count;

use super::movement::Same;
use crate::error::Refusal;
use crate::operator::{Built, Site, Type, normalized_axis};

/// Reshape: the same numbers under a given shape, in which 0 keeps a size (unless `allowzero`) and -1 takes the rest.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let wanted =
        if site.opset() < 5 { site.ints("shape")?.map(<[i64]>::to_vec) } else { site.constant_i64s(1)? };
    let wanted = wanted.ok_or_else(|| Refusal("the shape to take is missing".into()))?;
    let shape = resolved(input.shape, &wanted, site.flag("allowzero", false)?)?;
    same(site, shape)
}

/// Flatten: two axes, the product of the sizes before `axis` and of the rest.
pub(super) fn flatten(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.required(0)?.shape;
    let axis = site.int("axis", 1)?;
    let axis = if axis == shape.len() as i64 { shape.len() } else { normalized_axis(axis, shape.len())? };
    let product = |sizes: &[usize]| count(sizes).ok_or_else(|| Refusal("too many elements".into()));
    same(site, vec![product(&shape[..axis])?, product(&shape[axis..])?])
}

/// Squeeze: drops axes of size 1, all of them where none are named.
pub(super) fn squeeze(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.required(0)?.shape;
    let dropped = match site.ints_from(1, "axes")? {
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
        Some(axes) => distinct_axes(&axes, shape.len())?,
    };
    if let Some(axis) = dropped.iter().find(|&&axis| shape[axis] != 1) {
        return Err(Refusal(format!("axis {axis} of shape {shape:?} cannot be dropped: its size is not 1")));
    }
    let kept = (0..shape.len()).filter(|axis| !dropped.contains(axis)).map(|axis| shape[axis]);
    same(site, kept.collect())
}

/// Unsqueeze: puts in axes of size 1, numbered as in the result.
pub(super) fn unsqueeze(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.required(0)?.shape;
    let axes = site.ints_from(1, "axes")?.ok_or_else(|| Refusal("the axes to put in are missing".into()))?;
    let rank = shape.len() + axes.len();
    let axes = distinct_axes(&axes, rank)?;
    let mut sizes = shape.iter();
    let size = |axis| if axes.contains(&axis) { Some(1) } else { sizes.next().copied() };
    same(site, (0..rank).map_while(size).collect())
}

/// Identity: the same numbers under the same shape.
pub(super) fn identity(site: &Site<'_>) -> Result<Built, Refusal> {
    same(site, site.required(0)?.shape.to_vec())
}

fn same(site: &Site<'_>, shape: Vec<usize>) -> Result<Built, Refusal> {
    let element = site.required(0)?.element;
    Ok(Built::Kernel { outputs: vec![Type { element, shape }], operator: Box::new(Same) })
}

/// Axes as places in a shape of the given rank, none twice.
pub(super) fn distinct_axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, Refusal> {
    let mut places = Vec::with_capacity(axes.len().min(rank));
    for &axis in axes {
        let place = normalized_axis(axis, rank)?;
        if places.contains(&place) {
            return Err(Refusal(format!("axis {axis} is named twice")));
        }
        places.push(place);
    }
    Ok(places)
}

fn resolved(from: &[usize], wanted: &[i64], allow_zero: bool) -> Result<Vec<usize>, Refusal> {
    let misfit = || Refusal(format!("shape {from:?} does not fit into {wanted:?}"));
    let mut open = None;
    let mut shape = Vec::with_capacity(wanted.len());
    for (axis, &size) in wanted.iter().enumerate() {
        shape.push(match size {
            -1 if open.is_none() => {
                open = Some(axis);
                1
            }
            0 if !allow_zero => *from.get(axis).ok_or_else(misfit)?,
            _ => usize::try_from(size).map_err(|_| misfit())?,
        });
    }
    let total = count(from).ok_or_else(misfit)?;
    let known = count(&shape).ok_or_else(misfit)?;
    if let Some(axis) = open {
        shape[axis] = total.checked_div(known).ok_or_else(misfit)?;
    }
    if count(&shape) == Some(total) { Ok(shape) } else { Err(misfit()) }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::{Constant, count, strides};

    use super::super::check::Check;

    #[track_caller]
    fn same_numbers(case: &Check, from: &[usize], to: &[usize]) {
        let n = count(from);
        assert_eq!(n, count(to));
        case.moves(to, |at| {
            let i: usize = at.iter().zip(strides(to)).map(|(at, stride)| at * stride).sum();
            Some(strides(from).iter().zip(from).map(|(stride, size)| i / stride % size).collect())
        });
    }

    #[test]
    fn numbers_keep_their_order() {
        let from = [2, 3, 4];
        let case = |operator, opset| Check::new(operator, opset).noisy(&from);
        same_numbers(&case("Reshape", 14).list(&[0, -1]), &from, &[2, 12]);
        same_numbers(&case("Reshape", 7).list(&[4, 1, 6]), &from, &[4, 1, 6]);
        same_numbers(&case("Flatten", 13), &from, &[2, 12]);
        same_numbers(&case("Flatten", 13).int("axis", -1), &from, &[6, 4]);
        same_numbers(&case("Flatten", 9).int("axis", 3), &from, &[24, 1]);
        same_numbers(&case("Flatten", 9).int("axis", 0), &from, &[1, 24]);
        same_numbers(&case("Unsqueeze", 13).list(&[-1, 0]), &from, &[1, 2, 3, 4, 1]);
        same_numbers(&case("Unsqueeze", 11).ints("axes", &[1]), &from, &[2, 1, 3, 4]);
        same_numbers(&case("Identity", 16), &from, &from);
        same_numbers(&Check::new("Squeeze", 13).noisy(&[1, 3, 1, 2]), &[1, 3, 1, 2], &[3, 2]);
        same_numbers(&Check::new("Squeeze", 13).noisy(&[1, 3, 1]).list(&[-1]), &[1, 3, 1], &[1, 3]);
        same_numbers(&Check::new("Squeeze", 11).noisy(&[1, 3, 1]).ints("axes", &[0]), &[1, 3, 1], &[3, 1]);
        same_numbers(
            &Check::new("Reshape", 14).noisy(&[0, 3]).int("allowzero", 1).list(&[3, 0]),
            &[0, 3],
            &[3, 0],
        );
    }

    #[test]
    fn misfits_are_refused() {
        let reshape = |shape: &[i64]| Check::new("Reshape", 14).noisy(&[2, 3]).list(shape).refusal();
        assert_eq!(reshape(&[4, -1]), "shape [2, 3] does not fit into [4, -1]");
        assert_eq!(reshape(&[-1, -1]), "shape [2, 3] does not fit into [-1, -1]");
        assert_eq!(reshape(&[2, 3, 0]), "shape [2, 3] does not fit into [2, 3, 0]");
        assert_eq!(
            reshape(&[1 << 40, 1 << 40]),
            "shape [2, 3] does not fit into [1099511627776, 1099511627776]"
        );
        let live = Check::new("Reshape", 14).noisy(&[6]).run_time(Constant::from_i64s(&[1], [6]));
        assert!(live.refusal().contains("must be known before the network runs"));
        assert_eq!(
            Check::new("Squeeze", 13).noisy(&[2, 1]).list(&[0]).refusal(),
            "axis 0 of shape [2, 1] cannot be dropped: its size is not 1"
        );
        assert_eq!(
            Check::new("Unsqueeze", 13).noisy(&[2]).list(&[0, -3]).refusal(),
            "axis -3 is named twice"
        );
        assert!(Check::new("Flatten", 13).noisy(&[2]).int("axis", 4).refusal().contains("outside"));
    }
}
