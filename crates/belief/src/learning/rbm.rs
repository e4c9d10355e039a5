use inscape_tensor::{Pool, vectorized};

use super::learner::{Learner, Seen, take};
use super::parameter::{Parameter, Stride, dense};
use super::passes::{
    activate, activate_and_draw, by_rows, column_sums, part, shift, softplus, squared_difference,
};
use super::products::{Outer, Products, Ways};
use super::random::{Place, Purpose};
use super::recipe::{Negative, RbmRecipe, Start, of_layer};
use crate::examples::Values;
use crate::network::Layer;

/// A restricted Boltzmann machine under contrastive divergence: E(v,h) = −bᵀv − cᵀh − hᵀWv for binary visible units,
/// ½‖v−b‖² − cᵀh − hᵀWv for Gaussian ones of unit variance.
///
/// The gradient of the weights is ⟨h vᵀ⟩ of the data less that of the negative phase. Hidden units that drive a
/// reconstruction are drawn; statistics are of probabilities; visible units take their means (Hinton's practical guide),
/// except in persistent chains, which are drawn throughout.
pub(super) struct Rbm {
    pool: Pool,
    recipe: RbmRecipe,
    sparsity_cost: f32,
    values: Values,
    rows: usize,
    weights: Parameter,
    hidden_bias: Parameter,
    visible_bias: Parameter,
    /// Running mean activation of every hidden unit.
    active: Vec<f32>,
    /// Hidden states of the persistent chains; empty before the first batch.
    chains: Vec<f32>,
    products: Products,
    outer: Outer,
    /// Data above, reconstructions below.
    visible: Vec<f32>,
    /// Probabilities that belong to them; below with the opposite sign.
    hidden: Vec<f32>,
    states: Vec<f32>,
    gradient: Vec<f32>,
    hidden_sums: Vec<f32>,
    visible_sums: Vec<f32>,
}

impl Rbm {
    /// A machine for batches of `rows` examples with these means, with `hidden` units.
    pub(super) fn new(
        recipe: &RbmRecipe,
        [rows, hidden]: [usize; 2],
        values: Values,
        means: &[f32],
        place: Place,
        pool: &Pool,
    ) -> Rbm {
        let visible = means.len();
        let mut deviates = place.stream(Purpose::Weights, 0, 0);
        let weights = (0..hidden * visible).map(|_| (recipe.spread * deviates.normal()) as f32).collect();
        let start = |&p: &f32| match (recipe.start, values) {
            (Start::Zero, _) => 0.0,
            (Start::Means, Values::Unit) => {
                let p = f64::from(p).clamp(RAREST, 1.0 - RAREST);
                (p / (1.0 - p)).ln() as f32
            }
            // Standardized, so that the mean is 0 but for rounding.
            (Start::Means, Values::Real) => p,
        };
        let mut rbm = Rbm {
            pool: pool.clone(),
            recipe: recipe.clone(),
            sparsity_cost: of_layer(&recipe.sparsity_cost, place.stage) as f32,
            values,
            rows,
            weights: Parameter::new(weights),
            hidden_bias: Parameter::new(vec![0.0; hidden]),
            visible_bias: Parameter::new(means.iter().map(start).collect()),
            active: vec![recipe.sparsity as f32; hidden],
            chains: Vec::new(),
            products: Products::new(pool, rows, visible, hidden, Ways::Both),
            outer: Outer::new(pool, 2 * rows, visible, hidden),
            visible: vec![0.0; 2 * rows * visible],
            hidden: vec![0.0; 2 * rows * hidden],
            states: vec![0.0; rows * hidden],
            gradient: vec![0.0; hidden * visible],
            hidden_sums: vec![0.0; hidden],
            visible_sums: vec![0.0; visible],
        };
        rbm.products.set(&rbm.weights.values);
        rbm
    }

    /// Hidden probabilities of the data, and states drawn from them.
    fn positive(&mut self, place: Place) {
        let at = self.rows * self.hidden_bias.values.len();
        let (data, above) =
            (&self.visible[..self.rows * self.visible_bias.values.len()], &mut self.hidden[..at]);
        self.products.up(data, above);
        activate_and_draw(&self.pool, above, &mut self.states, &self.hidden_bias.values, |task| {
            place.stream(Purpose::Hidden, 0, task)
        });
    }

