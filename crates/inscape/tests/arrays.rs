//! `.npy` files are read and written as NumPy does.

use inscape::npy;
use inscape_tensor::Tensor;
use proptest::prelude::proptest;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut content = b"\x93NUMPY\x01\x00".to_vec();
    content.extend((header.len() as u16).to_le_bytes());
    content.extend(header.bytes().chain(data.iter().copied()));
    content
}

#[test]
fn the_bytes_are_numpys() {
    let content = npy::bytes(&Tensor::new([3], vec![1.0, -2.0, 0.5]));
    assert_eq!(content.len(), 128 + 12);
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
    assert_eq!(&content[..10], b"\x93NUMPY\x01\x00\x76\x00");
    assert_eq!(&content[10..10 + header.len()], header.as_bytes());
    assert_eq!(content[127], b'\n');
    assert_eq!(content[128..132], 1.0f32.to_le_bytes());
}

#[test]
fn other_numbers_become_floats() {
    let doubles = file(
        "{'shape': (1, 2), 'fortran_order': False, 'descr': '<f8'}\n",
        &[2.5f64, -1.0].map(f64::to_le_bytes).concat(),
    );
    assert_eq!(npy::parse(&doubles).unwrap(), Tensor::new([1, 2], vec![2.5, -1.0]));
    let bytes = file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", &[7, 255]);
    assert_eq!(npy::parse(&bytes).unwrap().values(), [7.0, 255.0]);
}

#[test]
fn hostile_headers_are_refused() {
    let data = [0; 16];
    for (header, part) in [
        ("{'descr': '<f4', 'fortran_order': True, 'shape': (4,)}", "Fortran"),
        ("{'descr': '>f4', 'fortran_order': False, 'shape': (4,)}", "float32"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}", "float32"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}", "does not fit"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 1099511627776)}", "does not fit"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}", "header"),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}", "header"),
        ("", "header"),
    ] {
        let error = npy::parse(&file(header, &data)).unwrap_err();
        assert!(error.context.contains(part), "{header}: {error}");
    }
    assert!(npy::parse(b"\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF").unwrap_err().context.contains("truncated"));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        let _ = npy::parse(&[b"\x93NUMPY\x01\x00", &bytes[..]].concat());
    }
}
