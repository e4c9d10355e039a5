use inscape_tensor::Pool;

use super::movement::{Copying, copy, spread};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Reach, Role, Site, Type, normalized_axis};

/// Joins its inputs along an axis.
struct Concat {
    /// Rows of each input laid side by side: the product of the sizes before the axis.
    rows: usize,
    /// Elements of one row of each input.
    widths: Vec<usize>,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let first = site.required(0)?;
    let axis = site.int("axis", 1)?;
    if site.opset() >= 4 && !site.node.attributes.contains_key("axis") {
        return Err(Refusal("attribute 'axis' is missing".into()));
    }
    let axis = normalized_axis(axis, first.shape.len())?;
    let mut shape = first.shape.to_vec();
    let mut joined = 0usize;
    let mut widths = Vec::with_capacity(site.inputs.len());
    for i in 0..site.inputs.len() {
        let input = site.required(i)?;
        let fits = input.element == first.element && input.shape.len() == shape.len();
        if !fits || (0..shape.len()).any(|k| k != axis && shape[k] != input.shape[k]) {
            return Err(Refusal(format!(
                "input {i} ({} {:?}) does not join input 0 ({} {:?}) along axis {axis}",
                input.element, input.shape, first.element, first.shape
            )));
        }
        joined = joined.saturating_add(input.shape[axis]);
        widths.push(input.shape[axis..].iter().product());
    }
    let rows = shape[..axis].iter().product();
    shape[axis] = joined;
    let outputs = vec![Type { element: first.element, shape }];
    Ok(Built::Kernel { outputs, operator: Box::new(Concat { rows, widths }) })
}

impl Operator for Concat {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let joined: usize = self.widths.iter().sum();
        let mut start = 0;
        for (input, &width) in pass.inputs.iter().zip(&self.widths) {
            if let Some(source) = input {
                let column = Column { rows: self.rows, start, width, joined, pool: pass.pool };
                copy(&column, source, &mut pass.outputs[0]);
            }
            start += width;
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let joined: usize = self.widths.iter().sum();
        let mut start = 0;
        for (i, &width) in self.widths.iter().enumerate() {
            let pool = pass.pool;
            if let Some((relevance, gradient)) = pass.flow(i) {
                for row in 0..self.rows {
                    let from = row * joined + start;
                    spread(pool, &relevance[from..from + width], &mut gradient[row * width..][..width]);
                }
            }
            start += width;
        }
    }
}

/// One input's part of every row of the output.
struct Column<'a> {
    rows: usize,
    start: usize,
    width: usize,
    joined: usize,
    pool: &'a Pool,
}

impl Copying for Column<'_> {
    fn copy<T: Copy + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        for row in 0..self.rows {
            let to = row * self.joined + self.start;
            spread(self.pool, &source[row * self.width..][..self.width], &mut target[to..to + self.width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;
    use crate::operator::Built;

    #[test]
    fn rows_are_laid_side_by_side() {
        let parts: [&[i64]; 4] = [&[0, 6], &[1, 2, 3, 7, 8, 9], &[], &[4, 5, 10, 11]];
        let check = || Check::new("Concat", 13).int("axis", -1);
        let shape = |part: &[i64]| [2, part.len() / 2];
        let integers = |check: Check, part: &&[i64]| check.run_time(Constant::from_i64s(&shape(part), *part));
        let joined = parts.iter().fold(check(), integers).run();
        assert_eq!((joined[0].shape(), joined[0].i64s()), (&[2, 6][..], Some(&Vec::from_iter(0..12)[..])));

        let floats = |part: &[i64]| part.iter().map(|&i| i as f32).collect::<Vec<_>>();
        let floating = parts.iter().fold(check(), |check, part| check.floats(&shape(part), floats(part)));
        let relevance = (0..12).map(|i| i as f32).collect();
        assert_eq!(floating.gradients(&[relevance]), parts.map(|part| Some(floats(part))));
    }

    #[test]
    fn sizes_add_along_the_axis() {
        let case = |other: &[usize], axis| {
            let n = other.iter().product();
            Check::new("Concat", 13)
                .noisy(&[2, 3])
                .run_time(Constant::from_f32s(other, vec![0.0; n]))
                .int("axis", axis)
        };
        let Built::Kernel { outputs, .. } = case(&[2, 4], -1).build().unwrap() else { panic!() };
        assert_eq!(outputs[0].shape, [2, 7]);
        assert!(case(&[2, 4], 0).refusal().contains("does not join"));
        assert!(case(&[2], 0).refusal().contains("does not join"));
        assert!(case(&[2, 3], 2).refusal().contains("outside"));
    }
}
