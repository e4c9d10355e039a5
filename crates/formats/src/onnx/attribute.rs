use inscape_engine::Attribute;

use super::budget::Budget;
use super::proto::AttributeProto;
use super::proto::attribute_proto::AttributeType;
use super::weights::Weights;
use crate::{Error, ErrorKind};

/// An attribute in neutral form.
pub(crate) fn lowered(
    attribute: &AttributeProto,
    weights: &mut Weights<'_>,
    budget: &mut Budget,
) -> Result<Attribute, Error> {
    budget.spend(size_of::<AttributeProto>())?;
    Ok(match kind(attribute) {
        AttributeType::Int => Attribute::Int(attribute.i()),
        AttributeType::Float => Attribute::Float(attribute.f()),
        AttributeType::String => {
            budget.spend(attribute.s().len())?;
            Attribute::Text(text(attribute.s())?)
        }
        AttributeType::Ints => {
            budget.spend(size_of_val(attribute.ints.as_slice()))?;
            Attribute::Ints(attribute.ints.clone())
        }
        AttributeType::Floats => {
            budget.spend(size_of_val(attribute.floats.as_slice()))?;
            Attribute::Floats(attribute.floats.clone())
        }
        AttributeType::Strings => {
            budget.spend(attribute.strings.iter().map(|s| s.len() + size_of::<String>()).sum())?;
            Attribute::Texts(attribute.strings.iter().map(|s| text(s)).collect::<Result<_, _>>()?)
        }
        AttributeType::Tensor => match &attribute.t {
            None => return Err(Error::malformed("a tensor attribute without a tensor")),
            Some(tensor) => match weights.constant(tensor, budget) {
                Ok(constant) => Attribute::Tensor(constant),
                Err(Error { kind: ErrorKind::Unsupported, context }) => {
                    Attribute::Other(format!("a tensor: {context}"))
                }
                Err(error) => return Err(error),
            },
        },
        AttributeType::Graph | AttributeType::Graphs => Attribute::Other("a subgraph".into()),
        AttributeType::SparseTensor | AttributeType::SparseTensors => {
            Attribute::Other("a sparse tensor".into())
        }
        AttributeType::Tensors => Attribute::Other("several tensors".into()),
        AttributeType::TypeProto | AttributeType::TypeProtos => Attribute::Other("a type".into()),
        AttributeType::Undefined => {
            return Err(Error::malformed(format!("attribute type {:?} does not exist", attribute.r#type)));
        }
    })
}

/// The declared kind; files of the first IR versions declare none, so it shows in the field that is set.
fn kind(attribute: &AttributeProto) -> AttributeType {
    match attribute.r#type {
        Some(kind) if kind != AttributeType::Undefined as i32 => {
            AttributeType::try_from(kind).unwrap_or(AttributeType::Undefined)
        }
        _ if attribute.i.is_some() => AttributeType::Int,
        _ if attribute.f.is_some() => AttributeType::Float,
        _ if attribute.s.is_some() => AttributeType::String,
        _ if attribute.t.is_some() => AttributeType::Tensor,
        _ if attribute.g.is_some() => AttributeType::Graph,
        _ if !attribute.floats.is_empty() => AttributeType::Floats,
        _ if !attribute.strings.is_empty() => AttributeType::Strings,
        _ => AttributeType::Ints,
    }
}

fn text(bytes: &[u8]) -> Result<String, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::malformed("a text is not UTF-8"))?;
    Ok(text.to_owned())
}
