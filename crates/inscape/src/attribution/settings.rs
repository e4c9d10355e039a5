use std::fmt;

use inscape_tensor::Tensor;
use serde::Serialize;

use crate::error::{Error, ErrorKind};

/// What methods can be told. A method reads only what concerns it, and its result says which that was.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Saliency: the views it averages over.
    pub crops: Crops,
    /// Integrated gradients: points on the way from the baseline. 50, as Captum.
    pub steps: usize,
    /// Integrated gradients: where the way begins.
    pub baseline: Baseline,
    /// SmoothGrad: noisy inputs. 50 (Smilkov et al. 2017: beyond that little changes).
    pub samples: usize,
    /// SmoothGrad: standard deviation of the noise, as a part of the input's range (largest less smallest number).
    /// 0.15 (Smilkov et al. 2017: 10 to 20 %).
    pub sigma: f32,
    /// What random numbers start from.
    pub seed: u64,
    /// Grad-CAM: the value to look at, by name; `None` for the last one that still has positions.
    pub value: Option<String>,
}

/// Views that saliency is averaged over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crops {
    /// The input as it is.
    #[default]
    One,
    /// Corners and center of a larger picture, each also mirrored (Simonyan et al. 2014).
    Ten,
}

/// Where integrated gradients begin.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Baseline {
    /// Zero in model space: the mean color where the card subtracts it.
    #[default]
    Zero,
    /// An input of the same shape.
    Input(Tensor),
}

/// A setting as it was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Setting {
    /// A whole number.
    Whole(u64),
    /// A real number.
    Real(f64),
    /// A word.
    Word(String),
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            crops: Crops::One,
            steps: 50,
            baseline: Baseline::Zero,
            samples: 50,
            sigma: 0.15,
            seed: 0,
            value: None,
        }
    }
}

impl Settings {
    /// Checks every setting once, on entry.
    pub(super) fn check(&self) -> Result<(), Error> {
        const MOST: usize = 1_000_000;
        let wrong = |context: String| Err(Error::new(ErrorKind::Setting, context));
        if self.steps == 0 || self.steps > MOST {
            return wrong(format!("steps is {}; it must be 1 to {MOST}", self.steps));
        }
        if self.samples == 0 || self.samples > MOST {
            return wrong(format!("samples is {}; it must be 1 to {MOST}", self.samples));
        }
        if !self.sigma.is_finite() || self.sigma < 0.0 {
            return wrong(format!("sigma is {}; it must be 0 or more", self.sigma));
        }
        Ok(())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Whole(number) => number.fmt(f),
            Setting::Real(number) => number.fmt(f),
            Setting::Word(word) => word.fmt(f),
        }
    }
}
