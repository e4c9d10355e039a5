//! Autoencoders, against their definition in f64.

use inscape::ErrorKind;
use inscape_tensor::Pool;

use super::super::autoencoder::Autoencoder;
use super::super::corruption::Corruption;
use super::super::learner::Learner;
use super::super::parameter::Stride;

use super::super::recipe::{AutoencoderRecipe, Decoder, Loss, Noise, Recipe, Weights};
use super::{PLACE, close, normal, sigma, slopes, times, turned, uniform, wide};
use crate::examples::Values;
use crate::network::Kind;

const ROWS: usize = 4;
const VISIBLE: usize = 5;
const HIDDEN: usize = 3;
const STRIDE: Stride = Stride { momentum: 0.0, rate: 1.0, cost: 0.0 };

fn recipe() -> AutoencoderRecipe {
    Recipe::preset("lab", Kind::Autoencoder).unwrap().autoencoder
}

fn clean(values: Values) -> Vec<f32> {
    match values {
        Values::Unit => uniform(1, ROWS * VISIBLE),
        Values::Real => normal(1, ROWS * VISIBLE, 1.0),
    }
}

/// What an autoencoder sees of the clean numbers, and its marks.
fn spoiled(recipe: &AutoencoderRecipe, values: Values) -> [Vec<f32>; 2] {
    let [mut seen, mut marks] = [vec![0.0; ROWS * VISIBLE], vec![0.0; ROWS * VISIBLE]];
    let corruption = Corruption::new(recipe.noise, recipe.amount[0], values);
    corruption.apply(Pool::single(), &clean(values), [&mut seen, &mut marks], VISIBLE, PLACE);
    [seen, marks]
}

fn learned(recipe: &AutoencoderRecipe, values: Values) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let sizes = [ROWS, VISIBLE, HIDDEN];
    let mut machine = Autoencoder::new(recipe, sizes, values, 0, PLACE, Pool::single()).unwrap();
    let all = |machine: &Autoencoder| machine.numbers().iter().map(|n| n.to_vec()).collect::<Vec<_>>();
    let mut before = all(&machine);
    before[2] = normal(2, HIDDEN, 0.3);
    before[4] = normal(3, VISIBLE, 0.3);
    machine.restore(&before).unwrap();
    machine.input().copy_from_slice(&clean(values));
    machine.learn(PLACE, STRIDE);
    (before, all(&machine))
}

/// The mean loss over the rows; parameters are W, c, b and, where it is free, D.
fn loss(recipe: &AutoencoderRecipe, values: Values, [w, c, b, d]: [&[f64]; 4]) -> f64 {
    let [seen, marks] = spoiled(recipe, values).map(|numbers| wide(&numbers));
    let clean = wide(&clean(values));
    let loss = recipe.loss.unwrap_or(if values == Values::Unit { Loss::CrossEntropy } else { Loss::Squared });
    let linear =
        recipe.decoder.unwrap_or(if values == Values::Unit { Decoder::Sigmoid } else { Decoder::Linear })
            == Decoder::Linear;
    let d = if d.is_empty() { turned(w, VISIBLE) } else { d.to_vec() };
    let mut sum = 0.0;
    for ((seen, marks), clean) in seen.chunks(VISIBLE).zip(marks.chunks(VISIBLE)).zip(clean.chunks(VISIBLE)) {
        let y: Vec<f64> = times(w, seen).iter().zip(c).map(|(a, c)| sigma(a + c)).collect();
        for (((a, b), x), mark) in times(&d, &y).iter().zip(b).zip(clean).zip(marks) {
            let z = if linear { a + b } else { sigma(a + b) };
            let lost = match loss {
                Loss::CrossEntropy => -x * z.ln() - (1.0 - x) * (1.0 - z).ln(),
                Loss::Squared => 0.5 * (z - x) * (z - x),
            };
            sum += recipe.emphasis[usize::from(*mark == 0.0)] * lost;
        }
    }
    sum / ROWS as f64
}

