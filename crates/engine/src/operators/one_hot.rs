use inscape_tensor::{Element, Slice, View};

use super::movement::{Copying, copy};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Type, normalized_axis};

/// OneHot: along a new axis of size `depth`, the second of two values at the place an index names, the first elsewhere.
///
/// Negative indices count from the end; an index outside names no place.
struct OneHot {
    depth: usize,
    /// The product of the sizes of the indices after the new axis.
    inner: usize,
    /// Whether the indices are known only at run time.
    live: bool,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (indices, depth, values) = (site.required(0)?, site.required(1)?, site.required(2)?);
    let depth = match depth.element {
        Element::F32 => site.constant_f32s(1)?.and_then(|depth| depth.first().map(|&depth| depth as i64)),
        _ => site.constant_i64s(1)?.and_then(|depth| depth.first().copied()),
    };
    let depth = depth.and_then(|depth| usize::try_from(depth).ok());
    let depth = depth.ok_or_else(|| Refusal("the depth is missing or negative".into()))?;
    if values.shape != [2] || indices.element == Element::Bool {
        return Err(Refusal("indices and a list of two values are needed".into()));
    }
    let axis = normalized_axis(site.int("axis", -1)?, indices.shape.len() + 1)?;
    let mut shape = indices.shape.to_vec();
    shape.insert(axis, depth);
    let inner = indices.shape[axis..].iter().product();
    let operator = OneHot { depth, inner, live: indices.constant.is_none() };
    Ok(Built::Kernel { outputs: vec![Type { element: values.element, shape }], operator: Box::new(operator) })
}

impl OneHot {
    /// Calls `visit` with every output cell that holds the second value.
    fn each(&self, indices: &View<'_>, mut visit: impl FnMut(usize)) {
        let mut place = |i: usize, index: f64| {
            let depth = self.depth as f64;
            let at = if index < 0.0 { index + depth } else { index };
            if (0.0..depth).contains(&at) {
                visit((i / self.inner * self.depth + at as usize) * self.inner + i % self.inner);
            }
        };
        match indices.data {
            Slice::F32(indices) => indices.iter().enumerate().for_each(|(i, &index)| place(i, index.into())),
            Slice::I64(indices) => indices.iter().enumerate().for_each(|(i, &index)| place(i, index as f64)),
            Slice::Bool(_) => {}
        }
    }
}

impl Operator for OneHot {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: u32::from(self.live), ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (Some(indices), Some(values)) = (pass.inputs[0], pass.inputs[2]) else { return };
        copy(&Lighting { one_hot: self, indices: &indices }, &values, &mut pass.outputs[0]);
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        if let Some(gradient) = pass.gradients[0].as_deref_mut() {
            gradient.fill(0.0);
        }
        let Some(indices) = pass.inputs[0] else { return };
        let Some((relevance, gradient)) = pass.flow(2) else { return };
        let mut on = 0.0;
        self.each(&indices, |cell| on += relevance[cell]);
        gradient.copy_from_slice(&[relevance.iter().sum::<f32>() - on, on]);
    }
}

struct Lighting<'a> {
    one_hot: &'a OneHot,
    indices: &'a View<'a>,
}

impl Copying for Lighting<'_> {
    fn copy<T: Copy + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        target.fill(source[0]);
        self.one_hot.each(self.indices, |cell| target[cell] = source[1]);
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;

    fn case(indices: Constant, depth: i64) -> Check {
        Check::new("OneHot", 11).constant(indices).constant(Constant::from_i64s(&[], [depth]))
    }

    fn values() -> Constant {
        Constant::from_f32s(&[2], [5.0, 9.0])
    }

    #[test]
    fn an_index_lights_its_place() {
        let last = case(Constant::from_i64s(&[3], [1, -1, 7]), 3).constant(values()).run();
        assert_eq!(last[0].shape(), [3, 3]);
        assert_eq!(*last[0].f32s().unwrap(), [5.0, 9.0, 5.0, 5.0, 5.0, 9.0, 5.0, 5.0, 5.0]);
        let first = case(Constant::from_f32s(&[2], [1.0, 0.0]), 2).int("axis", 0).constant(values()).run();
        assert_eq!(*first[0].f32s().unwrap(), [5.0, 9.0, 9.0, 5.0]);
        assert!(case(Constant::from_i64s(&[1], [0]), -1).constant(values()).build().is_err());
    }

    #[test]
    fn relevance_goes_to_the_value_shown() {
        let case = case(Constant::from_i64s(&[2], [1, 9]), 3).run_time(values());
        let gradients = case.gradients(&[vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]);
        assert_eq!(gradients, [None, None, Some(vec![19.0, 2.0])]);
    }
}
