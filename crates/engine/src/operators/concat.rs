use super::movement::{Copying, copy};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Role, Site, Type, normalized_axis};

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

    fn forward(&self, pass: &mut Forward<'_>) {
        let joined: usize = self.widths.iter().sum();
        let mut start = 0;
        for (input, &width) in pass.inputs.iter().zip(&self.widths) {
            if let Some(source) = input {
                let column = Column { rows: self.rows, start, width, joined };
                copy(&column, source, &mut pass.outputs[0]);
            }
            start += width;
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let joined: usize = self.widths.iter().sum();
        let mut start = 0;
        for (i, &width) in self.widths.iter().enumerate() {
            if let Some((relevance, gradient)) = pass.flow(i) {
                for row in 0..self.rows {
                    let from = row * joined + start;
                    gradient[row * width..][..width].copy_from_slice(&relevance[from..from + width]);
                }
            }
            start += width;
        }
    }
}

/// One input's part of every row of the output.
struct Column {
    rows: usize,
    start: usize,
    width: usize,
    joined: usize,
}

impl Copying for Column {
    fn copy<T: Copy + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        for row in 0..self.rows {
            let to = row * self.joined + self.start;
            target[to..to + self.width].copy_from_slice(&source[row * self.width..][..self.width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::{Constant, Element, Pool, Slice, SliceMut, View, ViewMut};

    use super::super::cells::Case;
    use super::Concat;
    use crate::operator::{Backward, Built, Forward, Operator};

    #[test]
    fn rows_are_laid_side_by_side() {
        let concat = Concat { rows: 2, widths: vec![1, 3, 0, 2] };
        let parts: [&[i64]; 4] = [&[0, 6], &[1, 2, 3, 7, 8, 9], &[], &[4, 5, 10, 11]];
        let pool = Pool::new(1).unwrap();
        let mut joined = vec![-1; 12];
        let inputs = parts.map(|part| Some(View { shape: &[], data: Slice::I64(part) })).to_vec();
        let outputs = vec![ViewMut { shape: &[2, 6], data: SliceMut::I64(&mut joined) }];
        concat.forward(&mut Forward { inputs, outputs, saved: None, pool: &pool });
        assert_eq!(joined, Vec::from_iter(0..12));

        let mut relevance: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let mut gradients: Vec<Vec<f32>> = parts.iter().map(|part| vec![f32::NAN; part.len()]).collect();
        concat.backward(&mut Backward {
            inputs: vec![None; 4],
            outputs: vec![None],
            saved: &[],
            relevance: vec![Some(&mut relevance)],
            gradients: gradients.iter_mut().map(|gradient| Some(&mut gradient[..])).collect(),
            pool: &pool,
        });
        for (gradient, part) in gradients.iter().zip(parts) {
            assert_eq!(*gradient, part.iter().map(|&i| i as f32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn sizes_add_along_the_axis() {
        let case = |other: &[usize], axis| {
            let n = other.iter().product();
            Case::new("Concat", 13, &[2, 3])
                .with(Constant::from_f32s(other, vec![0.0; n]), false)
                .int("axis", axis)
        };
        let Built::Kernel { outputs, .. } = case(&[2, 4], -1).built(Element::F32).unwrap() else { panic!() };
        assert_eq!(outputs[0].shape, [2, 7]);
        assert!(case(&[2, 4], 0).refusal().contains("does not join"));
        assert!(case(&[2], 0).refusal().contains("does not join"));
        assert!(case(&[2, 3], 2).refusal().contains("outside"));
    }
}
