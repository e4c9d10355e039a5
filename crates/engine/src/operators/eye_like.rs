use inscape_tensor::{Constant, Element};

use crate::error::Refusal;
use crate::operator::{Built, Site};

/// More cells than any network's matrix of ones has.
const MOST: usize = 1 << 24;

/// EyeLike: a matrix of the input's shape with ones on its k-th diagonal, known without running anything.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let &[rows, columns] = input.shape else {
        return Err(Refusal(format!("an input of rank {} where a matrix is needed", input.shape.len())));
    };
    if rows * columns > MOST {
        return Err(Refusal(format!("a matrix of {rows} × {columns} cells is not supported: at most 2^24")));
    }
    let diagonal = site.int("k", 0)?;
    let mut ones = vec![0u8; rows * columns];
    for row in 0..rows {
        let column = usize::try_from(diagonal.saturating_add(row as i64)).ok();
        if let Some(column) = column.filter(|&column| column < columns) {
            ones[row * columns + column] = 1;
        }
    }
    // ONNX numbers its data types: 1, 10, 11 and 16 are floats, 9 is bool, 2 to 7, 12 and 13 are integers
    let element = match site.int("dtype", 0)? {
        0 => input.element,
        1 | 10 | 11 | 16 => Element::F32,
        9 => Element::Bool,
        2..=7 | 12 | 13 => Element::I64,
        other => return Err(Refusal(format!("data type {other} is not supported"))),
    };
    Ok(Built::Constants(vec![match element {
        Element::F32 => Constant::from_f32s(input.shape, ones.into_iter().map(f32::from).collect::<Vec<_>>()),
        Element::I64 => Constant::from_i64s(input.shape, ones.into_iter().map(i64::from).collect::<Vec<_>>()),
        Element::Bool => Constant::from_bools(input.shape, ones),
    }]))
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;

    #[test]
    fn ones_lie_on_the_diagonal() {
        let matrix = || Check::new("EyeLike", 9).constant(Constant::from_f32s(&[2, 3], [7.0; 6]));
        let eye = matrix().run();
        assert_eq!(*eye[0].f32s().unwrap(), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let shifted = matrix().int("k", -1).int("dtype", 9).run();
        assert_eq!(shifted[0].bools(), Some(&[0, 0, 0, 1, 0, 0][..]));
        assert!(Check::new("EyeLike", 9).noisy(&[3]).refusal().contains("rank 1"));
        assert!(Check::new("EyeLike", 9).noisy(&[1 << 13, (1 << 11) + 1]).refusal().contains("2^24"));
    }
}