    /// Gibbs steps from the states: reconstructions and the hidden probabilities that belong to them.
    fn negative(&mut self, place: Place) {
        let persistent = self.recipe.negative == Negative::Persistent;
        if persistent && !self.chains.is_empty() {
            self.states.copy_from_slice(&self.chains);
        }
        let [visible, hidden] =
            [&self.visible_bias, &self.hidden_bias].map(|bias| self.rows * bias.values.len());
        for step in 1..=self.recipe.steps {
            let below = &mut self.visible[visible..];
            self.products.down(&self.states, below);
            match self.values {
                Values::Unit => activate(&self.pool, below, &self.visible_bias.values),
                Values::Real => shift(&self.pool, below, &self.visible_bias.values),
            }
            if persistent {
                self.draw_visible(place, step);
            }
            let above = &mut self.hidden[hidden..];
            self.products.up(&self.visible[visible..], above);
            let bias = &self.hidden_bias.values;
            if step < self.recipe.steps || persistent {
                activate_and_draw(&self.pool, above, &mut self.states, bias, |task| {
                    place.stream(Purpose::Hidden, step, task)
                });
            } else {
                activate(&self.pool, above, bias);
            }
        }
        if persistent {
            self.chains.clear();
            self.chains.extend_from_slice(&self.states);
        }
    }

    /// Draws the visible units of the chains from their means.
    fn draw_visible(&mut self, place: Place, step: usize) {
        let width = self.visible_bias.values.len();
        let (values, below) = (self.values, &mut self.visible[self.rows * width..]);
        by_rows(&self.pool, [(below, width)], |task, [part]| {
            let mut deviates = place.stream(Purpose::Visible, step, task);
            match values {
                Values::Unit => {
                    part.iter_mut()
                        .for_each(|v| *v = f32::from(u8::from(deviates.uniform() < f64::from(*v))));
                }
                Values::Real => part.iter_mut().for_each(|v| *v += deviates.normal() as f32),
            }
        });
    }

    /// Turns the hidden probabilities into the statistics whose product with the visible units is the gradient.
    fn contrast(&mut self) -> f64 {
        let (rows, width) = (self.rows, self.hidden_bias.values.len());
        let (above, below) = self.hidden.split_at_mut(rows * width);
        column_sums(&self.pool, above, &mut self.hidden_sums);
        let total: f64 = self.hidden_sums.iter().map(|&sum| f64::from(sum)).sum();
        by_rows(&self.pool, [(below, width)], |_, [part]| {
            vectorized(
                #[inline(always)]
                || part.iter_mut().for_each(|p| *p = -*p),
            );
        });
        if self.sparsity_cost > 0.0 {
            let decay = self.recipe.sparsity_decay as f32;
            let target = self.recipe.sparsity as f32;
            let cost = self.sparsity_cost;
            for (active, sum) in self.active.iter_mut().zip(&self.hidden_sums) {
                *active = decay * *active + (1.0 - decay) * (sum / rows as f32);
            }
            // The slope of the cross-entropy between target and activation, along the total input.
            let excess: Vec<f32> = self.active.iter().map(|active| cost * (target - active)).collect();
            shift(&self.pool, above, &excess);
        }
        total / (rows * width) as f64
    }

    fn update(&mut self, stride: Stride) {
        let [visible, rows] = [self.visible_bias.values.len(), self.rows];
        let mean = Stride { rate: stride.rate / rows as f32, ..stride };
        let bias = Stride { cost: 0.0, ..mean };
        self.outer.of(&self.hidden, &self.visible, &mut self.gradient);
        column_sums(&self.pool, &self.hidden, &mut self.hidden_sums);
        self.hidden_bias.step(&self.pool, &self.hidden_sums, bias);
        let (data, reconstructed) = self.visible.split_at(rows * visible);
        let mut below = vec![0.0; visible];
        column_sums(&self.pool, reconstructed, &mut below);
        column_sums(&self.pool, data, &mut self.visible_sums);
        self.visible_sums.iter_mut().zip(&below).for_each(|(data, below)| *data -= below);
        self.visible_bias.step(&self.pool, &self.visible_sums, bias);
        self.weights.step(&self.pool, &self.gradient, mean);
        self.products.set(&self.weights.values);
    }
}

