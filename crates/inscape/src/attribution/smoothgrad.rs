use inscape_tensor::Tensor;

use super::Setting;
use super::method::{Method, Reads};
use super::work::{Map, Work};
use crate::error::Error;
use crate::random::Deviates;

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The gradient averaged over noisy copies of the input, (1/n) Σ_k ∂S/∂I at I + N(0, σ²), with σ a part of the input's
    /// range; signed, shape (C, H, W). Of every copy the noise depends on the seed and the copy's number alone.
    ///
    /// Smilkov, Thorat, Kim, Viégas and Wattenberg 2017.
    pub const SmoothGrad: Method = Method {
        name: "smoothgrad",
        aliases: &["SmoothGrad", "NoiseTunnel"],
        computes: "the gradient averaged over noisy copies of the input",
        formula: "(1/n) Σ_k ∂S/∂I at I + N(0, σ²)",
        source: "Smilkov et al. 2017",
        captum: "Captum's NoiseTunnel wraps any method and takes σ in units of the input",
        settings: &["samples", "sigma", "seed"],
        signed: true,
        reads: Reads::Own,
        passes: |settings| settings.samples,
        run,
    };
}

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    let (n, seed) = (work.settings.samples, work.settings.seed);
    let input = work.input.tensor();
    let low = input.values().iter().copied().fold(f32::INFINITY, f32::min);
    let high = input.values().iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sigma = f64::from(work.settings.sigma) * (f64::from(high) - f64::from(low));
    let mut sum = vec![0.0f64; input.values().len()];
    work.gradients(
        n,
        |k, cells| {
            let mut deviates = Deviates::new(seed, k as u64);
            for (cell, &x) in cells.iter_mut().zip(input.values()) {
                *cell = (f64::from(x) + sigma * deviates.normal()) as f32;
            }
        },
        |_, gradient| {
            for (sum, &g) in sum.iter_mut().zip(gradient) {
                *sum += f64::from(g);
            }
        },
    )?;
    let mean = sum.into_iter().map(|sum| (sum / n as f64) as f32).collect();
    let mut made = Map::of_input(work, Tensor::new(&input.shape()[1..], mean));
    made.settings = vec![
        ("samples", Setting::Whole(n as u64)),
        ("sigma", Setting::Real(work.settings.sigma.into())),
        ("seed", Setting::Whole(seed)),
    ];
    made.measures = vec![("sigma_in_model_space", sigma)];
    Ok(made)
}
