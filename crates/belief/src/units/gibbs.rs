use inscape::Deviates;
use inscape_tensor::Pool;

use crate::examples::Values;
use crate::network::{Layer, squash};

/// Chains of one restricted Boltzmann machine side by side: each alternates between drawing all visible and all hidden
/// units, and one hidden unit may be held at 1.
pub(super) struct Chains<'a> {
    pool: &'a Pool,
    rbm: &'a Layer,
    visible: Values,
    /// The hidden unit that each chain holds.
    clamps: Vec<Option<usize>>,
    randoms: Vec<Deviates>,
    /// (chains, hidden)
    hidden: Vec<f32>,
}

/// Chains that are worth a task of their own.
const TASK: usize = 8;

impl<'a> Chains<'a> {
    /// Chains with a stream each, whose hidden units start as fair coins.
    pub(super) fn new(
        pool: &'a Pool,
        rbm: &'a Layer,
        visible: Values,
        clamps: Vec<Option<usize>>,
        mut randoms: Vec<Deviates>,
    ) -> Chains<'a> {
        let mut hidden = vec![0.5; clamps.len() * rbm.up.outputs];
        draw(pool, Values::Unit, &mut hidden, &mut randoms);
        let mut chains = Chains { pool, rbm, visible, clamps, randoms, hidden };
        chains.hold();
        chains
    }

    /// One step: v ~ p(v|h), h ~ p(h|v), and what is held is held again.
    pub(super) fn step(&mut self) {
        let mut visible = self.expected();
        draw(self.pool, self.visible, &mut visible, &mut self.randoms);
        self.answer(&visible);
    }

    /// Draws the hidden units for given visible ones (chains, visible).
    pub(super) fn answer(&mut self, visible: &[f32]) {
        self.hidden = self.rbm.up(self.pool, visible);
        draw(self.pool, Values::Unit, &mut self.hidden, &mut self.randoms);
        self.hold();
    }

    /// E[v|h] of every chain: (chains, visible).
    pub(super) fn expected(&self) -> Vec<f32> {
        expected(self.pool, self.rbm, self.visible, &self.hidden)
    }

    /// Draws the units under each of `below` in turn, from the top, and in the lowest takes their expectation:
    /// (chains, visible).
    pub(super) fn ancestral(&mut self, below: &[Layer], lowest: Values) -> Vec<f32> {
        let mut state = self.expected();
        for (k, layer) in below.iter().enumerate().rev() {
            draw(self.pool, Values::Unit, &mut state, &mut self.randoms);
            state = expected(self.pool, layer, if k == 0 { lowest } else { Values::Unit }, &state);
        }
        state
    }

    #[cfg(test)]
    pub(super) fn hidden(&self) -> &[f32] {
        &self.hidden
    }

    fn hold(&mut self) {
        let rows = self.hidden.chunks_mut(self.rbm.up.outputs);
        for (row, clamp) in rows.zip(&self.clamps) {
            if let Some(cell) = clamp.and_then(|unit| row.get_mut(unit)) {
                *cell = 1.0;
            }
        }
    }
}

fn expected(pool: &Pool, layer: &Layer, visible: Values, hidden: &[f32]) -> Vec<f32> {
    let mut means = layer.total_down(pool, hidden);
    if visible == Values::Unit {
        squash(pool, &mut means);
    }
    means
}

