use crate::examples::Values;

/// A stack of layers that was trained one upon the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// How it was trained.
    pub kind: Kind,
    /// Rows and columns of what it sees.
    pub size: [usize; 2],
    /// What its visible units hold.
    pub visible: Values,
    /// What the examples were standardized by before the first layer saw them, x ↦ (x − mean)/deviation per pixel; both
    /// empty where they were taken as they are.
    pub mean: Vec<f32>,
    /// See `mean`.
    pub deviation: Vec<f32>,
    /// The mean L2 norm of the examples, in their own numbers (before `mean` and `deviation`).
    pub norm: f64,
    /// From the lowest.
    pub layers: Vec<Layer>,
    /// A softmax layer on top, where one was trained.
    pub classifier: Option<Dense>,
}

/// How a network was trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A deep belief network: every layer a restricted Boltzmann machine.
    Dbn,
    /// A stack of (denoising) autoencoders.
    Autoencoder,
}

/// One layer in both directions: hidden = σ(up(visible)), and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Visible to hidden.
    pub up: Dense,
    /// Biases of the visible units on the way down.
    pub visible_bias: Vec<f32>,
    /// Weights on the way down, (visible, hidden) in row-major order; where there are none, those of `up` are used the
    /// other way round.
    pub down: Option<Vec<f32>>,
}

/// x ↦ W·x + b.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Numbers that come in.
    pub inputs: usize,
    /// Numbers that go out.
    pub outputs: usize,
    /// W, (outputs, inputs) in row-major order: a row is the filter of a unit.
    pub weights: Vec<f32>,
    /// b.
    pub bias: Vec<f32>,
}
