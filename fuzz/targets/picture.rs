//! Picture files of every kind.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(image) = inscape::Image::decode(bytes) {
        assert_eq!(image.rgb().len(), image.width() * image.height() * 3);
    }
});
