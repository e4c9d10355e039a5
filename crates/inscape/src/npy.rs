//! NumPy's `.npy` files: raw maps out, tensors in.

use std::path::Path;

use inscape_tensor::{Tensor, count};

use crate::error::{Error, ErrorKind};
use crate::file;

/// The most bytes of an array file.
const LIMIT: u64 = 1 << 30;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads an array of float32, float64 or uint8 in C order; every number becomes a float32.
///
/// # Errors
/// [`ErrorKind::File`] where the file cannot be read, else as [`parse`] with the file's name.
pub fn read(path: impl AsRef<Path>) -> Result<Tensor, Error> {
    let path = path.as_ref();
    let content = file::read(path, LIMIT)?;
    parse(&content).map_err(|error| Error::new(error.kind, format!("{}: {error}", path.display())))
}

/// Reads an array from the bytes of a `.npy` file.
///
/// # Errors
/// [`ErrorKind::Picture`] for what is no `.npy` file, is truncated, or holds other numbers or another order.
pub fn parse(content: &[u8]) -> Result<Tensor, Error> {
    let Some(rest) = content.strip_prefix(MAGIC) else { return Err(wrong("it is no .npy file")) };
    let (length, rest) = match *rest {
        [1, _, a, b, ref rest @ ..] => (usize::from(u16::from_le_bytes([a, b])), rest),
        [2 | 3, _, a, b, c, d, ref rest @ ..] => (u32::from_le_bytes([a, b, c, d]) as usize, rest),
        _ => return Err(wrong("its .npy version is not 1, 2 or 3")),
    };
    let Some((header, data)) = rest.split_at_checked(length) else {
        return Err(wrong("it ends inside its header: the file is truncated"));
    };
    let header = Header::parse(header).ok_or_else(|| wrong("its header is not one that NumPy writes"))?;
    if header.fortran {
        return Err(wrong("it is in Fortran order; save it with numpy.ascontiguousarray"));
    }
    let width = match header.kind {
        "<f4" | "=f4" => 4,
        "<f8" | "=f8" => 8,
        "|u1" | "<u1" => 1,
        other => {
            let context = format!("it holds numbers of kind '{}'; save it as float32", other.escape_debug());
            return Err(wrong(context));
        }
    };
    let expected = count(&header.shape).and_then(|n| n.checked_mul(width));
    if expected != Some(data.len()) {
        let context = format!("its shape {:?} does not fit its {} bytes of data", header.shape, data.len());
        return Err(wrong(context));
    }
    let values = match width {
        4 => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        8 => data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect(),
        _ => data.iter().map(|&byte| f32::from(byte)).collect(),
    };
    Ok(Tensor::new(header.shape, values))
}

/// The bytes of a `.npy` file (version 1, little-endian float32, C order) that holds an array.
///
/// ```
/// use inscape_tensor::Tensor;
/// let map = Tensor::new([1, 2], vec![0.5, -1.0]);
/// assert_eq!(inscape::npy::parse(&inscape::npy::bytes(&map))?, map);
/// # Ok::<(), inscape::Error>(())
/// ```
pub fn bytes(tensor: &Tensor) -> Vec<u8> {
    let sizes: Vec<String> = tensor.shape().iter().map(usize::to_string).collect();
    let comma = if sizes.len() == 1 { "," } else { "" };
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{comma}), }}", sizes.join(", "));
    // NumPy aligns the data to 64 bytes and ends the header with a line break.
    let start = MAGIC.len() + 4;
    let padding = (start + header.len() + 1).next_multiple_of(64) - (start + header.len() + 1);
    header.extend(std::iter::repeat_n(' ', padding).chain(['\n']));
    let mut content = MAGIC.to_vec();
    content.extend([1, 0]);
    content.extend((header.len() as u16).to_le_bytes());
    content.extend(header.bytes());
    content.extend(tensor.values().iter().flat_map(|value| value.to_le_bytes()));
    content
}

/// Writes an array as float32; the file is either absent, the former one, or whole.
///
/// # Errors
/// [`ErrorKind::File`] where it cannot be written.
pub fn write(path: impl AsRef<Path>, tensor: &Tensor) -> Result<(), Error> {
    file::write(path.as_ref(), &bytes(tensor))
}

struct Header<'a> {
    kind: &'a str,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header<'_> {
    /// Reads Python's spelling of a dictionary with the three keys, in any order.
    fn parse(header: &[u8]) -> Option<Header<'_>> {
        let header = std::str::from_utf8(header).ok()?;
        let after = |key: &str| Some(header.split_once(key)?.1.trim_start().strip_prefix(':')?.trim_start());
        let kind = after("'descr'")?.strip_prefix('\'')?.split_once('\'')?.0;
        let order = after("'fortran_order'")?;
        let fortran = order.starts_with("True");
        if !fortran && !order.starts_with("False") {
            return None;
        }
        let sizes = after("'shape'")?.strip_prefix('(')?.split_once(')')?.0;
        let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
        let shape: Vec<usize> = sizes.map(|size| size.parse().ok()).collect::<Option<_>>()?;
        (shape.len() <= 32).then_some(Header { kind, fortran, shape })
    }
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::Picture, context)
}
