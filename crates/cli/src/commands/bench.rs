use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::{Input, Method, Model, Target};
use inscape_tensor::{Isa, Tensor};
use serde_json::{Value, json};

use crate::opening;
use crate::run::{Outcome, Run};

/// Speed of a network on this machine.
#[derive(Args)]
struct Asked {
    /// ONNX model [default: --model, else the bundled one]
    #[arg(value_name = "MODEL")]
    subject: Option<PathBuf>,
    /// Runs of each kind
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("bench"))
        .about("Time a network: forward, and forward with backward to the input")
        .after_help("Examples:\n  inscape bench\n  inscape bench model.onnx --threads 1 --runs 50")
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let started = Instant::now();
    let opened = opening::model(run, asked.subject.as_deref())?;
    let load = started.elapsed();
    let input = opened.model.input_of(ramp(opened.model.input_shape()))?;
    let forward = Timing::of(asked.runs, || forward(&opened.model, &input))?;
    let both = Timing::of(asked.runs, || both(&opened.model, &input))?;
    let threads = run.threads();
    if run.everywhere.json {
        let document = json!({
            "schema": "inscape.bench/1",
            "version": env!("CARGO_PKG_VERSION"),
            "model": opened.mark(),
            "kernels": Isa::current().name(),
            "threads": threads,
            "input": opened.model.input_shape(),
            "runs": asked.runs,
            "load_ms": milliseconds(load),
            "forward_ms": forward.json(),
            "forward_backward_ms": both.json(),
        });
        run.terminal.result(&format!("{document:#}"));
        return Ok(Outcome::Done);
    }
    let (kernels, shape) = (Isa::current().name(), opened.model.input_shape());
    run.terminal.result(&format!("{}, input {shape:?}, {kernels}, {threads} threads", opened.name));
    run.terminal.result("                         first    median       min");
    run.terminal.result(&forward.row("forward"));
    run.terminal.result(&both.row("forward and backward"));
    Ok(Outcome::Done)
}

fn forward(model: &Model, input: &Input) -> anyhow::Result<()> {
    if model.scores(input)?.is_empty() {
        bail!("the model gives no scores");
    }
    Ok(())
}

fn both(model: &Model, input: &Input) -> anyhow::Result<()> {
    model.attribute(input, Method::Gradient, Target::Class(0))?;
    Ok(())
}

/// Numbers from −1 to 1, so that no half of the network is idle.
fn ramp(shape: Vec<usize>) -> Tensor {
    let count: usize = shape.iter().product();
    let values = (0..count).map(|i| ((i * 7919) % 2003) as f32 / 1001.0 - 1.0).collect();
    Tensor::new(shape, values)
}

/// How long runs took: the first, which also makes the plan, and the others.
struct Timing {
    first: Duration,
    median: Duration,
    least: Duration,
}

impl Timing {
    fn of(runs: u32, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Timing> {
        let mut time = || {
            let started = Instant::now();
            work().map(|()| started.elapsed())
        };
        let first = time()?;
        let mut times = (0..runs).map(|_| time()).collect::<anyhow::Result<Vec<_>>>()?;
        times.sort();
        Ok(Timing { first, median: times[times.len() / 2], least: times[0] })
    }

    fn json(&self) -> Value {
        json!({
            "first": milliseconds(self.first),
            "median": milliseconds(self.median),
            "min": milliseconds(self.least),
        })
    }

    fn row(&self, name: &str) -> String {
        let [first, median, least] = [self.first, self.median, self.least].map(milliseconds);
        format!("{name:20} {first:7.2} ms {median:6.2} ms {least:6.2} ms")
    }
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 1e2
}
