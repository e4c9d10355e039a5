use std::ops::Range;

use inscape_tensor::{Element, math, vectorized};

use super::broadcast::Broadcast;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Type, normalized_axis};

/// Σ x over axes.
pub(super) fn sum(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        return integers(site, 0, i64::wrapping_add);
    }
    floats(site, Kind::Sum)
}

/// Σ x / n.
pub(super) fn mean(site: &Site<'_>) -> Result<Built, Refusal> {
    floats(site, Kind::Mean)
}

/// Π x.
pub(super) fn product(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        return integers(site, 1, i64::wrapping_mul);
    }
    floats(site, Kind::Product)
}

/// max x; equals share the relevance.
pub(super) fn max(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        return integers(site, i64::MIN, i64::max);
    }
    floats(site, Kind::Max)
}

/// min x; equals share the relevance.
pub(super) fn min(site: &Site<'_>) -> Result<Built, Refusal> {
    if site.required(0)?.element == Element::I64 {
        return integers(site, i64::MAX, i64::min);
    }
    floats(site, Kind::Min)
}

/// Σ |x|.
pub(super) fn l1(site: &Site<'_>) -> Result<Built, Refusal> {
    floats(site, Kind::L1)
}

/// √Σ x²; its derivative where all are 0 is 0.
pub(super) fn l2(site: &Site<'_>) -> Result<Built, Refusal> {
    floats(site, Kind::L2)
}

/// Σ x².
pub(super) fn sum_square(site: &Site<'_>) -> Result<Built, Refusal> {
    floats(site, Kind::SumSquare)
}

/// ln Σ x.
pub(super) fn log_sum(site: &Site<'_>) -> Result<Built, Refusal> {
    floats(site, Kind::LogSum)
}

/// ln Σ eˣ, without overflow.
pub(super) fn log_sum_exp(site: &Site<'_>) -> Result<Built, Refusal> {
    floats(site, Kind::LogSumExp)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sum,
    Mean,
    Product,
    Max,
    Min,
    L1,
    L2,
    SumSquare,
    LogSum,
    LogSumExp,
}

/// One number for all cells along some axes. The result broadcasts to the input: reducing is broadcasting backward.
struct Reduce {
    kind: Kind,
    lineup: Broadcast<1>,
    cells: usize,
}

/// The same for integers, without a gradient.
struct ReduceIntegers {
    start: i64,
    step: fn(i64, i64) -> i64,
    lineup: Broadcast<1>,
}

fn floats(site: &Site<'_>, kind: Kind) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let (kept, output) = reduced(site, shape)?;
    let cells = kept.iter().product();
    let lineup = Broadcast::new(shape, [&kept]);
    Ok(Built::one(output, Reduce { kind, lineup, cells }))
}

fn integers(site: &Site<'_>, start: i64, step: fn(i64, i64) -> i64) -> Result<Built, Refusal> {
    let shape = site.required(0)?.shape;
    let (kept, output) = reduced(site, shape)?;
    let lineup = Broadcast::new(shape, [&kept]);
    let outputs = vec![Type { element: Element::I64, shape: output }];
    Ok(Built::Kernel { outputs, operator: Box::new(ReduceIntegers { start, step, lineup }) })
}

/// The shape with 1 for every reduced axis, and the output's, which leaves those out unless `keepdims` (1).
fn reduced(site: &Site<'_>, shape: &[usize]) -> Result<(Vec<usize>, Vec<usize>), Refusal> {
    let axes = site.ints_from(1, "axes")?.unwrap_or_default();
    let mut gone = vec![axes.is_empty() && !site.flag("noop_with_empty_axes", false)?; shape.len()];
    for axis in axes {
        gone[normalized_axis(axis, shape.len())?] = true;
    }
    let kept: Vec<usize> =
        shape.iter().zip(&gone).map(|(&size, &gone)| if gone { 1 } else { size }).collect();
    if site.flag("keepdims", true)? {
        return Ok((kept.clone(), kept));
    }
    let output = shape.iter().zip(&gone).filter(|&(_, &gone)| !gone).map(|(&size, _)| size).collect();
    Ok((kept, output))
}

impl Operator for Reduce {
    fn role(&self) -> Role {
        match self.kind {
            Kind::Sum | Kind::Mean => Role::Linear,
            Kind::Max | Kind::Min => Role::Pooling,
            Kind::Product => Role::Product,
            _ => Role::Normalization,
        }
    }

