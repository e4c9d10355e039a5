use inscape_tensor::count;

use super::standardization::{Standardization, Weights};
use crate::error::Refusal;
use crate::operator::{Built, Site};

/// GroupNormalization (Wu–He 2018): the channels of each group, over all cells, to mean 0 and variance 1.
/// Scale and bias stand per group in operator set 18 and per channel from 21 on.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let groups = usize::try_from(site.int("num_groups", 0)?).unwrap_or(0);
    let per_channel = site.opset() >= 21;
    grouped(site, |channels| Ok((groups, if per_channel { channels } else { groups })))
}

/// InstanceNormalization (Ulyanov–Vedaldi–Lempitsky 2016): each channel of each picture to mean 0 and variance 1.
pub(super) fn build_instance(site: &Site<'_>) -> Result<Built, Refusal> {
    grouped(site, |channels| Ok((channels, channels)))
}

/// `division` gives the groups and the entries of scale and bias for a number of channels.
fn grouped(
    site: &Site<'_>,
    division: impl Fn(usize) -> Result<(usize, usize), Refusal>,
) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let &[batch, channels, ref spatial @ ..] = shape else {
        return Err(Refusal(format!(
            "normalizes arrays of batch, channels and more; the input has shape {shape:?}"
        )));
    };
    let (groups, entries) = division(channels)?;
    if groups == 0 || channels % groups != 0 {
        return Err(Refusal(format!("{channels} channels do not fall into {groups} groups")));
    }
    let too_large = || Refusal(format!("shape {shape:?} is too large"));
    count(shape).ok_or_else(too_large)?;
    let cells = count(spatial).ok_or_else(too_large)?;
    let len = channels / groups * cells;
    for i in [1, 2] {
        site.required(i)?;
    }
    let operator = Standardization {
        len,
        rows: count(&[batch, groups]).ok_or_else(too_large)?,
        centered: true,
        epsilon: site.float("epsilon", 1e-5)?,
        span: if entries == channels { cells } else { len },
        cycle: groups,
        scale: Weights::of(site, 1, &[entries])?,
        bias: Weights::of(site, 2, &[entries])?,
    };
    Ok(Built::one(shape, operator))
}
