use inscape_tensor::Element;

use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Type, normalized_axis};

/// The cells of an array that lie along one axis: `outer` × `inner` lanes of `size` cells, `inner` apart.
struct Lanes {
    outer: usize,
    size: usize,
    inner: usize,
}

impl Lanes {
    fn along(shape: &[usize], axis: usize) -> Lanes {
        let count = |shape: &[usize]| shape.iter().product();
        Lanes { outer: count(&shape[..axis]), size: shape[axis], inner: count(&shape[axis + 1..]) }
    }

    /// The first cell of every lane, where lanes have `size` cells.
    fn starts(&self, size: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.outer).flat_map(move |o| (0..self.inner).map(move |i| o * size * self.inner + i))
    }
}

/// The place of the greatest or least cell along an axis.
struct ArgExtreme {
    lanes: Lanes,
    least: bool,
    last: bool,
}

/// The place of the greatest cell along `axis` (0): the first of equals, or the last with `select_last_index`.
pub(super) fn arg_max(site: &Site<'_>) -> Result<Built, Refusal> {
    arg_extreme(site, false)
}

/// The place of the least cell along `axis` (0): the first of equals, or the last with `select_last_index`.
pub(super) fn arg_min(site: &Site<'_>) -> Result<Built, Refusal> {
    arg_extreme(site, true)
}

fn arg_extreme(site: &Site<'_>, least: bool) -> Result<Built, Refusal> {
    let mut shape = site.shape(0)?.to_vec();
    let axis = site.axis("axis", 0, shape.len())?;
    let lanes = Lanes::along(&shape, axis);
    if lanes.size == 0 {
        return Err(Refusal(format!("axis {axis} of shape {shape:?} is empty")));
    }
    if site.flag("keepdims", true)? {
        shape[axis] = 1;
    } else {
        shape.remove(axis);
    }
    let operator = Box::new(ArgExtreme { lanes, least, last: site.flag("select_last_index", false)? });
    Ok(Built::Kernel { outputs: vec![Type { element: Element::I64, shape }], operator })
}

impl Operator for ArgExtreme {
    fn role(&self) -> Role {
        Role::Pooling
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let x = pass.input(0);
        let Lanes { size, inner, .. } = self.lanes;
        for (place, start) in pass.outputs[0].i64s().iter_mut().zip(self.lanes.starts(size)) {
            let mut best = 0;
            for k in 1..size {
                let (new, old) = (x[start + k * inner], x[start + best * inner]);
                let ahead = if self.least { new < old } else { new > old };
                best = if ahead || (self.last && new == old) { k } else { best };
            }
            *place = best as i64;
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        for gradient in pass.gradients.iter_mut().flatten() {
            gradient.fill(0.0);
        }
    }
}

/// The k greatest or least cells along an axis in order, with their places; the first of equals comes first.
struct TopK {
    lanes: Lanes,
    k: usize,
    largest: bool,
}

/// k is an attribute before opset 10 and a constant input since.
pub(super) fn top_k(site: &Site<'_>) -> Result<Built, Refusal> {
    let mut shape = site.shape(0)?.to_vec();
    let axis = site.axis("axis", -1, shape.len())?;
    let lanes = Lanes::along(&shape, axis);
    let k = match site.constant_i64s(1)? {
        Some(k) => k.first().copied().unwrap_or(-1),
        None => site.int("k", -1)?,
    };
    let k = usize::try_from(k).ok().filter(|&k| k <= lanes.size);
    let k =
        k.ok_or_else(|| Refusal(format!("k is not between 0 and {}, the size of axis {axis}", lanes.size)))?;
    if lanes.size > u32::MAX as usize {
        return Err(Refusal(format!("axis {axis} of {} cells is too long", lanes.size)));
    }
    shape[axis] = k;
    let outputs = vec![Type::f32(shape.clone()), Type { element: Element::I64, shape }];
    Ok(Built::Kernel { outputs, operator: Box::new(TopK { lanes, k, largest: site.flag("largest", true)? }) })
}

impl Operator for TopK {
    fn role(&self) -> Role {
        Role::Pooling
    }

