use serde::{Deserialize, Serialize};

use super::{Affine, Motion};
use crate::random::Deviates;

/// A turn about the center, drawn evenly from a list of angles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// The angles in degrees.
    pub degrees: Vec<f64>,
}

impl Motion for Rotate {
    fn draw(&self, random: &mut Deviates) -> Affine {
        let angle = self.degrees.get(random.below(self.degrees.len())).copied().unwrap_or(0.0);
        let [sin, cos] = sine_and_cosine(angle % 360.0 / 180.0 * std::f64::consts::PI);
        Affine { matrix: [[cos, -sin], [sin, cos]], shift: [0.0, 0.0] }
    }
}

/// Taylor's series, so that no system library decides the last bit; |x| ≤ 2π.
fn sine_and_cosine(x: f64) -> [f64; 2] {
    let series = |first: f64, from: u32| {
        let terms = (0..20).scan(first, |term, k| {
            let now = *term;
            let n = f64::from(from + 2 * k);
            *term *= -x * x / ((n + 1.0) * (n + 2.0));
            Some(now)
        });
        terms.sum::<f64>()
    };
    [series(x, 1), series(1.0, 0)]
}

#[cfg(test)]
mod tests {
    use super::sine_and_cosine;

    #[test]
    fn the_series_are_sine_and_cosine() {
        for i in -62..=62 {
            let x = f64::from(i) / 10.0;
            let [sin, cos] = sine_and_cosine(x);
            assert!((sin - x.sin()).abs() < 1e-13 && (cos - x.cos()).abs() < 1e-13, "{x}");
        }
    }
}
