use inscape_tensor::{Element, Pool};

use super::movement::{Copying, copy};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Type};

/// Picks slices of the input along an axis by a list of indices; negative ones count from the end.
///
/// Indices that are known when it is built must lie inside the axis; those that come at run time are moved to its border.
struct Gather {
    /// The size of the axis.
    size: usize,
    /// The product of the sizes after the axis.
    width: usize,
    /// Whether the indices are known only at run time.
    live: bool,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (input, indices) = (site.required(0)?, site.required(1)?);
    let axis = site.axis("axis", 0, input.shape.len())?;
    let size = input.shape[axis];
    check_indices(site, 1, size)?;
    let shape = [&input.shape[..axis], indices.shape, &input.shape[axis + 1..]].concat();
    let operator =
        Gather { size, width: input.shape[axis + 1..].iter().product(), live: indices.constant.is_none() };
    Ok(Built::Kernel { outputs: vec![Type { element: input.element, shape }], operator: Box::new(operator) })
}

/// Checks that input `i` holds indices into an axis of the given size.
pub(super) fn check_indices(site: &Site<'_>, i: usize, size: usize) -> Result<(), Refusal> {
    let indices = site.required(i)?;
    if indices.element != Element::I64 {
        return Err(Refusal(format!("input {i} holds {}, not indices", indices.element)));
    }
    let known = indices.constant.and_then(|constant| constant.i64s()).unwrap_or_default();
    let bad = known.iter().find(|&&index| index >= size as i64 || index < -(size as i64));
    match bad {
        Some(index) => Err(Refusal(format!("index {index} lies outside an axis of size {size}"))),
        None if size == 0 && indices.shape.iter().all(|&n| n > 0) => {
            Err(Refusal("indices into an axis of size 0".into()))
        }
        None => Ok(()),
    }
}

/// The cell of an index: negative ones count from the end, others outside are moved to the border.
#[inline(always)]
pub(super) fn cell(index: i64, size: usize) -> usize {
    let size = size as i64;
    let from_start = if index < 0 { index.saturating_add(size) } else { index };
    from_start.clamp(0, size - 1) as usize
}

impl Operator for Gather {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: if self.live { 0b10 } else { 0 }, ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (Some(source), Some(indices)) = (pass.inputs[0], pass.inputs[1]) else { return };
        let picking = Picking { gather: self, indices: indices.i64s(), pool: pass.pool };
        copy(&picking, &source, &mut pass.outputs[0]);
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let Some(indices) = pass.inputs[1] else { return };
        let indices = indices.i64s();
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        gradient.fill(0.0);
        if self.width == 0 {
            return;
        }
        for (i, slice) in relevance.chunks_exact(self.width).enumerate() {
            let (row, at) = (i / indices.len(), cell(indices[i % indices.len()], self.size));
            let to = (row * self.size + at) * self.width;
            gradient[to..to + self.width].iter_mut().zip(slice).for_each(|(g, r)| *g += r);
        }
    }
}

struct Picking<'a> {
    gather: &'a Gather,
    indices: &'a [i64],
    pool: &'a Pool,
}

impl Copying for Picking<'_> {
    fn copy<T: Copy + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        let Gather { size, width, .. } = *self.gather;
        let n = self.indices.len();
        if target.is_empty() {
            return;
        }
        let slices = (1usize << 14).div_ceil(width);
        self.pool.chunks(target, slices * width, |chunk, slots| {
            for (i, slot) in slots.chunks_exact_mut(width).enumerate() {
                let i = chunk * slices + i;
                let from = (i / n * size + cell(self.indices[i % n], size)) * width;
                slot.copy_from_slice(&source[from..from + width]);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::cells::Case;

    #[test]
    fn slices_are_picked_by_index() {
        let indices = Constant::from_i64s(&[2, 2], [0, -1, 2, 2]);
        let picked = [[0, 2], [2, 2]];
        for known in [true, false] {
            let case =
                |axis| Case::new("Gather", 13, &[4, 3, 5]).int("axis", axis).with(indices.clone(), known);
            case(1).check(&[4, 2, 2, 5], |at| Some(vec![at[0], picked[at[1]][at[2]], at[3]]));
            let picked = [[0, 4], [2, 2]];
            case(-1).check(&[4, 3, 2, 2], |at| Some(vec![at[0], at[1], picked[at[2]][at[3]]]));
        }
        let scalar = Constant::from_i64s(&[], [-2]);
        Case::new("Gather", 1, &[4, 3]).with(scalar, true).check(&[3], |at| Some(vec![2, at[0]]));
        Case::new("Gather", 13, &[3])
            .with(Constant::from_i64s(&[0], []), true)
            .check(&[0], |_| unreachable!());
    }

    #[test]
    fn indices_outside_are_refused_or_moved_to_the_border() {
        let wild = Constant::from_i64s(&[2], [i64::MIN, 9]);
        let case = |known| Case::new("Gather", 13, &[3]).with(wild.clone(), known);
        assert!(case(true).refusal().contains("outside an axis of size 3"));
        case(false).check(&[2], |at| Some(vec![2 * at[0]]));
        let nothing = Case::new("Gather", 13, &[0]).with(wild.clone(), false);
        assert_eq!(nothing.refusal(), "indices into an axis of size 0");
        let floats = Case::new("Gather", 13, &[3]).with(Constant::from_f32s(&[1], [0.0]), true);
        assert!(floats.refusal().contains("not indices"));
    }
}
