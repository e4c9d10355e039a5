use std::time::{Duration, Instant};

use inscape_testkit::noise;
use prost::Message;

use super::{
    DataType, ErrorKind, ModelProto, TensorProto, expect, floats, graph, int, model, node, tensor, with,
};
use crate::from_bytes;

/// Reads bytes on a thread with no more stack than threads have, and sees that it takes less than a second.
fn read(bytes: Vec<u8>) -> Result<crate::Opened, crate::Error> {
    let begun = Instant::now();
    let reader = std::thread::Builder::new().stack_size(2 << 20);
    let result = reader.spawn(|| from_bytes(bytes.into())).unwrap().join().expect("no panic");
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    result
}

/// Three layers of fire modules' shape: convolutions that share an input, joined.
fn small_squeezenet() -> ModelProto {
    let weight = |name: &str, dims: &[i64]| TensorProto {
        float_data: noise(1, dims.iter().product::<i64>() as usize),
        ..tensor(name, DataType::Float, dims)
    };
    let nodes = vec![
        with(node("Conv", &["x", "squeeze"], &["s"]), int("group", 1)),
        node("Relu", &["s"], &["r"]),
        node("Conv", &["r", "expand1"], &["e1"]),
        node("Conv", &["r", "expand3"], &["e3"]),
        with(node("Concat", &["e1", "e3"], &["y"]), int("axis", 1)),
    ];
    let weights = vec![
        weight("squeeze", &[4, 3, 1, 1]),
        weight("expand1", &[8, 4, 1, 1]),
        weight("expand3", &[8, 4, 3, 3]),
    ];
    model(graph(nodes, weights))
}

#[test]
fn truncated_files_are_refused_wherever_they_end() {
    let whole = small_squeezenet().encode_to_vec();
    assert!(from_bytes(whole.clone().into()).is_ok());
    for end in (0..whole.len()).step_by(64).chain(whole.len() - 4..whole.len()) {
        assert!(read(whole[..end].to_vec()).is_err(), "cut at {end} of {}", whole.len());
    }
}

#[test]
fn damaged_files_never_panic() {
    let whole = small_squeezenet().encode_to_vec();
    for (at, byte) in (0..whole.len()).step_by(3).zip([0xff, 0x00, 0x80, 0x7f, 0x0a].into_iter().cycle()) {
        let mut damaged = whole.clone();
        damaged[at] = byte;
        let _ = read(damaged);
    }
}

#[test]
fn noise_is_refused() {
    for seed in 0..64 {
        let mut bytes: Vec<u8> = noise(seed, 4096).iter().map(|v| (v * 127.0) as i8 as u8).collect();
        assert!(read(bytes.clone()).is_err());
        bytes[..4].copy_from_slice(&[0x08, 0x08, 0x3a, 0xf0]);
        assert!(read(bytes).is_err());
    }
}

/// A message field of the wire format.
fn field(number: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(number << 3 | 2, &mut bytes);
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

#[test]
fn deep_nesting_is_refused() {
    // graph → node → attribute → graph, five thousand times.
    let mut content = Vec::new();
    for _ in 0..5_000 {
        content = field(1, &field(5, &field(6, &content)));
    }
    expect(read(field(7, &content)), ErrorKind::Excessive, "too deep");
}

#[test]
fn messages_that_unfold_are_refused() {
    let empty_nodes = field(1, &[]).repeat(1 << 20);
    expect(read(field(7, &empty_nodes)), ErrorKind::Excessive, "unfold");
    let empty_attributes = field(5, &[]).repeat(1 << 20);
    expect(read(field(7, &field(1, &empty_attributes))), ErrorKind::Excessive, "unfold");
    let empty_names = field(1, &[]).repeat(2 << 20);
    expect(read(field(7, &field(1, &empty_names))), ErrorKind::Excessive, "unfold");
    let empty_tensors = field(5, &[]).repeat(1 << 20);
    expect(read(field(7, &empty_tensors)), ErrorKind::Excessive, "unfold");
}

#[test]
fn one_length_beyond_the_file_is_refused() {
    let mut bytes = vec![0x08, 0x08];
    prost::encoding::encode_varint(7 << 3 | 2, &mut bytes);
    prost::encoding::encode_varint(u64::MAX, &mut bytes);
    expect(read(bytes), ErrorKind::Malformed, "breaks off");
}

#[test]
fn many_small_lies_stay_small() {
    let shared = TensorProto { int32_data: vec![1; 1 << 16], ..tensor("", DataType::Int8, &[1 << 16]) };
    let mut model = small_squeezenet();
    let graph = model.graph.as_mut().unwrap();
    for i in 0..64 {
        graph.initializer.push(TensorProto { name: Some(format!("w{i}")), ..shared.clone() });
    }
    graph.initializer.push(floats("last", &[1.0]));
    assert!(read(model.encode_to_vec()).is_ok());
    let peak = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?.to_owned();
        line.split_whitespace().nth(1)?.parse::<usize>().ok()
    });
    if let Some(kib) = peak {
        assert!(kib < 200 << 10, "these tests took {kib} KiB at their peak");
    }
}
