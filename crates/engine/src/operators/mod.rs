mod relu;

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
pub const OPERATORS: &[OperatorRow] = &[row("Relu", relu::build)];

/// The row of an operator of ONNX's own set.
pub(crate) fn find(domain: &str, name: &str) -> Option<&'static OperatorRow> {
    let known = matches!(domain, "" | "ai.onnx");
    OPERATORS.iter().find(|row| known && row.name == name)
}
