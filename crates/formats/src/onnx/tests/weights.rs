use bytes::Bytes;

use super::{DataType, ErrorKind, TensorProto, floats, graph, model, node, opened, refused, tensor};
use crate::onnx::proto::{SparseTensorProto, attribute_proto::AttributeType};
use crate::onnx::tests::{AttributeProto, value, with};

fn raw(name: &str, data_type: DataType, dims: &[i64], bytes: &[u8]) -> TensorProto {
    TensorProto { raw_data: Some(Bytes::copy_from_slice(bytes)), ..tensor(name, data_type, dims) }
}

fn int32s(data_type: DataType, values: &[i32]) -> TensorProto {
    TensorProto { int32_data: values.to_vec(), ..tensor("w", data_type, &[values.len() as i64]) }
}

/// The floats or integers of a model whose one constant is this one, and its notes.
fn read(tensor: TensorProto) -> (Vec<f64>, Vec<String>) {
    let opened = opened(&model(graph(vec![node("Add", &["x", "w"], &["y"])], vec![tensor])));
    let constant = opened.graph.constant(opened.graph.find("w").unwrap()).unwrap();
    let values = match (constant.f32s(), constant.i64s(), constant.bools()) {
        (Some(values), _, _) => values.iter().map(|&v| v.into()).collect(),
        (_, Some(values), _) => values.iter().map(|&v| v as f64).collect(),
        (_, _, Some(values)) => values.iter().map(|&v| v.into()).collect(),
        _ => panic!("no numbers"),
    };
    (values, opened.graph.notes().to_vec())
}

#[test]
fn typed_and_raw_numbers_are_equal() {
    let (numbers, three) = ([1.0, -2.5, 3.0], &[3]);
    let bytes: Vec<u8> = numbers.iter().flat_map(|&v| (v as f32).to_le_bytes()).collect();
    assert_eq!(read(floats("w", &[1.0, -2.5, 3.0])).0, numbers);
    assert_eq!(read(raw("w", DataType::Float, three, &bytes)).0, numbers);
    let bytes: Vec<u8> = numbers.iter().flat_map(|&v: &f64| v.to_le_bytes()).collect();
    assert_eq!(read(raw("w", DataType::Double, three, &bytes)).0, numbers);
    let typed = TensorProto { double_data: numbers.to_vec(), ..tensor("w", DataType::Double, three) };
    assert_eq!(read(typed).0, numbers);
    let typed = TensorProto { int64_data: vec![-1, i64::MAX], ..tensor("w", DataType::Int64, &[2]) };
    assert_eq!(read(typed).0, [-1.0, i64::MAX as f64]);
    let typed = TensorProto { uint64_data: vec![7, u64::MAX], ..tensor("w", DataType::Uint64, &[2]) };
    assert_eq!(read(typed).0, [7.0, i64::MAX as f64]);
    assert_eq!(read(int32s(DataType::Int8, &[-128, 127])).0, [-128.0, 127.0]);
    assert_eq!(read(raw("w", DataType::Int8, &[2], &[0x80, 0x7f])).0, [-128.0, 127.0]);
    assert_eq!(read(int32s(DataType::Bool, &[0, 1])).0, [0.0, 1.0]);
    assert_eq!(read(raw("w", DataType::Bool, &[2], &[0, 5])).0, [0.0, 1.0]);
}

#[test]
fn half_precision_is_widened_and_said_so() {
    let (half, bfloat) = (&[0x00, 0x3c, 0x00, 0xc1], &[0x80, 0x3f, 0x20, 0xc0]);
    let widened = |kind: &str| vec![format!("1 {kind} weight widened to float32")];
    assert_eq!(read(raw("w", DataType::Float16, &[2], half)), (vec![1.0, -2.5], widened("float16")));
    assert_eq!(read(raw("w", DataType::Bfloat16, &[2], bfloat)), (vec![1.0, -2.5], widened("bfloat16")));
    assert_eq!(read(int32s(DataType::Float16, &[0x3c00, 0xc100])).0, [1.0, -2.5]);
    assert_eq!(read(int32s(DataType::Bfloat16, &[0x3f80, 0xc020])).0, [1.0, -2.5]);
}

#[test]
fn raw_weights_are_slices_of_the_file() {
    let bytes: Vec<u8> = (0..64u32).flat_map(|v| (v as f32).to_le_bytes()).collect();
    for pad in 0..4 {
        let weight = raw("w", DataType::Float, &[64], &bytes);
        let mut model = model(graph(vec![node("Add", &["x", "w"], &["y"])], vec![weight]));
        model.graph.as_mut().unwrap().name = Some("_".repeat(pad));
        let opened = opened(&model);
        let constant = opened.graph.constant(opened.graph.find("w").unwrap()).unwrap();
        let numbers = constant.f32s().unwrap();
        assert_eq!(numbers[63], 63.0);
        let file = opened.bytes.as_ptr_range();
        if let std::borrow::Cow::Borrowed(values) = numbers {
            assert!(file.contains(&values.as_ptr().cast()), "no copy was made");
            return;
        }
    }
    panic!("at one of four offsets the weights are aligned");
}

