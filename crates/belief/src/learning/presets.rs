use inscape::{Error, ErrorKind};

use super::recipe::{
    AutoencoderRecipe, ClassifierRecipe, Negative, Noise, RbmRecipe, Recipe, Start, Weights,
};
use crate::examples::Values;
use crate::network::Kind;

/// A named set of all numbers.
pub struct Preset {
    /// As it is asked for.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Author and year.
    pub source: &'static str,
    /// Its numbers for a kind of network.
    pub recipe: fn(Kind) -> Recipe,
}

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "lab",
        about: "784-200-200-200 in under three minutes on two cores",
        source: "after Hinton 2012 and Vincent et al. 2010",
        recipe: lab,
    },
    Preset {
        name: "patches",
        about: "the same for patches: sparse units, noise of twice the data's deviation",
        source: "after Lee, Ekanadham and Ng 2008 and Vincent et al. 2010",
        recipe: patches,
    },
    Preset {
        name: "hinton2006",
        about: "500-500-2000, CD-1, the constants of Hinton and Salakhutdinov's code",
        source: "Hinton, Osindero and Teh 2006; Hinton and Salakhutdinov 2006",
        recipe: hinton2006,
    },
    Preset {
        name: "vincent2010",
        about: "three layers of 1000, a quarter of the input masked",
        source: "Vincent, Larochelle, Lajoie, Bengio and Manzagol 2010",
        recipe: vincent2010,
    },
];

impl Preset {
    /// The one for data of which nobody said how to learn from it.
    pub fn fitting(values: Values) -> &'static Preset {
        match values {
            Values::Unit => &PRESETS[0],
            Values::Real => &PRESETS[1],
        }
    }
}

impl Recipe {
    /// The numbers of a preset.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] where there is none of that name.
    pub fn preset(name: &str, kind: Kind) -> Result<Recipe, Error> {
        let found = PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(name));
        found.map(|preset| (preset.recipe)(kind)).ok_or_else(|| {
            let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            Error::new(ErrorKind::Setting, format!("no preset '{name}'; there are {}", names.join(", ")))
        })
    }
}

/// The constants of Hinton and Salakhutdinov's published code; 30 epochs a layer as in Hinton, Osindero and Teh 2006.
/// What the papers do not say (the autoencoder's numbers, those of the softmax layer) is as in `vincent2010`.
fn hinton2006(kind: Kind) -> Recipe {
    Recipe {
        kind,
        layers: vec![500, 500, 2000],
        batch: 100,
        epochs: 30,
        rate: 0.1,
        real_rate: 0.001,
        cooling: 1.0,
        momentum: 0.5,
        final_momentum: 0.9,
        momentum_epochs: 5,
        weight_cost: 2e-4,
        validation: None,
        rbm: RbmRecipe {
            negative: Negative::Data,
            steps: 1,
            spread: 0.1,
            start: Start::Zero,
            sparsity: 0.0,
            sparsity_cost: vec![0.0],
            sparsity_decay: 0.9,
        },
        autoencoder: denoising(),
        classifier: Some(ClassifierRecipe {
            linear_epochs: 20,
            linear_rate: 0.1,
            epochs: 40,
            rate: 0.1,
            momentum: 0.9,
            cooling: 0.1,
            weight_cost: 0.0,
        }),
    }
}

/// Of the paper's grids: 1000 units a layer, ν = 0.25, where its errors are flat; a rate for batches of 100 instead of
/// single examples is our choice.
fn vincent2010(kind: Kind) -> Recipe {
    Recipe {
        layers: vec![1000, 1000, 1000],
        epochs: 30,
        rate: if kind == Kind::Autoencoder { 0.05 } else { 0.1 },
        real_rate: if kind == Kind::Autoencoder { 0.005 } else { 0.001 },
        weight_cost: if kind == Kind::Autoencoder { 0.0 } else { 2e-4 },
        momentum_epochs: 1,
        ..hinton2006(kind)
    }
}

fn denoising() -> AutoencoderRecipe {
    AutoencoderRecipe {
        noise: Noise::Masking,
        amount: vec![0.25],
        weights: Weights::Tied,
        loss: None,
        decoder: None,
        emphasis: [1.0, 1.0],
    }
}

/// Small, soon done, and still with strokes in its units. Hinton's guide: biases from the data's means, weights of 0.01.
/// Five Gibbs steps instead of one, because chains of a machine trained by one step settle in few places.
fn lab(kind: Kind) -> Recipe {
    let base = if kind == Kind::Autoencoder { vincent2010(kind) } else { hinton2006(kind) };
    Recipe {
        layers: vec![200, 200, 200],
        epochs: 20,
        cooling: 0.1,
        rbm: RbmRecipe { steps: 5, spread: 0.01, start: Start::Means, ..base.rbm },
        classifier: base.classifier.map(|top| ClassifierRecipe { linear_epochs: 10, epochs: 20, ..top }),
        ..base
    }
}

/// Whitened patches are all frequencies alike, so that only sparse units, or much noise, make edges of them.
fn patches(kind: Kind) -> Recipe {
    let base = lab(kind);
    Recipe {
        epochs: 40,
        real_rate: 0.05,
        rbm: RbmRecipe { steps: 1, sparsity: 0.03, sparsity_cost: vec![2.0, 0.0], ..base.rbm },
        autoencoder: AutoencoderRecipe { noise: Noise::Gaussian, amount: vec![2.0, 0.3], ..base.autoencoder },
        ..base
    }
}
