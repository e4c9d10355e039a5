use inscape::{Error, ErrorKind};
use inscape_tensor::math::{exp, ln_1p, sigmoid};
use inscape_tensor::{Pool, vectorized};

use super::corruption::Corruption;
use super::learner::{Learner, Seen, take};
use super::parameter::{Parameter, Stride, dense};
use super::passes::{activate, by_rows, column_sums, part, squared_difference};
use super::products::{Outer, Products, Ways};
use super::random::{Place, Purpose};
use super::recipe::{AutoencoderRecipe, CROSS_LINEAR, Decoder, Loss, Weights, of_layer};
use crate::examples::Values;
use crate::network::Layer;

/// A denoising autoencoder: y = σ(Wx̃ + c) of a spoiled x̃, z = s(Dy + b), and the loss between z and the clean x
/// (Vincent et al. 2008). D is Wᵀ where weights are tied.
///
/// With δ the slope of the loss along a total input: the encoder's gradient is δ_yᵀx̃, the decoder's δ_zᵀy; tied weights
/// take the sum of the first and the second's transpose.
pub(super) struct Autoencoder {
    pool: Pool,
    corruption: Corruption,
    loss: Loss,
    decoder: Decoder,
    /// Weight of the loss at spoiled numbers, and at the others.
    emphasis: [f32; 2],
    rows: usize,
    weights: Parameter,
    hidden_bias: Parameter,
    visible_bias: Parameter,
    /// D, where it is free.
    down: Option<Parameter>,
    products: Products,
    /// Of D: its products go the other way round.
    down_products: Option<Products>,
    outer: Outer,
    /// Of D.
    down_outer: Option<Outer>,
    clean: Vec<f32>,
    /// Above: spoiled input; below: δ_z.
    visible: Vec<f32>,
    marks: Vec<f32>,
    /// Above: δ_y; below: y.
    hidden: Vec<f32>,
    output: Vec<f32>,
    gradient: Vec<f32>,
}

impl Autoencoder {
    /// One for batches of `rows` examples of `visible` numbers, with `hidden` units, as the `layer`th of its stack.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for a loss that does not fit the decoder or the numbers.
    pub(super) fn new(
        recipe: &AutoencoderRecipe,
        [rows, visible, hidden]: [usize; 3],
        values: Values,
        layer: usize,
        place: Place,
        pool: &Pool,
    ) -> Result<Autoencoder, Error> {
        let [loss, decoder] = [values; 2];
        let loss = recipe.loss.unwrap_or(match loss {
            Values::Unit => Loss::CrossEntropy,
            Values::Real => Loss::Squared,
        });
        let decoder = recipe.decoder.unwrap_or(match (decoder, loss) {
            (Values::Real, Loss::Squared) => Decoder::Linear,
            _ => Decoder::Sigmoid,
        });
        let wrong = |what: &str| Err(Error::new(ErrorKind::Setting, what));
        match (loss, decoder, values) {
            (Loss::CrossEntropy, Decoder::Linear, _) => return wrong(CROSS_LINEAR),
            (Loss::CrossEntropy, _, Values::Real) => {
                return wrong("cross-entropy needs numbers from 0 to 1; these data take --loss squared");
            }
            (_, Decoder::Sigmoid, Values::Real) => {
                return wrong(
                    "a sigmoid decoder gives numbers from 0 to 1 only; these data take --decoder linear",
                );
            }
            _ => {}
        }
        let amount = of_layer(&recipe.amount, layer);
        // Glorot and Bengio's interval for sigmoid units, as in the deep learning tutorials.
        let spread = 4.0 * (6.0 / (visible + hidden) as f64).sqrt();
        let start = |turn| {
            let mut deviates = place.stream(Purpose::Weights, turn, 0);
            let weights = (0..visible * hidden).map(|_| (spread * (2.0 * deviates.uniform() - 1.0)) as f32);
            Parameter::new(weights.collect())
        };
        let free = recipe.weights == Weights::Free;
        let mut autoencoder = Autoencoder {
            pool: pool.clone(),
            corruption: Corruption::new(recipe.noise, amount, values),
            loss,
            decoder,
            emphasis: recipe.emphasis.map(|weight| weight as f32),
            rows,
            weights: start(0),
            hidden_bias: Parameter::new(vec![0.0; hidden]),
            visible_bias: Parameter::new(vec![0.0; visible]),
            down: free.then(|| start(1)),
            products: Products::new(pool, rows, visible, hidden, Ways::Both),
            down_products: free.then(|| Products::new(pool, rows, hidden, visible, Ways::Both)),
            outer: Outer::new(pool, if free { rows } else { 2 * rows }, visible, hidden),
            down_outer: free.then(|| Outer::new(pool, rows, hidden, visible)),
            clean: vec![0.0; rows * visible],
            visible: vec![0.0; 2 * rows * visible],
            marks: vec![0.0; rows * visible],
            hidden: vec![0.0; 2 * rows * hidden],
            output: vec![0.0; rows * visible],
            gradient: vec![0.0; visible * hidden],
        };
        autoencoder.pack();
        Ok(autoencoder)
    }

