use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use inscape_belief::learning::{Decoder, Loss, Negative, Noise, PRESETS, Preset, Recipe, Start, Weights};
use inscape_belief::{Kind, Values};

use crate::arguments::at_least_one;
use crate::run::Usage;

/// What may be typed. Every number that is left out is the preset's.
#[derive(Args)]
pub(super) struct Asked {
    /// What the layers are
    #[arg(value_name = "KIND", value_enum)]
    pub(super) kind: AskedKind,
    /// A folder of IDX files, infinite-mnist:N, a .npy file of patches, or mnist-1000, a thousand bundled digits
    #[arg(long, value_name = "DATA")]
    pub(super) data: String,
    /// The folder of MNIST's IDX files, from which infinite MNIST is made
    #[arg(long, value_name = "DIR")]
    pub(super) mnist: Option<PathBuf>,
    /// Hidden units of each layer, from the lowest: 500,500,2000
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = at_least_one)]
    layers: Option<Vec<usize>>,
    /// Where all numbers come from that are not given
    /// [default: lab; patches for data of real numbers]
    #[arg(long, value_name = "PRESET", ignore_case = true, value_parser = presets())]
    preset: Option<String>,
    /// Name of the result's files [default: the kind]
    #[arg(long, value_name = "NAME", value_parser = file_name)]
    pub(super) name: Option<String>,
    /// Go on from the checkpoint of a run that was stopped
    #[arg(long)]
    pub(super) resume: bool,
    /// Train a softmax layer on top, then all layers by backpropagation
    #[arg(long)]
    classify: bool,
    #[command(flatten)]
    numbers: Numbers,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    denoising: Denoising,
    #[command(flatten)]
    top: Top,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum AskedKind {
    /// A deep belief network: restricted Boltzmann machines
    Dbn,
    /// A stack of denoising autoencoders
    Autoencoder,
}

#[derive(Args)]
#[command(next_help_heading = "Training of each layer")]
struct Numbers {
    /// Passes over the data
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Examples in a batch
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    batch: Option<usize>,
    /// Learning rate of layers that see numbers from 0 to 1
    #[arg(long, value_name = "R")]
    rate: Option<f64>,
    /// Learning rate of a first layer that sees real numbers
    #[arg(long, value_name = "R")]
    real_rate: Option<f64>,
    /// Part of the rate that is left in the last epoch
    #[arg(long, value_name = "P")]
    cooling: Option<f64>,
    /// Momentum of the first epochs
    #[arg(long, value_name = "M")]
    momentum: Option<f64>,
    /// Momentum after them
    #[arg(long, value_name = "M")]
    final_momentum: Option<f64>,
    /// How many epochs have the first momentum
    #[arg(long, value_name = "N")]
    momentum_epochs: Option<usize>,
    /// Factor of the weights taken from each gradient
    #[arg(long, value_name = "C")]
    weight_cost: Option<f64>,
    /// Examples kept from training to watch for overfitting [default: a sixth, at most 10000]
    #[arg(long, value_name = "N")]
    validation: Option<usize>,
}

#[derive(Args)]
#[command(next_help_heading = "Boltzmann machines (dbn)")]
struct Machine {
    /// Gibbs steps: the k of CD-k
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    steps: Option<usize>,
    /// Where the negative phase starts: data is contrastive divergence
    #[arg(long, value_name = "WHERE", value_parser = words(&[("data", Negative::Data), ("persistent", Negative::Persistent)]))]
    negative: Option<Negative>,
    /// Standard deviation of the first weights
    #[arg(long, value_name = "S")]
    spread: Option<f64>,
    /// First visible biases: zero, or from the data's means
    #[arg(long, value_name = "HOW", value_parser = words(&[("zero", Start::Zero), ("means", Start::Means)]))]
    start: Option<Start>,
    /// Activation that hidden units are driven to
    #[arg(long, value_name = "P")]
    sparsity: Option<f64>,
    /// How strongly, for each layer; 0 for not at all
    #[arg(long, value_name = "C,C,…", value_delimiter = ',')]
    sparsity_cost: Option<Vec<f64>>,
    /// Decay of the running mean activation
    #[arg(long, value_name = "D")]
    sparsity_decay: Option<f64>,
}

