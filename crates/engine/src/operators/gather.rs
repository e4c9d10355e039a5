use inscape_tensor::{Constant, Pool, Walk, strides};

use super::movement::{Copying, Walked, copy};
use super::places::Places;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Input, Keeps, Operator, Role, Site, Type};

/// Picks runs of cells of its first input by the indices in its second.
struct Gather {
    places: Places,
    /// Whether the indices are known only at run time.
    live: bool,
}

/// Gather: slices along an axis.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (input, indices) = (site.required(0)?, site.required(1)?);
    let axis = site.axis("axis", 0, input.shape.len())?;
    let shape = [&input.shape[..axis], indices.shape, &input.shape[axis + 1..]].concat();
    let places = Places::slices(site, axis)?;
    match indices.constant.and_then(Constant::i64s) {
        Some(&[index]) => Ok(one_slice(input, axis, places.start(0, &[index]), shape)),
        _ => picked(site, places, shape),
    }
}

/// The cells at one place along an axis, the first of them being `start`.
fn one_slice(input: Input<'_>, axis: usize, start: usize, shape: Vec<usize>) -> Built {
    let steps: Vec<isize> = strides(input.shape).into_iter().map(|stride| stride as isize).collect();
    let sizes = [&input.shape[..axis], &[1], &input.shape[axis + 1..]].concat();
    let operator = Walked(vec![Walk::new(start, &sizes, &steps)]);
    Built::Kernel { outputs: vec![Type { element: input.element, shape }], operator: Box::new(operator) }
}

/// GatherElements: single elements along an axis, as many as there are indices.
pub(super) fn elements(site: &Site<'_>) -> Result<Built, Refusal> {
    let axis = site.axis("axis", 0, site.required(0)?.shape.len())?;
    picked(site, Places::elements(site, axis)?, site.required(1)?.shape.to_vec())
}

/// GatherND: what the tuples along the last axis of the indices point at.
pub(super) fn tuples(site: &Site<'_>) -> Result<Built, Refusal> {
    let (input, indices) = (site.required(0)?.shape, site.required(1)?.shape);
    let batch = site.int("batch_dims", 0)?;
    let batch = usize::try_from(batch).map_err(|_| Refusal(format!("batch_dims of {batch}")))?;
    let places = Places::tuples(site, batch)?;
    let (length, tuples) = indices.split_last().map_or((0, indices), |(&length, tuples)| (length, tuples));
    picked(site, places, [tuples, &input[batch + length..]].concat())
}

fn picked(site: &Site<'_>, places: Places, shape: Vec<usize>) -> Result<Built, Refusal> {
    let outputs = vec![Type { element: site.required(0)?.element, shape }];
    let live = site.required(1)?.constant.is_none();
    Ok(Built::Kernel { outputs, operator: Box::new(Gather { places, live }) })
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
        let picking = Picking { places: &self.places, indices: indices.i64s(), pool: pass.pool };
        copy(&picking, &source, &mut pass.outputs[0]);
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let Some(indices) = pass.inputs[1] else { return };
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        gradient.fill(0.0);
        let width = self.places.width;
        for (k, run) in relevance.chunks_exact(width.max(1)).enumerate() {
            let to = self.places.start(k, indices.i64s());
            gradient[to..to + width].iter_mut().zip(run).for_each(|(g, r)| *g += r);
        }
    }
}

struct Picking<'a> {
    places: &'a Places,
    indices: &'a [i64],
    pool: &'a Pool,
}

