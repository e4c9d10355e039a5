use inscape_tensor::{Element, Slice, SliceMut};

use super::movement::{Copying, Whole, copy};
use super::places::Places;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Type};

/// The first input with the updates (third) put in, or added, multiplied, … in, where the indices (second) point.
struct Scatter {
    places: Places,
    reduction: Reduction,
    /// The number of updates.
    updates: usize,
    /// Whether the indices are known only at run time.
    live: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reduction {
    None,
    Add,
    Mul,
    Max,
    Min,
}

/// ScatterElements: single elements along an axis.
pub(super) fn elements(site: &Site<'_>) -> Result<Built, Refusal> {
    let axis = site.axis("axis", 0, site.required(0)?.shape.len())?;
    let shape = site.required(1)?.shape;
    scattered(site, Places::elements(site, axis)?, shape)
}

/// ScatterND: what the tuples along the last axis of the indices point at.
pub(super) fn tuples(site: &Site<'_>) -> Result<Built, Refusal> {
    let (input, indices) = (site.required(0)?.shape, site.required(1)?.shape);
    let places = Places::tuples(site, 0)?;
    let (length, tuples) = indices.split_last().map_or((0, indices), |(&length, tuples)| (length, tuples));
    scattered(site, places, &[tuples, &input[length..]].concat())
}

fn scattered(site: &Site<'_>, places: Places, shape: &[usize]) -> Result<Built, Refusal> {
    let (input, updates) = (site.required(0)?, site.required(2)?);
    if updates.element != input.element || updates.shape != shape {
        let (kind, sizes) = (updates.element, updates.shape);
        return Err(Refusal(format!(
            "updates of {kind} {sizes:?} where {} {shape:?} is needed",
            input.element
        )));
    }
    let reduction = match site.text("reduction", "none")? {
        "none" => Reduction::None,
        "add" => Reduction::Add,
        "mul" => Reduction::Mul,
        "max" => Reduction::Max,
        "min" => Reduction::Min,
        other => return Err(Refusal(format!("reduction '{other}' is not supported"))),
    };
    if reduction != Reduction::None && input.element == Element::Bool {
        return Err(Refusal("a reduction of data type bool".into()));
    }
    let live = site.required(1)?.constant.is_none();
    let outputs = vec![Type { element: input.element, shape: input.shape.to_vec() }];
    Ok(Built::Kernel {
        outputs,
        operator: Box::new(Scatter { places, reduction, updates: shape.iter().product(), live }),
    })
}

impl Operator for Scatter {
    fn role(&self) -> Role {
        match self.reduction {
            Reduction::None => Role::Reshape,
            Reduction::Add => Role::Sum,
            Reduction::Mul => Role::Product,
            Reduction::Max | Reduction::Min => Role::Pooling,
        }
    }

