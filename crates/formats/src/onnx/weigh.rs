use std::mem::size_of;

use super::proto::{
    AttributeProto, FunctionProto, GraphProto, NodeProto, OperatorSetIdProto, SparseTensorProto,
    StringStringEntryProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, tensor_proto,
    tensor_shape_proto, type_proto,
};
use crate::{Error, ErrorKind};

/// Whether bytes begin with a field that the outermost message of an ONNX file has.
pub(crate) fn recognizes(bytes: &[u8]) -> bool {
    let mut cursor = Cursor { bytes };
    matches!(cursor.varint(), Some(tag) if matches!((tag >> 3, tag & 7), (1 | 5, 0) | (2..=4 | 6..=8 | 14 | 20 | 25 | 26, 2)))
}

/// Adds up what decoding would allocate, without allocating, and refuses what is out of proportion: an empty node
/// takes two bytes in the file and two hundred in memory.
pub(crate) fn weigh(bytes: &[u8]) -> Result<(), Error> {
    let mut left = BASE.saturating_add(bytes.len().saturating_mul(PER_BYTE));
    message(bytes, Kind::Model, DEEPEST, &mut left)
}

/// Bytes granted to the smallest file.
const BASE: usize = 24 << 20;

/// Bytes granted for each byte read.
const PER_BYTE: usize = 3;

/// Messages inside one another.
const DEEPEST: usize = 90;

#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Function,
    Node,
    Attribute,
    Tensor,
    Sparse,
    Value,
    Type,
    TypeTensor,
    Shape,
    /// A message without messages.
    Leaf,
}

/// What a length-delimited field holds.
enum Field {
    Message(Kind, usize),
    /// Numbers packed as varints, of this size once read.
    Varints(usize),
    /// Text, bytes, or numbers of fixed size.
    Plain,
    Skipped,
}

impl Kind {
    fn field(self, number: u64) -> Field {
        let (kind, size) = match (self, number) {
            (Kind::Model, 7) | (Kind::Attribute, 6) => (Kind::Graph, size_of::<GraphProto>()),
            (Kind::Model, 25) => (Kind::Function, size_of::<FunctionProto>()),
            (Kind::Model, 8) | (Kind::Function, 9) => leaf(size_of::<OperatorSetIdProto>()),
            (Kind::Graph, 1) | (Kind::Function, 7) => (Kind::Node, size_of::<NodeProto>()),
            (Kind::Graph, 5) | (Kind::Attribute, 5) | (Kind::Sparse, 1) => {
                (Kind::Tensor, size_of::<TensorProto>())
            }
            (Kind::Graph, 15) => (Kind::Sparse, size_of::<SparseTensorProto>()),
            (Kind::Graph, 11 | 12) => (Kind::Value, size_of::<ValueInfoProto>()),
            (Kind::Node, 5) | (Kind::Function, 11) => (Kind::Attribute, size_of::<AttributeProto>()),
            (Kind::Value, 2) => (Kind::Type, size_of::<TypeProto>()),
            (Kind::Type, 1) => (Kind::TypeTensor, size_of::<type_proto::Tensor>()),
            (Kind::TypeTensor, 2) => (Kind::Shape, size_of::<TensorShapeProto>()),
            (Kind::Shape, 1) => leaf(size_of::<tensor_shape_proto::Dimension>()),
            (Kind::Tensor, 13) => leaf(size_of::<StringStringEntryProto>()),
            (Kind::Tensor, 3) => leaf(size_of::<tensor_proto::Segment>()),
            (Kind::Tensor, 5) => return Field::Varints(size_of::<i32>()),
            (Kind::Tensor, 1 | 7 | 11) | (Kind::Attribute, 8) => return Field::Varints(size_of::<i64>()),
            (Kind::Model, 2 | 3)
            | (Kind::Graph, 2)
            | (Kind::Node, 1..=4 | 7 | 8)
            | (Kind::Attribute, 1 | 4 | 7 | 9 | 21)
            | (Kind::Function, 1 | 4..=6 | 10 | 13)
            | (Kind::Tensor, 4 | 8..=10)
            | (Kind::Value, 1)
            | (Kind::Leaf, _) => return Field::Plain,
            _ => return Field::Skipped,
        };
        Field::Message(kind, size)
    }
}

fn leaf(size: usize) -> (Kind, usize) {
    (Kind::Leaf, size)
}

fn message(bytes: &[u8], kind: Kind, depth: usize, left: &mut usize) -> Result<(), Error> {
    let truncated =
        || Error::malformed("not a whole ONNX file: it breaks off or its fields contradict its size");
    let mut cursor = Cursor { bytes };
    while !cursor.bytes.is_empty() {
        let tag = cursor.varint().ok_or_else(truncated)?;
        let taken = match tag & 7 {
            0 => cursor.varint().map(|_| size_of::<i64>()),
            1 => cursor.take(8).map(|_| 8),
            5 => cursor.take(4).map(|_| 4),
            2 => {
                let length = cursor.varint().and_then(|length| usize::try_from(length).ok());
                let content = length.and_then(|length| cursor.take(length)).ok_or_else(truncated)?;
                Some(match kind.field(tag >> 3) {
                    Field::Message(_, _) if depth == 0 => {
                        return Err(Error::new(ErrorKind::Excessive, "messages lie too deep in one another"));
                    }
                    Field::Message(inner, size) => {
                        message(content, inner, depth - 1, left)?;
                        size
                    }
                    Field::Varints(size) => {
                        let last = |byte: &&u8| **byte < 0x80;
                        content.iter().filter(last).count().saturating_mul(size)
                    }
                    Field::Plain => size_of::<bytes::Bytes>(),
                    Field::Skipped => 0,
                })
            }
            _ => None,
        };
        *left = left.checked_sub(taken.ok_or_else(truncated)?).ok_or_else(|| {
            Error::new(
                ErrorKind::Excessive,
                "the file would unfold into far more memory than its size allows",
            )
        })?;
    }
    Ok(())
}

/// Reads the wire format of protocol buffers.
struct Cursor<'b> {
    bytes: &'b [u8],
}

impl<'b> Cursor<'b> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let (&byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }
}
