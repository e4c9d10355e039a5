use std::collections::HashMap;

use super::proto::OperatorSetIdProto;
use crate::Error;

/// The oldest and the newest version of ONNX's own operator set that is read (ONNX 1.2 to 1.23).
const READ: std::ops::RangeInclusive<i64> = 7..=28;

/// Operators that no version up to the oldest one read has changed: they are read from any version.
#[rustfmt::skip]
const SAME_FROM_THE_FIRST: &[&str] = &[
    "ArgMax", "Constant", "Conv", "ConvTranspose", "DepthToSpace", "Flatten", "Gather", "GlobalAveragePool",
    "GlobalMaxPool", "Identity", "LRN", "LogSoftmax", "MatMul", "MaxPool", "Not", "ReduceL1", "ReduceL2",
    "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Shape",
    "Size", "Slice", "Softmax", "Softplus", "Softsign", "SpaceToDepth", "Squeeze", "Transpose", "Unsqueeze",
];

/// The operator sets that a model or a function imports.
pub(crate) struct Opsets(HashMap<String, i64>);

impl Opsets {
    pub(crate) fn new(imports: &[OperatorSetIdProto]) -> Result<Opsets, Error> {
        let mut versions = HashMap::new();
        for import in imports {
            let (domain, version) = (domain(import.domain()), import.version());
            let newest = READ.end();
            if domain.is_empty() && version > *newest {
                let context = format!(
                    "opset {version} is newer than {newest}, the newest known; export with opset {newest} or older"
                );
                return Err(Error::unsupported(context));
            }
            versions.insert(domain.to_owned(), version);
        }
        Ok(Opsets(versions))
    }

    /// The version of ONNX's own set; 0 where a model uses none of it.
    pub(crate) fn default_version(&self) -> i64 {
        self.0.get("").copied().unwrap_or(0)
    }

    /// The version of a node's set, where the operator is read from that version.
    pub(crate) fn version_of(&self, domain: &str, operator: &str) -> Result<i64, Error> {
        let (version, oldest) = (self.version(domain)?, READ.start());
        if domain.is_empty() && version < *oldest && !SAME_FROM_THE_FIRST.contains(&operator) {
            let context = format!(
                "operator {operator} of opset {version}, which is older than {oldest}; upgrade with \
                 onnx.version_converter"
            );
            return Err(Error::unsupported(context));
        }
        Ok(version)
    }

    /// The version of a set.
    pub(crate) fn version(&self, domain: &str) -> Result<i64, Error> {
        self.0.get(domain).copied().ok_or_else(|| {
            let name = if domain.is_empty() { "ai.onnx" } else { domain };
            Error::malformed(format!("operator set '{name}' is used but not imported"))
        })
    }
}

/// A domain as it is compared: ONNX's own has two spellings.
pub(crate) fn domain(domain: &str) -> &str {
    if domain == "ai.onnx" { "" } else { domain }
}
