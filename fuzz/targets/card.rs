//! Model cards and `.npy` arrays.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(card) = inscape::Card::parse(text) {
            assert_eq!(inscape::Card::parse(&card.to_toml()).ok(), Some(card));
        }
        let labels = inscape::Labels::parse(text);
        let _ = labels.find(text.lines().next().unwrap_or(""));
    }
    let _ = inscape::npy::parse(bytes);
});
