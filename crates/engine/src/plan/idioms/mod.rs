mod attention;

use std::collections::HashMap;

use super::step::{self, Operand, Step};
use crate::graph::{Graph, ValueId};
use crate::operator::{Operator, Type};
use crate::operators;

/// Puts one operator in the place of several nodes that spell it out, as exporters do for functions that older operator
/// sets lack, where nobody else reads or asked for what lies between:
///
/// - x · sigmoid(x): Swish
/// - x · ½ · (1 + erf(x/√2)), in any order: Gelu
/// - x·W, then an addend for each column: one product with a bias
/// - softmax(scale·Q·Kᵀ)·V of heads that were cut out of other values: Attention, where `entire` allows it to stand for
///   nodes of several roles
pub(super) fn replace(
    graph: &Graph,
    steps: &mut Vec<Step>,
    visible: &[ValueId],
    asked: &[ValueId],
    entire: bool,
) {
    let mut web = Web::new(graph, steps, visible);
    if entire {
        for at in (0..steps.len()).rev() {
            if let Some(found) = web.attention(steps, at) {
                found.put(steps, at, &mut web);
            }
        }
    }
    for at in 0..steps.len() {
        let found = web.swish(steps, at).or_else(|| web.gelu(steps, at));
        if let Some(found) = found {
            found.put(steps, at, &mut web);
        } else {
            web.biased(steps, at);
        }
    }
    let mut gone = web.gone.into_iter();
    steps.retain(|_| !gone.next().unwrap_or(false));
    step::keep_needed(steps, asked.iter());
}

/// What is known of steps by the values they make.
struct Web<'g> {
    graph: &'g Graph,
    visible: &'g [ValueId],
    /// The step that makes each value, and as which output.
    producer: HashMap<ValueId, (usize, usize)>,
    /// Values that one step reads and nobody asked for.
    private: HashMap<ValueId, bool>,
    gone: Vec<bool>,
}

/// An operator, what it reads, and the steps it stands for beside the last.
struct Found {
    name: &'static str,
    operator: Box<dyn Operator>,
    sources: Vec<(ValueId, Type)>,
    steps: Vec<usize>,
}

impl Found {
    fn put(self, steps: &mut [Step], at: usize, web: &mut Web<'_>) {
        for step in self.steps {
            web.gone[step] = true;
        }
        let step = &mut steps[at];
        step.operator = self.operator;
        let sources = self.sources.into_iter();
        step.inputs = sources.map(|(value, kind)| Some(Operand::Value { value, kind })).collect();
        step.idiom = Some(self.name);
    }
}

