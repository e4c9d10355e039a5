use inscape::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use crate::network::Kind;

/// Every number of a training.
///
/// ```
/// use inscape_belief::learning::Recipe;
/// let recipe = Recipe::preset("hinton2006", inscape_belief::Kind::Dbn)?;
/// assert_eq!((recipe.layers, recipe.rbm.steps), (vec![500, 500, 2000], 1));
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recipe {
    /// What the layers are.
    #[serde(serialize_with = "kind")]
    pub kind: Kind,
    /// Hidden units of each layer, from the lowest.
    pub layers: Vec<usize>,
    /// Examples that are learned from before the weights change.
    pub batch: usize,
    /// Passes over the data for each layer.
    pub epochs: usize,
    /// Learning rate of layers that see numbers in [0, 1].
    pub rate: f64,
    /// Learning rate of a first layer that sees real numbers.
    pub real_rate: f64,
    /// The part of the rate that is left in the last epoch; it falls evenly.
    pub cooling: f64,
    /// Momentum of the first epochs.
    pub momentum: f64,
    /// Momentum after them.
    pub final_momentum: f64,
    /// How many epochs have the first momentum.
    pub momentum_epochs: usize,
    /// Factor of the weights (not the biases) that is taken from each gradient.
    pub weight_cost: f64,
    /// Examples kept from training to watch for overfitting; left out: the last sixth, at most 10,000.
    pub validation: Option<usize>,
    /// Of restricted Boltzmann machines.
    pub rbm: RbmRecipe,
    /// Of autoencoders.
    pub autoencoder: AutoencoderRecipe,
    /// Of the softmax layer on top, where one is trained.
    pub classifier: Option<ClassifierRecipe>,
}

/// The numbers of restricted Boltzmann machines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RbmRecipe {
    /// Where the negative phase starts.
    pub negative: Negative,
    /// Gibbs steps of the negative phase: the k of CD-k.
    pub steps: usize,
    /// Standard deviation of the weights at the start.
    pub spread: f64,
    /// Visible biases at the start.
    pub start: Start,
    /// Activation that hidden units are driven to; 0 for none.
    pub sparsity: f64,
    /// How strongly, for each layer; 0 for not at all. The last goes for all further layers.
    pub sparsity_cost: Vec<f64>,
    /// Decay of the running mean activation from batch to batch.
    pub sparsity_decay: f64,
}

/// Where the negative phase starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Negative {
    /// At the data: contrastive divergence (Hinton 2002). Visible units take their means.
    Data,
    /// At where the last batch's ended: persistent contrastive divergence (Tieleman 2008). Visible units are drawn.
    Persistent,
}

/// Visible biases at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Start {
    /// All 0.
    Zero,
    /// ln(p/(1−p)) for a unit whose mean is p, so that the machine starts with the data's means.
    Means,
}

/// The numbers of autoencoders.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AutoencoderRecipe {
    /// What the input is spoiled by.
    pub noise: Noise,
    /// How much, for each layer: the part of numbers, or the standard deviation. The last goes for all further layers.
    pub amount: Vec<f64>,
    /// Whether the decoder has weights of its own.
    pub weights: Weights,
    /// What is made small; left out: cross-entropy for numbers in [0, 1], half the squared error for real numbers.
    pub loss: Option<Loss>,
    /// The decoder's units; left out: sigmoid for numbers in [0, 1], linear for real numbers.
    pub decoder: Option<Decoder>,
    /// Weight of the loss at spoiled numbers, and at the others.
    pub emphasis: [f64; 2],
}

/// What an autoencoder's input is spoiled by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Noise {
    /// Numbers drawn at random become 0.
    Masking,
    /// Numbers drawn at random become the least or the greatest, each with probability ½: 0 and 1, or two standard
    /// deviations from the mean on either side.
    SaltAndPepper,
    /// Normal deviates are added to all.
    Gaussian,
}

/// Whether a decoder has weights of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Weights {
    /// Those of the encoder, the other way round.
    Tied,
    /// Its own.
    Free,
}

/// What an autoencoder makes small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loss {
    /// −Σ x·ln z + (1−x)·ln(1−z), of a sigmoid decoder.
    CrossEntropy,
    /// ½Σ(z−x)².
    Squared,
}

/// The units of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Decoder {
    /// σ.
    Sigmoid,
    /// The total input itself.
    Linear,
}

/// The numbers of a softmax layer on top.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassifierRecipe {
    /// Passes in which only the softmax layer learns, on frozen codes: multinomial logistic regression.
    pub linear_epochs: usize,
    /// Learning rate of these.
    pub linear_rate: f64,
    /// Passes in which all layers learn.
    pub epochs: usize,
    /// Learning rate of these.
    pub rate: f64,
    /// Momentum of both.
    pub momentum: f64,
    /// The part of either rate that is left in its last epoch; it falls evenly.
    pub cooling: f64,
    /// Factor of the weights that is taken from each gradient.
    pub weight_cost: f64,
}

