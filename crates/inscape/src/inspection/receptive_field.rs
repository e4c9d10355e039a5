use std::collections::HashMap;

use inscape_engine::{Graph, Node, Plan, Reach, ValueId};

/// The part of the input that one position of a value can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceptiveField {
    /// Rows and columns of the input that a position sees, padding included.
    pub size: [usize; 2],
    /// Rows and columns of the input from one position to the next.
    pub stride: [usize; 2],
    /// Row and column of the input where the window of position (0, 0) begins; negative in the padding.
    pub start: [isize; 2],
}

/// The receptive fields of all values that have one: those that only windows and functions of single positions lie
/// between them and the input.
pub(super) fn receptive_fields(
    graph: &Graph,
    plan: &Plan,
    input: ValueId,
) -> HashMap<ValueId, ReceptiveField> {
    let itself = ReceptiveField { size: [1, 1], stride: [1, 1], start: [0, 0] };
    let mut fields = Fields::from([(input, Some(itself))]);
    for &(id, _) in plan.roles() {
        let node = graph.node(id);
        let field = plan.reach(id).and_then(|reach| passed(plan, node, reach, &fields));
        fields.extend(node.outputs.iter().flatten().map(|&value| (value, field)));
    }
    fields.into_iter().filter_map(|(value, field)| Some((value, field?))).collect()
}

/// Every value that depends on the input, with its field where it has one.
type Fields = HashMap<ValueId, Option<ReceptiveField>>;

fn passed(plan: &Plan, node: &Node, reach: Reach, fields: &Fields) -> Option<ReceptiveField> {
    let output = plan.shape(node.outputs.first().copied().flatten()?)?;
    if output.len() != 4 {
        return None;
    }
    match reach {
        Reach::Position => joined(plan, node, output, fields),
        Reach::Window { extent, stride, pad } => {
            let first = node.inputs.first().copied().flatten()?;
            Some(windowed((*fields.get(&first)?)?, extent, stride, pad))
        }
        _ => None,
    }
}

/// All that the inputs' fields cover, where all have one and the same rows and columns as the output.
fn joined(plan: &Plan, node: &Node, output: &[usize], fields: &Fields) -> Option<ReceptiveField> {
    let mut joined: Option<ReceptiveField> = None;
    for value in node.inputs.iter().flatten() {
        // Weights see nothing; a value that lost its positions sees everything.
        let Some(&field) = fields.get(value) else { continue };
        let field = field?;
        let shape = plan.shape(*value)?;
        if shape.len() != 4 || shape[2..] != output[2..] {
            return None;
        }
        joined = Some(match joined {
            None => field,
            Some(other) if other.stride != field.stride => return None,
            Some(other) => {
                let start = [0, 1].map(|side| other.start[side].min(field.start[side]));
                let end = |field: ReceptiveField, side: usize| field.start[side] + field.size[side] as isize;
                let size = [0, 1].map(|side| end(other, side).max(end(field, side)) - start[side]);
                ReceptiveField { size: size.map(isize::unsigned_abs), start, ..field }
            }
        });
    }
    joined
}

/// The field through a further window: steps and pads of the window are steps of the positions it looks at.
fn windowed(
    field: ReceptiveField,
    extent: [usize; 2],
    stride: [usize; 2],
    pad: [isize; 2],
) -> ReceptiveField {
    let mut grown = field;
    for side in 0..2 {
        let step = field.stride[side];
        grown.size[side] = field.size[side] + (extent[side] - 1) * step;
        grown.stride[side] = step * stride[side];
        grown.start[side] = field.start[side] - pad[side] * step as isize;
    }
    grown
}
