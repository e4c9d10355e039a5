use std::ops::Range;

use inscape_tensor::{Element, vectorized};

use super::arithmetic::{add, floats};
use super::binary::Function;
use super::broadcast::{Broadcast, common_shape};
use super::discrete::integers;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Placement, Reach, Role, Site};

/// x₀ + x₁ + …
pub(super) fn sum(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.inputs.len() == 2 { add(site) } else { added(site, 1.0) }
}

/// (x₀ + x₁ + …) / n.
pub(super) fn mean(site: &Site<'_>) -> Result<Built, Refusal> {
    added(site, 1.0 / site.inputs.len().max(1) as f32)
}

/// The greatest of x₀, x₁, …; equals share the relevance.
pub(super) fn max(site: &Site<'_>) -> Result<Built, Refusal> {
    match (site.required(0)?.element, site.inputs.len()) {
        (Element::I64, 2) => integers(site, i64::max),
        (_, 2) => floats(site, Extreme { sign: 1.0 }, [Role::Pooling; 3], None),
        _ => extreme(site, Extreme { sign: 1.0 }),
    }
}

/// The least of x₀, x₁, …; equals share the relevance.
pub(super) fn min(site: &Site<'_>) -> Result<Built, Refusal> {
    match (site.required(0)?.element, site.inputs.len()) {
        (Element::I64, 2) => integers(site, i64::min),
        (_, 2) => floats(site, Extreme { sign: -1.0 }, [Role::Pooling; 3], None),
        _ => extreme(site, Extreme { sign: -1.0 }),
    }
}

/// A sum of arrays, scaled.
struct Added {
    scale: f32,
    lineups: Vec<Broadcast<1>>,
}

fn added(site: &Site<'_>, scale: f32) -> Result<Built, Refusal> {
    let (output, lineups) = lined_up(site)?;
    Ok(Built::one(output, Added { scale, lineups }))
}

/// The greatest (sign 1) or least (sign −1).
#[derive(Clone, Copy)]
struct Extreme {
    sign: f32,
}

impl Function for Extreme {
    const BY_A_READS: u32 = 0b11;
    const BY_B_READS: u32 = 0b11;

    #[inline(always)]
    fn value(self, a: f32, b: f32) -> f32 {
        let better = if b * self.sign > a * self.sign { b } else { a };
        if b.is_nan() { b } else { better }
    }