#[derive(Args)]
#[command(next_help_heading = "Autoencoders")]
struct Denoising {
    /// What the input is spoiled by
    #[arg(long, value_name = "NOISE", value_parser = words(&[("masking", Noise::Masking), ("salt-and-pepper", Noise::SaltAndPepper), ("gaussian", Noise::Gaussian)]))]
    noise: Option<Noise>,
    /// How much, for each layer: part of the numbers, or standard deviation; 0 is a plain autoencoder
    #[arg(long, value_name = "P,P,…", value_delimiter = ',')]
    amount: Option<Vec<f64>>,
    /// Whether the decoder has weights of its own
    #[arg(long, value_name = "HOW", value_parser = words(&[("tied", Weights::Tied), ("free", Weights::Free)]))]
    weights: Option<Weights>,
    /// What is made small [default: by the data]
    #[arg(long, value_name = "LOSS", value_parser = words(&[("cross-entropy", Loss::CrossEntropy), ("squared", Loss::Squared)]))]
    loss: Option<Loss>,
    /// Units of the decoder [default: by the data]
    #[arg(long, value_name = "UNITS", value_parser = words(&[("sigmoid", Decoder::Sigmoid), ("linear", Decoder::Linear)]))]
    decoder: Option<Decoder>,
    /// Weight of the loss at spoiled numbers, and at the others
    #[arg(long, value_name = "A,B", value_parser = pair)]
    emphasis: Option<[f64; 2]>,
}

#[derive(Args)]
#[command(next_help_heading = "Softmax layer (--classify)")]
struct Top {
    /// Passes in which only the softmax layer learns
    #[arg(long, value_name = "N")]
    linear_epochs: Option<usize>,
    /// Learning rate of these
    #[arg(long, value_name = "R")]
    linear_rate: Option<f64>,
    /// Passes in which all layers learn
    #[arg(long, value_name = "N")]
    tuning_epochs: Option<usize>,
    /// Learning rate of these
    #[arg(long, value_name = "R")]
    tuning_rate: Option<f64>,
    /// Momentum of both
    #[arg(long, value_name = "M")]
    tuning_momentum: Option<f64>,
    /// Part of either rate that is left in its last epoch
    #[arg(long, value_name = "P")]
    tuning_cooling: Option<f64>,
    /// Factor of the weights taken from each gradient
    #[arg(long, value_name = "C")]
    tuning_weight_cost: Option<f64>,
}

