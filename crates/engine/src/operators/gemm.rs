use inscape_tensor::gemm::Order;
use inscape_tensor::{Walk, count, strides};

use super::dense::{Dense, Weights};
use super::product::{Addend, Product, Side};
use crate::error::Refusal;
use crate::operator::{Built, Input, Site};

/// y = alpha·A′·B′ + beta·C, where A′ and B′ are A and B or their transposes. With a constant B and C it is a linear
/// operator of A, else a product of activations.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (a, b) = (site.shape(0)?, site.shape(1)?);
    let ([a0, a1], [b0, b1]) = (matrix(a, 0)?, matrix(b, 1)?);
    let order = |flag| Ok(if flag { Order::Columns } else { Order::Rows });
    let a_order = site.flag("transA", false).and_then(order)?;
    let b_order = site.flag("transB", false).and_then(order)?;
    let [rows, depth] = if a_order == Order::Rows { [a0, a1] } else { [a1, a0] };
    let [b_depth, columns] = if b_order == Order::Rows { [b0, b1] } else { [b1, b0] };
    if depth != b_depth {
        return Err(Refusal(format!("A of shape {a:?} and B of shape {b:?} do not fit each other")));
    }
    let output = [rows, columns];
    if count(&output).is_none() {
        return Err(Refusal("the product is larger than memory can address".into()));
    }
    let (alpha, beta) = (site.float("alpha", 1.0)?, site.float("beta", 1.0)?);
    let addend = match site.input(2) {
        None => None,
        Some(input) => Some((input, stretched(site.shape(2)?, output)?)),
    };
    let weights = site.required(1)?.constant.filter(|_| a_order == Order::Rows);
    if let (Some(weights), Some(bias)) = (weights, row_bias(addend, columns, beta)) {
        let dense = Dense {
            rows,
            depth,
            columns,
            order: b_order,
            scale: (alpha != 1.0).then(|| vec![alpha; columns]),
            bias,
            columns_are_channels: true,
            owned: 0b110,
            weights: Weights::InPlace(weights.clone()),
        };
        return Ok(Built::one(output, dense));
    }
    let addend = addend.map(|(_, steps)| Addend { beta, walk: Walk::new(0, &output, &steps) });
    let side = |order| Side { axes: Vec::new(), order, count: 1 };
    let (a, b) = (side(a_order), side(b_order));
    Ok(Built::one(output, Product { sizes: [rows, depth, columns], items: 1, a, b, alpha, addend }))
}

fn matrix(shape: &[usize], i: usize) -> Result<[usize; 2], Refusal> {
    shape.try_into().map_err(|_| Refusal(format!("input {i} of shape {shape:?} is no matrix")))
}

/// The steps through C for each axis of the output.
fn stretched(shape: &[usize], output: [usize; 2]) -> Result<[isize; 2], Refusal> {
    let fits =
        shape.len() <= 2 && shape.iter().rev().zip(output.iter().rev()).all(|(&c, &y)| c == y || c == 1);
    if !fits {
        return Err(Refusal(format!("C of shape {shape:?} does not broadcast to {output:?}")));
    }
    let mut steps = [0; 2];
    let missing = 2 - shape.len();
    for (axis, (&size, stride)) in shape.iter().zip(strides(shape)).enumerate() {
        if size != 1 {
            steps[axis + missing] = stride as isize;
        }
    }
    Ok(steps)
}

/// C as one number for each column, where it is a constant that says the same in every row; `None` where it is not.
#[expect(
    clippy::option_option,
    reason = "the outer says whether it can be a row, the inner whether there is one"
)]
fn row_bias(addend: Option<(Input<'_>, [isize; 2])>, columns: usize, beta: f32) -> Option<Option<Vec<f32>>> {
    let Some((input, steps)) = addend else { return Some(None) };
    let values = input.constant?.f32s()?;
    let repeats = steps[0] == 0;
    repeats.then(|| Some((0..columns).map(|j| beta * values[j * steps[1] as usize]).collect()))
}
