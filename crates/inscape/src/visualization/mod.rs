//! The input that maximizes an objective: four parts that compose — objective, parametrization, transforms,
//! regularizers — and an optimizer that climbs. A [`Recipe`] is a named bundle of them.

mod course;
mod diversity;
mod dream;
mod landscape;
mod optimizer;
mod parametrization;
mod recipe;
mod regularizer;
mod render;
mod request;
mod space;
mod state;
mod studio;
mod transform;
mod trial;
mod views;

pub use course::{Course, Told};
pub use dream::Octaves;
pub use optimizer::{Adam, Ascent, Optimizer, Rate};
pub use parametrization::{Fourier, Parametrization, Pixels, Start};
pub use recipe::{Display, Keep, RECIPES, Recipe, RecipeRow, Tuning};
pub use regularizer::{
    Blur, Clip, Decay, L2, Pull, Regularizer, SmallContribution, SmallNorm, Sphere, TotalVariation,
};
pub use render::{CurvePoint, Rendered, Rendering, render};
pub use request::{Request, Restarts, Visualization, Visualized};
pub use space::Space;
pub use state::State;
pub use transform::{Flip, Jitter, Noise, Pad, Roll, Rotate, Scale as Zoom, Transform};
pub use trial::{Fitting, Trial};
