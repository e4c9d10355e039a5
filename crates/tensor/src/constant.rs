use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::gemm::Aligned;
use crate::shelf::{Layout, Shelf};
use crate::{Element, Floats, Slice, Tensor, View, count, mapped};

/// How the bytes of a constant spell its numbers, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Encoding {
    F32,
    F16,
    Bf16,
    F64,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
}

impl Encoding {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Encoding::F64 | Encoding::I64 | Encoding::U64 => 8,
            Encoding::F32 | Encoding::I32 | Encoding::U32 => 4,
            Encoding::F16 | Encoding::Bf16 | Encoding::I16 | Encoding::U16 => 2,
            Encoding::I8 | Encoding::U8 | Encoding::Bool => 1,
        }
    }

    /// The run-time kind it is widened to.
    pub fn element(self) -> Element {
        match self {
            Encoding::F32 | Encoding::F16 | Encoding::Bf16 | Encoding::F64 => Element::F32,
            Encoding::Bool => Element::Bool,
            _ => Element::I64,
        }
    }
}

/// An array that never changes: a weight, or a result known before the network runs.
///
/// Cheap to clone. Weights stay in the bytes of their file until they are read, and a constant knows its packed forms, so that
/// all who work with it or its clones share them.
#[derive(Clone, Debug)]
pub struct Constant {
    shape: Arc<[usize]>,
    data: Data,
    shelf: Arc<Shelf>,
}

#[derive(Clone, Debug)]
enum Data {
    Raw(Bytes, Encoding),
    F32(Arc<[f32]>),
    I64(Arc<[i64]>),
    Bool(Arc<[u8]>),
}

impl Constant {
    fn new(shape: &[usize], data: Data) -> Constant {
        Constant { shape: shape.into(), data, shelf: Arc::default() }
    }

    /// A constant in the bytes of a file; `None` where their number is not what shape and encoding ask.
    pub fn from_bytes(shape: &[usize], bytes: Bytes, encoding: Encoding) -> Option<Constant> {
        let expected = count(shape)?.checked_mul(encoding.size())?;
        if bytes.len() != expected {
            return None;
        }
        let raw = Data::Raw(bytes, encoding);
        let borrowable = encoding == Encoding::F32;
        let constant = Constant::new(shape, raw);
        Some(if borrowable { constant } else { constant.decoded() })
    }

    /// Floats.
    ///
    /// # Panics
    /// If the count is not the shape's.
    pub fn from_f32s(shape: &[usize], values: impl Into<Arc<[f32]>>) -> Constant {
        let values = values.into();
        assert_eq!(count(shape), Some(values.len()), "shape {shape:?} holds another number of values");
        Constant::new(shape, Data::F32(values))
    }

    /// Integers.
    ///
    /// # Panics
    /// If the count is not the shape's.
    pub fn from_i64s(shape: &[usize], values: impl Into<Arc<[i64]>>) -> Constant {
        let values = values.into();
        assert_eq!(count(shape), Some(values.len()), "shape {shape:?} holds another number of values");
        Constant::new(shape, Data::I64(values))
    }

    /// Truth values, 0 or 1.
    ///
    /// # Panics
    /// If the count is not the shape's.
    pub fn from_bools(shape: &[usize], values: impl Into<Arc<[u8]>>) -> Constant {
        let values = values.into();
        assert_eq!(count(shape), Some(values.len()), "shape {shape:?} holds another number of values");
        Constant::new(shape, Data::Bool(values))
    }

    /// Sizes by axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// What it holds once read.
    pub fn element(&self) -> Element {
        match &self.data {
            Data::Raw(_, encoding) => encoding.element(),
            Data::F32(_) => Element::F32,
            Data::I64(_) => Element::I64,
            Data::Bool(_) => Element::Bool,
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same numbers under another shape of equal count.
    ///
    /// # Panics
    /// If the counts differ.
    pub fn reshaped(&self, shape: &[usize]) -> Constant {
        assert_eq!(count(shape), Some(self.len()), "a reshape keeps the count");
        Constant { shape: shape.into(), ..self.clone() }
    }

    /// The floats, in place where the bytes are aligned; `None` for another kind.
    pub fn f32s(&self) -> Option<Cow<'_, [f32]>> {
        match &self.data {
            Data::F32(values) => Some(Cow::Borrowed(values)),
            Data::Raw(bytes, Encoding::F32) => Some(match bytemuck::try_cast_slice(bytes) {
                Ok(values) if cfg!(target_endian = "little") => Cow::Borrowed(values),
                _ => Cow::Owned(words(bytes, f32::from_le_bytes)),
            }),
            _ => None,
        }
    }

    /// The floats where they lie, aligned or not; `None` for another kind, or where they have to be decoded first.
    pub fn floats_in_place(&self) -> Option<Floats<'_>> {
        match &self.data {
            Data::F32(values) => Some(Floats::from(&values[..])),
            Data::Raw(bytes, Encoding::F32) => Floats::from_le_bytes(bytes),
            _ => None,
        }
    }

