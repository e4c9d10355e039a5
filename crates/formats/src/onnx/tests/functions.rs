use inscape_engine::Attribute;

use super::{
    AttributeProto, ErrorKind, GraphProto, ModelProto, NodeProto, floats, graph, int, model, named, node,
    opened, opset, refused, spelled, subgraph, with,
};
use crate::onnx::proto::FunctionProto;
use crate::onnx::proto::attribute_proto::AttributeType;

fn function(name: &str, inputs: &[&str], outputs: &[&str], nodes: Vec<NodeProto>) -> FunctionProto {
    FunctionProto {
        name: Some(name.into()),
        domain: Some("own".into()),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: outputs.iter().map(|&name| name.into()).collect(),
        node: nodes,
        opset_import: vec![opset("", 18), opset("own", 1)],
        ..FunctionProto::default()
    }
}

fn call(function: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    NodeProto { domain: Some("own".into()), ..node(function, inputs, outputs) }
}

fn model_with(functions: Vec<FunctionProto>, nodes: Vec<NodeProto>) -> ModelProto {
    let mut model = model(graph(nodes, vec![]));
    model.opset_import.push(opset("own", 1));
    model.functions = functions;
    model
}

fn reference(name: &str, to: &str) -> AttributeProto {
    let r#type = Some(AttributeType::Int as i32);
    AttributeProto {
        name: Some(name.into()),
        ref_attr_name: Some(to.into()),
        r#type,
        ..AttributeProto::default()
    }
}

#[test]
fn nested_functions_are_inlined_under_the_names_of_their_calls() {
    let inner = function("Twice", &["a"], &["b"], vec![node("Add", &["a", "a"], &["b"])]);
    let body = vec![call("Twice", &["a"], &["t"]), node("Relu", &["t"], &["b"])];
    let outer = function("Outer", &["a"], &["b"], body);
    let nodes = vec![call("Outer", &["x"], &["t"]), call("Outer", &["t"], &["y"])];
    let opened = opened(&model_with(vec![inner, outer], nodes));
    let expected = ["t_Outer/t Add = x x", "t Relu = t_Outer/t", "y_Outer/t Add = t t", "y Relu = y_Outer/t"];
    assert_eq!(spelled(&opened.graph), expected);
    let names: Vec<&str> = opened.graph.nodes().map(|(_, node)| node.name.as_str()).collect();
    assert_eq!(names[0], "t_Outer/t_Twice/b_Add");
    assert!(opened.graph.nodes().all(|(_, node)| node.opset == 18), "the function's own operator sets");
    assert_eq!(opened.graph.notes(), ["4 calls of the model's own functions inlined"]);
}

#[test]
fn attribute_references_take_what_is_given_then_the_default() {
    let referring = with(node("Softmax", &["a"], &["b"]), reference("axis", "dim"));
    let referring = with(referring, reference("unset", "nothing"));
    let mut inner = function("Inner", &["a"], &["b"], vec![referring]);
    inner.attribute_proto.push(int("dim", 7));
    let body = vec![with(call("Inner", &["a"], &["b"]), reference("dim", "along"))];
    let mut outer = function("Outer", &["a"], &["b"], body);
    outer.attribute.push("along".into());
    let nodes =
        vec![with(call("Outer", &["x"], &["given"]), int("along", 1)), call("Outer", &["given"], &["y"])];
    let opened = opened(&model_with(vec![inner, outer], nodes));
    let axes = opened.graph.nodes().map(|(_, node)| match node.attributes.get("axis") {
        Some(&Attribute::Int(axis)) => (axis, node.attributes.len()),
        other => panic!("{other:?}"),
    });
    assert_eq!(axes.collect::<Vec<_>>(), [(1, 1), (7, 1)]);
}

#[test]
fn optional_and_passed_through_values() {
    let clip = node("Clip", &["a", "low", "high"], &["b"]);
    let function = function(
        "F",
        &["a", "low", "high"],
        &["b", "a", "unread"],
        vec![clip, node("Neg", &["a"], &["unread"])],
    );
    let nodes = vec![call("F", &["x", "", "x"], &["c", "d"]), node("Add", &["c", "d"], &["y"])];
    let opened = opened(&model_with(vec![function], nodes));
    let expected = ["c Clip = x - x", "c_F/unread Neg = x", "d Identity = x", "y Add = c d"];
    assert_eq!(spelled(&opened.graph), expected);
}

