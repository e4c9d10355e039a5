mod average_pool;
mod batch_normalization;
#[cfg(test)]
mod cells;
mod concat;
mod constant;
mod conv;
mod conv_transpose;
mod convolution;
mod gather;
mod global_pool;
mod group_normalization;
mod layer_normalization;
mod local_response_normalization;
mod max_pool;
mod moments;
mod movement;
mod relu;
mod reshape;
mod shape;
mod slice;
mod standardization;
mod transpose;
#[cfg(test)]
mod trial;
mod window;

use crate::error::Refusal;
use crate::operator::{Built, Site};

/// A row of the operator table.
pub struct OperatorRow {
    /// As ONNX spells it.
    pub name: &'static str,
    /// Makes the operator ready for the shapes at hand.
    pub build: fn(&Site<'_>) -> Result<Built, Refusal>,
}

const fn row(name: &'static str, build: fn(&Site<'_>) -> Result<Built, Refusal>) -> OperatorRow {
    OperatorRow { name, build }
}

/// Every operator there is, in alphabetical order. To add one: one file here, one row.
pub const OPERATORS: &[OperatorRow] = &[
    row("AveragePool", average_pool::build),
    row("BatchNormalization", batch_normalization::build),
    row("Concat", concat::build),
    row("Constant", constant::build),
    row("Conv", conv::build),
    row("ConvTranspose", conv_transpose::build),
    row("Flatten", reshape::flatten),
    row("Gather", gather::build),
    row("GlobalAveragePool", global_pool::build_average),
    row("GlobalMaxPool", global_pool::build_max),
    row("GroupNormalization", group_normalization::build),
    row("Identity", reshape::identity),
    row("InstanceNormalization", group_normalization::build_instance),
    row("LRN", local_response_normalization::build),
    row("LayerNormalization", layer_normalization::build),
    row("MaxPool", max_pool::build),
    row("RMSNormalization", layer_normalization::build_rms),
    row("Relu", relu::build),
    row("Reshape", reshape::build),
    row("Shape", shape::build),
    row("Size", shape::size),
    row("Slice", slice::build),
    row("Squeeze", reshape::squeeze),
    row("Transpose", transpose::build),
    row("Unsqueeze", reshape::unsqueeze),
];

/// The row of an operator of ONNX's own set.
pub(crate) fn find(domain: &str, name: &str) -> Option<&'static OperatorRow> {
    let known = matches!(domain, "" | "ai.onnx");
    OPERATORS.iter().find(|row| known && row.name == name)
}
