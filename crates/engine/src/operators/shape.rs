use inscape_tensor::{Constant, count};

use crate::error::Refusal;
use crate::operator::{Built, Site};

/// Shape: the sizes of the input from axis `start` up to axis `end`, known without running anything.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.required(0)?.shape;
    let rank = shape.len() as i64;
    let place = |axis: i64| if axis < 0 { axis.saturating_add(rank) } else { axis }.clamp(0, rank) as usize;
    let start = place(site.int("start", 0)?);
    let end = place(site.int("end", rank)?).max(start);
    let sizes: Vec<i64> = shape[start..end].iter().map(|&size| size as i64).collect();
    Ok(Built::Constants(vec![Constant::from_i64s(&[sizes.len()], sizes)]))
}

/// Size: the number of elements of the input, known without running anything.
pub(super) fn size(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.required(0)?.shape;
    let n = count(shape).ok_or_else(|| Refusal(format!("shape {shape:?} has too many elements")))?;
    Ok(Built::Constants(vec![Constant::from_i64s(&[], [n as i64])]))
}

#[cfg(test)]
mod tests {
    use super::super::check::Check;
    use crate::operator::Built;

    fn numbers(case: &Check) -> Vec<i64> {
        match case.build().unwrap() {
            Built::Constants(constants) => constants[0].i64s().unwrap().to_vec(),
            Built::Kernel { .. } => panic!("a shape is known without running"),
        }
    }

    #[test]
    fn sizes_are_known_without_running() {
        let shape = || Check::new("Shape", 15).noisy(&[2, 3, 4]);
        assert_eq!(numbers(&shape()), [2, 3, 4]);
        assert_eq!(numbers(&shape().int("start", 1)), [3, 4]);
        assert_eq!(numbers(&shape().int("start", -9).int("end", -1)), [2, 3]);
        assert_eq!(numbers(&shape().int("start", 2).int("end", 1)), []);
        assert_eq!(numbers(&Check::new("Shape", 15).noisy(&[])), []);
        assert_eq!(numbers(&Check::new("Size", 13).noisy(&[2, 3, 4])), [24]);
    }
}
