use serde::{Deserialize, Serialize};

use super::{Affine, Motion};
use crate::random::Deviates;

/// A change of size about the center, drawn evenly from a list of factors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The factors; above 1 enlarges.
    pub factors: Vec<f64>,
}

impl Motion for Scale {
    fn draw(&self, random: &mut Deviates) -> Affine {
        let factor = self.factors.get(random.below(self.factors.len())).copied().unwrap_or(1.0);
        Affine { matrix: [[1.0 / factor, 0.0], [0.0, 1.0 / factor]], shift: [0.0, 0.0] }
    }
}
