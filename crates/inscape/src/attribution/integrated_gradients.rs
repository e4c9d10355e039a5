use inscape_tensor::Tensor;

use super::method::{Method, Reads};
use super::work::{Map, Work};
use super::{Baseline, Setting};
use crate::error::{Error, ErrorKind};

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The gradient averaged along the straight way from a baseline I′ to the input, times the difference:
    /// (I−I′)·mean_k ∂S/∂I at I′ + (k+½)/n·(I−I′), k = 0..n; signed, shape (C, H, W).
    ///
    /// Its sum tends to S(I) − S(I′); how far it is off is among the result's measures. Sundararajan, Taly and Yan 2017.
    pub const IntegratedGradients: Method = Method {
        name: "integrated-gradients",
        aliases: &["IntegratedGradients", "ig"],
        computes: "what each number of the input adds to the target on the way from a baseline",
        formula: "(I−I′) · (1/n) Σ_k ∂S/∂I at I′ + (k+½)/n · (I−I′)",
        source: "Sundararajan et al. 2017",
        captum: "Captum's default takes Gauss–Legendre points; here the points are midpoints, Captum's riemann_middle",
        settings: &["steps", "baseline"],
        signed: true,
        reads: Reads::Own,
        passes: |settings| settings.steps,
        run,
    };
}

/// Above this part of the difference, a missing sum is worth a warning.
const GAP_WORTH_A_WARNING: f64 = 0.05;

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    let n = work.settings.steps;
    let input = work.input.tensor();
    let zeros;
    let (baseline, word) = match &work.settings.baseline {
        Baseline::Zero => {
            zeros = Tensor::zeros(input.shape());
            (&zeros, "zero")
        }
        Baseline::Input(given) if given.values().len() == input.values().len() => (given, "given"),
        Baseline::Input(given) => {
            let (given, wanted) = (given.shape(), input.shape());
            let context = format!("the baseline has the shape {given:?}; the input has {wanted:?}");
            return Err(Error::new(ErrorKind::Setting, context));
        }
    };
    let mut sum = vec![0.0f64; input.values().len()];
    work.gradients(
        n,
        |k, cells| {
            let part = ((k as f64 + 0.5) / n as f64) as f32;
            for ((cell, &x), &start) in cells.iter_mut().zip(input.values()).zip(baseline.values()) {
                *cell = start + part * (x - start);
            }
        },
        |_, gradient| {
            for (sum, &g) in sum.iter_mut().zip(gradient) {
                *sum += f64::from(g);
            }
        },
    )?;
    let ways =
        input.values().iter().zip(baseline.values()).map(|(&x, &start)| f64::from(x) - f64::from(start));
    let parts: Vec<f64> = sum.iter().zip(ways).map(|(sum, way)| way * sum / n as f64).collect();
    let total: f64 = parts.iter().sum();
    let at_baseline = work.value_at(baseline)?;
    let difference = work.score - at_baseline;
    let gap = (total - difference).abs() / difference.abs().max(f64::MIN_POSITIVE);
    let map = Tensor::new(&input.shape()[1..], parts.into_iter().map(|part| part as f32).collect());
    let mut made = Map::of_input(work, map);
    made.settings = vec![
        ("steps", Setting::Whole(n as u64)),
        ("baseline", Setting::Word(word.to_owned())),
        ("rule", Setting::Word("midpoint".into())),
    ];
    made.measures = vec![("sum", total), ("difference", difference), ("completeness_gap", gap)];
    if gap > GAP_WORTH_A_WARNING {
        made.warnings.push(format!(
            "the map sums to {total:.4}, but the target changes by {difference:.4} from the baseline; take more steps"
        ));
    }
    Ok(made)
}
