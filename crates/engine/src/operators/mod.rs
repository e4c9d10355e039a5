mod arithmetic;
mod attention;
mod attention_heads;
mod average_pool;
mod batch_normalization;
mod binary;
mod broadcast;
#[cfg(test)]
mod cells;
#[cfg(test)]
mod check;
mod clip;
mod concat;
mod constant;
mod conv;
mod conv_transpose;
mod convolution;
mod curve;
mod dense;
mod depth_to_space;
mod dropout;
mod einsum;
mod einsum_equation;
mod expand;
mod eye_like;
mod fill;
mod gather;
mod gemm;
mod global_pool;
mod group_normalization;
mod integers;
mod layer_normalization;
mod local_response_normalization;
mod lp_normalization;
mod lp_pool;
mod matmul;
mod max_pool;
mod mean_variance_normalization;
mod moments;
mod movement;
mod non_zero;
mod one_hot;
mod pad;
mod places;
mod product;
mod relu;
mod reshape;
mod resize;
mod resize_rows;
mod scatter;
mod shape;
mod sigmoid;
mod slice;
mod softmax;
mod softmax_row;
mod split;
mod standardization;
mod transpose;
#[cfg(test)]
mod trial;
mod trilu;
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
    row("Add", arithmetic::add),
    row("Attention", attention::build),
    row("AveragePool", average_pool::build),
    row("BatchNormalization", batch_normalization::build),
    row("Clip", clip::build),
    row("Concat", concat::build),
    row("Constant", constant::build),
    row("ConstantOfShape", fill::constant_of_shape),
    row("Conv", conv::build),
    row("ConvTranspose", conv_transpose::build),
    row("DepthToSpace", depth_to_space::build),
    row("Div", arithmetic::div),
    row("Dropout", dropout::build),
    row("Einsum", einsum::build),
    row("Expand", expand::build),
    row("EyeLike", eye_like::build),
    row("Flatten", reshape::flatten),
    row("Gather", gather::build),
    row("GatherElements", gather::elements),
    row("GatherND", gather::tuples),
    row("Gemm", gemm::build),
    row("GlobalAveragePool", global_pool::build_average),
    row("GlobalLpPool", lp_pool::build_global),
    row("GlobalMaxPool", global_pool::build_max),
    row("GroupNormalization", group_normalization::build),
    row("HardSigmoid", sigmoid::hard_sigmoid),
    row("HardSwish", sigmoid::hard_swish),
    row("Identity", reshape::identity),
    row("InstanceNormalization", group_normalization::build_instance),
    row("LRN", local_response_normalization::build),
    row("LayerNormalization", layer_normalization::build),
    row("LogSoftmax", softmax::log_softmax),
    row("LpNormalization", lp_normalization::build),
    row("LpPool", lp_pool::build),
    row("MatMul", matmul::build),
    row("MaxPool", max_pool::build),
    row("MeanVarianceNormalization", mean_variance_normalization::build),
    row("Mul", arithmetic::mul),
    row("NonZero", non_zero::build),
    row("OneHot", one_hot::build),
    row("Pad", pad::build),
    row("RMSNormalization", layer_normalization::build_rms),
    row("Range", fill::range),
    row("Relu", relu::build),
    row("Reshape", reshape::build),
    row("Resize", resize::build),
    row("Scatter", scatter::elements),
    row("ScatterElements", scatter::elements),
    row("ScatterND", scatter::tuples),
    row("Shape", shape::build),
    row("Sigmoid", sigmoid::sigmoid),
    row("Size", shape::size),
    row("Slice", slice::build),
    row("Softmax", softmax::softmax),
    row("SpaceToDepth", depth_to_space::build_back),
    row("Split", split::build),
    row("Squeeze", reshape::squeeze),
    row("Sub", arithmetic::sub),
    row("Swish", sigmoid::swish),
    row("Tanh", sigmoid::tanh),
    row("Tile", expand::tile),
    row("Transpose", transpose::build),
    row("Trilu", trilu::build),
    row("Unsqueeze", reshape::unsqueeze),
    row("Upsample", resize::build_upsample),
];

/// The row of an operator of ONNX's own set.
pub(crate) fn find(domain: &str, name: &str) -> Option<&'static OperatorRow> {
    let known = matches!(domain, "" | "ai.onnx");
    OPERATORS.iter().find(|row| known && row.name == name)
}
