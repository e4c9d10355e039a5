use std::path::PathBuf;

use anyhow::Context;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::json;

use crate::opening;
use crate::run::{Outcome, Run};

/// Whether a model gives the numbers it gave elsewhere.
#[derive(Args)]
struct Asked {
    /// ONNX model [default: --model, else the bundled one]
    #[arg(value_name = "MODEL")]
    subject: Option<PathBuf>,
    /// What the network is fed: .npy in model space (float32, float64 or uint8), C×H×W or 1×C×H×W
    #[arg(long, value_name = "X.npy", required = true)]
    input: PathBuf,
    /// What it should give: .npy
    #[arg(long, value_name = "Y.npy", required = true)]
    expect: PathBuf,
    /// The value to compare [default: the class scores]
    #[arg(long, value_name = "VALUE")]
    value: Option<String>,
    /// Largest difference allowed, relative to the largest expected number
    #[arg(long, value_name = "T", default_value_t = 1e-4)]
    tolerance: f64,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("check"))
        .about("Compare a network's scores, or any value, with numbers from elsewhere")
        .after_help(
            "Examples:\n  inscape check model.onnx --input x.npy --expect scores.npy\n  \
             inscape check model.onnx --input x.npy --expect y.npy --value /fire5/Concat_output_0 --tolerance 1e-5",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let opened = opening::model(run, asked.subject.as_deref())?;
    let model = &opened.model;
    let input = model.read(&asked.input).with_context(|| asked.input.display().to_string())?;
    let expected = inscape::npy::read(&asked.expect)?;
    let found = model.check(&input, asked.value.as_deref(), &expected)?;
    let within = found.relative_error <= asked.tolerance;
    if run.everywhere.json {
        let document = json!({
            "schema": "inscape.check/1",
            "version": env!("CARGO_PKG_VERSION"),
            "model": opened.mark(),
            "value": found.value,
            "relative_error": found.relative_error,
            "at": found.at,
            "found": found.found,
            "expected": found.expected,
            "tolerance": asked.tolerance,
            "within": within,
        });
        run.terminal.result(&format!("{document:#}"));
    } else {
        let verdict = if within { "agrees" } else { "differs" };
        run.terminal.result(&format!(
            "{} {verdict}: relative error {:.3e} (tolerance {:e}); worst at {:?}: {} where {} was expected",
            found.value, found.relative_error, asked.tolerance, found.at, found.found, found.expected
        ));
    }
    Ok(if within { Outcome::Done } else { Outcome::Partly })
}
