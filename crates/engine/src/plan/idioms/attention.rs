use inscape_tensor::attention::{Attention as Products, Heads, Part};
use inscape_tensor::{Walk, count};

use super::{Found, Operand, Step, Web, pair, scalar};
use crate::graph::{Attribute, ValueId};
use crate::operator::{Type, normalized_axis};
use crate::operators::Attention;

/// Scores of a head beyond which nothing stays near the core: they are computed in parts, in places of the plan, whose
/// bytes are counted before anything runs.
const MOST: usize = 4 << 20;

/// A value seen as `factor` times a walk over another.
struct Source {
    value: ValueId,
    kind: Type,
    walk: Walk,
    factor: f32,
}

impl Web<'_> {
    /// softmax(scale·Q·Kᵀ)·V for many heads, where Q, K, V and the result are moved about on their way.
    pub(super) fn attention(&self, steps: &[Step], at: usize) -> Option<Found> {
        let (last, moved) = self.moved_product(steps, at)?;
        let [p, _] = pair(&steps[last])?;
        let softmax = self.maker(steps, p, "Softmax").filter(|&at| self.runs_along_rows(&steps[at]))?;
        let mut inner = vec![last, softmax];
        let (mut scores, mut scale) = (steps[softmax].first_read()?, 1.0);
        while let Some(scaling) = self.private_maker(scores)
            && let Some((value, factor)) = self.scaled(&steps[scaling])
        {
            (scores, scale) = (value, scale * factor);
            inner.push(scaling);
        }
        let product = self.maker(steps, scores, "MatMul")?;
        inner.push(product);
        let [(q, q_shape), (k, k_shape)] = self.sources(steps, product)?;
        let [_, (v, v_shape)] = self.sources(steps, last)?;
        let (batch, [queries, keys]) = cut(&steps[product].outputs[0].kind.shape)?;
        if queries.saturating_mul(keys) > MOST {
            return None;
        }
        let (width, values) = (*q_shape.last()?, *v_shape.last()?);
        let alike = [(q_shape, [queries, width]), (k_shape, [width, keys]), (v_shape, [keys, values])];
        if alike.iter().any(|(shape, matrix)| cut(shape) != Some((batch, *matrix))) {
            return None;
        }
        let result = heads(&moved.inverse()?, [queries, values], false)?;
        let walks = [
            (&q.walk, [queries, width], false),
            (&k.walk, [width, keys], true),
            (&v.walk, [keys, values], false),
        ];
        let mut sources: Vec<(ValueId, Type)> = Vec::new();
        let mut parts = Vec::new();
        for ((walk, matrix, turned), source) in walks.into_iter().zip([&q, &k, &v]) {
            let known = sources.iter().position(|&(value, _)| value == source.value);
            let input = known.unwrap_or_else(|| {
                sources.push((source.value, source.kind.clone()));
                sources.len() - 1
            });
            parts.push(Part { input, heads: heads(walk, matrix, turned)? });
        }
        let lengths = sources.iter().map(|(_, kind)| count(&kind.shape)).collect::<Option<Vec<_>>>()?;
        let output = count(&steps[at].outputs[0].kind.shape)?;
        let products = Products::new(parts.try_into().ok()?, result, &lengths, output)?;
        if v.factor != 1.0 {
            return None;
        }
        let scale = scale * q.factor * k.factor;
        inner.retain(|&step| step != at);
        let operator = Box::new(Attention::plain(products, sources.len(), scale));
        Some(Found { name: "Attention", operator, sources, steps: inner })
    }

    /// The product whose numbers a step gives in another order, and the walk over them.
    fn moved_product(&self, steps: &[Step], at: usize) -> Option<(usize, Walk)> {
        let mut walk = Walk::straight(count(&steps[at].outputs[0].kind.shape)?);
        let mut at = at;
        while !self.is(&steps[at], "MatMul") {
            if !steps[at].is_alias() {
                walk = walk.after(steps[at].operator.walk(0)?)?;
            }
            at = self.private_maker(steps[at].first_read()?).filter(|&at| !self.gone[at])?;
        }
        (!self.gone[at]).then_some((at, walk))
    }

    /// Where the two sides of a product come from, and their shapes.
    fn sources<'s>(&self, steps: &'s [Step], product: usize) -> Option<[(Source, &'s [usize]); 2]> {
        pair(&steps[product])?;
        let mut sides = steps[product].inputs.iter().flatten().filter_map(|operand| match operand {
            Operand::Value { value, kind } => Some((self.source(steps, *value, kind)?, &kind.shape[..])),
            Operand::Constant(_) => None,
        });
        Some([sides.next()?, sides.next()?])
    }

    /// The first value on the way to another from which it differs by a walk and a factor, past values that nobody asked for.
    fn source(&self, steps: &[Step], value: ValueId, kind: &Type) -> Option<Source> {
        let walk = Walk::straight(count(&kind.shape)?);
        let mut source = Source { value, kind: kind.clone(), walk, factor: 1.0 };
        while let Some(&(at, output)) = self.producer.get(&source.value)
            && !self.visible.contains(&source.value)
            && !self.gone[at]
        {
            let step = &steps[at];
            if let Some((value, factor)) = self.scaled(step) {
                (source.value, source.factor) = (value, source.factor * factor);
                continue;
            }
            let Some(Some(Operand::Value { value, kind })) = step.inputs.first() else { break };
            if !step.is_alias() {
                let Some(walk) = step.operator.walk(output).and_then(|inner| source.walk.after(inner)) else {
                    break;
                };
                source.walk = walk;
            }
            (source.value, source.kind) = (*value, kind.clone());
        }
        Some(source)
    }

    /// The value and the factor of a step that multiplies or divides by a number.
    fn scaled(&self, step: &Step) -> Option<(ValueId, f32)> {
        let (value, factor) = scalar(step)?;
        if self.is(step, "Mul") {
            return Some((value, factor));
        }
        let divides = self.is(step, "Div") && matches!(step.inputs[1], Some(Operand::Constant(_)));
        divides.then_some((value, 1.0 / factor))
    }

    fn runs_along_rows(&self, softmax: &Step) -> bool {
        let node = self.graph.node(softmax.node);
        let rank = softmax.outputs[0].kind.shape.len();
        let axis = match node.attributes.get("axis") {
            Some(Attribute::Int(axis)) => *axis,
            _ if node.opset < 13 => 1,
            _ => -1,
        };
        normalized_axis(axis, rank).is_ok_and(|axis| axis + 1 == rank)
    }
}

/// The axes of a batch of matrices, and a matrix's size.
fn cut(shape: &[usize]) -> Option<(&[usize], [usize; 2])> {
    let (matrix, batch) = (shape.last_chunk::<2>()?, &shape[..shape.len() - 2]);
    Some((batch, *matrix))
}

/// The matrices of a walk whose rows (columns, where they are `turned`) are neighboring numbers.
fn heads(walk: &Walk, [rows, columns]: [usize; 2], turned: bool) -> Option<Heads> {
    let (starts, [row, column]) = walk.matrices(rows, columns)?;
    let (rows, width, stride, step) =
        if turned { (columns, rows, column, row) } else { (rows, columns, row, column) };
    let neighbors = width == 1 || step == 1;
    neighbors.then_some(Heads { starts, rows, width, stride: usize::try_from(stride).ok()? })
}
