//! Whatever the bytes, pictures to learn from (IDX, or patches as `.npy`) can be read to the last one, or are an error.
#![no_main]

use inscape_belief::examples::{Examples, Patches, Pictures, Values, idx};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(array) = idx::parse(bytes) {
        if let Ok(labelled) = Pictures::new("fuzz", array.clone()).and_then(|p| p.labelled(array.clone())) {
            look(&labelled);
        }
        if let Ok(pictures) = Pictures::new("fuzz", array) {
            look(&pictures);
        }
    }
    if let Ok(patches) = inscape::npy::parse(bytes).and_then(|tensor| Patches::new("fuzz", tensor)) {
        look(&patches);
    }
});

fn look(examples: &dyn Examples) {
    let [rows, columns] = examples.size();
    let mut numbers = vec![f32::NAN; rows * columns];
    for i in [0, examples.count() - 1] {
        examples.read(i, &mut numbers);
        let fine = |x: &f32| if examples.values() == Values::Unit { (0.0..=1.0).contains(x) } else { x.is_finite() };
        assert!(numbers.iter().all(fine));
    }
}
