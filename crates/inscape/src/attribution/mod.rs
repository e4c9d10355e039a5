//! Which parts of an input a target depends on.

mod aim;
mod batches;
mod deconvnet;
mod goal;
mod grad_cam;
mod gradient;
mod gradient_times_input;
mod guided_backprop;
mod integrated_gradients;
mod map;
mod method;
mod saliency;
mod settings;
mod smoothgrad;
mod work;

pub use map::{Attribution, Subject};
pub use method::Method;
pub use settings::{Baseline, Crops, Setting, Settings};

pub(crate) use batches::batches;
pub(crate) use goal::Goal;
pub(crate) use saliency::strongest;
use work::{Map, Work};

/// Every method there is. To add one: one file here, one row.
pub const METHODS: &[Method] = &[
    Method::Saliency,
    Method::Gradient,
    Method::GradientTimesInput,
    Method::DeconvNet,
    Method::GuidedBackprop,
    Method::IntegratedGradients,
    Method::SmoothGrad,
    Method::GradCam,
];