    fn keeps(&self) -> Keeps {
        match self.kind {
            Kind::Sum | Kind::Mean => Keeps::default(),
            Kind::L1 | Kind::SumSquare => Keeps { inputs: 1, ..Keeps::default() },
            Kind::LogSum => Keeps { outputs: 1, ..Keeps::default() },
            Kind::L2 | Kind::LogSumExp => Keeps { inputs: 1, outputs: 1, words: 0 },
            Kind::Max | Kind::Min => Keeps { inputs: 1, outputs: 1, words: self.cells },
            Kind::Product => Keeps { inputs: 1, outputs: 0, words: 2 * self.cells },
        }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (pool, x, saved) = (pass.pool, pass.input(0), pass.saved.take());
        let y = pass.output(0);
        let lineup = &self.lineup;
        match self.kind {
            Kind::Sum | Kind::Mean | Kind::LogSum => lineup.sum_back(0, y, pool, &|cells, part, _| {
                cells.copy_from_slice(&x[part]);
            }),
            Kind::L1 => lineup.sum_back(0, y, pool, &|cells, part, _| {
                vectorized(
                    #[inline(always)]
                    || cells.iter_mut().zip(&x[part]).for_each(|(cell, x)| *cell = x.abs()),
                );
            }),
            Kind::L2 | Kind::SumSquare => lineup.sum_back(0, y, pool, &|cells, part, _| {
                vectorized(
                    #[inline(always)]
                    || cells.iter_mut().zip(&x[part]).for_each(|(cell, &x)| *cell = x * x),
                );
            }),
            Kind::Max => self.fold(x, y, f32::NEG_INFINITY, |y, x| if x > y || x.is_nan() { x } else { y }),
            Kind::Min => self.fold(x, y, f32::INFINITY, |y, x| if x < y || x.is_nan() { x } else { y }),
            Kind::Product => self.fold(x, y, 1.0, |y, x| y * x),
            Kind::LogSumExp => {
                let mut peaks = vec![0.0; y.len()];
                self.fold(x, &mut peaks, f32::NEG_INFINITY, |y, x| if x > y { x } else { y });
                let step = usize::from(!lineup.still(0));
                peaks.iter_mut().for_each(|peak| *peak = if peak.is_finite() { *peak } else { 0.0 });
                lineup.sum_back(0, y, pool, &|cells, part, [at]| {
                    let powers = cells.iter_mut().zip(&x[part]).enumerate();
                    powers.for_each(|(i, (cell, &x))| *cell = math::exp(x - peaks[at + i * step]));
                });
                y.iter_mut().zip(peaks).for_each(|(y, peak)| *y = math::ln(*y) + peak);
            }
        }
        match self.kind {
            Kind::Mean => {
                let scale = self.scale();
                y.iter_mut().for_each(|y| *y *= scale);
            }
            Kind::LogSum => y.iter_mut().for_each(|y| *y = math::ln(*y)),
            Kind::L2 => y.iter_mut().for_each(|y| *y = y.sqrt()),
            _ => {}
        }
        if let Some(saved) = saved {
            self.note(x, y, saved);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let keeps = self.keeps();
        let x = if keeps.inputs == 1 { pass.input(0) } else { &[] };
        let y = if keeps.outputs == 1 { pass.output(0) } else { &[] };
        let saved = pass.saved;
        let Some((r, gradient)) = pass.flow(0) else { return };
        let lineup = &self.lineup;
        let step = usize::from(!lineup.still(0));
        lineup.each(gradient, pool, |cells, Range { start, .. }, [at]| {
            let each = |cells: &mut [f32], f: &dyn Fn(usize, usize) -> f32| {
                cells.iter_mut().enumerate().for_each(|(i, g)| *g = f(start + i, at + i * step));
            };
            match self.kind {
                Kind::Sum | Kind::Mean if step == 0 => cells.fill(r[at] * self.scale()),
                Kind::Sum | Kind::Mean => each(cells, &|_, k| r[k] * self.scale()),
                Kind::L1 => each(cells, &|i, k| if x[i] == 0.0 { 0.0 } else { r[k].copysign(r[k] * x[i]) }),
                Kind::SumSquare => each(cells, &|i, k| 2.0 * x[i] * r[k]),
                Kind::L2 => each(cells, &|i, k| if y[k] == 0.0 { 0.0 } else { r[k] * x[i] / y[k] }),
                Kind::LogSum => each(cells, &|_, k| r[k] * math::exp(-y[k])),
                Kind::LogSumExp => each(cells, &|i, k| r[k] * math::exp(x[i] - y[k])),
                Kind::Max | Kind::Min => {
                    each(cells, &|i, k| if x[i] == y[k] { r[k] / saved[k] as f32 } else { 0.0 });
                }
                Kind::Product => each(cells, &|i, k| {
                    let (zeros, rest) = (saved[2 * k], f32::from_bits(saved[2 * k + 1]));
                    match zeros {
                        0 => r[k] * rest / x[i],
                        1 if x[i] == 0.0 => r[k] * rest,
                        _ => 0.0,
                    }
                }),
            }
        });
    }
}

impl Reduce {
    fn scale(&self) -> f32 {
        match self.kind {
            Kind::Mean => self.cells as f32 / self.lineup.len as f32,
            _ => 1.0,
        }
    }

