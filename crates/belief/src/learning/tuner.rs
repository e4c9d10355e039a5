use inscape_tensor::math::{exp, ln};
use inscape_tensor::{Pool, vectorized};

use super::learner::take;
use super::parameter::{Parameter, Stride};
use super::passes::{activate, by_rows, column_sums, part};
use super::products::{Outer, Products, Ways};
use crate::network::Dense;

/// Sigmoid layers with a softmax layer on top, all learned by backpropagation of the cross-entropy −ln p(label).
pub(super) struct Tuner {
    pool: Pool,
    rows: usize,
    layers: Vec<Tuned>,
    input: Vec<f32>,
}

struct Tuned {
    inputs: usize,
    outputs: usize,
    weights: Parameter,
    bias: Parameter,
    products: Products,
    outer: Outer,
    /// What the layer gives for each row.
    output: Vec<f32>,
    /// The slope of the loss along its total inputs.
    slopes: Vec<f32>,
    gradient: Vec<f32>,
}

/// What was seen over the rows of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judged {
    /// Sum of −ln p(label).
    pub(super) loss: f64,
    /// Rows whose most probable class is not their label.
    pub(super) wrong: usize,
}

impl Tuner {
    /// Starts from layers, the softmax layer last.
    pub(super) fn new(layers: &[Dense], rows: usize, pool: &Pool) -> Tuner {
        let tuned = |layer: &Dense| {
            let (inputs, outputs) = (layer.inputs, layer.outputs);
            let mut products = Products::new(pool, rows, inputs, outputs, Ways::Both);
            products.set(&layer.weights);
            Tuned {
                inputs,
                outputs,
                weights: Parameter::new(layer.weights.clone()),
                bias: Parameter::new(layer.bias.clone()),
                products,
                outer: Outer::new(pool, rows, inputs, outputs),
                output: vec![0.0; rows * outputs],
                slopes: vec![0.0; rows * outputs],
                gradient: vec![0.0; inputs * outputs],
            }
        };
        let inputs = layers.first().map_or(0, |layer| layer.inputs);
        let layers = layers.iter().map(tuned).collect();
        Tuner { pool: pool.clone(), rows, layers, input: vec![0.0; rows * inputs] }
    }

    /// Where the next batch is to be written.
    pub(super) fn input(&mut self) -> &mut [f32] {
        &mut self.input
    }

    /// Judges as many rows of the batch as there are labels.
    pub(super) fn judge(&mut self, labels: &[u8]) -> Judged {
        self.forward();
        self.softmax(labels)
    }

    /// Judges a whole batch, and learns from it.
    pub(super) fn learn(&mut self, labels: &[u8], stride: Stride) -> Judged {
        let judged = self.judge(labels);
        let down = Stride { rate: -stride.rate / self.rows as f32, ..stride };
        let pool = self.pool.clone();
        for i in (0..self.layers.len()).rev() {
            let (lower, this) = self.layers.split_at_mut(i);
            let this = &mut this[0];
            let below: &[f32] = match lower.last_mut() {
                Some(lower) => {
                    this.products.down(&this.slopes, &mut lower.slopes);
                    let (output, width) = (&lower.output, lower.outputs);
                    by_rows(&pool, [(&mut lower.slopes, width)], |task, [slopes]| {
                        let output = part(output, width, width, task, slopes.len());
                        vectorized(
                            #[inline(always)]
                            || slopes.iter_mut().zip(output).for_each(|(slope, y)| *slope *= y * (1.0 - y)),
                        );
                    });
                    &lower.output
                }
                None => &self.input,
            };
            this.outer.of(&this.slopes, below, &mut this.gradient);
            this.weights.step(&pool, &this.gradient, down);
            let mut sums = vec![0.0; this.outputs];
            column_sums(&pool, &this.slopes, &mut sums);
            this.bias.step(&pool, &sums, Stride { cost: 0.0, ..down });
            this.products.set(&this.weights.values);
        }
        judged
    }

