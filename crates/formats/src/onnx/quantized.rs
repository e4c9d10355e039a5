use super::proto::{ModelProto, NodeProto};
use crate::Error;

/// Operators of quantized networks, in ONNX's own set and ONNX Runtime's.
const PREFIXES: &[&str] = &["QLinear", "QGemm", "QAttention", "MatMulNBits", "DynamicQuantize"];
const EXACT: &[&str] =
    &["QuantizeLinear", "DequantizeLinear", "ConvInteger", "MatMulInteger", "MatMulIntegerToFloat", "QMoE"];

/// Refuses a quantized network before any of its numbers is read.
pub(crate) fn refuse(model: &ModelProto) -> Result<(), Error> {
    let functions = model.functions.iter().flat_map(|function| &function.node);
    let nodes = model.graph.iter().flat_map(|graph| &graph.node).chain(functions);
    let quantized: Vec<&NodeProto> = nodes.filter(|node| is_quantized(node.op_type())).collect();
    let Some(first) = quantized.first() else { return Ok(()) };
    Err(Error::unsupported(format!(
        "this is a quantized model ({} quantized operators, the first: node '{}', {}); attribution needs the float \
         network, so export it before quantizing",
        quantized.len(),
        first.name(),
        first.op_type()
    )))
}

fn is_quantized(operator: &str) -> bool {
    EXACT.contains(&operator) || PREFIXES.iter().any(|prefix| operator.starts_with(prefix))
}
