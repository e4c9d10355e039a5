use crate::{Error, ErrorKind};

/// How files begin that people take for models, and what to do with them.
const BEGINNINGS: &[(usize, &[u8], &str)] = &[
    (
        0,
        b"PK\x03\x04",
        "a PyTorch, Keras or zip archive; export the model to ONNX (torch.onnx.export, tf2onnx)",
    ),
    (0, b"\x80\x02", "a Python pickle; load it with PyTorch and export it with torch.onnx.export"),
    (0, b"\x89HDF", "an HDF5 file; export the Keras model with tf2onnx"),
    (4, b"TFL3", "a TensorFlow Lite model; convert it with tf2onnx"),
    (4, b"ORTM", "an ONNX Runtime (.ort) model; use the .onnx file that it was made from"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself; fetch it with git lfs pull"),
    (0, b"<!DOCTYPE", "a web page; download the raw file"),
    (0, b"<html", "a web page; download the raw file"),
    (0, b"\x1f\x8b", "gzip-compressed; unpack it first"),
    (0, b"\x89PNG", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
    (0, b"GGUF", "a GGUF file; this program reads vision networks in ONNX"),
];

/// Refuses what is known to be something else, by name.
pub(crate) fn refuse(bytes: &[u8]) -> Result<(), Error> {
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Foreign, "the file is empty"));
    }
    let begins = |&&(at, magic, _): &&(usize, &[u8], &str)| {
        bytes.get(at..).is_some_and(|rest| rest.starts_with(magic))
    };
    match BEGINNINGS.iter().find(begins) {
        Some((_, _, what)) => Err(Error::new(ErrorKind::Foreign, format!("this is {what}"))),
        None => Ok(()),
    }
}

/// What to say of bytes that no format recognizes.
pub(crate) fn unknown() -> Error {
    let names: Vec<&str> = crate::FORMATS.iter().map(|row| row.name).collect();
    Error::new(ErrorKind::Foreign, format!("not a model file of a known format ({})", names.join(", ")))
}
