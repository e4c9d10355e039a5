#[cfg(test)]
mod cells;
mod concat;
mod constant;
mod gather;
mod movement;
mod relu;
mod reshape;
mod shape;
mod slice;
mod transpose;

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
    row("Concat", concat::build),
    row("Constant", constant::build),
    row("Flatten", reshape::flatten),
    row("Gather", gather::build),
    row("Identity", reshape::identity),
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
