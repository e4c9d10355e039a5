//! Whatever the bytes, a trained network passes numbers up and down and is written as it was read, or is an error.
#![no_main]

use inscape_belief::Network;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(network) = Network::parse(bytes) {
        let written = network.bytes().expect("what was read can be written");
        assert_eq!(Network::parse(&written).expect("what was written can be read").layers.len(), network.layers.len());
        assert!(network.onnx().is_ok());
    }
});
