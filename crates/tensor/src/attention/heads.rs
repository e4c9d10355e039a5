use crate::gemm::{Matrix, Order};

/// Matrices of one size in an array: their rows are `width` neighboring numbers, `stride` apart. The heads of attention,
/// whether they lie one after another or side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heads {
    /// The first number of each.
    pub starts: Vec<usize>,
    /// Rows, which are tokens.
    pub rows: usize,
    /// Numbers of a row.
    pub width: usize,
    /// From one row to the next.
    pub stride: usize,
}

impl Heads {
    pub(super) fn matrix<'a>(&self, values: &'a [f32], item: usize) -> Matrix<'a> {
        Matrix {
            values: &values[self.starts[item].min(values.len())..],
            stride: self.stride,
            order: Order::Rows,
        }
    }

    /// From the first number of a matrix to behind its last.
    pub(super) fn span(&self) -> usize {
        if self.rows == 0 { 0 } else { (self.rows - 1) * self.stride + self.width }
    }
}

/// Whether some heads have every number of an array; `None` where two have the same or one lies outside.
pub(super) fn covered(all: &[&Heads], len: usize) -> Option<bool> {
    let lengths = all.iter().flat_map(|heads| heads.starts.iter().chain([&heads.width, &heads.stride]));
    let unit = lengths.fold(len, |a, &b| common_divisor(a, b)).max(1);
    let mut taken = vec![false; len / unit];
    for heads in all.iter().filter(|heads| heads.width > 0) {
        for start in &heads.starts {
            for row in 0..heads.rows {
                let first = row.checked_mul(heads.stride)?.checked_add(*start)?;
                let units = taken.get_mut(first / unit..first.checked_add(heads.width)? / unit)?;
                if units.iter_mut().any(|taken| std::mem::replace(taken, true)) {
                    return None;
                }
            }
        }
    }
    Some(taken.into_iter().all(|taken| taken))
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_cover_an_array_leave_gaps_or_meet() {
        let heads =
            |starts: &[usize], rows, stride| Heads { starts: starts.to_vec(), rows, width: 4, stride };
        let (q, k, v) = (heads(&[0, 4], 3, 24), heads(&[8, 12], 3, 24), heads(&[16, 20], 3, 24));
        assert_eq!(covered(&[&q, &k, &v], 72), Some(true));
        assert_eq!(covered(&[&q, &v], 72), Some(false));
        assert_eq!(covered(&[&q, &k, &q], 72), None);
        assert_eq!(covered(&[&q, &k, &v], 71), None);
        assert_eq!(covered(&[&heads(&[0], 2, 2)], 8), None);
        assert_eq!(covered(&[&heads(&[0], 2, usize::MAX)], 8), None);
        assert_eq!(covered(&[&heads(&[0], 0, 4)], 0), Some(true));
        assert_eq!(covered(&[&heads(&[1, 6], 1, 4)], 10), Some(false));
    }
}
