use inscape_tensor::Encoding;

use super::proto::tensor_proto::DataType;
use crate::Error;

/// How the numbers of an ONNX data type are spelled; an error for types no graph here holds.
pub(crate) fn encoding(data_type: i32) -> Result<Encoding, Error> {
    let kind = DataType::try_from(data_type).unwrap_or(DataType::Undefined);
    Ok(match kind {
        DataType::Float => Encoding::F32,
        DataType::Float16 => Encoding::F16,
        DataType::Bfloat16 => Encoding::Bf16,
        DataType::Double => Encoding::F64,
        DataType::Int64 => Encoding::I64,
        DataType::Int32 => Encoding::I32,
        DataType::Int16 => Encoding::I16,
        DataType::Int8 => Encoding::I8,
        DataType::Uint64 => Encoding::U64,
        DataType::Uint32 => Encoding::U32,
        DataType::Uint16 => Encoding::U16,
        DataType::Uint8 => Encoding::U8,
        DataType::Bool => Encoding::Bool,
        DataType::Undefined => {
            return Err(Error::malformed(format!("data type {data_type} does not exist")));
        }
        DataType::String | DataType::Complex64 | DataType::Complex128 => {
            return Err(Error::unsupported(format!("data type {} is not supported", kind.as_str_name())));
        }
        _ => {
            let name = kind.as_str_name();
            let context =
                format!("data type {name} belongs to a quantized model; export it before quantizing");
            return Err(Error::unsupported(context));
        }
    })
}

/// ONNX's name of an encoding, for messages.
pub(crate) fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::F32 => "float32",
        Encoding::F16 => "float16",
        Encoding::Bf16 => "bfloat16",
        Encoding::F64 => "float64",
        Encoding::I64 => "int64",
        Encoding::I32 => "int32",
        Encoding::I16 => "int16",
        Encoding::I8 => "int8",
        Encoding::U64 => "uint64",
        Encoding::U32 => "uint32",
        Encoding::U16 => "uint16",
        Encoding::U8 => "uint8",
        Encoding::Bool => "bool",
    }
}
