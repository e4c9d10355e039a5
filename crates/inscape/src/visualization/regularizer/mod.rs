//! What holds an image back: penalties in its gradient, and corrections before or after a step.

mod blur;
mod clip;
mod decay;
mod l2;
mod pull;
mod small_contribution;
mod small_norm;
mod sphere;
mod total_variation;

use inscape_tensor::Pool;
use serde::{Deserialize, Serialize};

pub use blur::Blur;
pub use clip::Clip;
pub use decay::Decay;
pub use l2::L2;
pub use pull::Pull;
pub use small_contribution::SmallContribution;
pub use small_norm::SmallNorm;
pub use sphere::Sphere;
pub use total_variation::TotalVariation;

use super::parametrization::Frame;
use super::space::Feed;

/// One way to hold an image back. To add one: one file here, one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Regularizer {
    /// A penalty on the squared norm.
    L2(L2),
    /// A penalty on the distance from the mean image, relative to the objective's slope.
    Pull(Pull),
    /// A penalty on differences of neighbors.
    TotalVariation(TotalVariation),
    /// Back into the range of pixels.
    Clip(Clip),
    /// A shrinking of all numbers.
    Decay(Decay),
    /// A Gaussian blur.
    Blur(Blur),
    /// Zeros where the image is weakest.
    SmallNorm(SmallNorm),
    /// Zeros where the image matters least.
    SmallContribution(SmallContribution),
    /// A fixed norm.
    Sphere(Sphere),
}

/// The image a regularizer works on.
pub(crate) struct Ground<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) frame: Frame,
    pub(crate) feed: &'a Feed,
    /// Mean |∂objective/∂image| at the first step, and at this one.
    pub(crate) slopes: [f64; 2],
    /// Steps that are done.
    pub(crate) step: usize,
}

/// What a regularizer does; each of the three is nothing unless it says otherwise.
pub(crate) trait Restraint {
    /// Takes the penalty's slope from the gradient of the objective.
    fn penalize(&self, _: &Ground<'_>, _image: &[f32], _gradient: &mut [f32]) {}

    /// Corrects the image before the network sees it.
    fn before(&self, _: &Ground<'_>, _image: &mut [f32]) {}

    /// Corrects the image after a step along a gradient.
    fn after(&self, _: &Ground<'_>, _image: &mut [f32], _gradient: &[f32]) {}

    /// Whether it changes the image itself, which only a parametrization by pixels allows.
    fn corrects(&self) -> bool {
        true
    }

    /// A number that was settled at the first step, for the result's record.
    fn settled(&self, _: &Ground<'_>) -> Option<(&'static str, f64)> {
        None
    }
}

impl Regularizer {
    pub(crate) fn restraint(&self) -> &dyn Restraint {
        match self {
            Regularizer::L2(restraint) => restraint,
            Regularizer::Pull(restraint) => restraint,
            Regularizer::TotalVariation(restraint) => restraint,
            Regularizer::Clip(restraint) => restraint,
            Regularizer::Decay(restraint) => restraint,
            Regularizer::Blur(restraint) => restraint,
            Regularizer::SmallNorm(restraint) => restraint,
            Regularizer::SmallContribution(restraint) => restraint,
            Regularizer::Sphere(restraint) => restraint,
        }
    }
}

/// Takes slope·(v − v₀) from the gradient, v₀ being the mean image.
fn pull_to_mean(ground: &Ground<'_>, slope: f32, image: &[f32], gradient: &mut [f32]) {
    let area = ground.frame.area();
    let planes = gradient.chunks_exact_mut(area).zip(image.chunks_exact(area));
    for ((gradient, image), mean) in planes.zip(ground.feed.neutral()) {
        gradient.iter_mut().zip(image).for_each(|(g, v)| *g -= slope * (v - mean));
    }
}

/// Sets to zero, in all channels, the given share (in per cent) of pixels with the smallest values; of equals the first.
fn zero_smallest(frame: Frame, percent: f64, values: &[f32], image: &mut [f32]) {
    let count = (values.len() as f64 * percent / 100.0).round() as usize;
    let mut order: Vec<usize> = (0..values.len()).collect();
    if count == 0 || count > order.len() {
        return;
    }
    let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]).then(a.cmp(b));
    order.select_nth_unstable_by(count - 1, by_value);
    for channel in image.chunks_exact_mut(frame.area()) {
        order[..count].iter().for_each(|&at| channel[at] = 0.0);
    }
}

#[cfg(test)]
mod tests;
