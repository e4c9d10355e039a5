//! Small models made field by field.

mod branches;
mod external;
mod functions;
mod hostile;
mod inputs;
mod refused;
mod weights;

use inscape_engine::{Graph, Node};
use prost::Message;

use super::proto::attribute_proto::AttributeType;
use super::proto::tensor_proto::DataType;
use super::proto::tensor_shape_proto::{Dimension, dimension::Value};
use super::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, type_proto,
};
use crate::{Error, ErrorKind, Opened, from_bytes};

fn opset(domain: &str, version: i64) -> OperatorSetIdProto {
    OperatorSetIdProto { domain: Some(domain.into()), version: Some(version) }
}

fn model(graph: GraphProto) -> ModelProto {
    ModelProto {
        ir_version: Some(8),
        opset_import: vec![opset("", 17)],
        producer_name: Some("a test".into()),
        graph: Some(graph),
        ..ModelProto::default()
    }
}

/// A graph from "x" of shape (1, 3) to "y".
fn graph(nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> GraphProto {
    GraphProto {
        node: nodes,
        initializer,
        input: vec![value("x", DataType::Float, &[1, 3])],
        output: vec![named("y")],
        ..GraphProto::default()
    }
}

fn node(operator: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    NodeProto {
        op_type: Some(operator.into()),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: outputs.iter().map(|&name| name.into()).collect(),
        name: Some(format!("{}_{operator}", outputs.first().unwrap_or(&""))),
        ..NodeProto::default()
    }
}

fn with(mut node: NodeProto, attribute: AttributeProto) -> NodeProto {
    node.attribute.push(attribute);
    node
}

fn int(name: &str, value: i64) -> AttributeProto {
    let r#type = Some(AttributeType::Int as i32);
    AttributeProto { name: Some(name.into()), i: Some(value), r#type, ..AttributeProto::default() }
}

fn subgraph(name: &str, graph: GraphProto) -> AttributeProto {
    let r#type = Some(AttributeType::Graph as i32);
    AttributeProto { name: Some(name.into()), g: Some(Box::new(graph)), r#type, ..AttributeProto::default() }
}

fn tensor(name: &str, data_type: DataType, dims: &[i64]) -> TensorProto {
    let data_type = Some(data_type as i32);
    TensorProto { name: Some(name.into()), data_type, dims: dims.to_vec(), ..TensorProto::default() }
}

fn floats(name: &str, values: &[f32]) -> TensorProto {
    TensorProto { float_data: values.to_vec(), ..tensor(name, DataType::Float, &[values.len() as i64]) }
}

fn value(name: &str, data_type: DataType, dims: &[i64]) -> ValueInfoProto {
    let dim = dims.iter().map(|&size| Dimension { value: Some(Value::DimValue(size)) }).collect();
    shaped(name, data_type, Some(TensorShapeProto { dim }))
}

fn shaped(name: &str, data_type: DataType, shape: Option<TensorShapeProto>) -> ValueInfoProto {
    let tensor = type_proto::Tensor { elem_type: Some(data_type as i32), shape };
    let r#type = Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)) });
    ValueInfoProto { name: Some(name.into()), r#type }
}

fn named(name: &str) -> ValueInfoProto {
    ValueInfoProto { name: Some(name.into()), ..ValueInfoProto::default() }
}

fn opened(model: &ModelProto) -> Opened {
    from_bytes(model.encode_to_vec().into()).unwrap()
}

#[track_caller]
fn refused(model: &ModelProto, kind: ErrorKind, words: &str) {
    expect(from_bytes(model.encode_to_vec().into()), kind, words);
}

#[track_caller]
fn expect(result: Result<Opened, Error>, kind: ErrorKind, words: &str) {
    let error = result.err().expect("it should be refused");
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.context.contains(words), "'{error}' does not say '{words}'");
}

/// The operators in order, each with the names that it reads and writes.
fn spelled(graph: &Graph) -> Vec<String> {
    let names = |values: &[Option<inscape_engine::ValueId>]| {
        let names = values.iter().map(|value| value.map_or("-", |value| graph.name(value)));
        names.collect::<Vec<_>>().join(" ")
    };
    let line = |node: &Node| format!("{} {} = {}", names(&node.outputs), node.operator, names(&node.inputs));
    graph.nodes().map(|(_, node)| line(node)).collect()
}
