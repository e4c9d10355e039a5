use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// Arrays by name, each with its shape.
pub type Arrays = HashMap<String, (Vec<usize>, Vec<f32>)>;

/// The arrays of a NumPy `.npz` file by name; every number is converted to f32.
///
/// # Panics
/// If the file is not one that NumPy wrote: tests have nothing to go on with then.
pub fn npz(path: impl AsRef<Path>) -> Arrays {
    let path = path.as_ref();
    let file = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
    let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;

    let end = (0..=file.len() - 22).rev().find(|&at| file[at..].starts_with(b"PK\x05\x06"));
    let end = end.unwrap_or_else(|| panic!("{} is no zip file", path.display()));
    let mut entry = u32_at(end + 16);
    let mut arrays = Arrays::new();
    for _ in 0..u16_at(end + 10) {
        let (method, packed, size) = (u16_at(entry + 10), u32_at(entry + 20), u32_at(entry + 24));
        let (name, extra, comment) = (u16_at(entry + 28), u16_at(entry + 30), u16_at(entry + 32));
        let local = u32_at(entry + 42);
        let start = local + 30 + u16_at(local + 26) + u16_at(local + 28);
        let data = &file[start..start + packed];
        let content = match method {
            0 => data.to_vec(),
            8 => {
                let mut content = Vec::with_capacity(size);
                flate2::read::DeflateDecoder::new(data).read_to_end(&mut content).unwrap();
                content
            }
            other => panic!("{}: zip method {other}", path.display()),
        };
        let key = String::from_utf8_lossy(&file[entry + 46..entry + 46 + name]).into_owned();
        arrays.insert(key.trim_end_matches(".npy").to_owned(), npy(&content));
        entry += 46 + name + extra + comment;
    }
    arrays
}

fn npy(content: &[u8]) -> (Vec<usize>, Vec<f32>) {
    assert!(content.starts_with(b"\x93NUMPY\x01"), "not a .npy file of version 1");
    let end = 10 + usize::from(u16::from_le_bytes([content[8], content[9]]));
    let header = std::str::from_utf8(&content[10..end]).unwrap();
    assert!(header.contains("'fortran_order': False"), "not in C order: {header}");
    let between = |left: &str, right: char| {
        let rest = &header[header.find(left).unwrap() + left.len()..];
        &rest[..rest.find(right).unwrap()]
    };
    let sizes = between("'shape': (", ')').split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape: Vec<usize> = sizes.map(|size| size.parse().unwrap()).collect();
    let data = &content[end..];
    let values: Vec<f32> = match between("'descr': '", '\'') {
        "<f4" => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        "<f8" => data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect(),
        "<i8" => data.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f32).collect(),
        "<i4" => data.as_chunks().0.iter().map(|&bytes| i32::from_le_bytes(bytes) as f32).collect(),
        "|u1" => data.iter().map(|&byte| f32::from(byte)).collect(),
        other => panic!("arrays of '{other}' are not read"),
    };
    assert_eq!(values.len(), shape.iter().product::<usize>(), "array shorter than its shape {shape:?}");
    (shape, values)
}
