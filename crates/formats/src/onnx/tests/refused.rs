use prost::Message;

use super::{
    ErrorKind, ModelProto, NodeProto, expect, floats, graph, model, named, node, opened, opset, refused,
    subgraph, with,
};
use crate::{from_bytes, from_reader, open};

fn of(nodes: Vec<NodeProto>) -> ModelProto {
    model(graph(nodes, vec![]))
}

#[test]
fn quantized_models_are_refused_with_the_remedy() {
    for operator in
        ["QLinearConv", "QuantizeLinear", "DequantizeLinear", "ConvInteger", "DynamicQuantizeLinear"]
    {
        let model = of(vec![node("Relu", &["x"], &["r"]), node(operator, &["r"], &["y"])]);
        refused(&model, ErrorKind::Unsupported, &format!("node 'y_{operator}', {operator}"));
        refused(&model, ErrorKind::Unsupported, "export it before quantizing");
    }
}

#[test]
fn operator_sets_out_of_range_are_refused() {
    let at = |version| ModelProto {
        opset_import: vec![opset("ai.onnx", version)],
        ..of(vec![node("Relu", &["x"], &["y"])])
    };
    refused(&at(6), ErrorKind::Unsupported, "of opset 6, which is older than 7");
    refused(&at(29), ErrorKind::Unsupported, "opset 29 is newer than 28");
    assert_eq!(opened(&at(7)).facts.opset, 7);
    assert_eq!(opened(&at(28)).graph.nodes().next().unwrap().1.opset, 28);
    let none = ModelProto { opset_import: vec![], ..at(7) };
    refused(&none, ErrorKind::Malformed, "operator set 'ai.onnx' is used but not imported");
    let newer = ModelProto { ir_version: Some(15), ..at(7) };
    refused(&newer, ErrorKind::Unsupported, "IR version 15");
}

#[test]
fn other_domains_and_loops_pass_to_the_engine_by_name() {
    let mut model = of(vec![
        NodeProto { domain: Some("com.microsoft".into()), ..node("Gelu", &["x"], &["g"]) },
        with(node("Loop", &["g"], &["y"]), subgraph("body", graph(vec![], vec![]))),
    ]);
    model.opset_import.push(opset("com.microsoft", 1));
    let opened = opened(&model);
    let domains: Vec<(&str, i64)> =
        opened.graph.nodes().map(|(_, node)| (node.domain.as_str(), node.opset)).collect();
    assert_eq!(domains, [("com.microsoft", 1), ("", 17)]);
}

#[test]
fn contradictions_are_refused() {
    let relu = |from, to| node("Relu", &[from], &[to]);
    refused(&of(vec![relu("a", "b"), relu("b", "a"), relu("x", "y")]), ErrorKind::Malformed, "cycle");
    refused(&of(vec![relu("y", "y")]), ErrorKind::Malformed, "cycle");
    refused(&of(vec![relu("absent", "y")]), ErrorKind::Malformed, "'absent' is read but nothing produces it");
    refused(&of(vec![relu("x", "y"), relu("x", "y")]), ErrorKind::Malformed, "more than once");
    refused(&of(vec![relu("x", "x"), relu("x", "y")]), ErrorKind::Malformed, "more than once");
    refused(&of(vec![relu("x", "y"), node("Relu", &["x"], &[])]), ErrorKind::Malformed, "gives no output");
    refused(&of(vec![relu("x", "y"), node("Relu", &["x"], &[""])]), ErrorKind::Malformed, "gives no output");
    refused(&of(vec![]), ErrorKind::Malformed, "'y'");
    let mut silent = of(vec![relu("x", "y")]);
    silent.graph.as_mut().unwrap().output.clear();
    refused(&silent, ErrorKind::Malformed, "no outputs");
    silent.graph.as_mut().unwrap().output.push(named(""));
    refused(&silent, ErrorKind::Malformed, "without a name");
    refused(&ModelProto { graph: None, ..silent }, ErrorKind::Malformed, "no graph");
    let twice = with(with(relu("x", "y"), super::int("a", 1)), super::int("a", 2));
    refused(&of(vec![twice]), ErrorKind::Malformed, "attribute 'a': is given twice");
}

#[test]
fn an_unread_constant_is_no_mistake() {
    let model = model(graph(vec![node("Relu", &["x"], &["y"])], vec![floats("unread", &[1.0])]));
    assert_eq!(opened(&model).graph.constants().count(), 1);
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    let of = |bytes: &'static [u8]| from_bytes(bytes.into());
    expect(of(b""), ErrorKind::Foreign, "empty");
    expect(of(b"PK\x03\x04rest"), ErrorKind::Foreign, "torch.onnx.export");
    expect(of(b"\x1c\0\0\0TFL3"), ErrorKind::Foreign, "TensorFlow Lite");
    expect(of(b"version https://git-lfs.github.com/spec/v1"), ErrorKind::Foreign, "git lfs pull");
    expect(of(b"hello, world"), ErrorKind::Foreign, "not a model file");
    let absent = tempfile::tempdir().unwrap().path().join("absent.onnx");
    expect(open(&absent), ErrorKind::Unreadable, "absent.onnx");
    let folder = tempfile::tempdir().unwrap();
    expect(open(folder.path()), ErrorKind::Unreadable, "folder");
    let empty = folder.path().join("empty.onnx");
    std::fs::write(&empty, b"").unwrap();
    expect(open(&empty), ErrorKind::Foreign, "empty.onnx: the file is empty");
}

#[test]
fn streams_are_read_to_their_end_or_refused_at_once() {
    let bytes = of(vec![node("Relu", &["x"], &["y"])]).encode_to_vec();
    assert_eq!(from_reader(bytes.as_slice()).unwrap().graph.nodes().len(), 1);
    expect(from_reader(std::io::repeat(0)), ErrorKind::Foreign, "not a model file");
    if std::path::Path::new("/dev/zero").exists() {
        expect(open("/dev/zero"), ErrorKind::Foreign, "/dev/zero: not a model file");
    }
}