impl Asked {
    /// Where the numbers come from that were not typed.
    pub(super) fn preset(&self, values: Values) -> &'static Preset {
        let named = |name: &String| PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(name));
        self.preset.as_ref().and_then(named).unwrap_or_else(|| Preset::fitting(values))
    }

    /// The preset's numbers with those that were typed in their places.
    pub(super) fn recipe(&self, values: Values) -> anyhow::Result<Recipe> {
        let kind = match self.kind {
            AskedKind::Dbn => Kind::Dbn,
            AskedKind::Autoencoder => Kind::Autoencoder,
        };
        self.refuse_strays(kind)?;
        let mut recipe = (self.preset(values).recipe)(kind);
        let Numbers { epochs, batch, rate, real_rate, cooling, .. } = &self.numbers;
        let Numbers { momentum, final_momentum, momentum_epochs, weight_cost, validation, .. } =
            &self.numbers;
        put(&mut recipe.layers, &self.layers);
        put(&mut recipe.epochs, epochs);
        put(&mut recipe.batch, batch);
        put(&mut recipe.rate, rate);
        put(&mut recipe.real_rate, real_rate);
        put(&mut recipe.cooling, cooling);
        put(&mut recipe.momentum, momentum);
        put(&mut recipe.final_momentum, final_momentum);
        put(&mut recipe.momentum_epochs, momentum_epochs);
        put(&mut recipe.weight_cost, weight_cost);
        recipe.validation = validation.or(recipe.validation);
        put(&mut recipe.rbm.steps, &self.machine.steps);
        put(&mut recipe.rbm.negative, &self.machine.negative);
        put(&mut recipe.rbm.spread, &self.machine.spread);
        put(&mut recipe.rbm.start, &self.machine.start);
        put(&mut recipe.rbm.sparsity, &self.machine.sparsity);
        put(&mut recipe.rbm.sparsity_cost, &self.machine.sparsity_cost);
        put(&mut recipe.rbm.sparsity_decay, &self.machine.sparsity_decay);
        put(&mut recipe.autoencoder.noise, &self.denoising.noise);
        put(&mut recipe.autoencoder.amount, &self.denoising.amount);
        put(&mut recipe.autoencoder.weights, &self.denoising.weights);
        recipe.autoencoder.loss = self.denoising.loss.or(recipe.autoencoder.loss);
        recipe.autoencoder.decoder = self.denoising.decoder.or(recipe.autoencoder.decoder);
        put(&mut recipe.autoencoder.emphasis, &self.denoising.emphasis);
        match &mut recipe.classifier {
            Some(classifier) if self.classify => {
                put(&mut classifier.linear_epochs, &self.top.linear_epochs);
                put(&mut classifier.linear_rate, &self.top.linear_rate);
                put(&mut classifier.epochs, &self.top.tuning_epochs);
                put(&mut classifier.rate, &self.top.tuning_rate);
                put(&mut classifier.momentum, &self.top.tuning_momentum);
                put(&mut classifier.cooling, &self.top.tuning_cooling);
                put(&mut classifier.weight_cost, &self.top.tuning_weight_cost);
            }
            classifier => *classifier = None,
        }
        Ok(recipe)
    }

    /// Fails where an option was given that would change nothing.
    fn refuse_strays(&self, kind: Kind) -> Result<(), Usage> {
        let (m, d, t) = (&self.machine, &self.denoising, &self.top);
        let machine = [
            ("steps", m.steps.is_some()),
            ("negative", m.negative.is_some()),
            ("spread", m.spread.is_some()),
            ("start", m.start.is_some()),
            ("sparsity", m.sparsity.is_some()),
            ("sparsity-cost", m.sparsity_cost.is_some()),
            ("sparsity-decay", m.sparsity_decay.is_some()),
        ];
        let denoising = [
            ("noise", d.noise.is_some()),
            ("amount", d.amount.is_some()),
            ("weights", d.weights.is_some()),
            ("loss", d.loss.is_some()),
            ("decoder", d.decoder.is_some()),
            ("emphasis", d.emphasis.is_some()),
        ];
        let top = [
            ("linear-epochs", t.linear_epochs.is_some()),
            ("linear-rate", t.linear_rate.is_some()),
            ("tuning-epochs", t.tuning_epochs.is_some()),
            ("tuning-rate", t.tuning_rate.is_some()),
            ("tuning-momentum", t.tuning_momentum.is_some()),
            ("tuning-cooling", t.tuning_cooling.is_some()),
            ("tuning-weight-cost", t.tuning_weight_cost.is_some()),
        ];
        let (strays, why): (&[(&str, bool)], &str) = match kind {
            Kind::Autoencoder => (&machine, "is of Boltzmann machines: inscape train dbn"),
            _ => (&denoising, "is of autoencoders: inscape train autoencoder"),
        };
        let untopped: &[(&str, bool)] = if self.classify { &[] } else { &top };
        let stray =
            |of: &[(&str, bool)]| of.iter().find(|(_, given)| *given).map(|(name, _)| (*name).to_owned());
        match (stray(strays), stray(untopped)) {
            (Some(name), _) => Err(Usage(format!("--{name} {why}"))),
            (None, Some(name)) => Err(Usage(format!("--{name} is of the softmax layer: add --classify"))),
            (None, None) => Ok(()),
        }
    }
}

fn put<T: Clone>(place: &mut T, typed: &Option<T>) {
    if let Some(typed) = typed {
        place.clone_from(typed);
    }
}

fn presets() -> PossibleValuesParser {
    PossibleValuesParser::new(PRESETS.iter().map(|preset| PossibleValue::new(preset.name).help(preset.about)))
}

/// Words that stand for values.
fn words<T: Copy + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words.iter().map(|(word, _)| *word)).try_map(|typed| {
        let found = words.iter().find(|(word, _)| *word == typed);
        found.map(|(_, value)| *value).ok_or_else(|| format!("no '{typed}'"))
    })
}

fn pair(text: &str) -> Result<[f64; 2], String> {
    let number = |part: &str| part.trim().parse::<f64>().ok();
    text.split_once(',')
        .and_then(|(a, b)| Some([number(a)?, number(b)?]))
        .ok_or_else(|| "expected two numbers, such as 1,0.5".to_owned())
}

/// A name without folders or anything a shell or a page would stumble over.
fn file_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !text.is_empty() && text.len() <= 60 && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("expected letters, digits, - and _".to_owned()),
    }
}
