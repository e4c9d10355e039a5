//! Golden files are read as NumPy wrote them.

use inscape_testkit::{npz, shared};

#[test]
fn a_golden_file_has_its_arrays() {
    let Some(path) = shared("goldens/squeezenet1_1-ILSVRC2012_val_00002514.npz") else { return };
    let arrays = npz(path);
    let (shape, input) = &arrays["input"];
    assert_eq!(shape, &[1, 3, 227, 227]);
    assert!(input.iter().all(|v| v.is_finite() && v.abs() < 256.0));
    let (_, scores) = &arrays["scores"];
    let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    assert_eq!(best, Some(arrays["target"].1[0] as usize));
}