    fn pack(&mut self) {
        self.products.set(&self.weights.values);
        if let (Some(products), Some(down)) = (&mut self.down_products, &self.down) {
            products.set(&down.values);
        }
    }

    /// y and the total input of z, from what is in the upper half of `visible`.
    fn forward(&mut self) {
        let Autoencoder { rows, hidden, visible, output, .. } = self;
        let codes = &mut hidden[*rows * self.hidden_bias.values.len()..];
        self.products.up(&visible[..*rows * self.visible_bias.values.len()], codes);
        activate(&self.pool, codes, &self.hidden_bias.values);
        match &mut self.down_products {
            Some(down) => down.up(codes, output),
            None => self.products.down(codes, output),
        }
    }

    /// Losses of the rows, z in place of its total input, and δ_z.
    fn losses(&mut self) -> Vec<f64> {
        let width = self.visible_bias.values.len();
        let (loss, decoder, emphasis) = (self.loss, self.decoder, self.emphasis);
        let (bias, clean, marks) = (&self.visible_bias.values, &self.clean, &self.marks);
        let slopes = &mut self.visible[self.rows * width..];
        let parts =
            by_rows(&self.pool, [(&mut self.output, width), (slopes, width)], |task, [output, slopes]| {
                let [clean, marks] = [clean, marks].map(|of| part(of, width, width, task, output.len()));
                let mut losses = Vec::new();
                vectorized(
                    #[inline(always)]
                    || {
                        let rows = output.chunks_exact_mut(width).zip(slopes.chunks_exact_mut(width));
                        let given = clean.chunks_exact(width).zip(marks.chunks_exact(width));
                        for ((output, slopes), (clean, marks)) in rows.zip(given) {
                            let mut sum = 0.0f64;
                            for i in 0..width {
                                let (a, x) = (output[i] + bias[i], clean[i]);
                                let z = if decoder == Decoder::Sigmoid { sigmoid(a) } else { a };
                                let weight = emphasis[1] + marks[i] * (emphasis[0] - emphasis[1]);
                                let (lost, slope) = match (loss, decoder) {
                                    // −x·ln σ(a) − (1−x)·ln(1−σ(a)), without the logarithm of a number near 0
                                    (Loss::CrossEntropy, _) => {
                                        let positive = if a > 0.0 { a } else { 0.0 };
                                        (positive - a * x + ln_1p(exp(-a.abs())), z - x)
                                    }
                                    (Loss::Squared, Decoder::Linear) => (0.5 * (z - x) * (z - x), z - x),
                                    (Loss::Squared, Decoder::Sigmoid) => {
                                        (0.5 * (z - x) * (z - x), (z - x) * z * (1.0 - z))
                                    }
                                };
                                sum += f64::from(weight * lost);
                                output[i] = z;
                                slopes[i] = weight * slope;
                            }
                            losses.push(sum);
                        }
                    },
                );
                losses
            });
        parts.into_iter().flatten().collect()
    }

    /// δ_y from δ_z.
    fn backward(&mut self) {
        let (rows, width) = (self.rows, self.hidden_bias.values.len());
        let slopes = &self.visible[rows * self.visible_bias.values.len()..];
        let (back, codes) = self.hidden.split_at_mut(rows * width);
        match &mut self.down_products {
            Some(down) => down.down(slopes, back),
            None => self.products.up(slopes, back),
        }
        by_rows(&self.pool, [(back, width)], |task, [back]| {
            let codes = part(codes, width, width, task, back.len());
            vectorized(
                #[inline(always)]
                || back.iter_mut().zip(codes).for_each(|(slope, y)| *slope *= y * (1.0 - y)),
            );
        });
    }

