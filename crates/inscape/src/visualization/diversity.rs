use inscape_engine::{Seed, ValueId};
use inscape_tensor::{Tensor, View};

use crate::error::{Error, ErrorKind};
use crate::target::one_of;

/// Keeps the images of a batch apart (Olah et al. 2017): the mean cosine between the Gram matrices G = A·Aᵀ (channels ×
/// channels) of their activations A at a value goes down as the objectives go up. Its slope on each image is brought to
/// `weight` times the size of the objective's.
#[derive(Clone, Debug)]
pub(super) struct Diversity {
    pub(super) value: ValueId,
    pub(super) weight: f64,
}

impl Diversity {
    /// The derivative of minus the sum of cosines with respect to the value.
    pub(super) fn seed(&self, view: &View<'_>, n: usize) -> Result<Seed, Error> {
        let (channels, positions) = match *view.shape {
            [_, channels, height, width] => (channels, height * width),
            [_, channels] => (channels, 1),
            ref shape => {
                let context = format!(
                    "diversity compares channels, and a value of shape {shape:?} has no channel axis"
                );
                return Err(Error::new(ErrorKind::Target, context));
            }
        };
        let activations = (0..n).map(|i| one_of(view, i, n)).collect::<Result<Vec<_>, _>>()?;
        let grams: Vec<Vec<f32>> = activations.iter().map(|a| unit_gram(a, channels, positions)).collect();
        let mut relevance = Tensor::zeros(view.shape);
        let len = channels * positions;
        for (i, (r, a)) in relevance.values_mut().chunks_mut(len.max(1)).zip(&activations).enumerate() {
            // −Σ over j≠i of ⟨Ĝi, Ĝj⟩: along Ĝj less its part along Ĝi
            let mut slope = vec![0.0f32; channels * channels];
            for (_, other) in grams.iter().enumerate().filter(|(j, _)| *j != i) {
                let along: f32 = other.iter().zip(&grams[i]).map(|(a, b)| a * b).sum();
                for ((s, o), own) in slope.iter_mut().zip(other).zip(&grams[i]) {
                    *s -= o - along * own;
                }
            }
            for (row, r) in slope.chunks_exact(channels).zip(r.chunks_exact_mut(positions)) {
                for (s, a) in row.iter().zip(a.chunks_exact(positions)) {
                    r.iter_mut().zip(a).for_each(|(r, a)| *r += s * a);
                }
            }
        }
        Ok(Seed { value: self.value, relevance })
    }

    /// Adds the slope that keeps images apart to the objectives'.
    pub(super) fn blend(&self, gradients: &mut Tensor, apart: &Tensor, n: usize) {
        let len = gradients.values().len() / n;
        let size = |values: &[f32]| values.iter().map(|&v| f64::from(v.abs())).sum::<f64>();
        for (gradient, apart) in gradients.values_mut().chunks_mut(len).zip(apart.values().chunks(len)) {
            let factor = self.weight * size(gradient) / size(apart);
            if factor.is_finite() {
                gradient.iter_mut().zip(apart).for_each(|(g, a)| *g += factor as f32 * a);
            }
        }
    }
}

/// A·Aᵀ divided by its norm.
fn unit_gram(a: &[f32], channels: usize, positions: usize) -> Vec<f32> {
    let row = |c: usize| &a[c * positions..][..positions];
    let mut gram = vec![0.0; channels * channels];
    for i in 0..channels {
        for j in 0..=i {
            let dot: f32 = row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum();
            gram[i * channels + j] = dot;
            gram[j * channels + i] = dot;
        }
    }
    let norm = gram.iter().map(|v| v * v).sum::<f32>().sqrt();
    if norm > 0.0 {
        gram.iter_mut().for_each(|v| *v /= norm);
    }
    gram
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Slice;

    use super::*;

    fn value() -> ValueId {
        let mut builder = inscape_engine::GraphBuilder::default();
        builder.input("x", inscape_engine::InputType { element: inscape_tensor::Element::F32, shape: None });
        builder.output("x");
        builder.build().unwrap().outputs()[0]
    }

    fn total(values: &[f32], shape: [usize; 4]) -> f64 {
        let [n, channels, height, width] = shape;
        let grams: Vec<Vec<f32>> = values
            .chunks(channels * height * width)
            .map(|a| unit_gram(a, channels, height * width))
            .collect();
        let dot =
            |i: usize, j: usize| grams[i].iter().zip(&grams[j]).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        -(0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| dot(i, j)).sum::<f64>()
    }

    #[test]
    fn the_seed_points_along_the_difference_quotient() {
        let shape = [3, 2, 1, 3];
        let values: Vec<f32> = (0..18).map(|i| ((i * 7 + 3) % 11) as f32 / 5.0 - 1.0).collect();
        let diversity = Diversity { value: value(), weight: 1.0 };
        let view = View { shape: &shape, data: Slice::F32(&values) };
        let seed = diversity.seed(&view, 3).unwrap();
        // the seed leaves out the positive factor 2/‖G‖ of each image
        for i in 0..3 {
            let quotient: Vec<f64> = (i * 6..i * 6 + 6)
                .map(|k| {
                    let moved = |by: f32| {
                        let mut values = values.clone();
                        values[k] += by;
                        total(&values, shape)
                    };
                    (moved(1e-2) - moved(-1e-2)) / 2e-2
                })
                .collect();
            let found: Vec<f64> =
                seed.relevance.values()[i * 6..i * 6 + 6].iter().map(|&v| v.into()).collect();
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let cosine = dot(&quotient, &found) / (dot(&quotient, &quotient) * dot(&found, &found)).sqrt();
            assert!(cosine > 0.9999, "{i}: {cosine} {quotient:?} {found:?}");
        }
    }
}
