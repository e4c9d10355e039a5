use bytes::Bytes;
use inscape_engine::Dimension;
use prost::Message;

use super::proto::attribute_proto::AttributeType;
use super::proto::tensor_proto::DataType;
use super::proto::tensor_shape_proto::{Dimension as Size, dimension};
use super::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, type_proto,
};

/// A network on its way into an ONNX file (opset 17): what was trained here is read by any other program.
///
/// ```
/// use inscape_engine::Dimension::{Fixed, Symbolic};
/// use inscape_formats::Export;
/// let mut export = Export::new("double", "x", vec![Symbolic("N".into()), Fixed(2)]);
/// export.weight("two", &[1], &[2.0]);
/// export.node("Mul", &["x", "two"], "y", &[]);
/// export.output("y", vec![Symbolic("N".into()), Fixed(2)]);
/// let opened = inscape_formats::from_bytes(export.bytes().into())?;
/// assert_eq!(opened.graph.nodes().len(), 1);
/// # Ok::<(), inscape_formats::Error>(())
/// ```
pub struct Export(GraphProto);

/// The format's version and the operators' that files are written in: old enough for every program in use.
const IR: i64 = 8;
const OPSET: i64 = 17;

impl Export {
    /// A network of this name, fed floats of a shape.
    pub fn new(name: &str, input: &str, shape: Vec<Dimension>) -> Export {
        let input = vec![value(input, shape)];
        Export(GraphProto { name: Some(name.to_owned()), input, ..GraphProto::default() })
    }

    /// Adds a constant of floats in row-major order.
    pub fn weight(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.0.initializer.push(TensorProto {
            name: Some(name.to_owned()),
            dims: shape.iter().map(|&size| size as i64).collect(),
            data_type: Some(DataType::Float as i32),
            raw_data: Some(Bytes::from(raw)),
            ..TensorProto::default()
        });
    }

    /// Adds an operation, whose name is that of what it writes, after all that it reads.
    pub fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]) {
        let attribute = |&(name, value): &(&str, i64)| AttributeProto {
            name: Some(name.to_owned()),
            r#type: Some(AttributeType::Int as i32),
            i: Some(value),
            ..AttributeProto::default()
        };
        self.0.node.push(NodeProto {
            name: Some(format!("{output}_{operator}")),
            op_type: Some(operator.to_owned()),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute: attributes.iter().map(attribute).collect(),
            ..NodeProto::default()
        });
    }

    /// Makes a value one that the network gives.
    pub fn output(&mut self, name: &str, shape: Vec<Dimension>) {
        self.0.output.push(value(name, shape));
    }

    /// The file.
    pub fn bytes(self) -> Vec<u8> {
        ModelProto {
            ir_version: Some(IR),
            opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
            producer_name: Some("inscape".to_owned()),
            producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            graph: Some(self.0),
            ..ModelProto::default()
        }
        .encode_to_vec()
    }
}

fn value(name: &str, shape: Vec<Dimension>) -> ValueInfoProto {
    let size = |dimension| match dimension {
        Dimension::Fixed(size) => dimension::Value::DimValue(size as i64),
        Dimension::Symbolic(name) => dimension::Value::DimParam(name),
    };
    let dim = shape.into_iter().map(|dimension| Size { value: Some(size(dimension)) }).collect();
    let tensor =
        type_proto::Tensor { elem_type: Some(DataType::Float as i32), shape: Some(TensorShapeProto { dim }) };
    let r#type = Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)) });
    ValueInfoProto { name: Some(name.to_owned()), r#type }
}