    fn fold(&self, x: &[f32], y: &mut [f32], start: f32, step: impl Fn(f32, f32) -> f32) {
        y.fill(start);
        for stretch in self.lineup.stretches(0..self.lineup.len) {
            let [at] = stretch.starts;
            let x = &x[stretch.output];
            if self.lineup.still(0) {
                y[at] = x.iter().fold(y[at], |y, &x| step(y, x));
            } else {
                let y = &mut y[at..at + x.len()];
                vectorized(
                    #[inline(always)]
                    || y.iter_mut().zip(x).for_each(|(y, &x)| *y = step(*y, x)),
                );
            }
        }
    }

    /// For Max and Min, how many cells are the extreme; for Product, how many are zero, and the product of the rest.
    fn note(&self, x: &[f32], y: &[f32], saved: &mut [u32]) {
        let step = usize::from(!self.lineup.still(0));
        let each = |visit: &mut dyn FnMut(f32, usize)| {
            for stretch in self.lineup.stretches(0..self.lineup.len) {
                let [at] = stretch.starts;
                x[stretch.output].iter().enumerate().for_each(|(i, &x)| visit(x, at + i * step));
            }
        };
        match self.kind {
            Kind::Max | Kind::Min => {
                saved.fill(0);
                each(&mut |x, k| saved[k] += u32::from(x == y[k]));
            }
            Kind::Product => {
                for note in saved.chunks_mut(2) {
                    note.copy_from_slice(&[0, 1f32.to_bits()]);
                }
                each(&mut |x, k| match x {
                    0.0 => saved[2 * k] += 1,
                    _ => saved[2 * k + 1] = (f32::from_bits(saved[2 * k + 1]) * x).to_bits(),
                });
            }
            _ => {}
        }
    }
}

impl Operator for ReduceIntegers {
    fn role(&self) -> Role {
        Role::Pooling
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let Some(x) = pass.inputs[0].map(|view| view.i64s()) else { return };
        let y = pass.outputs[0].i64s();
        y.fill(self.start);
        let step = usize::from(!self.lineup.still(0));
        for stretch in self.lineup.stretches(0..self.lineup.len) {
            let [at] = stretch.starts;
            for (i, &x) in x[stretch.output].iter().enumerate() {
                let y = &mut y[at + i * step];
                *y = (self.step)(*y, x);
            }
        }
    }