#[test]
fn gradients_are_central_differences_for_every_loss_decoder_noise_and_emphasis() {
    let kinds = [
        (Values::Unit, Some(Loss::CrossEntropy), Some(Decoder::Sigmoid)),
        (Values::Unit, Some(Loss::Squared), Some(Decoder::Sigmoid)),
        (Values::Unit, Some(Loss::Squared), Some(Decoder::Linear)),
        (Values::Unit, None, None),
        (Values::Real, None, None),
    ];
    let noises =
        [(Noise::Masking, 0.4), (Noise::SaltAndPepper, 0.4), (Noise::Gaussian, 0.3), (Noise::Masking, 0.0)];
    for (values, loss_kind, decoder) in kinds {
        for (noise, amount) in noises {
            for (weights, emphasis) in
                [(Weights::Tied, [1.0, 1.0]), (Weights::Free, [1.0, 0.5]), (Weights::Tied, [2.0, 0.0])]
            {
                let recipe = AutoencoderRecipe {
                    noise,
                    amount: vec![amount],
                    weights,
                    loss: loss_kind,
                    decoder,
                    emphasis,
                };
                let (before, after) = learned(&recipe, values);
                let at: Vec<Vec<f64>> = before.iter().step_by(2).map(|n| wide(n)).collect();
                for p in 0..at.len() {
                    let along = slopes(&at[p], |numbers| {
                        let mut there: Vec<&[f64]> = at.iter().map(Vec::as_slice).collect();
                        there[p] = numbers;
                        there.resize(4, &[]);
                        loss(&recipe, values, [there[0], there[1], there[2], there[3]])
                    });
                    let down: Vec<f64> = along.iter().map(|slope| -slope).collect();
                    close(&after[2 * p + 1], &down, 2e-5);
                }
            }
        }
    }
}

#[test]
fn without_noise_it_is_the_plain_autoencoder_whatever_the_noise_is_called() {
    let of = |noise| learned(&AutoencoderRecipe { noise, amount: vec![0.0], ..recipe() }, Values::Unit).1;
    assert_eq!(of(Noise::Masking), of(Noise::Gaussian));
    assert_eq!(of(Noise::Masking), of(Noise::SaltAndPepper));
    let plain = AutoencoderRecipe { amount: vec![0.0], ..recipe() };
    let [seen, marks] = spoiled(&plain, Values::Unit);
    assert_eq!(seen, clean(Values::Unit));
    assert!(marks.iter().all(|&mark| mark == 0.0));
    assert_ne!(of(Noise::Masking), learned(&recipe(), Values::Unit).1);
}

#[test]
fn tied_weights_take_the_encoders_gradient_and_the_decoders() {
    let recipe = |weights| AutoencoderRecipe { weights, amount: vec![0.3], ..recipe() };
    let (before, tied) = learned(&recipe(Weights::Tied), Values::Unit);
    let sizes = [ROWS, VISIBLE, HIDDEN];
    let free = recipe(Weights::Free);
    let mut machine = Autoencoder::new(&free, sizes, Values::Unit, 0, PLACE, Pool::single()).unwrap();
    let down: Vec<f32> = turned(&wide(&before[0]), VISIBLE).iter().map(|&w| w as f32).collect();
    let still = vec![0.0; down.len()];
    let numbers: Vec<Vec<f32>> = before.iter().cloned().chain([down, still]).collect();
    machine.restore(&numbers).unwrap();
    machine.input().copy_from_slice(&clean(Values::Unit));
    machine.learn(PLACE, STRIDE);
    let numbers = machine.numbers();
    let (encoder, decoder) = (wide(numbers[1]), turned(&wide(numbers[7]), HIDDEN));
    let both: Vec<f64> = encoder.iter().zip(&decoder).map(|(a, b)| a + b).collect();
    close(&tied[1], &both, 1e-6);
    assert!(encoder.iter().chain(&decoder).any(|g| g.abs() > 1e-3));
}

