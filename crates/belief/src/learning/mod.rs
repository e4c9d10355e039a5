//! Training: restricted Boltzmann machines and denoising autoencoders, stacked greedily, and a softmax layer on top.
//!
//! `Training` takes one epoch after the other; after any batch it can be turned into a [`State`], from which another run
//! goes on to the same weights. All random numbers are keyed by the seed and by what they are for, sums have a fixed order,
//! and work is cut by its size: same seed, same weights, whatever the number of threads.

mod recipe;
mod presets;
mod survey;
mod random;
mod products;
mod passes;
mod parameter;
mod feed;
mod learner;
mod rbm;
mod corruption;
mod autoencoder;
mod tuner;
mod epoch;
mod state;
mod divergence;
mod work;
mod training;
mod curves;
#[cfg(test)]
mod tests;

pub use presets::{PRESETS, Preset};
pub use recipe::{
    AutoencoderRecipe, ClassifierRecipe, Decoder, Loss, Negative, Noise, RbmRecipe, Recipe, Start, Weights,
};
pub use epoch::{Epoch, Stage};
pub use state::State;
pub use training::Training;
pub use curves::curves;