    fn backward(&self, _: &mut Backward<'_>) {}
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;
    use proptest::prelude::{any, prop, proptest};

    use super::super::check::{Check, numbers};
    use crate::graph::Attribute;

    type Function = fn(&[f64]) -> f64;

    const FUNCTIONS: [(&str, Function); 10] = [
        ("ReduceSum", |x| x.iter().sum()),
        ("ReduceMean", |x| x.iter().sum::<f64>() / x.len() as f64),
        ("ReduceProd", |x| x.iter().product()),
        ("ReduceMax", |x| x.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        ("ReduceMin", |x| x.iter().copied().fold(f64::INFINITY, f64::min)),
        ("ReduceL1", |x| x.iter().map(|x| x.abs()).sum()),
        ("ReduceL2", |x| x.iter().map(|x| x * x).sum::<f64>().sqrt()),
        ("ReduceSumSquare", |x| x.iter().map(|x| x * x).sum()),
        ("ReduceLogSum", |x| x.iter().sum::<f64>().ln()),
        ("ReduceLogSumExp", |x| x.iter().map(|x| x.exp()).sum::<f64>().ln()),
    ];

    /// Every group of cells that share the indices of the axes that stay, in order.
    fn grouped(x: &[f64], shape: &[usize], gone: &[bool], f: Function) -> Vec<f64> {
        let kept: Vec<usize> = shape.iter().zip(gone).map(|(&n, &gone)| if gone { 1 } else { n }).collect();
        let mut groups = vec![Vec::new(); kept.iter().product()];
        for (cell, &x) in x.iter().enumerate() {
            let (mut rest, mut group, mut stride) = (cell, 0, 1);
            for axis in (0..shape.len()).rev() {
                group += if gone[axis] { 0 } else { rest % shape[axis] * stride };
                stride *= kept[axis];
                rest /= shape[axis];
            }
            groups[group].push(x);
        }
        groups.iter().map(|group| f(group)).collect()
    }

    proptest! {
        #[test]
        fn any_axes_are_reduced(axes in prop::collection::vec((1usize..5, any::<bool>()), 1..5), keep in any::<bool>()) {
            let shape: Vec<usize> = axes.iter().map(|axis| axis.0).collect();
            let gone: Vec<bool> = axes.iter().map(|axis| axis.1).collect();
            let named: Vec<i64> = (0..gone.len()).filter(|&i| gone[i]).map(|i| i as i64).collect();
            let x: Vec<f32> = noise(1, shape.iter().product()).into_iter().map(|x| x + 1.5).collect();
            for (operator, f) in FUNCTIONS {
                let check = Check::new(operator, 18)
                    .attribute("keepdims", Attribute::Int(keep.into()))
                    .attribute("noop_with_empty_axes", Attribute::Int(1))
                    .floats(&shape, x.clone())
                    .constant(Constant::from_i64s(&[named.len()], named.clone()));
                check.agrees_with(|x| grouped(&x[0], &shape, &gone, f));
            }
        }
    }

    #[test]
    fn axes_may_be_an_attribute_and_default_to_all() {
        let check = Check::new("ReduceMean", 11).attribute("axes", Attribute::Ints(vec![-1]));
        let check = check.attribute("keepdims", Attribute::Int(0)).floats(&[2, 2], vec![1.0, 2.0, 3.0, 5.0]);
        assert_eq!(numbers(&check.run()[0]), [1.5, 4.0]);
        let all = Check::new("ReduceSum", 13).floats(&[2, 2], vec![1.0; 4]).run();
        assert_eq!((all[0].shape(), numbers(&all[0])), (&[1, 1][..], vec![4.0]));
        let outside = Check::new("ReduceSum", 11).attribute("axes", Attribute::Ints(vec![2]));
        assert!(outside.floats(&[2, 2], vec![1.0; 4]).refusal().contains("axis 2"));
    }

    #[test]
    fn long_rows_are_summed_in_parts() {
        let x: Vec<f32> = noise(2, 60_000).into_iter().map(|x| x + 1.0).collect();
        for (operator, f) in FUNCTIONS.into_iter().filter(|(operator, _)| *operator != "ReduceProd") {
            let check = Check::new(operator, 13).attribute("axes", Attribute::Ints(vec![1, 2]));
            let check = check.floats(&[3, 200, 100], x.clone());
            check.agrees_forward(|x| x[0].chunks(20_000).map(f).collect());
        }
    }

    #[test]
    fn equals_share_and_zeros_are_no_trouble() {
        let run = |operator, x: Vec<f32>| {
            Check::new(operator, 13).floats(&[x.len()], x).gradients(&[vec![1.0]])[0].clone().unwrap()
        };
        assert_eq!(run("ReduceMax", vec![3.0, 1.0, 3.0]), [0.5, 0.0, 0.5]);
        assert_eq!(run("ReduceProd", vec![2.0, 0.0, 3.0]), [0.0, 6.0, 0.0]);
        assert_eq!(run("ReduceProd", vec![0.0, 0.0, 3.0]), [0.0; 3]);
        assert_eq!(run("ReduceL2", vec![0.0; 2]), [0.0; 2]);
        assert_eq!(run("ReduceL1", vec![0.0, -2.0, 2.0]), [0.0, -1.0, 1.0]);
    }

    #[test]
    fn integers_and_empty_arrays_are_reduced() {
        let run = |operator, values: &[i64]| {
            let x = Constant::from_i64s(&[values.len()], values.to_vec());
            numbers(&Check::new(operator, 13).constant(x).run()[0])
        };
        assert_eq!(run("ReduceProd", &[2, 3, 4]), [24.0]);
        assert_eq!(run("ReduceSum", &[2, 3, 4]), [9.0]);
        assert_eq!(run("ReduceMax", &[2, 5, 4]), [5.0]);
        assert_eq!(run("ReduceMin", &[]), [i64::MAX as f64]);
        let empty = Check::new("ReduceSum", 11).attribute("axes", Attribute::Ints(vec![1]));
        assert_eq!(numbers(&empty.floats(&[2, 0], Vec::new()).run()[0]), [0.0, 0.0]);
    }
}