/// A mean nearer to 0 or 1 counts as this far from it, so that its bias stays finite.
const RAREST: f64 = 1e-3;

impl Learner for Rbm {
    fn input(&mut self) -> &mut [f32] {
        let width = self.visible_bias.values.len();
        &mut self.visible[..self.rows * width]
    }

    fn learn(&mut self, place: Place, stride: Stride) -> Seen {
        self.positive(place);
        self.negative(place);
        let (data, below) = self.visible.split_at(self.rows * self.visible_bias.values.len());
        let apart = squared_difference(&self.pool, data, below);
        let reconstruction = apart / data.len() as f64;
        let activation = self.contrast();
        self.update(stride);
        Seen { reconstruction, activation }
    }

    /// F(v) = −bᵀv − Σ softplus(c + Wv), or ½‖v−b‖² − Σ softplus(c + Wv); reconstructions are of probabilities.
    fn cost(&mut self, rows: usize) -> [f64; 2] {
        let [visible, hidden] = [&self.visible_bias, &self.hidden_bias].map(|bias| bias.values.len());
        let above = &mut self.hidden[..self.rows * hidden];
        let (data, below) = self.visible.split_at_mut(self.rows * visible);
        self.products.up(data, above);
        let (b, c, values) = (&self.visible_bias.values, &self.hidden_bias.values, self.values);
        let widest = visible.max(hidden);
        let energies = by_rows(&self.pool, [(above, hidden), (below, visible)], |task, [inputs, below]| {
            let data = part(data, visible, widest, task, below.len());
            let mut energies = Vec::new();
            vectorized(
                #[inline(always)]
                || {
                    for (inputs, v) in inputs.chunks_exact_mut(hidden).zip(data.chunks_exact(visible)) {
                        let hidden: f64 = inputs.iter().zip(c).map(|(a, c)| f64::from(softplus(a + c))).sum();
                        let visible: f64 = match values {
                            Values::Unit => v.iter().zip(b).map(|(v, b)| -f64::from(v * b)).sum(),
                            Values::Real => {
                                v.iter().zip(b).map(|(v, b)| 0.5 * f64::from((v - b) * (v - b))).sum()
                            }
                        };
                        energies.push(visible - hidden);
                    }
                },
            );
            energies
        });
        let energy = energies.iter().flatten().take(rows).sum();
        activate(&self.pool, above, c);
        self.products.down(above, below);
        match values {
            Values::Unit => activate(&self.pool, below, b),
            Values::Real => shift(&self.pool, below, b),
        }
        let seen = rows * visible;
        [energy, squared_difference(&self.pool, &data[..seen], &below[..seen])]
    }

    fn sizes(&self) -> [f64; 2] {
        self.weights.sizes()
    }

    fn layer(&self) -> Layer {
        Layer {
            up: dense(&self.weights, &self.hidden_bias),
            visible_bias: self.visible_bias.values.clone(),
            down: None,
        }
    }

    fn numbers(&self) -> Vec<&[f32]> {
        let parameters = [&self.weights, &self.hidden_bias, &self.visible_bias];
        let numbers = parameters.into_iter().flat_map(|p| [&p.values[..], &p.velocity[..]]);
        numbers.chain([&self.active[..], &self.chains[..]]).collect()
    }

    fn restore(&mut self, numbers: &[Vec<f32>]) -> Option<()> {
        let [w, dw, c, dc, b, db, active, chains] = numbers else { return None };
        let parameters = [&mut self.weights, &mut self.hidden_bias, &mut self.visible_bias];
        for (parameter, [values, velocity]) in parameters.into_iter().zip([[w, dw], [c, dc], [b, db]]) {
            take(&mut parameter.values, values)?;
            take(&mut parameter.velocity, velocity)?;
        }
        take(&mut self.active, active)?;
        if !chains.is_empty() && chains.len() != self.states.len() {
            return None;
        }
        self.chains.clone_from(chains);
        self.products.set(&self.weights.values);
        Some(())
    }
}
