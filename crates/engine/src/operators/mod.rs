mod arithmetic;
mod attention;
mod average_pool;
mod batch_normalization;
mod binary;
mod broadcast;
mod cast;
#[cfg(test)]
mod check;
mod choose;
mod clip;
mod comparison;
mod concat;
mod constant;
mod conv;
mod conv_transpose;
mod convolution;
mod curve;
mod dense;
mod depth_to_space;
mod discrete;
mod dropout;
mod einsum;
mod einsum_equation;
mod elementary;
mod expand;
mod eye_like;
mod fill;
mod gather;
mod gelu;
mod gemm;
mod global_pool;
mod greatest;
mod group_normalization;
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
mod power;
mod product;
mod rectifiers;
mod reduce;
mod relu;
mod reshape;
mod resize;
mod resize_rows;
mod scatter;
mod select;
mod shape;
mod sigmoid;
mod slice;
mod softmax;
mod softmax_row;
mod softplus;
mod split;
mod standardization;
mod transpose;
mod trigonometry;
mod trilu;
mod variadic;
mod window;

use crate::error::Refusal;
use crate::operator::{Built, Site};

pub(crate) use attention::Attention;
pub(crate) use gelu::exact as gelu;
pub(crate) use sigmoid::gated as swish;

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
    row("Abs", elementary::abs),
    row("Acos", trigonometry::acos),
    row("Acosh", trigonometry::acosh),
    row("Add", arithmetic::add),
    row("And", comparison::and),
    row("ArgMax", select::arg_max),
    row("ArgMin", select::arg_min),
    row("Asin", trigonometry::asin),
    row("Asinh", trigonometry::asinh),
    row("Atan", trigonometry::atan),
    row("Atanh", trigonometry::atanh),
    row("Attention", attention::build),
    row("AveragePool", average_pool::build),
    row("BatchNormalization", batch_normalization::build),
    row("Cast", cast::cast),
    row("CastLike", cast::cast_like),
    row("Ceil", elementary::ceil),
    row("Celu", rectifiers::celu),
    row("Clip", clip::build),
    row("Concat", concat::build),
    row("Constant", constant::build),
    row("ConstantOfShape", fill::constant_of_shape),
    row("Conv", conv::build),
    row("ConvTranspose", conv_transpose::build),
    row("Cos", trigonometry::cos),
    row("Cosh", trigonometry::cosh),
    row("CumSum", select::cum_sum),
    row("DepthToSpace", depth_to_space::build),
    row("Div", arithmetic::div),
    row("Dropout", dropout::build),
    row("Einsum", einsum::build),
    row("Elu", rectifiers::elu),
    row("Equal", comparison::equal),
    row("Erf", gelu::erf),
    row("Exp", elementary::exp),
    row("Expand", expand::build),
    row("EyeLike", eye_like::build),
    row("Flatten", reshape::flatten),
    row("Floor", elementary::floor),
    row("Gather", gather::build),
    row("GatherElements", gather::elements),
    row("GatherND", gather::tuples),
    row("Gelu", gelu::gelu),
    row("Gemm", gemm::build),
    row("GlobalAveragePool", global_pool::build_average),
    row("GlobalLpPool", lp_pool::build_global),
    row("GlobalMaxPool", global_pool::build_max),
    row("Greater", comparison::greater),
    row("GreaterOrEqual", comparison::greater_or_equal),
    row("GroupNormalization", group_normalization::build),
    row("HardSigmoid", sigmoid::hard_sigmoid),
    row("HardSwish", sigmoid::hard_swish),
    row("Identity", reshape::identity),
    row("InstanceNormalization", group_normalization::build_instance),
    row("IsInf", comparison::is_inf),
    row("IsNaN", comparison::is_nan),
    row("LRN", local_response_normalization::build),
    row("LayerNormalization", layer_normalization::build),
    row("LeakyRelu", rectifiers::leaky_relu),
    row("Less", comparison::less),
    row("LessOrEqual", comparison::less_or_equal),
    row("Log", elementary::log),
    row("LogSoftmax", softmax::log_softmax),
    row("LpNormalization", lp_normalization::build),
    row("LpPool", lp_pool::build),
    row("MatMul", matmul::build),
    row("Max", variadic::max),
    row("MaxPool", max_pool::build),
    row("Mean", variadic::mean),
    row("MeanVarianceNormalization", mean_variance_normalization::build),
    row("Min", variadic::min),
    row("Mish", softplus::mish),
    row("Mod", power::modulo),
    row("Mul", arithmetic::mul),
    row("Neg", elementary::neg),
    row("NonZero", non_zero::build),
    row("Not", comparison::not),
    row("OneHot", one_hot::build),
    row("Or", comparison::or),
    row("PRelu", rectifiers::prelu),
    row("Pad", pad::build),
    row("Pow", power::pow),
    row("RMSNormalization", layer_normalization::build_rms),
    row("Range", fill::range),
    row("Reciprocal", elementary::reciprocal),
    row("ReduceL1", reduce::l1),
    row("ReduceL2", reduce::l2),
    row("ReduceLogSum", reduce::log_sum),
    row("ReduceLogSumExp", reduce::log_sum_exp),
    row("ReduceMax", reduce::max),
    row("ReduceMean", reduce::mean),
    row("ReduceMin", reduce::min),
    row("ReduceProd", reduce::product),
    row("ReduceSum", reduce::sum),
    row("ReduceSumSquare", reduce::sum_square),
    row("Relu", relu::build),
    row("Reshape", reshape::build),
    row("Resize", resize::build),
    row("Round", elementary::round),
    row("Scatter", scatter::elements),
    row("ScatterElements", scatter::elements),
    row("ScatterND", scatter::tuples),
    row("Selu", rectifiers::selu),
    row("Shape", shape::build),
    row("Sigmoid", sigmoid::sigmoid),
    row("Sign", elementary::sign),
    row("Sin", trigonometry::sin),
    row("Sinh", trigonometry::sinh),
    row("Size", shape::size),
    row("Slice", slice::build),
    row("Softmax", softmax::softmax),
    row("Softplus", softplus::softplus),
    row("Softsign", softplus::softsign),
    row("SpaceToDepth", depth_to_space::build_back),
    row("Split", split::build),
    row("Sqrt", elementary::sqrt),
    row("Squeeze", reshape::squeeze),
    row("Sub", arithmetic::sub),
    row("Sum", variadic::sum),
    row("Swish", sigmoid::swish),
    row("Tan", trigonometry::tan),
    row("Tanh", sigmoid::tanh),
    row("ThresholdedRelu", rectifiers::thresholded_relu),
    row("Tile", expand::tile),
    row("TopK", select::top_k),
    row("Transpose", transpose::build),
    row("Trilu", trilu::build),
    row("Unsqueeze", reshape::unsqueeze),
    row("Upsample", resize::build_upsample),
    row("Where", choose::build),
    row("Xor", comparison::xor),
];

/// The row of an operator of ONNX's own set.
pub(crate) fn find(domain: &str, name: &str) -> Option<&'static OperatorRow> {
    let known = matches!(domain, "" | "ai.onnx");
    OPERATORS.iter().find(|row| known && row.name == name)
}