    fn keeps(&self) -> Keeps {
        Keeps { words: self.lanes.outer * self.k * self.lanes.inner, ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let x = pass.input(0);
        let mut saved = pass.saved.take();
        let [values, places, ..] = &mut pass.outputs[..] else { return };
        let (values, places) = (values.f32s(), places.i64s());
        let Lanes { size, inner, .. } = self.lanes;
        let mut order: Vec<u32> = Vec::with_capacity(size);
        for (from, to) in self.lanes.starts(size).zip(self.lanes.starts(self.k)) {
            let at = |k: u32| x[from + k as usize * inner];
            order.clear();
            order.extend(0..size as u32);
            order.sort_unstable_by(|&a, &b| {
                let by_value = at(a).total_cmp(&at(b));
                (if self.largest { by_value.reverse() } else { by_value }).then(a.cmp(&b))
            });
            for (i, &place) in order[..self.k].iter().enumerate() {
                values[to + i * inner] = at(place);
                places[to + i * inner] = place.into();
                if let Some(saved) = &mut saved {
                    saved[to + i * inner] = place;
                }
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let places = pass.saved;
        if let Some(gradient) = &mut pass.gradients[0] {
            gradient.fill(0.0);
        }
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        let Lanes { size, inner, .. } = self.lanes;
        for (to, from) in self.lanes.starts(size).zip(self.lanes.starts(self.k)) {
            for i in (0..self.k).map(|k| from + k * inner) {
                gradient[to + places[i] as usize * inner] = relevance[i];
            }
        }
    }
}

/// y\[k\] = Σ x\[i\] over i ≤ k along an axis.
struct CumSum {
    lanes: Lanes,
    exclusive: bool,
    reverse: bool,
    element: Element,
}

/// The axis is a constant input; `exclusive` leaves x\[k\] itself out, `reverse` sums from the end.
pub(super) fn cum_sum(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let axis = match site.constant_i64s(1)?.as_deref() {
        Some(&[axis]) => normalized_axis(axis, input.shape.len())?,
        _ => return Err(Refusal("the axis is not one integer".into())),
    };
    if input.element == Element::Bool {
        return Err(Refusal("truth values are not summed".into()));
    }
    let (exclusive, reverse) = (site.flag("exclusive", false)?, site.flag("reverse", false)?);
    let operator =
        CumSum { lanes: Lanes::along(input.shape, axis), exclusive, reverse, element: input.element };
    let outputs = vec![Type { element: input.element, shape: input.shape.to_vec() }];
    Ok(Built::Kernel { outputs, operator: Box::new(operator) })
}

impl CumSum {
    fn run<T: Copy>(&self, x: &[T], y: &mut [T], reverse: bool, zero: T, add: impl Fn(T, T) -> T) {
        let Lanes { size, inner, .. } = self.lanes;
        for start in self.lanes.starts(size) {
            let mut total = zero;
            for k in 0..size {
                let i = start + inner * if reverse { size - 1 - k } else { k };
                let next = add(total, x[i]);
                y[i] = if self.exclusive { total } else { next };
                total = next;
            }
        }
    }
}

impl Operator for CumSum {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let Some(x) = pass.inputs[0] else { return };
        let y = &mut pass.outputs[0];
        match self.element {
            Element::F32 => self.run(x.f32s(), y.f32s(), self.reverse, 0.0, |a, b| a + b),
            _ => self.run(x.i64s(), y.i64s(), self.reverse, 0, i64::wrapping_add),
        }
    }

    /// A cell's relevance goes to all it sums: sums from the other end.
    fn backward(&self, pass: &mut Backward<'_>) {
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        self.run(relevance, gradient, !self.reverse, 0.0, |a, b| a + b);
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use super::super::check::{Check, numbers};
    use crate::graph::Attribute;

    fn ints(values: &[i64]) -> Constant {
        Constant::from_i64s(&[values.len()], values.to_vec())
    }

    #[test]
    fn the_first_or_last_extreme_is_found() {
        let x = vec![1.0, 5.0, 5.0, 0.0, 2.0, 0.0];
        let run = |operator, axis, last| {
            let check = Check::new(operator, 13).attribute("axis", Attribute::Int(axis));
            let check = check.attribute("select_last_index", Attribute::Int(last));
            numbers(&check.floats(&[2, 3], x.clone()).run()[0])
        };
        assert_eq!(run("ArgMax", 1, 0), [1.0, 1.0]);
        assert_eq!(run("ArgMax", 1, 1), [2.0, 1.0]);
        assert_eq!(run("ArgMin", -1, 0), [0.0, 0.0]);
        assert_eq!(run("ArgMin", -1, 1), [0.0, 2.0]);
        assert_eq!(run("ArgMax", 0, 0), [0.0, 0.0, 0.0]);
        let flat = Check::new("ArgMax", 13).attribute("keepdims", Attribute::Int(0)).floats(&[2, 3], x);
        assert_eq!(flat.run()[0].shape(), [3]);
        assert!(Check::new("ArgMax", 13).floats(&[0, 3], Vec::new()).refusal().contains("empty"));
    }

    #[test]
    fn the_top_cells_are_sorted_and_take_their_relevance() {
        let new = || Check::new("TopK", 11).outputs(2);
        let check =
            new().floats(&[2, 4], vec![1.0, 4.0, 4.0, 2.0, 0.0, -1.0, -3.0, 7.0]).constant(ints(&[3]));
        let [values, places] = &check.run()[..] else { panic!() };
        assert_eq!(numbers(values), [4.0, 4.0, 2.0, 7.0, 0.0, -1.0]);
        assert_eq!(places.i64s().unwrap(), [1, 2, 3, 3, 0, 1]);
        let gradients = check.gradients(&[vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], Vec::new()]);
        assert_eq!(gradients[0], Some(vec![0.0, 1.0, 2.0, 3.0, 5.0, 6.0, 0.0, 4.0]));
        let least = new().attribute("largest", Attribute::Int(0)).attribute("axis", Attribute::Int(0));
        let least = least.floats(&[3, 2], noise(1, 6)).constant(ints(&[1]));
        least.agrees_with(|x| (0..2).map(|i| x[0][i].min(x[0][i + 2]).min(x[0][i + 4])).collect());
        assert!(new().floats(&[2], vec![0.0; 2]).constant(ints(&[3])).refusal().contains("between 0 and 2"));
    }

    #[test]
    fn sums_run_along_the_axis_from_either_end() {
        for (exclusive, reverse) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let check = Check::new("CumSum", 14)
                .attribute("exclusive", Attribute::Int(exclusive))
                .attribute("reverse", Attribute::Int(reverse))
                .floats(&[2, 4, 3], noise(3, 24))
                .constant(Constant::from_i64s(&[], vec![1]));
            check.agrees_with(|x| {
                let counts = |from: usize, to: usize| match (exclusive, reverse) {
                    (0, 0) => from <= to,
                    (0, _) => from >= to,
                    (_, 0) => from < to,
                    _ => from > to,
                };
                let place = |i: usize| i / 3 % 4;
                let cell = |i: usize| {
                    let lane =
                        (0..4).map(|k| i - place(i) * 3 + k * 3).filter(|&j| counts(place(j), place(i)));
                    lane.map(|j| x[0][j]).sum()
                };
                (0..24).map(cell).collect()
            });
        }
        let whole = Check::new("CumSum", 14).constant(ints(&[i64::MAX, 1])).constant(ints(&[0]));
        assert_eq!(whole.run()[0].i64s().unwrap(), [i64::MAX, i64::MIN]);
    }
}
