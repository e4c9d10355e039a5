use super::recipe::Keep;
use super::state::State;
use crate::watch::Watch;

/// How long an ascent goes on, where its random numbers come from, and who looks on.
#[derive(Clone, Default)]
pub struct Course<'a> {
    /// Steps.
    pub steps: usize,
    /// Transformed views of each image in every step.
    pub views: usize,
    /// First steps in which shut rectifiers pass what would open them.
    pub redirected: usize,
    /// Which image is the result.
    pub keep: Keep,
    /// What random numbers start from.
    pub seed: u64,
    /// The random stream of every image, so that an image does not depend on its neighbors.
    pub streams: Vec<u64>,
    /// The picture that images start from, in the numbers of the parametrization: (channels, height, width).
    pub picture: Option<Vec<f32>>,
    /// How much of the mean score of the ten strongest other classes is taken off a class's score.
    pub rivals: f64,
    /// A value at which images are kept apart, and how strongly.
    pub diversity: Option<(String, f64)>,
    /// Steps from one frame of an animation to the next; 0 for none.
    pub frames_every: usize,
    /// What is being made; a state of another key is not gone on from.
    pub key: String,
    /// Where an earlier run stopped.
    pub from: Option<State>,
    /// Stops it.
    pub watch: Watch<'a>,
    /// Told of every step.
    pub told: Option<&'a (dyn Fn(&Told<'_>) + Sync)>,
}

/// How far an ascent has come.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Steps that are done.
    pub step: usize,
    /// All steps.
    pub steps: usize,
    /// The objective of every image at this step, under its transforms.
    pub scores: &'a [f64],
}

impl Course<'_> {
    pub(super) fn stops(&self) -> bool {
        self.watch.cancel.is_some_and(crate::watch::Cancel::is_cancelled)
    }

    pub(super) fn tell(&self, step: usize, scores: &[f64]) {
        if let Some(told) = self.told {
            told(&Told { step, steps: self.steps, scores });
        }
        if let Some(progress) = self.watch.progress {
            progress(crate::watch::Progress { done: step, total: self.steps });
        }
    }
}
