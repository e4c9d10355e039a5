//! As much of ONNX's protocol buffers as the tests themselves need, apart from the importer that they test.

use inscape_tensor::{Constant, Encoding};
use prost::Message;

#[derive(Message)]
pub struct Model {
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
}

#[derive(Message)]
pub struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<Node>,
    #[prost(message, repeated, tag = "11")]
    pub inputs: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    pub outputs: Vec<Value>,
}

#[derive(Message)]
pub struct Node {
    #[prost(string, optional, tag = "4")]
    pub operator: Option<String>,
    #[prost(string, optional, tag = "7")]
    pub domain: Option<String>,
}

#[derive(Message)]
pub struct Value {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(message, optional, tag = "2")]
    kind: Option<Kind>,
}

#[derive(Message)]
struct Kind {
    #[prost(message, optional, tag = "1")]
    tensor: Option<ArrayKind>,
}

#[derive(Message)]
struct ArrayKind {
    #[prost(int32, optional, tag = "1")]
    data_type: Option<i32>,
}

impl Value {
    /// The number of its data type where it is an array, not a sequence or an optional value.
    pub fn data_type(&self) -> Option<i32> {
        self.kind.as_ref()?.tensor.as_ref()?.data_type
    }
}

#[derive(Message)]
pub struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, optional, tag = "2")]
    data_type: Option<i32>,
    #[prost(float, repeated, tag = "4")]
    floats: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    int32s: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    int64s: Vec<i64>,
    #[prost(bytes = "vec", optional, tag = "9")]
    raw: Option<Vec<u8>>,
}

impl Tensor {
    /// The numbers of an array, and how the file spells them; the data type's number where nothing here holds it.
    ///
    /// The files hold the bits of a bfloat16 as uint16; what the model declares tells.
    pub fn constant(self, declared: i32) -> Result<(Constant, Encoding), i32> {
        let data_type = match (self.data_type.unwrap_or(0), declared) {
            (UINT16, BFLOAT16) => BFLOAT16,
            (held, _) => held,
        };
        let encoding = encoding(data_type).ok_or(data_type)?;
        let shape: Vec<usize> = self.dims.iter().map(|&size| usize::try_from(size).unwrap()).collect();
        let bytes = self.raw.unwrap_or_else(|| {
            let floats = self.floats.iter().flat_map(|v| v.to_le_bytes());
            let int32s = self.int32s.iter().flat_map(|v| v.to_le_bytes().into_iter().take(encoding.size()));
            let int64s = self.int64s.iter().flat_map(|v| v.to_le_bytes());
            floats.chain(int32s).chain(int64s).collect()
        });
        Ok((Constant::from_bytes(&shape, bytes.into(), encoding).unwrap().decoded(), encoding))
    }
}

const UINT16: i32 = 4;
const BFLOAT16: i32 = 16;

fn encoding(data_type: i32) -> Option<Encoding> {
    Some(match data_type {
        1 => Encoding::F32,
        2 => Encoding::U8,
        3 => Encoding::I8,
        UINT16 => Encoding::U16,
        5 => Encoding::I16,
        6 => Encoding::I32,
        7 => Encoding::I64,
        9 => Encoding::Bool,
        10 => Encoding::F16,
        11 => Encoding::F64,
        12 => Encoding::U32,
        13 => Encoding::U64,
        BFLOAT16 => Encoding::Bf16,
        _ => return None,
    })
}