impl<'g> Web<'g> {
    fn new(graph: &'g Graph, steps: &[Step], visible: &'g [ValueId]) -> Web<'g> {
        let mut readers: HashMap<ValueId, usize> = HashMap::new();
        for (_, value) in steps.iter().flat_map(Step::reads) {
            *readers.entry(value).or_default() += 1;
        }
        let mut producer = HashMap::new();
        for (at, step) in steps.iter().enumerate() {
            producer.extend(step.writes().map(|(output, value)| (value, (at, output))));
        }
        let private =
            readers.iter().map(|(&value, &count)| (value, count == 1 && !visible.contains(&value))).collect();
        Web { graph, visible, producer, private, gone: vec![false; steps.len()] }
    }

    fn is(&self, step: &Step, operator: &str) -> bool {
        let node = self.graph.node(step.node);
        step.idiom.is_none() && node.operator == operator && node.domain.is_empty()
    }

    /// The step that makes a value for one reader alone, where it is of an operator.
    fn maker(&self, steps: &[Step], value: ValueId, operator: &str) -> Option<usize> {
        let at = self.private_maker(value)?;
        (self.is(&steps[at], operator) && !self.gone[at]).then_some(at)
    }

    /// The step whose first output is a value for one reader alone.
    fn private_maker(&self, value: ValueId) -> Option<usize> {
        let &(at, output) = self.producer.get(&value)?;
        (output == 0 && self.private.get(&value) == Some(&true)).then_some(at)
    }

    /// x · sigmoid(x).
    fn swish(&self, steps: &[Step], at: usize) -> Option<Found> {
        let [a, b] = pair(&steps[at]).filter(|_| self.is(&steps[at], "Mul"))?;
        let gated = |x: ValueId, gate: ValueId| {
            let sigmoid = self.maker(steps, gate, "Sigmoid")?;
            (steps[sigmoid].first_read() == Some(x)).then_some((x, sigmoid))
        };
        let (source, sigmoid) = gated(a, b).or_else(|| gated(b, a))?;
        let sources = vec![(source, steps[at].outputs[0].kind.clone())];
        Some(Found { name: "Swish", operator: operators::swish(), sources, steps: vec![sigmoid] })
    }

    /// x · ½ · (1 + erf(x/√2)).
    fn gelu(&self, steps: &[Step], at: usize) -> Option<Found> {
        let last = &steps[at];
        if !self.is(last, "Mul") {
            return None;
        }
        let half = |step: &Step| scalar(step).filter(|&(_, factor)| factor == 0.5).map(|(value, _)| value);
        let (source, steps) = match half(&steps[at]) {
            Some(whole) => {
                let product = self.maker(steps, whole, "Mul")?;
                let [a, b] = pair(&steps[product])?;
                let (x, gate) = self.gate(steps, a, b).or_else(|| self.gate(steps, b, a))?;
                (x, [&gate[..], &[product]].concat())
            }
            None => {
                let [a, b] = pair(&steps[at])?;
                let halved = |x: ValueId, gate: ValueId| {
                    let product = self.maker(steps, x, "Mul")?;
                    let (x, gate) = self.gate(steps, half(&steps[product])?, gate)?;
                    Some((x, [&gate[..], &[product]].concat()))
                };
                halved(a, b).or_else(|| halved(b, a))?
            }
        };
        let sources = vec![(source, last.outputs[0].kind.clone())];
        Some(Found { name: "Gelu", operator: operators::gelu(), sources, steps })
    }

    /// Whether `gate` is 1 + erf(x/√2), and its steps.
    fn gate(&self, steps: &[Step], x: ValueId, gate: ValueId) -> Option<(ValueId, [usize; 3])> {
        let sum = self.maker(steps, gate, "Add")?;
        let (erf, _) = scalar(&steps[sum]).filter(|&(_, one)| one == 1.0)?;
        let erf = self.maker(steps, erf, "Erf")?;
        let scaled = steps[erf].first_read()?;
        let root = std::f32::consts::SQRT_2;
        let near = |a: f32, b: f32| (a - b).abs() <= 4.0 * f32::EPSILON;
        let divided = self.maker(steps, scaled, "Div").filter(|&at| {
            let Some(Operand::Constant(_)) = &steps[at].inputs[1] else { return false };
            scalar(&steps[at]).is_some_and(|(value, by)| value == x && near(by, root))
        });
        let multiplied = || {
            let by = |at: &usize| scalar(&steps[*at]).is_some_and(|(v, by)| v == x && near(by, 1.0 / root));
            self.maker(steps, scaled, "Mul").filter(by)
        };
        let scaling = divided.or_else(multiplied)?;
        Some((x, [sum, erf, scaling]))
    }

    /// A product with a constant matrix and the addition behind it.
    fn biased(&mut self, steps: &mut [Step], at: usize) {
        if !self.is(&steps[at], "Add") {
            return;
        }
        let Some(product) = addend(&steps[at]).and_then(|(value, _)| self.maker(steps, value, "MatMul"))
        else {
            return;
        };
        let (before, after) = steps.split_at_mut(at);
        let (product_step, sum) = (&mut before[product], &mut after[0]);
        let Some((_, bias)) = addend(sum) else { return };
        if product_step.outputs[0].kind != sum.outputs[0].kind {
            return;
        }
        let taken = product_step.operator.linear().is_some_and(|linear| linear.absorb_last(&bias));
        if taken {
            product_step.outputs[0].value = sum.outputs[0].value;
            product_step.absorbed_last = Some(bias);
            if let Some(value) = sum.outputs[0].value {
                self.producer.insert(value, (product, 0));
            }
            self.gone[at] = true;
        }
    }
}

/// The two values of a step that reads nothing else.
fn pair(step: &Step) -> Option<[ValueId; 2]> {
    match step.inputs[..] {
        [Some(Operand::Value { value: a, .. }), Some(Operand::Value { value: b, .. })] => Some([a, b]),
        _ => None,
    }
}

/// The value and the number of a step that reads one of each, where its output has the value's shape.
fn scalar(step: &Step) -> Option<(ValueId, f32)> {
    let (value, kind, constant) = with_constant(step)?;
    let single = constant.len() == 1 && kind == &step.outputs[0].kind;
    single.then(|| Some((value, *constant.f32s()?.first()?)))?
}

/// The value and the numbers, one for each place along the last axis, of a step that reads one of each.
fn addend(step: &Step) -> Option<(ValueId, Vec<f32>)> {
    let (value, kind, constant) = with_constant(step)?;
    let last = *kind.shape.last()?;
    let row = constant.shape().iter().rev().skip(1).all(|&size| size == 1);
    let fits = kind == &step.outputs[0].kind && constant.shape().last() == Some(&last) && row;
    fits.then(|| Some((value, constant.f32s()?.into_owned())))?
}

fn with_constant(step: &Step) -> Option<(ValueId, &Type, &inscape_tensor::Constant)> {
    match &step.inputs[..] {
        [Some(Operand::Value { value, kind }), Some(Operand::Constant(constant))]
        | [Some(Operand::Constant(constant)), Some(Operand::Value { value, kind })] => {
            Some((*value, kind, constant))
        }
        _ => None,
    }
}
