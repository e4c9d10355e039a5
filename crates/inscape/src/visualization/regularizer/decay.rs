use serde::{Deserialize, Serialize};

use super::{Ground, Restraint};

/// After each step, v ← (1 − rate)·v (Yosinski et al. 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decay {
    /// The share that is lost.
    pub rate: f64,
}

impl Restraint for Decay {
    fn after(&self, _: &Ground<'_>, image: &mut [f32], _: &[f32]) {
        let left = (1.0 - self.rate) as f32;
        image.iter_mut().for_each(|v| *v *= left);
    }
}
