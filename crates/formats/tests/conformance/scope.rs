//! Which operators must pass, and for which reasons one of their tests may be refused.

/// The operators that image classifiers as they are exported need.
#[rustfmt::skip]
pub const OPERATORS: &[&str] = &[
    "Abs", "Add", "And", "ArgMax", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Celu", "Clip", "Concat",
    "Constant", "ConstantOfShape", "Conv", "ConvTranspose", "CumSum", "DepthToSpace", "Div", "Dropout", "Einsum", "Elu",
    "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather", "GatherND", "Gelu", "Gemm", "GlobalAveragePool",
    "GlobalMaxPool", "Greater", "GreaterOrEqual", "GroupNormalization", "HardSigmoid", "HardSwish", "Identity", "If",
    "InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax",
    "MatMul", "Max", "MaxPool", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "PRelu", "Pad", "Pow", "Range",
    "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Resize", "Round", "ScatterND", "Selu", "Shape", "Sigmoid",
    "Sign", "Size", "Slice", "Softmax", "Softplus", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum",
    "Tanh", "Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Upsample", "Where", "Xor",
];

/// Why a test may be refused, and the words of an error by which that is known.
const REASONS: &[(&str, &[&str])] = &[
    ("data type", &["data type", "only float32", "is not a tensor"]),
    ("training mode", &["training mode", "training_mode"]),
    ("data-dependent output shape", &["data-dependent output shape"]),
    ("unsupported rank", &["rank"]),
];

/// The reason behind an error.
pub fn reason(error: &str, in_scope: bool) -> Option<&'static str> {
    if !in_scope {
        return Some("operator out of scope");
    }
    REASONS.iter().find(|(_, words)| words.iter().any(|word| error.contains(word))).map(|(reason, _)| *reason)
}
