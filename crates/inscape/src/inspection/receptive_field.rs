use std::collections::HashMap;

use inscape_engine::{Attribute, Graph, Node, Plan, Role, ValueId};

/// The part of the input that one position of a value can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceptiveField {
    /// Rows and columns of the input that a position sees, padding included.
    pub size: [usize; 2],
    /// Rows and columns of the input from one position to the next.
    pub stride: [usize; 2],
}

/// The receptive fields of all values that have one: those that only windows and functions of single positions lie
/// between them and the input.
pub(super) fn receptive_fields(
    graph: &Graph,
    plan: &Plan,
    input: ValueId,
) -> HashMap<ValueId, ReceptiveField> {
    let mut fields = Fields::from([(input, Some(ReceptiveField { size: [1, 1], stride: [1, 1] }))]);
    for &(id, role) in plan.roles() {
        let node = graph.node(id);
        let field = passed(plan, node, role, &fields);
        fields.extend(node.outputs.iter().flatten().map(|&value| (value, field)));
    }
    fields.into_iter().filter_map(|(value, field)| Some((value, field?))).collect()
}

/// Every value that depends on the input, with its field where it has one.
type Fields = HashMap<ValueId, Option<ReceptiveField>>;

fn passed(plan: &Plan, node: &Node, role: Role, fields: &Fields) -> Option<ReceptiveField> {
    let output = plan.shape(node.outputs.first().copied().flatten()?)?;
    if output.len() != 4 {
        return None;
    }
    let first = node.inputs.first().copied().flatten()?;
    match node.operator.as_str() {
        "Conv" | "MaxPool" | "AveragePool" | "LpPool" => windowed(plan, node, (*fields.get(&first)?)?),
        "Pad" => *fields.get(&first)?,
        "BatchNormalization" | "LRN" | "Concat" | "Identity" | "Dropout" => {
            joined(plan, node, output, fields)
        }
        "ConvTranspose" | "Gemm" | "MatMul" | "Einsum" => None,
        _ if matches!(role, Role::Rectifier | Role::Smooth | Role::Sum | Role::Product | Role::Linear) => {
            joined(plan, node, output, fields)
        }
        _ => None,
    }
}

/// The largest of the inputs' fields, where all have one and the same rows and columns as the output.
fn joined(plan: &Plan, node: &Node, output: &[usize], fields: &Fields) -> Option<ReceptiveField> {
    let mut joined: Option<ReceptiveField> = None;
    for value in node.inputs.iter().flatten() {
        // Weights see nothing; a value that lost its positions sees everything.
        let Some(&field) = fields.get(value) else { continue };
        let field = field?;
        let shape = plan.shape(*value)?;
        if shape.get(2..) != output.get(2..) {
            return None;
        }
        joined = Some(match joined {
            None => field,
            Some(other) if other.stride != field.stride => return None,
            Some(other) => {
                let size = [0, 1].map(|side| other.size[side].max(field.size[side]));
                ReceptiveField { size, ..field }
            }
        });
    }
    joined
}

/// ONNX describes every window by the same three attributes; a convolution may leave its size to its weights.
fn windowed(plan: &Plan, node: &Node, field: ReceptiveField) -> Option<ReceptiveField> {
    let pair = |name: &str| match node.attributes.get(name) {
        Some(Attribute::Ints(values)) => match values[..] {
            [a, b] => Some([usize::try_from(a).ok()?, usize::try_from(b).ok()?]),
            _ => None,
        },
        _ => None,
    };
    let kernel = pair("kernel_shape").or_else(|| {
        let weights = plan.graph().constant(node.inputs.get(1).copied().flatten()?)?;
        weights.shape().get(2..)?.try_into().ok()
    })?;
    let strides = pair("strides").unwrap_or([1, 1]);
    let dilations = pair("dilations").unwrap_or([1, 1]);
    let mut grown = field;
    for side in 0..2 {
        let reach = kernel[side].saturating_sub(1).saturating_mul(dilations[side]);
        grown.size[side] = field.size[side].saturating_add(reach.saturating_mul(field.stride[side]));
        grown.stride[side] = field.stride[side].saturating_mul(strides[side]);
    }
    Some(grown)
}
