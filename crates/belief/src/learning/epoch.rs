use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// A layer of the stack, from 1.
    Layer(usize),
    /// The softmax layer alone, on frozen codes.
    Linear,
    /// All layers, by backpropagation.
    Tuning,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Layer(layer) => write!(f, "layer {layer}"),
            Stage::Linear => f.write_str("linear classifier"),
            Stage::Tuning => f.write_str("fine-tuning"),
        }
    }
}

/// What was seen in one pass over the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// What was learning.
    pub stage: Stage,
    /// Which pass of it, from 1.
    pub epoch: usize,
    /// Mean squared difference between a visible unit and its reconstruction, while learning.
    pub reconstruction: Option<f64>,
    /// Mean free energy of validation examples less that of as many training examples (autoencoders: loss on clean input).
    /// It lies near 0 and grows when the training examples are learned by heart.
    pub gap: Option<f64>,
    /// Mean activation of the hidden units.
    pub activation: Option<f64>,
    /// Mean −ln p(label) of the training examples, while learning.
    pub loss: Option<f64>,
    /// Part of the training examples that were classified wrongly, while learning.
    pub training_error: Option<f64>,
    /// The same of the test examples, or where there are none of the validation examples, after the epoch.
    pub test_error: Option<f64>,
    /// Root of the mean square of the weights.
    pub weights: f64,
    /// The same of their last step; a thousandth of the weights is usual.
    pub update: f64,
    /// The learning rate.
    pub rate: f64,
    /// The momentum.
    pub momentum: f64,
    /// How long it took.
    pub seconds: f64,
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, epoch {}:", self.stage, self.epoch)?;
        let percent = |part: f64| format!("{:.2} %", 100.0 * part);
        let words = [
            self.reconstruction.map(|x| format!("reconstruction {x:.5}")),
            self.gap.map(|x| format!("gap {x:.3}")),
            self.activation.map(|x| format!("activation {x:.3}")),
            self.loss.map(|x| format!("loss {x:.4}")),
            self.training_error.map(|x| format!("training error {}", percent(x))),
            self.test_error.map(|x| format!("test error {}", percent(x))),
            Some(format!("weights {:.4}, update {:.1e}", self.weights, self.update)),
            Some(format!("{:.1} s", self.seconds)),
        ];
        write!(f, " {}", words.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}
