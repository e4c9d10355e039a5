//! Whatever the bytes, reading a model gives a graph or an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(opened) = inscape_formats::from_bytes(bytes.to_vec().into()) {
        assert!(!opened.graph.outputs().is_empty());
        assert!(opened.graph.nodes().all(|(_, node)| node.outputs.iter().any(Option::is_some)));
    }
});
