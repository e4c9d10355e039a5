//! Training: restricted Boltzmann machines and denoising autoencoders, stacked greedily, and a softmax layer on top.
//!
//! `Training` takes one epoch after the other; after any batch it can be turned into a [`State`], from which another run
//! goes on to the same weights. All random numbers are keyed by the seed and by what they are for, sums have a fixed order,
//! and work is cut by its size: same seed, same weights, whatever the number of threads.

mod autoencoder;
mod corruption;
mod curves;
mod divergence;
mod epoch;
mod feed;
mod learner;
mod parameter;
mod passes;
mod presets;
mod products;
mod random;
mod rbm;
mod recipe;
mod state;
mod survey;
#[cfg(test)]
mod tests;
mod training;
mod tuner;
mod work;

pub use curves::curves;
pub use epoch::{Epoch, Stage};
pub use presets::{PRESETS, Preset};
pub use recipe::{
    AutoencoderRecipe, ClassifierRecipe, Decoder, Loss, Negative, Noise, RbmRecipe, Recipe, Start, Weights,
};
pub use state::State;
pub use training::Training;
