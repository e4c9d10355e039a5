use std::fmt;

/// The kind of number an array holds while a network runs.
///
/// Narrower floats are widened to [`Element::F32`] and narrower integers to [`Element::I64`] when a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// IEEE 754 binary32.
    F32,
    /// Signed 64-bit integers: shapes, indices.
    I64,
    /// Truth values, one byte each, 0 or 1.
    Bool,
}

impl Element {
    /// Bytes of one element in memory.
    pub fn size(self) -> usize {
        match self {
            Element::F32 => 4,
            Element::I64 => 8,
            Element::Bool => 1,
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Element::F32 => "float32",
            Element::I64 => "int64",
            Element::Bool => "bool",
        })
    }
}