impl Recipe {
    /// Checks that every number lies in its range.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] with the setting's name and its range.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |what: String| Err(Error::new(ErrorKind::Setting, what));
        if self.layers.is_empty() {
            return wrong("there are no layers: give their hidden units, such as 500,500,2000".into());
        }
        let large = self.layers.iter().find(|&&units| units == 0 || units > MOST_UNITS);
        if let Some(units) = large {
            return wrong(format!("a layer of {units} units: from 1 to {MOST_UNITS} are possible"));
        }
        if self.layers.len() > MOST_LAYERS {
            return wrong(format!("{} layers: at most {MOST_LAYERS} are possible", self.layers.len()));
        }
        if self.batch == 0 || self.batch > MOST_BATCH {
            return wrong(format!("a batch of {}: from 1 to {MOST_BATCH} are possible", self.batch));
        }
        if self.rbm.steps == 0 || self.rbm.steps > MOST_STEPS {
            return wrong(format!("{} Gibbs steps: from 1 to {MOST_STEPS} are possible", self.rbm.steps));
        }
        let classifier = self.classifier.as_ref();
        let rates = [("rate", self.rate), ("real-rate", self.real_rate)];
        let tuned = classifier.map(|c| [("linear-rate", c.linear_rate), ("tuning-rate", c.rate)]);
        for (name, value) in rates.into_iter().chain(tuned.into_iter().flatten()) {
            within(name, value, 1e-9, 100.0)?;
        }
        let costs = [("weight-cost", self.weight_cost), ("spread", self.rbm.spread)];
        let sparsity = self.rbm.sparsity_cost.iter().map(|&cost| ("sparsity-cost", cost));
        for (name, value) in
            costs.into_iter().chain(sparsity).chain(classifier.map(|c| ("tuning-weight-cost", c.weight_cost)))
        {
            within(name, value, 0.0, 100.0)?;
        }
        let parts = [("momentum", self.momentum), ("final-momentum", self.final_momentum)];
        let parts = parts.into_iter().chain([("sparsity-decay", self.rbm.sparsity_decay)]);
        let parts = parts.chain(classifier.map(|c| ("tuning-momentum", c.momentum)));
        for (name, value) in parts {
            within(name, value, 0.0, 0.9999)?;
        }
        let coolings = [("cooling", self.cooling)].into_iter();
        for (name, value) in coolings.chain(classifier.map(|c| ("tuning-cooling", c.cooling))) {
            within(name, value, 0.0, 1.0)?;
        }
        if self.rbm.sparsity_cost.is_empty() {
            return wrong("no sparsity cost is given: 0 leaves the units as they are".into());
        }
        within("sparsity", self.rbm.sparsity, 0.0, 1.0)?;
        let [spoiled, others] = self.autoencoder.emphasis;
        within("emphasis of spoiled numbers", spoiled, 0.0, 1000.0)?;
        within("emphasis of the others", others, 0.0, 1000.0)?;
        if spoiled + others == 0.0 {
            return wrong("the emphasis is 0 everywhere: nothing would be learned".into());
        }
        if self.autoencoder.amount.is_empty() {
            return wrong("no amount of noise is given: 0 is the plain autoencoder".into());
        }
        let most = if self.autoencoder.noise == Noise::Gaussian { 100.0 } else { 1.0 };
        for &amount in &self.autoencoder.amount {
            within("noise", amount, 0.0, most)?;
        }
        match (self.autoencoder.loss, self.autoencoder.decoder) {
            (Some(Loss::CrossEntropy), Some(Decoder::Linear)) => wrong(CROSS_LINEAR.into()),
            _ => Ok(()),
        }
    }
}

/// Units of the largest layer.
const MOST_UNITS: usize = 1 << 16;
/// Layers of the highest stack.
const MOST_LAYERS: usize = 32;
/// Gibbs steps of the longest negative phase.
const MOST_STEPS: usize = 1000;
/// Examples of the largest batch.
const MOST_BATCH: usize = 1 << 14;

pub(super) const CROSS_LINEAR: &str = "cross-entropy needs a decoder that gives probabilities: sigmoid";

/// The number of a layer, counted from 0, of a list whose last goes for all further layers.
pub(super) fn of_layer(numbers: &[f64], layer: usize) -> f64 {
    numbers.get(layer).or(numbers.last()).copied().unwrap_or_default()
}

/// Fails where a setting lies outside its range.
fn within(name: &str, value: f64, low: f64, high: f64) -> Result<(), Error> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Setting, format!("{name} is {value}: from {low} to {high} is possible")))
}

fn kind<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}
