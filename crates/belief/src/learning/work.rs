use std::time::Instant;

use inscape_tensor::Pool;

use super::epoch::Stage;
use super::products::{Products, Ways};
use super::recipe::Recipe;
use crate::network::Kind;

/// A stage and how much there is to do in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Planned {
    pub(super) stage: Stage,
    pub(super) epochs: usize,
    /// Multiply-adds of an epoch.
    pub(super) work: f64,
}

/// All stages of a recipe for `count` examples of `inputs` numbers in `classes`.
pub(super) fn plan(recipe: &Recipe, inputs: usize, count: usize, classes: usize) -> Vec<Planned> {
    let mut widths = vec![inputs];
    widths.extend(&recipe.layers);
    let sizes: Vec<f64> = widths.windows(2).map(|pair| pair[0] as f64 * pair[1] as f64).collect();
    let examples = count as f64;
    // Products with the weights for each example: up, down, up and twice the gradient; an autoencoder has no second way up.
    let products = match recipe.kind {
        Kind::Dbn => 3.0 + 2.0 * recipe.rbm.steps as f64,
        Kind::Autoencoder => 5.0,
    };
    let mut stages: Vec<Planned> = (0..recipe.layers.len())
        .map(|i| {
            let below: f64 = sizes[..i].iter().sum();
            let work = examples * (products * sizes[i] + below);
            Planned { stage: Stage::Layer(i + 1), epochs: recipe.epochs, work }
        })
        .collect();
    if let Some(classifier) = &recipe.classifier {
        let whole: f64 = sizes.iter().sum();
        let top = widths.last().copied().unwrap_or_default() as f64 * classes as f64;
        let linear = examples * (whole + 3.0 * top);
        stages.push(Planned { stage: Stage::Linear, epochs: classifier.linear_epochs, work: linear });
        let tuning = examples * 3.0 * (whole + top);
        stages.push(Planned { stage: Stage::Tuning, epochs: classifier.epochs, work: tuning });
    }
    stages.retain(|planned| planned.epochs > 0);
    stages
}

/// The part of the speed of products that training reaches, about.
const REACHED: f64 = 0.6;
/// Products that tell the speed.
const TRIES: usize = 8;

/// Multiply-adds a second that training will reach, about, from a few products of its size.
pub(super) fn pace(rows: usize, inputs: usize, outputs: usize, pool: &Pool) -> f64 {
    let mut products = Products::new(pool, rows, inputs, outputs, Ways::Up);
    let (x, mut y) = (vec![0.5; rows * inputs], vec![0.0; rows * outputs]);
    products.up(&x, &mut y);
    let started = Instant::now();
    (0..TRIES).for_each(|_| products.up(&x, &mut y));
    let work = (TRIES * rows * inputs * outputs) as f64;
    REACHED * work / started.elapsed().as_secs_f64().max(1e-9)
}