    /// The gradient of W (with D's, where they are tied), into `gradient`.
    fn encoder_gradient(&mut self) {
        let (visible, hidden) = match self.down {
            Some(_) => (self.visible.len() / 2, self.hidden.len() / 2),
            None => (self.visible.len(), self.hidden.len()),
        };
        self.outer.of(&self.hidden[..hidden], &self.visible[..visible], &mut self.gradient);
    }

    fn update(&mut self, stride: Stride) {
        let (rows, pool) = (self.rows, &self.pool.clone());
        let [visible, hidden] = [&self.visible_bias, &self.hidden_bias].map(|bias| bias.values.len());
        let down = Stride { rate: -stride.rate / rows as f32, ..stride };
        let bias = Stride { cost: 0.0, ..down };
        self.encoder_gradient();
        self.weights.step(pool, &self.gradient, down);
        let (above, below) = (&self.hidden[..rows * hidden], &self.hidden[rows * hidden..]);
        let slopes = &self.visible[rows * visible..];
        if let (Some(parameter), Some(outer)) = (&mut self.down, &mut self.down_outer) {
            // D is stored (visible, hidden): δ_zᵀ·y.
            outer.of(slopes, below, &mut self.gradient);
            parameter.step(pool, &self.gradient, down);
        }
        let mut sums = vec![0.0; hidden];
        column_sums(pool, above, &mut sums);
        self.hidden_bias.step(pool, &sums, bias);
        let mut sums = vec![0.0; visible];
        column_sums(pool, slopes, &mut sums);
        self.visible_bias.step(pool, &sums, bias);
        self.pack();
    }
}

impl Learner for Autoencoder {
    fn input(&mut self) -> &mut [f32] {
        &mut self.clean
    }

    fn learn(&mut self, place: Place, stride: Stride) -> Seen {
        let width = self.visible_bias.values.len();
        let spoiled = [&mut self.visible[..self.rows * width], &mut self.marks[..]];
        self.corruption.apply(&self.pool, &self.clean, spoiled, width, place);
        self.forward();
        self.losses();
        let apart = squared_difference(&self.pool, &self.clean, &self.output);
        let units = self.hidden_bias.values.len();
        let mut sums = vec![0.0; units];
        column_sums(&self.pool, &self.hidden[self.rows * units..], &mut sums);
        let active: f64 = sums.iter().map(|&sum| f64::from(sum)).sum();
        self.backward();
        self.update(stride);
        Seen {
            reconstruction: apart / self.clean.len() as f64,
            activation: active / (self.rows * units) as f64,
        }
    }

    fn cost(&mut self, rows: usize) -> [f64; 2] {
        let width = self.visible_bias.values.len();
        self.visible[..self.rows * width].copy_from_slice(&self.clean);
        // Clean numbers all count alike.
        self.marks.fill(0.0);
        let emphasis = std::mem::replace(&mut self.emphasis, [1.0; 2]);
        self.forward();
        let losses = self.losses();
        self.emphasis = emphasis;
        let seen = rows * width;
        let apart = squared_difference(&self.pool, &self.clean[..seen], &self.output[..seen]);
        [losses.iter().take(rows).sum(), apart]
    }

    fn sizes(&self) -> [f64; 2] {
        self.weights.sizes()
    }

    fn layer(&self) -> Layer {
        Layer {
            up: dense(&self.weights, &self.hidden_bias),
            visible_bias: self.visible_bias.values.clone(),
            down: self.down.as_ref().map(|down| down.values.clone()),
        }
    }

    fn numbers(&self) -> Vec<&[f32]> {
        let parameters = [&self.weights, &self.hidden_bias, &self.visible_bias].into_iter().chain(&self.down);
        parameters.flat_map(|p| [&p.values[..], &p.velocity[..]]).collect()
    }

    fn restore(&mut self, numbers: &[Vec<f32>]) -> Option<()> {
        let parameters = [&mut self.weights, &mut self.hidden_bias, &mut self.visible_bias];
        let mut parameters: Vec<_> = parameters.into_iter().chain(&mut self.down).collect();
        let (pairs, rest) = numbers.as_chunks::<2>();
        if pairs.len() != parameters.len() || !rest.is_empty() {
            return None;
        }
        for (parameter, [values, velocity]) in parameters.iter_mut().zip(pairs) {
            take(&mut parameter.values, values)?;
            take(&mut parameter.velocity, velocity)?;
        }
        self.pack();
        Some(())
    }
}
