use crate::Error;

/// Operators of quantized networks, in ONNX's own set and ONNX Runtime's.
const PREFIXES: &[&str] =
    &["QLinear", "QGemm", "QAttention", "MatMulNBits", "DynamicQuantize", "DequantizeLinear"];
const EXACT: &[&str] = &["QuantizeLinear", "ConvInteger", "MatMulInteger", "MatMulIntegerToFloat", "QMoE"];

/// Collects the nodes that make a network a quantized one.
#[derive(Default)]
pub(crate) struct Quantized {
    first: Option<String>,
    count: usize,
}

impl Quantized {
    pub(crate) fn see(&mut self, operator: &str, node: &str) {
        if EXACT.contains(&operator) || PREFIXES.iter().any(|prefix| operator.starts_with(prefix)) {
            self.count += 1;
            self.first.get_or_insert_with(|| format!("'{node}' ({operator})"));
        }
    }

    pub(crate) fn refuse(&self) -> Result<(), Error> {
        let Some(first) = &self.first else { return Ok(()) };
        let count = self.count;
        let context = format!(
            "this is a quantized model ({count} quantized operators, the first {first}); \
            gradients need the float network: export it before quantizing"
        );
        Err(Error::unsupported(context))
    }
}