/// Draws units from their means, a row of them from each stream: coins, or normal deviates of variance 1.
fn draw(pool: &Pool, values: Values, means: &mut [f32], randoms: &mut [Deviates]) {
    let width = (means.len() / randoms.len().max(1)).max(1);
    let mut rows: Vec<_> = means.chunks_mut(width).zip(randoms).collect();
    pool.chunks(&mut rows, TASK, |_, rows| {
        for (row, random) in rows {
            for mean in row.iter_mut() {
                *mean = match values {
                    Values::Unit if random.uniform() < f64::from(*mean) => 1.0,
                    Values::Unit => 0.0,
                    Values::Real => (f64::from(*mean) + random.normal()) as f32,
                };
            }
        }
    });
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::network::Dense;

    /// A machine of 6 visible and 4 hidden units with random weights.
    pub(in crate::units) fn machine(seed: u64) -> Layer {
        let mut random = Deviates::new(seed, 0);
        let mut draw = |count: usize| (0..count).map(|_| random.normal() as f32).collect::<Vec<_>>();
        let up = Dense { inputs: 6, outputs: 4, weights: draw(24), bias: draw(4) };
        Layer { up, visible_bias: draw(6), down: None }
    }

    /// exp(−E) of every state by its definition, as (v, h, weight).
    pub(in crate::units) fn states(rbm: &Layer) -> Vec<(Vec<f64>, Vec<f64>, f64)> {
        let bits =
            |n: usize, count: usize| (0..count).map(|i| f64::from((n >> i & 1) as u8)).collect::<Vec<_>>();
        let Dense { inputs, outputs, weights, bias } = &rbm.up;
        let mut all = Vec::new();
        for (v, h) in (0..1 << inputs).flat_map(|v| (0..1 << outputs).map(move |h| (v, h))) {
            let (v, h) = (bits(v, *inputs), bits(h, *outputs));
            let mut minus_energy = 0.0;
            for (i, h) in h.iter().enumerate() {
                minus_energy += f64::from(bias[i]) * h;
                for (j, v) in v.iter().enumerate() {
                    minus_energy += f64::from(weights[i * inputs + j]) * v * h;
                }
            }
            minus_energy += v.iter().zip(&rbm.visible_bias).map(|(v, b)| v * f64::from(*b)).sum::<f64>();
            all.push((v, h, minus_energy.exp()));
        }
        all
    }

    #[test]
    fn a_chain_that_starts_from_the_model_stays_there() {
        let rbm = machine(1);
        let all = states(&rbm);
        let total: f64 = all.iter().map(|(_, _, weight)| weight).sum();
        let count = 20_000;
        let mut random = Deviates::new(2, 0);
        let mut visible = Vec::new();
        for _ in 0..count {
            let mut left = random.uniform() * total;
            let at = all.iter().find(|(_, _, weight)| {
                left -= weight;
                left <= 0.0
            });
            visible.extend(at.unwrap_or(&all[0]).0.iter().map(|&v| v as f32));
        }
        let pool = Pool::single();
        let randoms = (0..count).map(|chain| Deviates::new(3, chain as u64)).collect();
        let mut chains = Chains::new(pool, &rbm, Values::Unit, vec![None; count], randoms);
        chains.answer(&visible);
        (0..5).for_each(|_| chains.step());
        for unit in 0..4 {
            let exact = all.iter().map(|(_, h, weight)| h[unit] * weight).sum::<f64>() / total;
            let found = chains.hidden().iter().skip(unit).step_by(4).map(|&h| f64::from(h)).sum::<f64>();
            let error = (exact * (1.0 - exact) / count as f64).sqrt();
            assert!((found / count as f64 - exact).abs() < 4.0 * error, "{unit}: {found} {exact}");
        }
    }

    #[test]
    fn what_is_held_is_always_on() {
        let mut rbm = machine(4);
        // a unit that would never be on by itself
        rbm.up.bias[2] = -50.0;
        let randoms = (0..9).map(|chain| Deviates::new(5, chain)).collect();
        let mut chains = Chains::new(Pool::single(), &rbm, Values::Unit, vec![Some(2); 9], randoms);
        for _ in 0..50 {
            assert!(chains.hidden().iter().skip(2).step_by(4).all(|&h| h == 1.0));
            chains.step();
        }
    }

    #[test]
    fn gaussian_units_have_their_mean_and_variance_one() {
        let mut means = vec![2.0f32; 40_000];
        let mut randoms: Vec<_> = (0..4).map(|i| Deviates::new(1, i)).collect();
        draw(Pool::single(), Values::Real, &mut means, &mut randoms);
        let mean = means.iter().map(|&x| f64::from(x)).sum::<f64>() / 4e4;
        let variance = means.iter().map(|&x| (f64::from(x) - 2.0).powi(2)).sum::<f64>() / 4e4;
        assert!((mean - 2.0).abs() < 0.02 && (variance - 1.0).abs() < 0.0283, "{mean} {variance}");
    }
}
