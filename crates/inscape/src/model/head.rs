use inscape_engine::{Graph, ValueId};
use inscape_tensor::{Slice, View};

use crate::error::{Error, ErrorKind};

/// Where a network says which class it sees.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Head {
    /// The class scores before any softmax.
    pub(crate) scores: ValueId,
    pub(crate) odds: Odds,
}

/// How scores become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odds {
    /// P_c = exp S_c / Σ exp S_k.
    Softmax,
    /// Each class by itself: P_c = 1 / (1 + exp(−S_c)).
    Sigmoid,
}

impl Head {
    /// Finds the scores: the named value, or the only output; and before a softmax, log-softmax or sigmoid that reaches
    /// it through nothing but moves.
    pub(crate) fn find(graph: &Graph, named: Option<&str>) -> Result<Head, Error> {
        let end = match (named, graph.outputs()) {
            (Some(name), _) => graph.find(name)?,
            (None, [output]) => *output,
            (None, outputs) => {
                let names: Vec<&str> = outputs.iter().map(|&output| graph.name(output)).collect();
                let context = format!(
                    "the network has {} outputs ({}); say in its card which holds the class scores: scores = \"{}\"",
                    names.len(),
                    names.join(", "),
                    names[0]
                );
                return Err(Error::new(ErrorKind::Card, context));
            }
        };
        let mut value = end;
        while let Some(node) = graph.producer(value).map(|id| graph.node(id)) {
            let Some(source) = node.inputs.first().copied().flatten() else { break };
            match node.operator.as_str() {
                "Identity" | "Reshape" | "Squeeze" | "Flatten" => value = source,
                "Softmax" | "LogSoftmax" => return Ok(Head { scores: source, odds: Odds::Softmax }),
                "Sigmoid" => return Ok(Head { scores: source, odds: Odds::Sigmoid }),
                _ => break,
            }
        }
        Ok(Head { scores: end, odds: Odds::Softmax })
    }

    /// The number of raw scores, where the weights before them tell it without a plan.
    pub(crate) fn declared_classes(&self, graph: &Graph) -> Option<usize> {
        let mut value = self.scores;
        loop {
            let node = graph.node(graph.producer(value)?);
            let weight = |i: usize| graph.constant(node.inputs.get(i).copied().flatten()?);
            match node.operator.as_str() {
                "Identity" | "Reshape" | "Squeeze" | "Flatten" | "Relu" | "GlobalAveragePool"
                | "ReduceMean" => {
                    value = node.inputs.first().copied().flatten()?;
                }
                "Conv" => return weight(1)?.shape().first().copied(),
                "Gemm" => return weight(2).map(|bias| bias.len()).filter(|&count| count > 1),
                _ => return None,
            }
        }
    }

    /// The numbers of one input's class vector, (1, C), (1, C, 1, 1) and the like.
    pub(crate) fn vector<'v>(view: &View<'v>, name: &str) -> Result<&'v [f32], Error> {
        let context = match view.data {
            Slice::F32([]) => format!("'{name}' is empty"),
            Slice::F32(values) if view.shape.iter().filter(|&&size| size != 1).count() <= 1 => {
                return Ok(values);
            }
            Slice::F32(_) => format!(
                "'{name}' has the shape {:?}, which is no vector of class scores; name the scores in the card \
                 (scores = …), or ask for units of it",
                view.shape
            ),
            _ => format!("'{name}' holds {}, not class scores", view.element()),
        };
        Err(Error::new(ErrorKind::Model, context))
    }

    /// Scores per class from the raw numbers of one input: a single number s makes the two classes −s and s.
    pub(crate) fn classes(raw: &[f32]) -> Vec<f32> {
        match *raw {
            [score] => vec![-score, score],
            _ => raw.to_vec(),
        }
    }

    /// Where a class's score is among the raw numbers, and with which sign.
    pub(crate) fn place(raw: usize, class: usize) -> Option<(usize, f64)> {
        match (raw, class) {
            (1, 0) => Some((0, -1.0)),
            (1, 1) => Some((0, 1.0)),
            (1, _) => None,
            _ => (class < raw).then_some((class, 1.0)),
        }
    }

    /// Probabilities per class from the raw numbers of one input, in f64.
    pub(crate) fn probabilities(&self, raw: &[f32]) -> Vec<f64> {
        let sigmoid = |score: f64| 1.0 / (1.0 + (-score).exp());
        match (raw, self.odds) {
            (&[score], _) => vec![sigmoid(-f64::from(score)), sigmoid(f64::from(score))],
            (_, Odds::Sigmoid) => raw.iter().map(|&score| sigmoid(f64::from(score))).collect(),
            (_, Odds::Softmax) => {
                let highest = raw.iter().fold(f32::NEG_INFINITY, |most, &score| most.max(score));
                let powers: Vec<f64> =
                    raw.iter().map(|&score| (f64::from(score) - f64::from(highest)).exp()).collect();
                let sum: f64 = powers.iter().sum();
                powers.into_iter().map(|power| power / sum).collect()
            }
        }
    }

    /// The gradient of a class's probability with respect to the raw numbers: P_c(1(k=c) − P_k) under softmax.
    pub(crate) fn posterior_gradient(&self, raw: &[f32], class: usize) -> Vec<f64> {
        let p = self.probabilities(raw);
        match (raw.len(), self.odds) {
            (1, _) => vec![p[0] * p[1] * if class == 1 { 1.0 } else { -1.0 }],
            (_, Odds::Sigmoid) => {
                p.iter().enumerate().map(|(k, p)| if k == class { p * (1.0 - p) } else { 0.0 }).collect()
            }
            (_, Odds::Softmax) => {
                p.iter().enumerate().map(|(k, q)| p[class] * (f64::from(u8::from(k == class)) - q)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(odds: Odds) -> Head {
        let mut builder = inscape_engine::GraphBuilder::default();
        let shape = None;
        builder.input("x", inscape_engine::InputType { element: inscape_tensor::Element::F32, shape });
        builder.output("x");
        let graph = builder.build().unwrap();
        Head { scores: graph.outputs()[0], odds }
    }

    #[test]
    fn posterior_gradients_match_central_differences() {
        for (odds, raw) in [
            (Odds::Softmax, vec![0.3f32, -1.0, 2.0, 0.5]),
            (Odds::Sigmoid, vec![0.3, -1.0, 2.0]),
            (Odds::Softmax, vec![0.7]),
        ] {
            let head = head(odds);
            for class in 0..raw.len().max(2) {
                let gradient = head.posterior_gradient(&raw, class);
                for k in 0..raw.len() {
                    let moved = |by: f32| {
                        let mut raw = raw.clone();
                        raw[k] += by;
                        head.probabilities(&raw)[class]
                    };
                    // 2⁻⁷ is exact in f32, so the difference is one of f64.
                    let slope = (moved(0.0078125) - moved(-0.0078125)) / 0.015625;
                    assert!((slope - gradient[k]).abs() < 1e-4, "{odds:?} {class} {k}: {slope} {gradient:?}");
                }
            }
        }
    }

    #[test]
    fn probabilities_do_not_overflow_and_sum_to_one() {
        let p = head(Odds::Softmax).probabilities(&[1e30, 0.0, -1e30]);
        assert_eq!(p, [1.0, 0.0, 0.0]);
    }
}
