use std::collections::HashSet;

use inscape_engine::{Graph, Node, ValueId};
use inscape_tensor::Tensor;

use super::method::{Method, Reads};
use super::work::{Map, Work};
use super::{Setting, Settings};
use crate::error::{Error, ErrorKind};
use crate::model::Model;

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The channels of a late value, weighted by their mean gradients, where they sum to more than zero:
    /// ReLU(Σ_c mean(∂S/∂A_c)·A_c), shape (h, w) of the value A.
    ///
    /// For class scores the value is the input of the last convolution where that makes them, else of the pooling before the
    /// classifier; for a unit inside, the input of the convolution that makes it. [`Settings::value`](super::Settings)
    /// names another, which must lead to the target. Selvaraju et al. 2017.
    pub const GradCam: Method = Method {
        name: "grad-cam",
        aliases: &["GradCam", "LayerGradCam"],
        computes: "where, at the resolution of a late value, the channels that raise the target are active",
        formula: "ReLU(Σ_c mean(∂S/∂A_c) · A_c)",
        source: "Selvaraju et al. 2017",
        captum: "Captum's LayerGradCam keeps negative sums unless relu_attributions is set",
        settings: &["value"],
        signed: false,
        reads: Reads::Inner(chosen),
        passes: |_| 1,
        run,
    };
}

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    let value = chosen(work.model, work.settings, work.values)?;
    let name = work.model.graph().name(value).to_owned();
    let (gradient, activation) = work.inner(value)?;
    let &[1, _, height, width] = gradient.shape() else {
        let shape = gradient.shape();
        let context = format!(
            "Grad-CAM needs a value of channels over rows and columns; '{name}' has the shape {shape:?}"
        );
        return Err(Error::new(ErrorKind::Setting, context));
    };
    let area = (height * width).max(1);
    let mut sum = vec![0.0f64; height * width];
    for (gradient, activation) in gradient.values().chunks(area).zip(activation.values().chunks(area)) {
        let weight = gradient.iter().map(|&g| f64::from(g)).sum::<f64>() / area as f64;
        for (sum, &a) in sum.iter_mut().zip(activation) {
            *sum += weight * f64::from(a);
        }
    }
    let map = Tensor::new([height, width], sum.into_iter().map(|sum| sum.max(0.0) as f32).collect());
    let mut made = Map::of_input(work, map);
    made.settings.push(("value", Setting::Word(name.clone())));
    made.value = Some(name);
    Ok(made)
}

fn chosen(model: &Model, settings: &Settings, target: &[ValueId]) -> Result<ValueId, Error> {
    let graph = model.graph();
    let Some(name) = &settings.value else {
        let read = target.first().copied();
        return Ok(last_map(graph, read.map_or_else(|| model.scores_value(), Ok)?));
    };
    let value = graph.find(name)?;
    if leads(graph, value, target) {
        return Ok(value);
    }
    let names: Vec<&str> = target.iter().map(|&value| graph.name(value)).collect();
    let context = format!(
        "'{name}' does not lead to '{}', which the target reads: Grad-CAM needs a value before it",
        names.join("', '")
    );
    Err(Error::new(ErrorKind::Setting, context))
}

/// Whether any of the targets is made of a value.
fn leads(graph: &Graph, value: ValueId, targets: &[ValueId]) -> bool {
    let mut seen: HashSet<ValueId> = HashSet::new();
    let mut open = targets.to_vec();
    while let Some(next) = open.pop() {
        if next == value {
            return true;
        }
        if let (true, Some(node)) = (seen.insert(next), graph.producer(next)) {
            open.extend(graph.node(node).inputs.iter().flatten());
        }
    }
    false
}

impl Model {
    /// The last value before the class scores that still has positions: Grad-CAM's own choice.
    ///
    /// # Errors
    /// Where the network has several outputs and the card names none.
    pub fn last_value_with_positions(&self) -> Result<&str, Error> {
        Ok(self.graph().name(last_map(self.graph(), self.scores_value()?)))
    }
}

/// The last value before a target's, commonly the class scores, that still has positions.
fn last_map(graph: &Graph, scores: ValueId) -> ValueId {
    let mut value = scores;
    let mut dense = false;
    let mut flattened = None;
    while let Some(node) = graph.producer(value).map(|id| graph.node(id)) {
        let Some(source) = moving_input(graph, node) else { break };
        match node.operator.as_str() {
            "Gemm" | "MatMul" => dense = true,
            "GlobalAveragePool" | "GlobalMaxPool" | "AveragePool" | "MaxPool" | "ReduceMean"
            | "ReduceMax"
                if dense =>
            {
                return source;
            }
            "Conv" if !dense && !is_pooled(graph, source) => return source,
            "Conv" if flattened.is_none() && is_pooled(graph, source) => dense = true,
            "Flatten" | "Reshape" | "Squeeze" if dense => flattened = Some(source),
            _ if flattened.is_some() => break,
            _ => {}
        }
        value = source;
    }
    flattened.unwrap_or(value)
}

/// Whether a value has lost its positions to a global pooling a few nodes before: then a convolution of it is a dense
/// classifier.
fn is_pooled(graph: &Graph, mut value: ValueId) -> bool {
    for _ in 0..4 {
        let Some(node) = graph.producer(value).map(|id| graph.node(id)) else { return false };
        match node.operator.as_str() {
            "GlobalAveragePool" | "GlobalMaxPool" | "ReduceMean" | "ReduceMax" => return true,
            "Concat" | "MaxPool" | "AveragePool" => return false,
            _ => {}
        }
        let Some(source) = moving_input(graph, node) else { return false };
        value = source;
    }
    false
}

/// The first input that is no constant.
fn moving_input(graph: &Graph, node: &Node) -> Option<ValueId> {
    node.inputs.iter().flatten().copied().find(|&input| graph.constant(input).is_none())
}
