use inscape_engine::{Dimension, InputType};
use inscape_tensor::Encoding;

use super::element;
use super::proto::tensor_shape_proto::dimension::Value;
use super::proto::{TensorShapeProto, ValueInfoProto, type_proto};
use crate::Error;

/// What a graph input takes, and how the file spells its numbers.
pub(crate) fn typed(input: &ValueInfoProto) -> Result<(InputType, Encoding), Error> {
    let within = |error: Error| error.within(&format!("input '{}'", input.name()));
    let value = input.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(type_proto::Value::TensorType(tensor)) = value else {
        return Err(within(Error::unsupported("is not a tensor")));
    };
    let encoding = element::encoding(tensor.elem_type()).map_err(within)?;
    let shape = tensor.shape.as_ref().map(dimensions).transpose().map_err(within)?;
    Ok((InputType { element: encoding.element(), shape }, encoding))
}

/// More values than any network is fed.
const TOO_MANY_VALUES: i64 = 1 << 36;

fn dimensions(shape: &TensorShapeProto) -> Result<Vec<Dimension>, Error> {
    let mut values = 1i64;
    let mut dimensions = Vec::with_capacity(shape.dim.len());
    for dimension in &shape.dim {
        dimensions.push(match &dimension.value {
            None => Dimension::Symbolic(String::new()),
            Some(Value::DimParam(name)) => Dimension::Symbolic(name.clone()),
            Some(Value::DimValue(size)) => {
                let fixed = usize::try_from(*size).map_err(|_| {
                    Error::malformed(format!("dimension {size}; a size left open is a name, not a number"))
                })?;
                let product = values.checked_mul((*size).max(1)).filter(|&values| values < TOO_MANY_VALUES);
                values = product.ok_or_else(|| Error::malformed(format!("dimension {size} is too large")))?;
                Dimension::Fixed(fixed)
            }
        });
    }
    Ok(dimensions)
}