    fn forward(&mut self) {
        let last = self.layers.len().saturating_sub(1);
        for i in 0..self.layers.len() {
            let (lower, this) = self.layers.split_at_mut(i);
            let input = lower.last().map_or(&self.input, |layer| &layer.output);
            let this = &mut this[0];
            this.products.up(input, &mut this.output);
            if i < last {
                activate(&self.pool, &mut this.output, &this.bias.values);
            }
        }
    }

    /// Turns the top's total inputs into probabilities and their slopes; rows without a label get none.
    fn softmax(&mut self, labels: &[u8]) -> Judged {
        let Some(top) = self.layers.last_mut() else { return Judged::default() };
        let (bias, width) = (&top.bias.values, top.outputs);
        let mut judged = Judged::default();
        top.slopes.fill(0.0);
        let rows = top.output.chunks_exact_mut(width).zip(top.slopes.chunks_exact_mut(width));
        for ((output, slopes), &label) in rows.zip(labels) {
            output.iter_mut().zip(bias).for_each(|(a, b)| *a += b);
            let most = output.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let best = output.iter().position(|&a| a >= most);
            judged.wrong += usize::from(best != Some(usize::from(label)));
            output.iter_mut().for_each(|a| *a = exp(*a - most));
            let sum: f32 = output.iter().sum();
            for (i, (p, slope)) in output.iter_mut().zip(slopes).enumerate() {
                *p /= sum;
                let truth = f32::from(u8::from(i == usize::from(label)));
                *slope = *p - truth;
            }
            let p = output.get(usize::from(label)).copied().unwrap_or_default();
            judged.loss -= f64::from(ln(p.max(f32::MIN_POSITIVE)));
        }
        judged
    }

    /// The layers as they are now.
    pub(super) fn layers(&self) -> Vec<Dense> {
        let dense = |layer: &Tuned| Dense {
            inputs: layer.inputs,
            outputs: layer.outputs,
            weights: layer.weights.values.clone(),
            bias: layer.bias.values.clone(),
        };
        self.layers.iter().map(dense).collect()
    }

    /// Root of the mean square of all weights, and of their last step.
    pub(super) fn sizes(&self) -> [f64; 2] {
        let count: usize = self.layers.iter().map(|layer| layer.weights.values.len()).sum();
        [0, 1].map(|which| {
            let squares = self.layers.iter().map(|layer| {
                let size = layer.weights.sizes()[which];
                size * size * layer.weights.values.len() as f64
            });
            (squares.sum::<f64>() / count.max(1) as f64).sqrt()
        })
    }

    /// Mean activation of the highest hidden layer, where there is one.
    pub(super) fn activation(&self) -> f64 {
        let hidden = self.layers.len().checked_sub(2).map_or(&[][..], |i| &self.layers[i].output[..]);
        hidden.iter().map(|&y| f64::from(y)).sum::<f64>() / hidden.len().max(1) as f64
    }

    /// All numbers that learning goes on from.
    pub(super) fn numbers(&self) -> Vec<&[f32]> {
        let parameters = self.layers.iter().flat_map(|layer| [&layer.weights, &layer.bias]);
        parameters.flat_map(|p| [&p.values[..], &p.velocity[..]]).collect()
    }

    /// Takes such numbers; `None` where they do not fit.
    pub(super) fn restore(&mut self, numbers: &[Vec<f32>]) -> Option<()> {
        let (pairs, rest) = numbers.as_chunks::<2>();
        let parameters = self.layers.iter_mut().flat_map(|layer| [&mut layer.weights, &mut layer.bias]);
        let parameters: Vec<&mut Parameter> = parameters.collect();
        if pairs.len() != parameters.len() || !rest.is_empty() {
            return None;
        }
        for (parameter, [values, velocity]) in parameters.into_iter().zip(pairs) {
            take(&mut parameter.values, values)?;
            take(&mut parameter.velocity, velocity)?;
        }
        self.layers.iter_mut().for_each(|layer| layer.products.set(&layer.weights.values));
        Some(())
    }
}