#[test]
fn as_many_numbers_are_spoiled_as_was_asked_and_as_they_should_be() {
    const N: usize = 100 * 784;
    let clean: Vec<f32> = uniform(4, N).iter().map(|u| 0.25 + 0.5 * u).collect();
    for (noise, values) in [
        (Noise::Masking, Values::Unit),
        (Noise::SaltAndPepper, Values::Unit),
        (Noise::SaltAndPepper, Values::Real),
    ] {
        for amount in [0.1, 0.25, 0.55] {
            let [mut seen, mut marks] = [vec![0.0; N], vec![0.0; N]];
            let corruption = Corruption::new(noise, amount, values);
            corruption.apply(&Pool::new(3).unwrap(), &clean, [&mut seen, &mut marks], 784, PLACE);
            let (low, high) = if values == Values::Unit { (0.0, 1.0) } else { (-2.0, 2.0) };
            let struck = seen.iter().filter(|&&x| x == low || x == high || x == 0.0).count() as f64;
            let marked = marks.iter().filter(|&&mark| mark == 1.0).count() as f64;
            let error = 4.0 * (N as f64 * amount * (1.0 - amount)).sqrt();
            assert!((struck - N as f64 * amount).abs() < error && struck == marked, "{struck} {marked}");
            let peppered = seen.iter().filter(|&&x| x == high).count() as f64;
            let expected = if noise == Noise::Masking { 0.0 } else { struck / 2.0 };
            assert!((peppered - expected).abs() <= 4.0 * (struck / 4.0).sqrt(), "{peppered} of {struck}");
            let kept = seen.iter().zip(&clean).zip(&marks).all(|((s, c), &m)| m == 1.0 || s == c);
            assert!(kept);
        }
    }
    let [mut seen, mut marks] = [vec![0.0; N], vec![0.0; N]];
    let corruption = Corruption::new(Noise::Gaussian, 0.5, Values::Real);
    corruption.apply(Pool::single(), &clean, [&mut seen, &mut marks], 784, PLACE);
    let variance = seen.iter().zip(&clean).map(|(s, c)| f64::from(s - c).powi(2)).sum::<f64>() / N as f64;
    assert!((variance - 0.25).abs() < 4.0 * 0.25 * (2.0 / N as f64).sqrt(), "{variance}");
}

#[test]
fn in_its_linear_range_a_tied_autoencoder_spans_the_principal_subspace() {
    const N: usize = 200;
    // Numbers so small that σ is linear; two directions carry most of the variance.
    let axes = [[0.5, 0.5, 0.5, 0.5, 0.0], [0.5, -0.5, 0.5, -0.5, 0.0]];
    let (main, rest) = (normal(6, 2 * N, 0.1), normal(7, VISIBLE * N, 0.01));
    let data: Vec<f32> = (0..N * VISIBLE)
        .map(|i| {
            let (row, column) = (i / VISIBLE, i % VISIBLE);
            main[2 * row] * axes[0][column] + 0.7 * main[2 * row + 1] * axes[1][column] + rest[i]
        })
        .collect();
    let recipe = AutoencoderRecipe { amount: vec![0.0], ..recipe() };
    let mut machine =
        Autoencoder::new(&recipe, [N, VISIBLE, 2], Values::Real, 0, PLACE, Pool::single()).unwrap();
    // Started so small that there is nothing to unlearn.
    let mut numbers: Vec<Vec<f32>> = machine.numbers().iter().map(|n| n.to_vec()).collect();
    numbers[0] = normal(8, 2 * VISIBLE, 0.05);
    machine.restore(&numbers).unwrap();
    for _ in 0..4000 {
        machine.input().copy_from_slice(&data);
        machine.learn(PLACE, Stride { momentum: 0.9, rate: 0.5, cost: 0.0 });
    }
    let w = wide(machine.numbers()[0]);
    for row in w.chunks(VISIBLE) {
        let whole: f64 = row.iter().map(|x| x * x).sum();
        let inside: f64 = axes
            .iter()
            .map(|axis| row.iter().zip(axis).map(|(a, &b)| a * f64::from(b)).sum::<f64>().powi(2))
            .sum();
        assert!(inside / whole > 0.97, "{row:?}");
    }
    let cross = w[0] * w[VISIBLE + 1] - w[1] * w[VISIBLE];
    assert!(cross.abs() > 0.1, "two directions, not one twice: {w:?}");
}

#[test]
fn losses_that_do_not_fit_are_refused() {
    let of = |loss, decoder, values| {
        let recipe = AutoencoderRecipe { loss, decoder, ..recipe() };
        Autoencoder::new(&recipe, [1, 2, 3], values, 0, PLACE, Pool::single()).err().map(|error| error.kind)
    };
    let setting = Some(ErrorKind::Setting);
    assert_eq!(of(Some(Loss::CrossEntropy), Some(Decoder::Linear), Values::Unit), setting);
    assert_eq!(of(Some(Loss::CrossEntropy), None, Values::Real), setting);
    assert_eq!(of(None, Some(Decoder::Sigmoid), Values::Real), setting);
    assert_eq!(of(Some(Loss::Squared), None, Values::Real), None);
}