impl Copying for Picking<'_> {
    fn copy<T: Copy + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        let width = self.places.width.max(1);
        let runs = (1usize << 14).div_ceil(width);
        self.pool.chunks(target, runs * width, |piece, slots| {
            for (i, slot) in slots.chunks_exact_mut(width).enumerate() {
                let from = self.places.start(piece * runs + i, self.indices);
                slot.copy_from_slice(&source[from..from + width]);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;

    fn indexed(check: Check, indices: &Constant, known: bool) -> Check {
        match known {
            true => check.constant(indices.clone()),
            false => check.run_time(indices.clone()),
        }
    }

    #[test]
    fn slices_are_picked_by_index() {
        let indices = Constant::from_i64s(&[2, 2], [0, -1, 2, 2]);
        let picked = [[0, 2], [2, 2]];
        for known in [true, false] {
            let case =
                |axis| indexed(Check::new("Gather", 13).noisy(&[4, 3, 5]).int("axis", axis), &indices, known);
            case(1).moves(&[4, 2, 2, 5], |at| Some(vec![at[0], picked[at[1]][at[2]], at[3]]));
            let picked = [[0, 4], [2, 2]];
            case(-1).moves(&[4, 3, 2, 2], |at| Some(vec![at[0], at[1], picked[at[2]][at[3]]]));
        }
        let scalar = Constant::from_i64s(&[], [-2]);
        Check::new("Gather", 1).noisy(&[4, 3]).constant(scalar).moves(&[3], |at| Some(vec![2, at[0]]));
        Check::new("Gather", 13)
            .noisy(&[3])
            .constant(Constant::from_i64s(&[0], []))
            .moves(&[0], |_| unreachable!());
    }

    #[test]
    fn elements_are_picked_by_index() {
        let indices = Constant::from_i64s(&[2, 3], [0, -1, 2, 3, 1, 0]);
        let picked = [[0, 3, 2], [3, 1, 0]];
        let case = Check::new("GatherElements", 13).noisy(&[4, 3]).constant(indices.clone());
        case.moves(&[2, 3], |at| Some(vec![picked[at[0]][at[1]], at[1]]));
        let case = Check::new("GatherElements", 13).noisy(&[5, 4]).int("axis", 1).run_time(indices.clone());
        case.moves(&[2, 3], |at| Some(vec![at[0], picked[at[0]][at[1]]]));
        let misfit = Check::new("GatherElements", 13).noisy(&[4, 2]).constant(indices);
        assert_eq!(misfit.refusal(), "indices of shape [2, 3] do not fit into [4, 2]");
    }

    #[test]
    fn tuples_are_coordinates() {
        let indices = Constant::from_i64s(&[2, 2], [0, -1, 3, 1]);
        let picked = [[0, 2], [3, 1]];
        let case = |known| indexed(Check::new("GatherND", 13).noisy(&[4, 3, 2]), &indices, known);
        case(true).moves(&[2, 2], |at| Some(vec![picked[at[0]][0], picked[at[0]][1], at[1]]));
        case(false).moves(&[2, 2], |at| Some(vec![picked[at[0]][0], picked[at[0]][1], at[1]]));
        let batched = Constant::from_i64s(&[2, 2, 1], [0, 2, 1, 1]);
        let picked = [[0, 2], [1, 1]];
        let case =
            Check::new("GatherND", 13).noisy(&[2, 3, 2]).int("batch_dims", 1).constant(batched.clone());
        case.moves(&[2, 2, 2], |at| Some(vec![at[0], picked[at[0]][at[1]], at[2]]));
        let misfit = Check::new("GatherND", 13).noisy(&[3, 3, 2]).int("batch_dims", 1).constant(batched);
        assert_eq!(misfit.refusal(), "index tuples of shape [2, 2, 1] do not fit into [3, 3, 2]");
    }

    #[test]
    fn indices_outside_are_refused_or_moved_to_the_border() {
        let wild = Constant::from_i64s(&[2], [i64::MIN, 9]);
        let case = |known| indexed(Check::new("Gather", 13).noisy(&[3]), &wild, known);
        assert!(case(true).refusal().contains("outside an axis of size 3"));
        case(false).moves(&[2], |at| Some(vec![2 * at[0]]));
        let nothing = Check::new("Gather", 13).noisy(&[0]).run_time(wild.clone());
        assert_eq!(nothing.refusal(), "indices into an axis of size 0");
        let floats = Check::new("Gather", 13).noisy(&[3]).constant(Constant::from_f32s(&[1], [0.0]));
        assert!(floats.refusal().contains("not indices"));
    }
}