    /// Tells that the numbers will not be read soon: those of a mapped file leave this process's memory until then.
    pub fn release(&self) {
        if let Data::Raw(bytes, _) = &self.data {
            mapped::release(bytes);
        }
    }

    /// What its numbers are in a layout, packed now where nobody has it at hand.
    pub(crate) fn packed(&self, layout: Layout, pack: impl FnOnce() -> Aligned) -> Arc<Aligned> {
        self.shelf.packed(layout, pack)
    }

    /// The integers; `None` for another kind.
    pub fn i64s(&self) -> Option<&[i64]> {
        match &self.data {
            Data::I64(values) => Some(values),
            _ => None,
        }
    }

    /// The truth values; `None` for another kind.
    pub fn bools(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Bool(values) => Some(values),
            _ => None,
        }
    }

    /// The same constant with its numbers ready for [`Constant::view`]: unaligned bytes are copied out once.
    pub fn decoded(&self) -> Constant {
        let Data::Raw(bytes, encoding) = &self.data else { return self.clone() };
        let data = match encoding {
            Encoding::F32 => match self.f32s() {
                Some(Cow::Owned(values)) => Data::F32(values.into()),
                _ => self.data.clone(),
            },
            Encoding::F16 => Data::F32(words(bytes, |w| half::f16::from_le_bytes(w).to_f32())),
            Encoding::Bf16 => Data::F32(words(bytes, |w| half::bf16::from_le_bytes(w).to_f32())),
            Encoding::F64 => Data::F32(words(bytes, |w| f64::from_le_bytes(w) as f32)),
            Encoding::I64 => Data::I64(words(bytes, i64::from_le_bytes)),
            Encoding::I32 => Data::I64(words(bytes, |w| i32::from_le_bytes(w).into())),
            Encoding::I16 => Data::I64(words(bytes, |w| i16::from_le_bytes(w).into())),
            Encoding::I8 => Data::I64(words(bytes, |w| i8::from_le_bytes(w).into())),
            Encoding::U64 => {
                Data::I64(words(bytes, |w| i64::try_from(u64::from_le_bytes(w)).unwrap_or(i64::MAX)))
            }
            Encoding::U32 => Data::I64(words(bytes, |w| u32::from_le_bytes(w).into())),
            Encoding::U16 => Data::I64(words(bytes, |w| u16::from_le_bytes(w).into())),
            Encoding::U8 => Data::I64(words(bytes, |w: [u8; 1]| w[0].into())),
            Encoding::Bool => Data::Bool(words(bytes, |w: [u8; 1]| u8::from(w[0] != 0))),
        };
        Constant { data, ..self.clone() }
    }

    /// A borrowed view.
    ///
    /// # Panics
    /// If the bytes are unaligned floats: call it on what [`Constant::decoded`] returned.
    pub fn view(&self) -> View<'_> {
        let data = match &self.data {
            Data::F32(values) => Slice::F32(values),
            Data::I64(values) => Slice::I64(values),
            Data::Bool(values) => Slice::Bool(values),
            Data::Raw(bytes, _) => Slice::F32(bytemuck::cast_slice(bytes)),
        };
        View { shape: &self.shape, data }
    }
}

impl From<Tensor> for Constant {
    fn from(tensor: Tensor) -> Constant {
        let shape = tensor.shape().to_vec();
        Constant::from_f32s(&shape, tensor.into_values())
    }
}

fn words<const N: usize, T, C: FromIterator<T>>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> C {
    let (words, _) = bytes.as_chunks::<N>();
    words.iter().map(|&word| read(word)).collect()
}
