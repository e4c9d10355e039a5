mod card;
mod check;
mod file;
mod onnx;
mod passes;

pub(crate) use passes::squash;

use crate::examples::Values;

/// A stack of layers that was trained one upon the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// How it was trained.
    pub kind: Kind,
    /// Rows and columns of what it sees.
    pub size: [usize; 2],
    /// What its visible units hold.
    pub visible: Values,
    /// What the examples were standardized by before the first layer saw them, x ↦ (x − mean)/deviation per pixel; both
    /// empty where they were taken as they are.
    pub mean: Vec<f32>,
    /// See `mean`.
    pub deviation: Vec<f32>,
    /// The mean L2 norm of the examples, in their own numbers (before `mean` and `deviation`).
    pub norm: f64,
    /// From the lowest.
    pub layers: Vec<Layer>,
    /// A softmax layer on top, where one was trained.
    pub classifier: Option<Dense>,
}

/// How a network was trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A deep belief network: every layer a restricted Boltzmann machine.
    Dbn,
    /// A stack of (denoising) autoencoders.
    Autoencoder,
}

/// One layer in both directions: hidden = σ(up(visible)), and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Visible to hidden.
    pub up: Dense,
    /// Biases of the visible units on the way down.
    pub visible_bias: Vec<f32>,
    /// Weights on the way down, (visible, hidden) in row-major order; where there are none, those of `up` are used the
    /// other way round.
    pub down: Option<Vec<f32>>,
}

/// x ↦ W·x + b.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Numbers that come in.
    pub inputs: usize,
    /// Numbers that go out.
    pub outputs: usize,
    /// W, (outputs, inputs) in row-major order: a row is the filter of a unit.
    pub weights: Vec<f32>,
    /// b.
    pub bias: Vec<f32>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use inscape::Deviates;

    /// A network of 3 × 4 pixels and 7 and 5 units with random weights: binary, tied and without a classifier, or
    /// standardized, with weights of its own for each direction and three classes.
    pub(crate) fn network(seed: u64, kind: Kind, plain: bool) -> Network {
        let mut random = Deviates::new(seed, 0);
        let mut draw = |count: usize| (0..count).map(|_| random.normal() as f32).collect::<Vec<_>>();
        let layers = [[12, 7], [7, 5]].map(|[inputs, outputs]| Layer {
            up: Dense { inputs, outputs, weights: draw(inputs * outputs), bias: draw(outputs) },
            visible_bias: draw(inputs),
            down: (!plain).then(|| draw(inputs * outputs)),
        });
        let classifier = Dense { inputs: 5, outputs: 3, weights: draw(15), bias: draw(3) };
        let [mean, deviation] = [draw(12), draw(12).iter().map(|d| d.abs() + 0.5).collect()];
        Network {
            kind,
            size: [3, 4],
            visible: if plain { Values::Unit } else { Values::Real },
            mean: if plain { Vec::new() } else { mean },
            deviation: if plain { Vec::new() } else { deviation },
            norm: 2.5,
            layers: layers.to_vec(),
            classifier: (!plain).then_some(classifier),
        }
    }

    /// All values of the pass up by name, (n, units) each, in f64 and by their definitions.
    pub(crate) fn reference(network: &Network, x: &[f32]) -> Vec<(String, Vec<f64>)> {
        let mut below: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let mut values = Vec::new();
        if !network.mean.is_empty() {
            for (i, x) in below.iter_mut().enumerate() {
                let at = i % network.mean.len();
                *x = (*x - f64::from(network.mean[at])) / f64::from(network.deviation[at]);
            }
        }
        let dense = |dense: &Dense, below: &[f64]| {
            let mut y = Vec::new();
            for row in below.chunks(dense.inputs) {
                for (o, bias) in dense.bias.iter().enumerate() {
                    let w = &dense.weights[o * dense.inputs..][..dense.inputs];
                    y.push(f64::from(*bias) + w.iter().zip(row).map(|(w, x)| f64::from(*w) * x).sum::<f64>());
                }
            }
            y
        };
        for (k, layer) in network.layers.iter().enumerate() {
            let total = dense(&layer.up, &below);
            below = total.iter().map(|a| 1.0 / (1.0 + (-a).exp())).collect();
            values.push((format!("h{}_in", k + 1), total));
            values.push((format!("h{}", k + 1), below.clone()));
        }
        if let Some(classifier) = &network.classifier {
            values.push(("scores".to_owned(), dense(classifier, &below)));
        }
        values
    }
}
