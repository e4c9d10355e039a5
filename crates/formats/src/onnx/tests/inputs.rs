use inscape_engine::{Dimension as Size, InputType};
use inscape_tensor::Element;

use super::{
    DataType, Dimension, ErrorKind, ModelProto, NodeProto, TensorShapeProto, Value, ValueInfoProto, floats,
    graph, int, model, node, opened, refused, shaped, spelled, value, with,
};

fn fed(input: ValueInfoProto, nodes: Vec<NodeProto>) -> ModelProto {
    let mut graph = graph(nodes, vec![]);
    graph.input = vec![input];
    model(graph)
}

fn cast(input: &str, to: DataType, output: &str) -> NodeProto {
    with(node("Cast", &[input], &[output]), int("to", to as i64))
}

fn kind(model: &ModelProto) -> InputType {
    opened(model).graph.inputs()[0].1.clone()
}

#[test]
fn shapes_are_fixed_named_open_or_unknown() {
    let dim = |value| Dimension { value };
    let shape = vec![dim(Some(Value::DimParam("N".into()))), dim(Some(Value::DimValue(3))), dim(None)];
    let relu = || vec![node("Relu", &["x"], &["y"])];
    let known = kind(&fed(shaped("x", DataType::Float, Some(TensorShapeProto { dim: shape })), relu()));
    let open = |name: &str| Size::Symbolic(name.into());
    assert_eq!(
        known,
        InputType { element: Element::F32, shape: Some(vec![open("N"), Size::Fixed(3), open("")]) }
    );
    assert_eq!(kind(&fed(shaped("x", DataType::Float, None), relu())).shape, None);
    assert_eq!(kind(&fed(value("x", DataType::Float, &[]), relu())).shape, Some(vec![]));
}

#[test]
fn impossible_inputs_are_refused() {
    let relu = || vec![node("Relu", &["x"], &["y"])];
    let of = |dims: &[i64]| fed(value("x", DataType::Float, dims), relu());
    refused(&of(&[-1, 3]), ErrorKind::Malformed, "input 'x': dimension -1");
    refused(&of(&[1 << 40]), ErrorKind::Malformed, "too large");
    refused(&of(&[i64::MAX, i64::MAX]), ErrorKind::Malformed, "too large");
    refused(&of(&[0, 1 << 20, 1 << 20]), ErrorKind::Malformed, "too large");
    refused(&fed(value("x", DataType::String, &[1]), relu()), ErrorKind::Unsupported, "STRING");
    refused(&fed(super::named("x"), relu()), ErrorKind::Unsupported, "not a tensor");
    let mut twice = of(&[1]);
    twice.graph.as_mut().unwrap().input = vec![value("x", DataType::Float, &[1]); 257];
    refused(&twice, ErrorKind::Malformed, "'x' has no name of its own");
}

#[test]
fn half_precision_inputs_take_float32() {
    let opened = opened(&fed(value("x", DataType::Float16, &[1]), vec![node("Relu", &["x"], &["y"])]));
    assert_eq!(opened.graph.inputs()[0].1.element, Element::F32);
    assert_eq!(opened.graph.notes(), ["input 'x' is float16 in the file; it takes float32 here"]);
}

#[test]
fn an_integer_picture_starts_at_its_first_float_value() {
    let moved = vec![
        with(node("Transpose", &["x"], &["t"]), int("unread", 1)),
        cast("t", DataType::Float, "f"),
        cast("x", DataType::Float16, "g"),
        node("Add", &["f", "g"], &["y"]),
    ];
    let opened = opened(&fed(value("x", DataType::Uint8, &[1]), moved));
    assert_eq!(opened.graph.inputs()[0].1.element, Element::F32);
    assert_eq!(
        spelled(&opened.graph),
        ["t Transpose = x", "f Identity = t", "g Identity = x", "y Add = f g"]
    );
    assert!(opened.graph.notes()[0].contains("'x' is uint8 in the file; it takes float32"));
}

#[test]
fn integers_that_are_read_as_integers_stay() {
    let casts = || cast("x", DataType::Float, "f");
    let readers = [
        vec![casts(), node("Gather", &["f", "x"], &["y"])],
        vec![casts(), node("Add", &["x", "x"], &["g"]), node("Mul", &["f", "g"], &["y"])],
        vec![cast("x", DataType::Int32, "y")],
        vec![casts(), node("Identity", &["x"], &["y"])],
    ];
    for nodes in readers {
        assert_eq!(kind(&fed(value("x", DataType::Int64, &[1]), nodes)).element, Element::I64);
    }
    assert_eq!(
        kind(&fed(value("x", DataType::Bool, &[1]), vec![node("Not", &["x"], &["y"])])).element,
        Element::Bool
    );
}

#[test]
fn a_graph_without_inputs_is_one() {
    let mut model = model(graph(vec![node("Relu", &["w"], &["y"])], vec![floats("w", &[1.0])]));
    model.graph.as_mut().unwrap().input.clear();
    assert!(opened(&model).graph.inputs().is_empty());
}
