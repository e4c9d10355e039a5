use inscape_tensor::gemm::{Matrix, Order, products};
use inscape_tensor::math::sigmoid;
use inscape_tensor::{Pool, vectorized};

use super::{Dense, Layer, Network};
use crate::examples::Values;

/// Numbers that are worth a task of their own.
const TASK: usize = 1 << 14;

impl Network {
    /// Numbers of one picture.
    pub fn pixels(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Examples (n, pixels) as the first layer sees them: (x − mean)/deviation, or as they are.
    pub fn standardized(&self, x: &[f32]) -> Vec<f32> {
        let mut seen = x.to_vec();
        for row in seen.chunks_mut(self.pixels()) {
            for ((x, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation) {
                *x = (*x - mean) / deviation;
            }
        }
        seen
    }

    /// What [`Network::standardized`] changed, changed back.
    pub fn restored(&self, seen: &[f32]) -> Vec<f32> {
        let mut x = seen.to_vec();
        for row in x.chunks_mut(self.pixels()) {
            for ((x, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation) {
                *x = *x * deviation + mean;
            }
        }
        x
    }

    /// The mean-field pass up: the activations (n, units) of a layer, counted from 1, of examples (n, pixels); layer 0 is
    /// what the first layer sees.
    ///
    /// ```
    /// # use inscape_belief::{Dense, Kind, Layer, Network, Values};
    /// # let up = Dense { inputs: 4, outputs: 2, weights: vec![0.0; 8], bias: vec![0.0; 2] };
    /// # let layers = vec![Layer { up, visible_bias: vec![0.0; 4], down: None }];
    /// # let network = Network {
    /// #     kind: Kind::Dbn, size: [2, 2], visible: Values::Unit, mean: vec![], deviation: vec![], norm: 1.0, layers,
    /// #     classifier: None,
    /// # };
    /// # let pool = inscape_tensor::Pool::single();
    /// let hidden = network.up(pool, &[0.0, 1.0, 1.0, 0.0], 1);
    /// assert_eq!(hidden, [0.5, 0.5]); // all weights are 0
    /// assert_eq!(network.down(pool, &hidden, 1), [0.5; 4]);
    /// ```
    ///
    /// # Panics
    /// If the numbers are not whole pictures.
    pub fn up(&self, pool: &Pool, x: &[f32], layer: usize) -> Vec<f32> {
        let seen = self.standardized(x);
        self.layers.iter().take(layer).fold(seen, |below, layer| layer.up(pool, &below))
    }

    /// The mean-field pass down: what the activations (n, units) of a layer, counted from 1, make of the visible units, as
    /// examples (n, pixels).
    ///
    /// # Panics
    /// If the numbers are not whole rows of that layer.
    pub fn down(&self, pool: &Pool, hidden: &[f32], layer: usize) -> Vec<f32> {
        let upper = self.layers.iter().take(layer).enumerate().rev();
        let seen = upper.fold(hidden.to_vec(), |above, (k, layer)| {
            let mut below = layer.total_down(pool, &above);
            if self.squashes(k) {
                squash(pool, &mut below);
            }
            below
        });
        self.restored(&seen)
    }

    /// Whether the units under layer k, counted from 0, hold probabilities.
    pub(crate) fn squashes(&self, k: usize) -> bool {
        k > 0 || self.visible == Values::Unit
    }
}

impl Layer {
    /// σ(W·v + c) for each row of `visible` (n, inputs): (n, outputs).
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn up(&self, pool: &Pool, visible: &[f32]) -> Vec<f32> {
        let mut hidden = self.up.apply(pool, visible);
        squash(pool, &mut hidden);
        hidden
    }

    /// The total inputs of the visible units, before any σ, for each row of `hidden` (n, outputs): (n, inputs).
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn total_down(&self, pool: &Pool, hidden: &[f32]) -> Vec<f32> {
        let Dense { inputs, outputs, weights, .. } = &self.up;
        match &self.down {
            None => affine(pool, hidden, [*outputs, *inputs], weights, Order::Rows, &self.visible_bias),
            Some(down) => affine(pool, hidden, [*outputs, *inputs], down, Order::Columns, &self.visible_bias),
        }
    }
}

impl Dense {
    /// W·x + b for each row of `x` (n, inputs): (n, outputs).
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn apply(&self, pool: &Pool, x: &[f32]) -> Vec<f32> {
        affine(pool, x, [self.inputs, self.outputs], &self.weights, Order::Columns, &self.bias)
    }
}

/// X·M + b for X (n, depth) and M (depth, columns), whose numbers lie in an order.
fn affine(
    pool: &Pool,
    x: &[f32],
    [depth, columns]: [usize; 2],
    m: &[f32],
    order: Order,
    bias: &[f32],
) -> Vec<f32> {
    assert!(depth > 0 && x.len().is_multiple_of(depth), "whole rows");
    let rows = x.len() / depth;
    let mut y = vec![0.0; rows * columns];
    let stride = if let Order::Rows = order { columns } else { depth };
    let left = |_| Matrix { values: x, stride: depth, order: Order::Rows };
    let right = |_| Matrix {
        values: m,
        stride,
        order: if let Order::Rows = order { Order::Rows } else { Order::Columns },
    };
    products(pool, 1, [rows, depth, columns], left, right, &mut y);
    for row in y.chunks_mut(columns) {
        row.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
    }
    y
}

/// x ↦ σ(x).
pub(crate) fn squash(pool: &Pool, values: &mut [f32]) {
    pool.chunks(values, TASK, |_, values| {
        vectorized(
            #[inline(always)]
            || values.iter_mut().for_each(|value| *value = sigmoid(*value)),
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Kind;
    use crate::network::tests::{network, reference};
    use inscape::Deviates;

    #[test]
    fn the_pass_up_is_the_plain_one() {
        let made = network(3, Kind::Autoencoder, false);
        let mut random = Deviates::new(4, 0);
        let x: Vec<f32> = (0..60).map(|_| random.normal() as f32).collect();
        for threads in [1, 3] {
            let pool = Pool::new(threads).unwrap();
            for (name, expected) in reference(&made, &x) {
                let layer = match name.as_str() {
                    "h1" => 1,
                    "h2" => 2,
                    _ => continue,
                };
                let found = made.up(&pool, &x, layer);
                assert!(found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5), "{name}");
            }
        }
    }

    #[test]
    fn the_pass_down_uses_the_weights_of_its_own_direction() {
        let pool = Pool::single();
        let tied = network(3, Kind::Dbn, true);
        let mut free = tied.clone();
        for layer in &mut free.layers {
            let Dense { inputs, outputs, weights, .. } = &layer.up;
            let down = (0..inputs * outputs)
                .map(|i| weights[i % outputs * inputs + i / outputs])
                .collect::<Vec<_>>();
            layer.down = Some(down);
        }
        let hidden: Vec<f32> = (0..10).map(|i| i as f32 / 10.0).collect();
        let (a, b) = (tied.down(pool, &hidden, 2), free.down(pool, &hidden, 2));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
        for layer in &mut free.layers {
            layer.down.as_mut().unwrap().fill(0.0);
            layer.visible_bias.fill(0.25);
        }
        let flat = free.down(pool, &hidden, 2);
        assert!(flat.iter().all(|x| (x - 1.0 / (1.0 + (-0.25f32).exp())).abs() < 1e-6));
    }

    #[test]
    fn standardization_is_undone() {
        let made = network(3, Kind::Autoencoder, false);
        let x: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let back = made.restored(&made.standardized(&x));
        assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}
