use inscape_tensor::count;

use super::standardization::{Standardization, Weights};
use crate::error::Refusal;
use crate::operator::{Built, Operator, Site, Type};

/// LayerNormalization (Ba–Kiros–Hinton 2016): every row, all axes from `axis` on, to mean 0 and variance 1.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let axis = site.axis("axis", -1, shape.len())?;
    let operator = over(site, shape, axis, true)?;
    let mut statistics = shape.to_vec();
    statistics[axis..].fill(1);
    let mut outputs = vec![Type::f32(shape)];
    outputs.extend((1..site.node.outputs.len().min(3)).map(|_| Type::f32(statistics.clone())));
    Ok(Built::Kernel { outputs, operator: Box::new(operator) })
}

/// RMSNormalization (Zhang–Sennrich 2019): every row divided by its root mean square.
pub(super) fn build_rms(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let axis = site.axis("axis", -1, shape.len())?;
    Ok(Built::one(shape, over(site, shape, axis, false)?))
}

fn over(
    site: &Site<'_>,
    shape: &[usize],
    axis: usize,
    centered: bool,
) -> Result<impl Operator + use<>, Refusal> {
    let (outer, inner) = shape.split_at(axis);
    let too_large = || Refusal(format!("shape {shape:?} is too large"));
    site.required(1)?;
    Ok(Standardization {
        len: count(inner).ok_or_else(too_large)?,
        rows: count(outer).ok_or_else(too_large)?,
        centered,
        epsilon: site.float("epsilon", 1e-5)?,
        span: 1,
        cycle: 1,
        scale: Weights::of(site, 1, inner)?,
        bias: if centered { Weights::of(site, 2, inner)? } else { Weights::Absent },
    })
}