#[test]
fn initializers_listed_as_inputs_are_weights() {
    let mut old = model(graph(vec![node("Add", &["x", "w"], &["y"])], vec![floats("w", &[1.0; 3])]));
    old.ir_version = Some(3);
    old.graph.as_mut().unwrap().input.push(value("w", DataType::Float, &[3]));
    let opened = opened(&old);
    let inputs: Vec<&str> =
        opened.graph.inputs().iter().map(|(value, _)| opened.graph.name(*value)).collect();
    assert_eq!(inputs, ["x"]);
    assert_eq!(opened.facts.ir, 3);
    assert_eq!(opened.facts.producer, "a test");
}

#[test]
fn numbers_that_do_not_fit_their_shape_are_refused() {
    let of = |tensor: TensorProto| model(graph(vec![node("Add", &["x", "w"], &["y"])], vec![tensor]));
    let lying = |dims: &[i64]| TensorProto { dims: dims.to_vec(), ..floats("w", &[1.0; 3]) };
    refused(
        &of(lying(&[4])),
        ErrorKind::Malformed,
        "initializer 'w': shape [4] of float32 asks for 4 numbers, it holds 3",
    );
    refused(&of(lying(&[-3])), ErrorKind::Malformed, "dimension -3");
    refused(&of(lying(&[1 << 40, 1 << 40])), ErrorKind::Malformed, "too large");
    refused(&of(lying(&[1 << 40])), ErrorKind::Malformed, "1099511627776");
    refused(&of(lying(&[1; 65])), ErrorKind::Malformed, "65 dimensions");
    refused(
        &of(raw("w", DataType::Float, &[1 << 40], &[0; 12])),
        ErrorKind::Malformed,
        "does not fit its 12 bytes",
    );
    refused(
        &of(raw("w", DataType::Float, &[3], &[0; 11])),
        ErrorKind::Malformed,
        "does not fit its 11 bytes",
    );
    let other = TensorProto { int64_data: vec![1, 2, 3], ..tensor("w", DataType::Float, &[3]) };
    refused(&of(other), ErrorKind::Malformed, "it holds 0");
    refused(&of(tensor("w", DataType::String, &[1])), ErrorKind::Unsupported, "STRING");
    refused(&of(raw("w", DataType::Int4, &[1], &[0])), ErrorKind::Unsupported, "before quantizing");
    let mut unknown = floats("w", &[1.0]);
    unknown.data_type = Some(99);
    refused(&of(unknown), ErrorKind::Malformed, "data type 99 does not exist");
}

#[test]
fn sparse_and_repeated_initializers_are_refused() {
    let add = || vec![node("Add", &["x", "w"], &["y"])];
    let mut sparse = model(graph(add(), vec![]));
    let values = Some(floats("w", &[1.0]));
    sparse.graph.as_mut().unwrap().sparse_initializer.push(SparseTensorProto { values });
    refused(&sparse, ErrorKind::Unsupported, "'w' is sparse");
    let twice = model(graph(add(), vec![floats("w", &[1.0]), floats("w", &[2.0])]));
    refused(&twice, ErrorKind::Malformed, "'w': has no name of its own");
    let made = model(graph(vec![node("Add", &["x", "x"], &["w"])], vec![floats("w", &[1.0])]));
    refused(&made, ErrorKind::Malformed, "");
}

#[test]
fn a_constant_node_keeps_its_tensor() {
    let attribute = AttributeProto {
        name: Some("value".into()),
        r#type: Some(AttributeType::Tensor as i32),
        t: Some(Box::new(raw("", DataType::Float16, &[], &[0x00, 0x3c]))),
        ..AttributeProto::default()
    };
    let nodes = vec![with(node("Constant", &[], &["one"]), attribute), node("Add", &["x", "one"], &["y"])];
    let model = model(graph(nodes, vec![]));
    let opened = opened(&model);
    let (_, constant) = opened.graph.nodes().next().unwrap();
    let inscape_engine::Attribute::Tensor(value) = &constant.attributes["value"] else { panic!("a tensor") };
    assert_eq!((value.shape(), value.f32s().unwrap()[0]), (&[][..], 1.0));
    assert_eq!(opened.graph.notes(), ["1 float16 weight widened to float32"]);
}
