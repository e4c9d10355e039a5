use inscape_tensor::gemm::{Matrix, Order};
use inscape_tensor::{Pool, Walk, count};

use crate::error::Refusal;

/// How the heads of an array lie in it: one after another, or side by side in every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heads {
    /// Number of pictures.
    pub(super) batch: usize,
    /// Heads of each.
    pub(super) heads: usize,
    /// Tokens.
    pub(super) rows: usize,
    /// Numbers of a token in one head.
    pub(super) width: usize,
    /// Whether the heads of a token lie side by side (rank 3).
    pub(super) flat: bool,
}

impl Heads {
    /// Those of an array (batch, heads, rows, width), or (batch, rows, heads·width) with the number of heads given.
    pub(super) fn of(shape: &[usize], heads: i64) -> Result<Heads, Refusal> {
        count(shape).ok_or_else(|| Refusal(format!("shape {shape:?} is too large")))?;
        match *shape {
            [batch, heads, rows, width] => Ok(Heads { batch, heads, rows, width, flat: false }),
            [batch, rows, total] => {
                let given = usize::try_from(heads).ok().filter(|&heads| heads > 0 && total % heads == 0);
                let heads = given
                    .ok_or_else(|| Refusal(format!("{total} numbers do not fall into {heads} heads")))?;
                Ok(Heads { batch, heads, rows, width: total / heads, flat: true })
            }
            _ => Err(Refusal(format!("needs rank 3 or 4; an input has shape {shape:?}"))),
        }
    }

    /// The array's shape.
    pub(super) fn shape(&self) -> Vec<usize> {
        if self.flat {
            vec![self.batch, self.rows, self.heads * self.width]
        } else {
            vec![self.batch, self.heads, self.rows, self.width]
        }
    }

    /// The rows × width matrix of a head, counted through the batch.
    pub(super) fn matrix<'a>(&self, values: &'a [f32], item: usize) -> Matrix<'a> {
        let (batch, head) = (item / self.heads, item % self.heads);
        let (start, stride) = if self.flat {
            (batch * self.rows * self.heads * self.width + head * self.width, self.heads * self.width)
        } else {
            (item * self.rows * self.width, self.width)
        };
        Matrix { values: &values[start.min(values.len())..], stride, order: Order::Rows }
    }

    /// Writes matrices that lie one after another to their places, each the sum of `shared` neighbors.
    pub(super) fn write(&self, matrices: &[f32], shared: usize, target: &mut [f32], pool: &Pool) {
        let len = self.rows * self.width;
        let mut summed;
        let mut matrices = matrices;
        if shared > 1 {
            summed = vec![0.0; target.len()];
            for (sum, parts) in summed.chunks_mut(len.max(1)).zip(matrices.chunks((len * shared).max(1))) {
                for part in parts.chunks(len.max(1)) {
                    sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                }
            }
            matrices = &summed;
        }
        if self.flat {
            Walk::permuted(&[self.batch, self.heads, self.rows, self.width], &[0, 2, 1, 3])
                .gather(matrices, target, pool);
        } else {
            target.copy_from_slice(matrices);
        }
    }
}
