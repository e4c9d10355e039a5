//! What the operators that move numbers without changing them share: copying any kind of element, and outputs that
//! are walks over their first input.

use bytemuck::Pod;
use inscape_tensor::{Pool, Slice, SliceMut, View, ViewMut, Walk};

use crate::operator::{Backward, Forward, Operator, Placement, Reach, Role};

/// A way of copying cells, the same for every kind of element.
pub(super) trait Copying {
    /// Writes cells of the target from cells of the source.
    fn copy<T: Pod + Default + Send + Sync>(&self, source: &[T], target: &mut [T]);
}

/// Copies between arrays of one kind; kinds are checked when operators are built.
pub(super) fn copy(copying: &impl Copying, source: &View<'_>, target: &mut ViewMut<'_>) {
    match (source.data, &mut target.data) {
        (Slice::F32(source), SliceMut::F32(target)) => copying.copy(source, target),
        (Slice::I64(source), SliceMut::I64(target)) => copying.copy(source, target),
        (Slice::Bool(source), SliceMut::Bool(target)) => copying.copy(source, target),
        _ => debug_assert!(false, "arrays of two kinds"),
    }
}

/// Copies, in parts for the threads.
pub(super) fn spread<T: Copy + Send + Sync>(pool: &Pool, source: &[T], target: &mut [T]) {
    /// Elements that are worth a task of their own.
    const TASK: usize = 1 << 14;
    pool.chunks(target, TASK, |i, target| target.copy_from_slice(&source[i * TASK..][..target.len()]));
}

/// Cell for cell.
pub(super) struct Whole;

impl Copying for Whole {
    fn copy<T: Pod + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        target.copy_from_slice(source);
    }
}

/// Every cell from the same one.
pub(super) struct Fill;

impl Copying for Fill {
    fn copy<T: Pod + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        target.fill(source[0]);
    }
}

/// The cells of a walk.
pub(super) struct Along<'a> {
    pub(super) walk: &'a Walk,
    pub(super) pool: &'a Pool,
}

impl Copying for Along<'_> {
    fn copy<T: Pod + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        self.walk.gather(source, target, self.pool);
    }
}

/// The first output is the first input under another shape, or under the same.
pub(super) struct Same;

impl Operator for Same {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn placement(&self) -> Placement {
        Placement::Alias
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        if let Some(source) = pass.inputs[0] {
            copy(&Whole, &source, &mut pass.outputs[0]);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        if let Some((relevance, gradient)) = pass.flow(0) {
            gradient.copy_from_slice(relevance);
        }
    }
}

/// Every output is a walk over the first input: a slice, a part of a split, a broadcast.
pub(super) struct Walked(pub(super) Vec<Walk>);

impl Operator for Walked {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn walk(&self, output: usize) -> Option<&Walk> {
        self.0.get(output)
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let Some(source) = pass.inputs[0] else { return };
        for (walk, output) in self.0.iter().zip(&mut pass.outputs) {
            copy(&Along { walk, pool: pass.pool }, &source, output);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let Some(gradient) = pass.gradients[0].as_deref_mut() else { return };
        gradient.fill(0.0);
        for (walk, relevance) in self.0.iter().zip(&pass.relevance) {
            if let Some(relevance) = relevance {
                walk.scatter_add(relevance, gradient);
            }
        }
    }
}