    #[inline(always)]
    fn by_a(self, a: f32, b: f32) -> f32 {
        let ahead = a * self.sign > b * self.sign;
        if ahead {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    }

    #[inline(always)]
    fn by_b(self, a: f32, b: f32) -> f32 {
        self.by_a(b, a)
    }
}

/// The greatest or least of any number of arrays. Notes how many share each output cell.
struct Extremes {
    choice: Extreme,
    lineups: Vec<Broadcast<1>>,
}

fn extreme(site: &Site<'_>, choice: Extreme) -> Result<Built, Refusal> {
    let (output, lineups) = lined_up(site)?;
    Ok(Built::one(output, Extremes { choice, lineups }))
}

fn lined_up(site: &Site<'_>) -> Result<(Vec<usize>, Vec<Broadcast<1>>), Refusal> {
    let shapes: Vec<&[usize]> =
        (0..site.inputs.len().max(1)).map(|i| site.shape(i)).collect::<Result<_, _>>()?;
    if shapes.len() > 32 {
        return Err(Refusal(format!("{} inputs; at most 32 are supported", shapes.len())));
    }
    let output = common_shape(&shapes)?;
    let lineups = shapes.iter().map(|shape| Broadcast::new(&output, [shape])).collect();
    Ok((output, lineups))
}

/// Calls `step` with each output cell and the cell of one operand that it reads.
#[inline(always)]
fn along(cells: &mut [f32], x: &[f32], at: usize, still: bool, step: impl Fn(&mut f32, f32)) {
    vectorized(
        #[inline(always)]
        || {
            if still {
                let x = x[at];
                cells.iter_mut().for_each(|cell| step(cell, x));
            } else {
                cells.iter_mut().zip(&x[at..]).for_each(|(cell, &x)| step(cell, x));
            }
        },
    );
}

impl Operator for Added {
    fn role(&self) -> Role {
        Role::Sum
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn first_comes_last(&self) -> bool {
        true
    }

    fn placement(&self) -> Placement {
        if self.lineups[0].full(0) { Placement::InPlace } else { Placement::Separate }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let pool = pass.pool;
        let others: Vec<&[f32]> = (1..self.lineups.len()).map(|i| pass.input(i)).collect();
        let (first, output) = pass.pair();
        if let Some(first) = first {
            let lineup = &self.lineups[0];
            lineup.each(output, pool, |cells, _, [at]| {
                along(cells, first, at, lineup.still(0), |y, x| *y = x);
            });
        }
        for (lineup, x) in self.lineups[1..].iter().zip(others) {
            lineup.each(output, pool, |cells, _, [at]| along(cells, x, at, lineup.still(0), |y, x| *y += x));
        }
        if self.scale != 1.0 {
            vectorized(
                #[inline(always)]
                || output.iter_mut().for_each(|y| *y *= self.scale),
            );
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        for (i, lineup) in self.lineups.iter().enumerate().skip(1) {
            let Some((relevance, gradient)) = pass.flow(i) else { continue };
            lineup.sum_back(0, gradient, pool, &|cells, Range { start, end }, _| {
                let r = &relevance[start..end];
                vectorized(
                    #[inline(always)]
                    || cells.iter_mut().zip(r).for_each(|(g, &r)| *g = r * self.scale),
                );
            });
        }
        let Some((relevance, gradient)) = pass.pair() else { return };
        self.lineups[0].sum_back(0, gradient, pool, &|cells, Range { start, end }, _| match relevance {
            Some(relevance) => {
                let r = &relevance[start..end];
                vectorized(
                    #[inline(always)]
                    || cells.iter_mut().zip(r).for_each(|(g, &r)| *g = r * self.scale),
                );
            }
            None => vectorized(
                #[inline(always)]
                || cells.iter_mut().for_each(|g| *g *= self.scale),
            ),
        });
    }
}

impl Operator for Extremes {
    fn role(&self) -> Role {
        Role::Pooling
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn keeps(&self) -> Keeps {
        let inputs = u32::MAX >> (32 - self.lineups.len());
        Keeps { inputs, outputs: 1, words: self.lineups[0].len }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (pool, saved) = (pass.pool, pass.saved.take());
        let inputs: Vec<&[f32]> = (0..self.lineups.len()).map(|i| pass.input(i)).collect();
        let output = pass.output(0);
        let choice = self.choice;
        for (i, (lineup, x)) in self.lineups.iter().zip(&inputs).enumerate() {
            lineup.each(output, pool, |cells, _, [at]| match i {
                0 => along(cells, x, at, lineup.still(0), |y, x| *y = x),
                _ => along(cells, x, at, lineup.still(0), |y, x| *y = choice.value(*y, x)),
            });
        }
        let Some(counts) = saved else { return };
        counts.fill(0);
        let output = &*output;
        for (lineup, x) in self.lineups.iter().zip(&inputs) {
            lineup.each(counts, pool, |counts, Range { start, .. }, [at]| {
                for (i, count) in counts.iter_mut().enumerate() {
                    let x = x[if lineup.still(0) { at } else { at + i }];
                    *count += u32::from(x == output[start + i]);
                }
            });
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (pool, counts, y) = (pass.pool, pass.saved, pass.output(0));
        for (i, lineup) in self.lineups.iter().enumerate() {
            let x = pass.inputs[i].map(|view| view.f32s());
            let (Some((relevance, gradient)), Some(x)) = (pass.flow(i), x) else { continue };
            lineup.sum_back(0, gradient, pool, &|cells, Range { start, .. }, [at]| {
                for (i, cell) in cells.iter_mut().enumerate() {
                    let x = x[if lineup.still(0) { at } else { at + i }];
                    let share = relevance[start + i] / counts[start + i] as f32;
                    *cell = if x == y[start + i] { share } else { 0.0 };
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use super::super::check::{Check, numbers};

    /// Broadcasting [3, 4], [4] and [3, 1], folded.
    fn folded(x: &[Vec<f64>], f: fn(f64, f64) -> f64) -> Vec<f64> {
        (0..12).map(|i| f(f(x[0][i], x[1][i % 4]), x[2][i / 4])).collect()
    }

    #[test]
    fn any_number_of_arrays_is_combined() {
        let three = |operator| {
            let check = Check::new(operator, 13).floats(&[3, 4], noise(1, 12));
            check.floats(&[4], noise(2, 4)).floats(&[3, 1], noise(3, 3))
        };
        three("Sum").agrees_with(|x| folded(x, |a, b| a + b));
        three("Mean").agrees_with(|x| folded(x, |a, b| a + b).into_iter().map(|y| y / 3.0).collect());
        three("Max").agrees_with(|x| folded(x, f64::max));
        three("Min").agrees_with(|x| folded(x, f64::min));
        for operator in ["Sum", "Mean", "Max", "Min"] {
            Check::new(operator, 13).floats(&[5], noise(4, 5)).agrees_with(|x| x[0].clone());
        }
        for (operator, f) in [("Max", f64::max as fn(f64, f64) -> f64), ("Min", f64::min)] {
            let two = Check::new(operator, 13).floats(&[3, 4], noise(1, 12)).floats(&[4], noise(2, 4));
            two.agrees_with(|x| (0..12).map(|i| f(x[0][i], x[1][i % 4])).collect());
        }
        let two = Check::new("Mean", 13).floats(&[4], noise(1, 4)).floats(&[3, 4], noise(2, 12));
        two.agrees_with(|x| (0..12).map(|i| 0.5 * (x[0][i % 4] + x[1][i])).collect());
    }

    #[test]
    fn equals_share_the_relevance() {
        let two = Check::new("Max", 13).floats(&[1], vec![2.0]).floats(&[1], vec![2.0]);
        assert_eq!(two.gradients(&[vec![1.0]]), [Some(vec![0.5]), Some(vec![0.5])]);
        let three = Check::new("Min", 13).floats(&[1], vec![2.0]).floats(&[1], vec![3.0]);
        let three = three.floats(&[1], vec![2.0]);
        assert_eq!(three.gradients(&[vec![1.0]]), [Some(vec![0.5]), Some(vec![0.0]), Some(vec![0.5])]);
    }

    #[test]
    fn infinities_and_integers_are_compared() {
        let infinite = [f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY];
        let check = Check::new("Max", 13).floats(&[3], infinite.to_vec()).floats(&[1], vec![f32::INFINITY]);
        assert_eq!(numbers(&check.run()[0]), [f64::INFINITY; 3]);
        let ints = |values: &[i64]| Constant::from_i64s(&[values.len()], values.to_vec());
        let check = Check::new("Min", 13).constant(ints(&[i64::MAX, -1])).constant(ints(&[3]));
        assert_eq!(numbers(&check.run()[0]), [3.0, -1.0]);
    }
}
