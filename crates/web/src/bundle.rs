use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Numbers with words about them in one binary answer: the length of the words (u32), the words as JSON, then the arrays in the order
/// the words list them, each beginning at a multiple of eight bytes; all little-endian.
pub(crate) struct Bundle {
    arrays: Vec<Array>,
    content: Vec<u8>,
}

/// The media type of a bundle.
pub(crate) const MEDIA: &str = "application/vnd.inscape.bundle";

/// An array of a bundle: number = stored · scale.
#[derive(Serialize, ToSchema)]
pub(crate) struct Array {
    /// Its name.
    name: String,
    /// `u8`, `i16` or `f32`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// In C order.
    shape: Vec<usize>,
    /// What a stored number is multiplied by.
    scale: f32,
}

/// The words of a bundle: those of its kind, and what arrays follow.
#[derive(Serialize, ToSchema)]
pub(crate) struct Words<M> {
    #[serde(flatten)]
    meta: M,
    arrays: Vec<Array>,
}

impl Bundle {
    pub(crate) fn new() -> Bundle {
        Bundle { arrays: Vec::new(), content: Vec::new() }
    }

    pub(crate) fn bytes(self, name: &str, shape: &[usize], values: &[u8]) -> Bundle {
        self.array(name, "u8", shape, 1.0, values.iter().copied())
    }

    pub(crate) fn floats(self, name: &str, shape: &[usize], values: &[f32]) -> Bundle {
        self.array(name, "f32", shape, 1.0, values.iter().flat_map(|value| value.to_le_bytes()))
    }

    /// Numbers rounded to 1/32767 of the largest.
    pub(crate) fn rounded(self, name: &str, shape: &[usize], values: &[f32]) -> Bundle {
        let largest = values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let scale = (largest / 32767.0).max(f32::MIN_POSITIVE);
        let stored = values.iter().flat_map(|value| ((value / scale).round() as i16).to_le_bytes());
        self.array(name, "i16", shape, scale, stored)
    }

    fn array(
        mut self,
        name: &str,
        kind: &'static str,
        shape: &[usize],
        scale: f32,
        bytes: impl Iterator<Item = u8>,
    ) -> Bundle {
        self.arrays.push(Array { name: name.to_owned(), kind, shape: shape.to_vec(), scale });
        self.content.extend(bytes);
        self.content.resize(self.content.len().next_multiple_of(8), 0);
        self
    }

    /// The whole answer.
    pub(crate) fn with(self, meta: impl Serialize) -> Vec<u8> {
        let words = serde_json::to_vec(&Words { meta, arrays: self.arrays }).unwrap_or_default();
        let mut bytes = (words.len() as u32).to_le_bytes().to_vec();
        bytes.extend(words);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(self.content);
        bytes
    }
}

/// A bundle as an answer.
pub(crate) struct Sent(pub(crate) Vec<u8>);

impl IntoResponse for Sent {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, MEDIA)], self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::Bundle;

    #[test]
    fn arrays_begin_at_multiples_of_eight_and_keep_their_numbers() {
        let bundle = Bundle::new().bytes("a", &[3], &[1, 2, 3]).rounded("b", &[2], &[-2.0, 1.0]);
        let bytes = bundle.with(serde_json::json!({ "k": 1 }));
        let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        let meta: serde_json::Value = serde_json::from_slice(&bytes[4..4 + length]).unwrap();
        assert_eq!((&meta["k"], &meta["arrays"][0]["name"]), (&1.into(), &"a".into()));
        let content = &bytes[(4 + length).next_multiple_of(8)..];
        assert_eq!(&content[..3], [1, 2, 3]);
        let scale = meta["arrays"][1]["scale"].as_f64().unwrap();
        let stored = |at: usize| f64::from(i16::from_le_bytes(content[at..at + 2].try_into().unwrap()));
        assert!((stored(8) * scale + 2.0).abs() < 1e-6 && (stored(10) * scale - 1.0).abs() < 1e-4);
    }
}
