use inscape_tensor::{Constant, Slice, strides};

use crate::error::Refusal;
use crate::operator::{Built, Site};

/// NonZero: the coordinates of all cells that are not 0, one column each. Only for what is known beforehand.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let Some(constant) = input.constant else {
        return Err(Refusal("it has a data-dependent output shape, which no plan can foresee".into()));
    };
    let constant = constant.decoded();
    let cells: Vec<usize> = match constant.view().data {
        Slice::F32(values) => places(values, |&v| v != 0.0),
        Slice::I64(values) => places(values, |&v| v != 0),
        Slice::Bool(values) => places(values, |&v| v != 0),
    };
    let coordinates: Vec<i64> = strides(input.shape)
        .into_iter()
        .zip(input.shape)
        .flat_map(|(stride, &size)| cells.iter().map(move |cell| (cell / stride % size) as i64))
        .collect();
    Ok(Built::Constants(vec![Constant::from_i64s(&[input.shape.len(), cells.len()], coordinates)]))
}

fn places<T>(values: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    (0..values.len()).filter(|&i| wanted(&values[i])).collect()
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;

    #[test]
    fn coordinates_of_what_is_not_zero() {
        let given = Constant::from_f32s(&[2, 3], [0.0, 1.0, -1.0, 2.0, 0.0, 0.0]);
        let found = Check::new("NonZero", 13).constant(given).run();
        assert_eq!((found[0].shape(), found[0].i64s()), (&[2, 3][..], Some(&[0, 0, 1, 1, 2, 0][..])));
        assert!(Check::new("NonZero", 13).noisy(&[2]).refusal().contains("data-dependent output shape"));
    }
}
