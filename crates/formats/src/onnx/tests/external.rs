use std::fs;
use std::path::Path;

use prost::Message;
use tempfile::TempDir;

use super::{DataType, ErrorKind, expect, graph, model, node, tensor};
use crate::onnx::proto::tensor_proto::DataLocation;
use crate::onnx::proto::{StringStringEntryProto, TensorProto};
use crate::{from_bytes, open};

fn external(entries: &[(&str, &str)]) -> Vec<u8> {
    let entry = |&(key, value): &(&str, &str)| StringStringEntryProto {
        key: Some(key.to_owned()),
        value: Some(value.to_owned()),
    };
    let weight = TensorProto {
        external_data: entries.iter().map(entry).collect(),
        data_location: Some(DataLocation::External as i32),
        ..tensor("w", DataType::Float, &[3])
    };
    model(graph(vec![node("Add", &["x", "w"], &["y"])], vec![weight])).encode_to_vec()
}

/// Puts a model and four floats beside one another.
fn folder(entries: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("net")).unwrap();
    fs::write(folder.path().join("net/model.onnx"), external(entries)).unwrap();
    let numbers: Vec<u8> = [9.0f32, 1.0, 2.0, 3.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    fs::write(folder.path().join("net/weights.bin"), &numbers).unwrap();
    fs::write(folder.path().join("secret.bin"), &numbers).unwrap();
    folder
}

fn read(folder: &TempDir) -> Result<crate::Opened, crate::Error> {
    open(folder.path().join("net/model.onnx"))
}

#[test]
fn external_weights_are_mapped_and_watched() {
    let folder = folder(&[("location", "weights.bin"), ("offset", "4"), ("length", "12")]);
    let opened = read(&folder).unwrap();
    let weight = opened.graph.constant(opened.graph.find("w").unwrap()).unwrap();
    assert_eq!(&weight.f32s().unwrap()[..], [1.0, 2.0, 3.0]);
    assert_eq!(opened.files.len(), 2);
    opened.unchanged().unwrap();
    let longer = fs::OpenOptions::new().write(true).open(folder.path().join("net/weights.bin")).unwrap();
    longer.set_len(100).unwrap();
    let error = opened.unchanged().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreadable);
    assert!(error.context.contains("weights.bin"), "{error}");
}

#[test]
fn length_and_offset_have_defaults() {
    let opened = read(&folder(&[("location", "./weights.bin")])).unwrap();
    let weight = opened.graph.constant(opened.graph.find("w").unwrap()).unwrap();
    assert_eq!(&weight.f32s().unwrap()[..], [9.0, 1.0, 2.0]);
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let secret = |folder: &Path| folder.join("secret.bin").display().to_string();
    let base = folder(&[]);
    for location in ["../secret.bin", "a/../../secret.bin", &secret(base.path()), "", "/dev/zero"] {
        expect(read(&folder(&[("location", location)])), ErrorKind::Outside, "leaves the model's folder");
    }
    expect(read(&folder(&[("location", ".")])), ErrorKind::Outside, "not a file");
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused() {
    let linked = folder(&[("location", "link.bin")]);
    std::os::unix::fs::symlink(linked.path().join("secret.bin"), linked.path().join("net/link.bin")).unwrap();
    expect(read(&linked), ErrorKind::Outside, "a link that leaves");
    let linked = folder(&[("location", "up/secret.bin")]);
    std::os::unix::fs::symlink(linked.path(), linked.path().join("net/up")).unwrap();
    expect(read(&linked), ErrorKind::Outside, "a link that leaves");
    let linked = folder(&[("location", "link.bin")]);
    std::os::unix::fs::symlink("weights.bin", linked.path().join("net/link.bin")).unwrap();
    assert!(read(&linked).is_ok(), "a link inside the folder is as good as a file");
}

#[test]
fn broken_external_data_are_refused() {
    let with = |key, value| folder(&[("location", "weights.bin"), (key, value)]);
    expect(read(&with("offset", "8")), ErrorKind::Malformed, "holds 16 bytes, but 12 at offset 8");
    expect(read(&with("offset", "18446744073709551615")), ErrorKind::Malformed, "are asked for");
    expect(read(&with("offset", "-4")), ErrorKind::Malformed, "bad offset");
    expect(read(&with("length", "16")), ErrorKind::Malformed, "does not fit its 16 bytes");
    expect(read(&folder(&[("offset", "0")])), ErrorKind::Malformed, "without a location");
    expect(read(&folder(&[("location", "absent.bin")])), ErrorKind::Unreadable, "'absent.bin'");
    let stream = from_bytes(external(&[("location", "weights.bin")]).into());
    expect(stream, ErrorKind::Outside, "a stream has no folder");
}
