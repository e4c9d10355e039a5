use crate::network::{Dense, Network};

/// The total input of one unit as a function of the picture, with its first and second derivatives, in f64 and by their
/// definitions: pictures are walked one at a time, where rounding counts and speed does not.
pub(super) struct Slope<'a> {
    network: &'a Network,
    /// Layers up to the unit's.
    layers: Vec<&'a Dense>,
    unit: usize,
}

/// What a pass up leaves: the activations under each layer.
type Below = Vec<Vec<f64>>;

impl<'a> Slope<'a> {
    /// Of a unit of a layer counted from 1.
    pub(super) fn new(network: &'a Network, layer: usize, unit: usize) -> Slope<'a> {
        let layers = network.layers.iter().take(layer).map(|layer| &layer.up).collect();
        Slope { network, layers, unit }
    }

    /// a(x)
    pub(super) fn total(&self, x: &[f64]) -> f64 {
        self.up(x).1
    }

    /// a(x) and ∇a(x)
    pub(super) fn gradient(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let (below, total) = self.up(x);
        let mut slope = self.row();
        for (k, dense) in self.layers.iter().enumerate().rev().skip(1) {
            let pulled: Vec<f64> = slope.iter().zip(&below[k + 1]).map(|(s, h)| s * h * (1.0 - h)).collect();
            slope = transposed(dense, &pulled);
        }
        (total, self.scaled(slope))
    }

    /// ∇²a(x)·u: the derivative of the gradient along u.
    pub(super) fn curved(&self, x: &[f64], u: &[f64]) -> Vec<f64> {
        let (below, _) = self.up(x);
        // how activations change along u
        let mut moved: Below = vec![self.scaled(u.to_vec())];
        for (k, dense) in self.layers.iter().enumerate().take(self.layers.len() - 1) {
            let total = applied(dense, &moved[k], |_| 0.0);
            moved.push(total.iter().zip(&below[k + 1]).map(|(t, h)| t * h * (1.0 - h)).collect());
        }
        let mut slope = self.row();
        let mut turned = vec![0.0; slope.len()];
        for (k, dense) in self.layers.iter().enumerate().rev().skip(1) {
            let (h, along) = (&below[k + 1], &moved[k + 1]);
            let pulled: Vec<f64> = slope.iter().zip(h).map(|(s, h)| s * h * (1.0 - h)).collect();
            let bent: Vec<f64> = (0..h.len())
                .map(|i| turned[i] * h[i] * (1.0 - h[i]) + slope[i] * (1.0 - 2.0 * h[i]) * along[i])
                .collect();
            slope = transposed(dense, &pulled);
            turned = transposed(dense, &bent);
        }
        self.scaled(turned)
    }

    fn up(&self, x: &[f64]) -> (Below, f64) {
        let mut seen = x.to_vec();
        for (i, (mean, deviation)) in self.network.mean.iter().zip(&self.network.deviation).enumerate() {
            seen[i] = (seen[i] - f64::from(*mean)) / f64::from(*deviation);
        }
        let mut below = vec![seen];
        for dense in &self.layers[..self.layers.len() - 1] {
            let total = applied(dense, &below[below.len() - 1], |o| f64::from(dense.bias[o]));
            below.push(total.into_iter().map(|a| 1.0 / (1.0 + (-a).exp())).collect());
        }
        let top = self.layers[self.layers.len() - 1];
        let sum = self.row().iter().zip(&below[below.len() - 1]).map(|(w, h)| w * h).sum::<f64>();
        (below, sum + f64::from(top.bias[self.unit]))
    }

    /// The weights of the unit itself.
    fn row(&self) -> Vec<f64> {
        let top = self.layers[self.layers.len() - 1];
        top.weights[self.unit * top.inputs..][..top.inputs].iter().map(|&w| f64::from(w)).collect()
    }

    /// What standardization does to a change of the picture, and to a slope on its way back.
    fn scaled(&self, mut change: Vec<f64>) -> Vec<f64> {
        change.iter_mut().zip(&self.network.deviation).for_each(|(c, deviation)| *c /= f64::from(*deviation));
        change
    }
}

fn applied(dense: &Dense, x: &[f64], bias: impl Fn(usize) -> f64) -> Vec<f64> {
    let row = |o: usize| dense.weights[o * dense.inputs..][..dense.inputs].iter();
    (0..dense.outputs).map(|o| bias(o) + row(o).zip(x).map(|(&w, x)| f64::from(w) * x).sum::<f64>()).collect()
}

fn transposed(dense: &Dense, y: &[f64]) -> Vec<f64> {
    let mut x = vec![0.0; dense.inputs];
    for (row, y) in dense.weights.chunks(dense.inputs).zip(y) {
        x.iter_mut().zip(row).for_each(|(x, &w)| *x += f64::from(w) * y);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Kind;
    use crate::network::tests::{network, reference};
    use inscape::Deviates;

    #[test]
    fn derivatives_are_those_of_central_differences() {
        let made = network(21, Kind::Autoencoder, false);
        let mut random = Deviates::new(22, 0);
        let x: Vec<f64> = (0..12).map(|_| f64::from(random.normal() as f32)).collect();
        let u: Vec<f64> = (0..12).map(|_| random.normal()).collect();
        for (layer, unit) in [(1, 3), (2, 4)] {
            let slope = Slope::new(&made, layer, unit);
            let narrow: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            let values = reference(&made, &narrow);
            assert!((slope.total(&x) - values[2 * (layer - 1)].1[unit]).abs() < 1e-12);
            let step = 1e-5;
            let moved = |by: f64| x.iter().zip(&u).map(|(x, u)| x + by * u).collect::<Vec<_>>();
            let (_, gradient) = slope.gradient(&x);
            let along: f64 = gradient.iter().zip(&u).map(|(g, u)| g * u).sum();
            let difference = (slope.total(&moved(step)) - slope.total(&moved(-step))) / (2.0 * step);
            assert!((along - difference).abs() < 1e-6 * along.abs().max(1.0), "{along} {difference}");
            let (after, before) = (slope.gradient(&moved(step)).1, slope.gradient(&moved(-step)).1);
            for (i, curved) in slope.curved(&x, &u).iter().enumerate() {
                let difference = (after[i] - before[i]) / (2.0 * step);
                assert!((curved - difference).abs() < 1e-6 * curved.abs().max(1.0), "{curved} {difference}");
            }
        }
    }
}
