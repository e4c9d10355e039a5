use bytes::Bytes;
use inscape_tensor::{Constant, Element, Encoding, count};

use super::budget::Budget;
use super::element;
use super::proto::TensorProto;
use super::proto::tensor_proto::DataLocation;
use crate::{Error, Folder};

/// Reads tensors to constants, wherever their numbers lie, and counts those whose precision changed.
pub(crate) struct Weights<'f> {
    folder: &'f mut Folder,
    changed: [(Encoding, usize); 3],
}

/// Axes of the largest rank read.
const MOST_AXES: usize = 64;

impl<'f> Weights<'f> {
    pub(crate) fn new(folder: &'f mut Folder) -> Weights<'f> {
        Weights {
            folder,
            changed: [Encoding::F16, Encoding::Bf16, Encoding::F64].map(|encoding| (encoding, 0)),
        }
    }

    /// The constant a tensor spells. Nothing is allocated before its shape and its bytes agree.
    pub(crate) fn constant(&mut self, tensor: &TensorProto, budget: &mut Budget) -> Result<Constant, Error> {
        let encoding = element::encoding(tensor.data_type())?;
        let shape = shape(tensor)?;
        let size = count(&shape).ok_or_else(|| Error::malformed(format!("shape {shape:?} is too large")))?;
        if tensor.segment.is_some() {
            return Err(Error::unsupported("its numbers are cut into segments"));
        }
        if let Some((_, times)) = self.changed.iter_mut().find(|(changed, _)| *changed == encoding) {
            *times += 1;
        }
        let bytes = match (tensor.data_location(), &tensor.raw_data) {
            (DataLocation::External, _) => {
                self.external(tensor, size.saturating_mul(encoding.size()), budget)?
            }
            (_, Some(raw)) => raw.clone(),
            (_, None) => return typed(tensor, encoding, &shape, size, budget),
        };
        if size.checked_mul(encoding.size()) != Some(bytes.len()) {
            let name = element::name(encoding);
            let context = format!("shape {shape:?} of {name} does not fit its {} bytes", bytes.len());
            return Err(Error::malformed(context));
        }
        if encoding != Encoding::F32 {
            budget.spend(size.saturating_mul(encoding.element().size()))?;
        }
        Constant::from_bytes(&shape, bytes, encoding)
            .ok_or_else(|| Error::malformed(format!("shape {shape:?} does not fit its bytes")))
    }

    /// What changed, in sentences.
    pub(crate) fn notes(&self) -> impl Iterator<Item = String> + '_ {
        self.changed.iter().filter(|(_, times)| *times > 0).map(|&(encoding, times)| {
            let how = if encoding == Encoding::F64 { "narrowed" } else { "widened" };
            let plural = if times == 1 { "weight" } else { "weights" };
            format!("{times} {} {plural} {how} to float32", element::name(encoding))
        })
    }

    fn external(
        &mut self,
        tensor: &TensorProto,
        expected: usize,
        budget: &mut Budget,
    ) -> Result<Bytes, Error> {
        let entry = |key: &str| {
            tensor.external_data.iter().find(|entry| entry.key() == key).map(|entry| entry.value())
        };
        let number = |key: &str| {
            let text = entry(key);
            let parse = |text: &str| text.trim().parse::<usize>();
            text.map(parse).transpose().map_err(|_| Error::malformed(format!("external data: bad {key}")))
        };
        let location =
            entry("location").ok_or_else(|| Error::malformed("external data without a location"))?;
        let offset = number("offset")?.unwrap_or(0);
        let length = number("length")?.unwrap_or(expected);
        let before = self.folder.mapped();
        let file = self.folder.bytes(location)?;
        if self.folder.mapped() > before {
            budget.grant(file.len());
        }
        match offset.checked_add(length) {
            Some(end) if end <= file.len() => Ok(file.slice(offset..end)),
            _ => Err(Error::malformed(format!(
                "external data '{location}' holds {} bytes, but {length} at offset {offset} are asked for",
                file.len()
            ))),
        }
    }
}

fn shape(tensor: &TensorProto) -> Result<Vec<usize>, Error> {
    if tensor.dims.len() > MOST_AXES {
        return Err(Error::malformed(format!("{} dimensions", tensor.dims.len())));
    }
    let size = |&size: &i64| {
        usize::try_from(size).map_err(|_| Error::malformed(format!("dimension {size} in {:?}", tensor.dims)))
    };
    tensor.dims.iter().map(size).collect()
}

/// Numbers in the fields that ONNX keeps for each type.
fn typed(
    tensor: &TensorProto,
    encoding: Encoding,
    shape: &[usize],
    size: usize,
    budget: &mut Budget,
) -> Result<Constant, Error> {
    let held = match encoding {
        Encoding::F32 => tensor.float_data.len(),
        Encoding::F64 => tensor.double_data.len(),
        Encoding::I64 => tensor.int64_data.len(),
        Encoding::U64 | Encoding::U32 => tensor.uint64_data.len(),
        _ => tensor.int32_data.len(),
    };
    if held != size {
        let name = element::name(encoding);
        return Err(Error::malformed(format!(
            "shape {shape:?} of {name} asks for {size} numbers, it holds {held}"
        )));
    }
    budget.spend(size.saturating_mul(encoding.element().size()))?;
    let int32s = &tensor.int32_data;
    Ok(match (encoding, encoding.element()) {
        (Encoding::F32, _) => Constant::from_f32s(shape, tensor.float_data.as_slice()),
        (Encoding::F64, _) => {
            Constant::from_f32s(shape, tensor.double_data.iter().map(|&v| v as f32).collect::<Vec<f32>>())
        }
        (Encoding::I64, _) => Constant::from_i64s(shape, tensor.int64_data.as_slice()),
        (Encoding::U64 | Encoding::U32, _) => {
            let narrowed = tensor.uint64_data.iter().map(|&v| i64::try_from(v).unwrap_or(i64::MAX));
            Constant::from_i64s(shape, narrowed.collect::<Vec<i64>>())
        }
        (_, Element::I64) => {
            Constant::from_i64s(shape, int32s.iter().map(|&v| v.into()).collect::<Vec<i64>>())
        }
        (_, Element::Bool) => {
            Constant::from_bools(shape, int32s.iter().map(|&v| u8::from(v != 0)).collect::<Vec<u8>>())
        }
        (_, Element::F32) => {
            let bits: Vec<u8> = int32s.iter().flat_map(|&v| (v as u16).to_le_bytes()).collect();
            Constant::from_bytes(shape, bits.into(), encoding)
                .ok_or_else(|| Error::malformed(format!("shape {shape:?} does not fit its numbers")))?
        }
    })
}
