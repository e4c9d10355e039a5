use inscape_tensor::gemm::Order;
use inscape_tensor::{broadcast, count, strides};

use super::dense::{Dense, Weights};
use super::product::{Product, Side};
use crate::error::Refusal;
use crate::operator::{Built, Site};

/// y = A·B by NumPy's rules: the last two axes are matrices, those before broadcast, a single axis is a row on the left
/// and a column on the right. With a constant matrix B it is a linear operator of A, else a product of activations.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (left, right) = (site.shape(0)?, site.shape(1)?);
    let misfit = || Refusal(format!("A of shape {left:?} and B of shape {right:?} do not fit each other"));
    let (a, b) = match (left, right) {
        ([], _) | (_, []) => return Err(misfit()),
        (left, right) => (
            if let [k] = *left { vec![1, k] } else { left.to_vec() },
            if let [k] = *right { vec![k, 1] } else { right.to_vec() },
        ),
    };
    let ((a_batch, a_matrix), (b_batch, b_matrix)) = (a.split_at(a.len() - 2), b.split_at(b.len() - 2));
    let sizes = [a_matrix[0], a_matrix[1], b_matrix[1]];
    let batch = broadcast(a_batch, b_batch).filter(|_| b_matrix[0] == sizes[1]).ok_or_else(misfit)?;
    let mut output = batch.clone();
    if left.len() > 1 {
        output.push(sizes[0]);
    }
    if right.len() > 1 {
        output.push(sizes[2]);
    }
    let (Some(items), Some(_)) = (count(&batch), count(&output)) else {
        return Err(Refusal("the product is larger than memory can address".into()));
    };
    if let (Some(weights), true) = (site.required(1)?.constant, b_batch.iter().all(|&n| n == 1)) {
        let dense = Dense {
            rows: items * sizes[0],
            depth: sizes[1],
            columns: sizes[2],
            order: Order::Rows,
            scale: None,
            bias: None,
            columns_are_channels: output.len() == 2 && right.len() > 1,
            owned: 0b10,
            weights: Weights::InPlace(weights.clone()),
        };
        return Ok(Built::one(output, dense));
    }
    let side =
        |own: &[usize]| Side { axes: axes(own, &batch), order: Order::Rows, count: own.iter().product() };
    let (a, b) = (side(a_batch), side(b_batch));
    Ok(Built::one(output, Product { sizes, items, a, b, alpha: 1.0, addend: None }))
}

/// For each axis along which an operand has matrices of its own: stride and size in the batch, stride in the operand.
fn axes(own: &[usize], batch: &[usize]) -> Vec<[usize; 3]> {
    let missing = batch.len() - own.len();
    let (own_strides, batch_strides) = (strides(own), strides(batch));
    (0..own.len())
        .filter(|&axis| own[axis] != 1)
        .map(|axis| [batch_strides[axis + missing], batch[axis + missing], own_strides[axis]])
        .collect()
}
