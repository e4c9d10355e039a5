use inscape_tensor::{Walk, strides};

use super::movement::Walked;
use super::reshape::distinct_axes;
use crate::error::Refusal;
use crate::operator::{Built, Site, Type};

/// Slice: every `step`-th cell from `start` up to, not with, `end`, along each named axis.
///
/// Negative places count from the end, places outside are moved to the border, and a negative step walks backward.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let rank = input.shape.len();
    let [starts, ends, axes, steps] = if site.opset() < 10 {
        let list = |name| site.ints(name).map(|values| values.map(<[i64]>::to_vec));
        [list("starts")?, list("ends")?, list("axes")?, None]
    } else {
        [site.constant_i64s(1)?, site.constant_i64s(2)?, site.constant_i64s(3)?, site.constant_i64s(4)?]
    };
    let (Some(starts), Some(ends)) = (starts, ends) else {
        return Err(Refusal("starts or ends are missing".into()));
    };
    let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(Refusal("starts, ends, axes and steps are of different length".into()));
    }
    let mut shape = input.shape.to_vec();
    let mut moves: Vec<isize> = strides(&shape).iter().map(|&stride| stride as isize).collect();
    let mut first = 0;
    for (i, axis) in distinct_axes(&axes, rank)?.into_iter().enumerate() {
        let range = range(starts[i], ends[i], steps[i], shape[axis])?;
        first += range.start * moves[axis] as usize;
        moves[axis] *= range.step;
        shape[axis] = range.len;
    }
    let walk = Walk::new(first, &shape, &moves);
    let outputs = vec![Type { element: input.element, shape }];
    Ok(Built::Kernel { outputs, operator: Box::new(Walked(vec![walk])) })
}

struct Range {
    start: usize,
    step: isize,
    len: usize,
}

fn range(start: i64, end: i64, step: i64, size: usize) -> Result<Range, Refusal> {
    let size = size as i64;
    let place = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let len = match step {
        0 => return Err(Refusal("a step of 0".into())),
        1.. => {
            let (start, end) = (place(start).clamp(0, size), place(end).clamp(0, size));
            (start, (end - start).max(0).unsigned_abs().div_ceil(step.unsigned_abs()))
        }
        _ => {
            let (start, end) = (place(start).clamp(-1, size - 1), place(end).clamp(-1, size - 1));
            (start, (start - end).max(0).unsigned_abs().div_ceil(step.unsigned_abs()))
        }
    };
    let (start, len) = (len.0, len.1 as usize);
    // a step is never taken where there is no second cell, so its size must not overflow there
    let step = if len > 1 { step as isize } else { 1 };
    Ok(Range { start: if len == 0 { 0 } else { start as usize }, step, len })
}

#[cfg(test)]
mod tests {
    use super::super::check::Check;
    use super::range;

    #[test]
    fn cells_are_taken_in_steps() {
        let case = || Check::new("Slice", 13).noisy(&[5, 6, 7]);
        case()
            .list(&[1, -1])
            .list(&[i64::MAX, i64::MIN])
            .list(&[0, 2])
            .list(&[2, -3])
            .moves(&[2, 6, 3], |at| Some(vec![1 + 2 * at[0], at[1], 6 - 3 * at[2]]));
        case().list(&[3]).list(&[2]).list(&[-2]).moves(&[5, 0, 7], |_| unreachable!());
        Check::new("Slice", 9)
            .noisy(&[5, 6])
            .ints("starts", &[-4, 2])
            .ints("ends", &[-1, 99])
            .moves(&[3, 4], |at| Some(vec![1 + at[0], 2 + at[1]]));
    }

    #[test]
    fn contradictions_are_refused() {
        let case = || Check::new("Slice", 13).noisy(&[5, 6]);
        assert_eq!(case().list(&[0]).list(&[1]).list(&[0]).list(&[0]).refusal(), "a step of 0");
        assert_eq!(case().list(&[0, 0]).list(&[1, 1]).list(&[0, -2]).refusal(), "axis -2 is named twice");
        assert!(case().list(&[0]).list(&[1, 2]).refusal().contains("different length"));
        assert!(case().list(&[0]).list(&[1]).list(&[2]).refusal().contains("outside"));
        assert!(case().list(&[0]).refusal().contains("missing"));
    }

    #[test]
    fn ranges_follow_numpy() {
        let cells = |start, end, step, size| {
            let r = range(start, end, step, size).unwrap();
            (0..r.len).map(|i| r.start as isize + i as isize * r.step).collect::<Vec<_>>()
        };
        assert_eq!(cells(1, 9, 2, 6), [1, 3, 5]);
        assert_eq!(cells(-1, i64::MIN, -1, 3), [2, 1, 0]);
        assert_eq!(cells(i64::MAX, 0, -2, 5), [4, 2]);
        assert_eq!(cells(0, i64::MAX, i64::MAX, 5), [0]);
        assert_eq!(cells(4, 2, 1, 5), []);
        assert_eq!(cells(0, 5, 1, 0), []);
        assert_eq!(cells(-1, -9, i64::MIN, 0), []);
        assert!(range(0, 1, 0, 4).is_err());
    }
}
