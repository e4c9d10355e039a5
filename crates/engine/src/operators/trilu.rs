use super::movement::{Copying, copy};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Role, Site, Type};

/// Keeps the upper or the lower triangle of each matrix, with or without the k-th diagonal, and puts 0 elsewhere.
struct Trilu {
    upper: bool,
    diagonal: i64,
    rows: usize,
    columns: usize,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let &[.., rows, columns] = input.shape else {
        return Err(Refusal(format!("an input of rank {} holds no matrices", input.shape.len())));
    };
    let diagonal = site.constant_i64s(1)?.map_or(Some(0), |k| k.first().copied());
    let diagonal = diagonal.ok_or_else(|| Refusal("input 1 holds no number".into()))?;
    let operator = Trilu { upper: site.flag("upper", true)?, diagonal, rows, columns };
    let outputs = vec![Type { element: input.element, shape: input.shape.to_vec() }];
    Ok(Built::Kernel { outputs, operator: Box::new(operator) })
}

impl Trilu {
    /// The columns that a row keeps.
    fn kept(&self, row: usize) -> std::ops::Range<usize> {
        let clamped = |column: i64| column.clamp(0, self.columns as i64) as usize;
        let diagonal = self.diagonal.saturating_add(row as i64);
        if self.upper { clamped(diagonal)..self.columns } else { 0..clamped(diagonal.saturating_add(1)) }
    }
}

impl Copying for Trilu {
    fn copy<T: Copy + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        let width = self.columns.max(1);
        for (i, (to, from)) in target.chunks_exact_mut(width).zip(source.chunks_exact(width)).enumerate() {
            let kept = self.kept(i % self.rows);
            to.fill(T::default());
            to[kept.clone()].copy_from_slice(&from[kept]);
        }
    }
}

impl Operator for Trilu {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        if let Some(source) = pass.inputs[0] {
            copy(self, &source, &mut pass.outputs[0]);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        if let Some((relevance, gradient)) = pass.flow(0) {
            self.copy(relevance, gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;

    #[test]
    fn one_triangle_is_kept() {
        for k in [-9, -1, 0, 2, 9] {
            let case = || Check::new("Trilu", 14).noisy(&[2, 3, 4]).constant(Constant::from_i64s(&[], [k]));
            let side = |at: &[usize]| at[2] as i64 - at[1] as i64 - k;
            case().moves(&[2, 3, 4], |at| (side(at) >= 0).then(|| at.to_vec()));
            case().int("upper", 0).moves(&[2, 3, 4], |at| (side(at) <= 0).then(|| at.to_vec()));
        }
        Check::new("Trilu", 14).noisy(&[0, 3]).moves(&[0, 3], |_| unreachable!());
        assert!(Check::new("Trilu", 14).noisy(&[3]).refusal().contains("rank 1"));
    }
}