    fn keeps(&self) -> Keeps {
        let indices = if self.live { 0b010 } else { 0 };
        match self.reduction {
            Reduction::None | Reduction::Add => Keeps { inputs: indices, ..Keeps::default() },
            Reduction::Mul => Keeps { inputs: indices | 0b101, ..Keeps::default() },
            Reduction::Max | Reduction::Min => Keeps { inputs: indices | 0b101, outputs: 1, words: 0 },
        }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let [Some(data), Some(indices), Some(updates)] = pass.inputs[..] else { return };
        let output = &mut pass.outputs[0];
        copy(&Whole, &data, output);
        let indices = indices.i64s();
        match (self.reduction, updates.data, &mut output.data) {
            (Reduction::None, ..) => copy(&Putting { places: &self.places, indices }, &updates, output),
            (reduction, Slice::F32(updates), SliceMut::F32(target)) => {
                let reduce = |a: f32, b: f32| match reduction {
                    Reduction::Add => a + b,
                    Reduction::Mul => a * b,
                    Reduction::Max => {
                        if a > b || a.is_nan() {
                            a
                        } else {
                            b
                        }
                    }
                    _ => {
                        if a < b || a.is_nan() {
                            a
                        } else {
                            b
                        }
                    }
                };
                self.each(indices, |u, cell| target[cell] = reduce(target[cell], updates[u]));
            }
            (reduction, Slice::I64(updates), SliceMut::I64(target)) => {
                let reduce = |a: i64, b: i64| match reduction {
                    Reduction::Add => a.wrapping_add(b),
                    Reduction::Mul => a.wrapping_mul(b),
                    Reduction::Max => a.max(b),
                    _ => a.min(b),
                };
                self.each(indices, |u, cell| target[cell] = reduce(target[cell], updates[u]));
            }
            _ => debug_assert!(false, "kinds are checked when it is built"),
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (Some(indices), Some(relevance)) = (pass.inputs[1], pass.relevance[0].as_deref()) else { return };
        let indices = indices.i64s();
        let mut to_data = relevance.to_vec();
        let mut to_updates = vec![0.0; self.updates];
        match self.reduction {
            Reduction::None => {
                let width = self.places.width;
                // the last update of a cell is the one that stays, so relevance is taken in reverse
                for (k, run) in to_updates.chunks_exact_mut(width.max(1)).enumerate().rev() {
                    let start = self.places.start(k, indices);
                    run.copy_from_slice(&to_data[start..start + width]);
                    to_data[start..start + width].fill(0.0);
                }
            }
            Reduction::Add => self.each(indices, |u, cell| to_updates[u] = relevance[cell]),
            _ => {
                let (data, updates) = (pass.input(0), pass.input(2));
                let result = if self.reduction == Reduction::Mul { data } else { pass.output(0) };
                let start = |(&value, &result)| Tally::default().and(self.reduction, value, result);
                let mut tallies: Vec<Tally> = data.iter().zip(result).map(start).collect();
                self.each(indices, |u, cell| {
                    tallies[cell] = tallies[cell].and(self.reduction, updates[u], result[cell]);
                });
                let share = |value, cell: usize| {
                    tallies[cell].share(self.reduction, value, result[cell]) * relevance[cell]
                };
                to_data.iter_mut().enumerate().for_each(|(cell, to)| *to = share(data[cell], cell));
                self.each(indices, |u, cell| to_updates[u] = share(updates[u], cell));
            }
        }
        for (i, values) in [(0, to_data), (2, to_updates)] {
            if let Some(gradient) = pass.gradients[i].as_deref_mut() {
                gradient.copy_from_slice(&values);
            }
        }
    }
}

impl Scatter {
    /// Calls `visit` with the number of each update and its cell.
    fn each(&self, indices: &[i64], mut visit: impl FnMut(usize, usize)) {
        let width = self.places.width;
        for first in (0..self.updates).step_by(width.max(1)) {
            let start = self.places.start(first / width, indices);
            (0..width).for_each(|i| visit(first + i, start + i));
        }
    }
}

struct Putting<'a> {
    places: &'a Places,
    indices: &'a [i64],
}

impl Copying for Putting<'_> {
    fn copy<T: Copy + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        let width = self.places.width;
        for (k, run) in source.chunks_exact(width.max(1)).enumerate() {
            let start = self.places.start(k, self.indices);
            target[start..start + width].copy_from_slice(run);
        }
    }
}

/// What the values that meet in one cell are together: for a product, its factors but 0, and how many are 0; for a
/// maximum or minimum, how many values reach it.
#[derive(Clone, Copy)]
struct Tally {
    product: f32,
    count: u32,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { product: 1.0, count: 0 }
    }
}

impl Tally {
    fn and(self, reduction: Reduction, value: f32, result: f32) -> Tally {
        let counts = if reduction == Reduction::Mul { value == 0.0 } else { value == result };
        let product = if counts { self.product } else { self.product * value };
        Tally { product, count: self.count + u32::from(counts) }
    }