#[test]
fn a_branch_inside_a_function_sees_its_values() {
    let constant =
        GraphProto { output: vec![named("k")], initializer: vec![floats("k", &[1.0])], ..Default::default() };
    let relu = GraphProto {
        output: vec![named("r")],
        node: vec![node("Relu", &["a"], &["r"])],
        ..Default::default()
    };
    let chosen = with(
        with(node("If", &["c"], &["b"]), subgraph("then_branch", constant)),
        subgraph("else_branch", relu),
    );
    let function = function("F", &["a", "c"], &["b"], vec![chosen]);
    let opened = opened(&model_with(vec![function], vec![call("F", &["x", "x"], &["y"])]));
    let expected = ["y_F/b_If/else/r Relu = x", "y If = x y_F/b_If/then/k y_F/b_If/else/r"];
    assert_eq!(spelled(&opened.graph), expected);
}

#[test]
fn functions_that_call_themselves_are_refused() {
    let selfish = function("F", &["a"], &["b"], vec![call("F", &["a"], &["b"])]);
    let model = model_with(vec![selfish], vec![call("F", &["x"], &["y"])]);
    refused(&model, ErrorKind::Malformed, "function 'F' calls itself");
    let ping = function("Ping", &["a"], &["b"], vec![call("Pong", &["a"], &["b"])]);
    let pong = function("Pong", &["a"], &["b"], vec![call("Ping", &["a"], &["b"])]);
    let model = model_with(vec![ping, pong], vec![call("Ping", &["x"], &["y"])]);
    refused(&model, ErrorKind::Malformed, "calls itself");
}

#[test]
fn calls_are_checked_against_the_function() {
    let neg = || function("F", &["a"], &["b"], vec![node("Neg", &["a"], &["b"])]);
    let many = model_with(vec![neg()], vec![call("F", &["x", "x"], &["y"])]);
    refused(&many, ErrorKind::Malformed, "too many inputs or outputs");
    let twice = model_with(vec![neg(), neg()], vec![call("F", &["x"], &["y"])]);
    refused(&twice, ErrorKind::Malformed, "defined twice");
    let leaking = function("F", &["a"], &["b"], vec![node("Add", &["a", "x"], &["b"])]);
    let leaking = model_with(vec![leaking], vec![call("F", &["x"], &["y"])]);
    refused(&leaking, ErrorKind::Malformed, "'y_F/x' is read but nothing produces it");
    let mut old = neg();
    old.opset_import = vec![opset("", 6)];
    refused(&model_with(vec![old], vec![call("F", &["x"], &["y"])]), ErrorKind::Unsupported, "opset 6");
}

#[test]
fn functions_that_unfold_without_end_are_refused() {
    let mut functions = vec![function("F0", &["a"], &["b"], vec![node("Neg", &["a"], &["b"])])];
    for level in 1..40 {
        let inner = format!("F{}", level - 1);
        let names: Vec<String> = (0..=9).map(|i| if i == 0 { "a".into() } else { format!("v{i}") }).collect();
        let mut body: Vec<NodeProto> =
            names.windows(2).map(|pair| call(&inner, &[&pair[0]], &[&pair[1]])).collect();
        body.push(node("Neg", &["v9"], &["b"]));
        functions.push(function(&format!("F{level}"), &["a"], &["b"], body));
    }
    let model = model_with(functions, vec![call("F39", &["x"], &["y"])]);
    refused(&model, ErrorKind::Excessive, "unfolds");
    let chain = |level: usize| {
        function(&format!("F{level}"), &["a"], &["b"], vec![call(&format!("F{}", level + 1), &["a"], &["b"])])
    };
    let model = model_with((0..2000).map(chain).collect(), vec![call("F0", &["x"], &["y"])]);
    refused(&model, ErrorKind::Excessive, "deep");
}