    /// The derivative of the cell by one of its values.
    fn share(self, reduction: Reduction, value: f32, result: f32) -> f32 {
        match (reduction, self.count) {
            (Reduction::Mul, 0) => self.product / value,
            (Reduction::Mul, 1) if value == 0.0 => self.product,
            (Reduction::Mul, _) => 0.0,
            (_, n) if value == result => 1.0 / n as f32,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::{assert_close, central_vjp};

    use super::super::check::Check;

    const DATA: [f32; 6] = [1.5, -2.0, 0.0, 4.0, 0.5, -1.0];
    const UPDATES: [f32; 4] = [3.0, -0.5, 2.5, -3.0];
    /// The cells that four pairs of coordinates in an array of 2×3 mean.
    const CELLS: [usize; 4] = [2, 5, 2, 0];

    fn case(reduction: &str, data: &[f32], updates: &[f32]) -> Check {
        let indices = Constant::from_i64s(&[4, 2], [0, 2, -1, -1, 0, 2, 0, 0]);
        let check = Check::new("ScatterND", 18).text("reduction", reduction);
        check.floats(&[2, 3], data.to_vec()).constant(indices).floats(&[4], updates.to_vec())
    }

    fn slow(reduction: &str, data: &[f64], updates: &[f64]) -> Vec<f64> {
        let mut result = data.to_vec();
        for (&cell, &update) in CELLS.iter().zip(updates) {
            let y = &mut result[cell];
            *y = match reduction {
                "none" => update,
                "add" => *y + update,
                "mul" => *y * update,
                "max" => y.max(update),
                _ => y.min(update),
            };
        }
        result
    }

    #[test]
    fn updates_meet_as_the_reduction_says_and_relevance_returns() {
        for reduction in ["none", "add", "mul", "max", "min"] {
            let case = case(reduction, &DATA, &UPDATES);
            let result = case.run();
            let both: Vec<f64> = DATA.iter().chain(&UPDATES).map(|&x| x.into()).collect();
            let expected = slow(reduction, &both[..6], &both[6..]);
            assert_close(
                &result[0].f32s().unwrap(),
                &expected.iter().map(|&y| y as f32).collect::<Vec<_>>(),
                1e-7,
            );

            let relevance = [1.0, -2.0, 3.0, 4.0, 5.0, -6.0];
            let gradients = case.gradients(&[relevance.to_vec()]);
            let actual: Vec<f32> = gradients.into_iter().flatten().flatten().collect();
            let slow = |both: &[f64]| slow(reduction, &both[..6], &both[6..]);
            let expected = central_vjp(slow, &both, &relevance.map(f64::from));
            assert_close(&actual, &expected.iter().map(|&g| g as f32).collect::<Vec<_>>(), 1e-5);
        }
    }

    #[test]
    fn ties_share_and_zeros_are_no_trouble() {
        let gradient = |reduction: &str, data: [f32; 6], updates: [f32; 4]| {
            let gradients = case(reduction, &data, &updates).gradients(&[vec![6.0; 6]]);
            gradients.into_iter().flatten().collect::<Vec<_>>()
        };
        let tied = gradient("max", [0.0, 0.0, 7.0, 0.0, 0.0, 9.0], [7.0, 1.0, 7.0, -1.0]);
        assert_eq!(tied, [vec![6.0, 6.0, 2.0, 6.0, 6.0, 6.0], vec![2.0, 0.0, 2.0, 0.0]]);
        let zeros = gradient("mul", [1.0, 1.0, 0.0, 1.0, 1.0, 0.0], [2.0, 0.0, 3.0, 4.0]);
        assert_eq!(zeros, [vec![24.0, 6.0, 36.0, 6.0, 6.0, 0.0], vec![0.0, 0.0, 0.0, 6.0]]);
    }

    #[test]
    fn elements_go_along_an_axis() {
        let data = Constant::from_i64s(&[2, 3], [1, 2, 3, 4, 5, 6]);
        let indices = Constant::from_i64s(&[2, 2], [0, -1, 1, 1]);
        let updates = Constant::from_i64s(&[2, 2], [10, 20, 30, 40]);
        let given = |updates: &Constant| {
            let check = Check::new("ScatterElements", 18).constant(data.clone()).constant(indices.clone());
            check.constant(updates.clone())
        };
        let put = given(&updates).int("axis", 1).run();
        assert_eq!(put[0].i64s(), Some(&[10, 2, 20, 4, 40, 6][..]));
        let added = given(&updates).int("axis", 1).text("reduction", "add").run();
        assert_eq!(added[0].i64s(), Some(&[11, 2, 23, 4, 75, 6][..]));
        assert!(given(&updates).int("axis", 2).build().is_err());
        let short = Constant::from_i64s(&[2], [1, 2]);
        assert_eq!(given(&short).refusal(), "updates of int64 [2] where int64 [2, 2] is needed");
    }
}
