mod table;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::{Model, Workload};
use inscape_tensor::gemm::Peak;
use inscape_tensor::{Isa, Pool};
use serde_json::{Value, json};

use crate::opening;
use crate::run::{Outcome, Run};
use table::Table;

/// Speed of a network on this machine.
#[derive(Args)]
struct Asked {
    /// ONNX model [default: --model, else the bundled one]
    #[arg(value_name = "MODEL")]
    subject: Option<PathBuf>,
    /// Runs of each kind
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// Pictures run together
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    batch: u32,
    /// A line for each node instead of one for each operator
    #[arg(long)]
    nodes: bool,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("bench"))
        .about("Time a network: forward, and forward with backward to the input")
        .after_help(
            "Examples:\n  inscape bench\n  inscape bench model.onnx --threads 1 --runs 50
  inscape bench model.onnx --nodes",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let started = Instant::now();
    let opened = opening::model(run, asked.subject.as_deref())?;
    let load = started.elapsed();
    let (batch, threads) = (asked.batch as usize, run.threads());
    // one at a time, so that weights are in memory once
    let forward = Timing::of(asked.runs, &opened.model, batch, false)?.0;
    let (both, mut workload) = Timing::of(asked.runs, &opened.model, batch, true)?;
    let times = workload.node_times(asked.runs)?;
    let memory = most_memory();
    drop(workload);
    let peak = Peak::measure(&Pool::new(threads)?);
    let table = if asked.nodes { Table::by_node(&times, peak) } else { Table::by_operator(&times, peak) };
    let mut shape = opened.model.input_shape();
    shape[0] = batch;
    if run.everywhere.json {
        let document = json!({
            "schema": "inscape.bench/1",
            "version": env!("CARGO_PKG_VERSION"),
            "model": opened.mark(),
            "kernels": Isa::current().name(),
            "threads": threads,
            "input": shape,
            "runs": asked.runs,
            "load_ms": milliseconds(load),
            "forward_ms": forward.json(),
            "forward_backward_ms": both.json(),
            "peak_memory_mib": memory,
            "peak": { "gflops": (peak.flops / 1e9).round(), "gbytes_per_s": (peak.bandwidth / 1e9).round() },
            "rows": table.json(),
        });
        run.terminal.result(&format!("{document:#}"));
        return Ok(Outcome::Done);
    }
    run.terminal.result(&format!(
        "{}, input {shape:?}, {}, {threads} threads",
        opened.name,
        Isa::current().name()
    ));
    run.terminal.result(&format!(
        "this machine at its peak: {:.0} GFLOP/s from registers, {:.1} GB/s from memory",
        peak.flops / 1e9,
        peak.bandwidth / 1e9
    ));
    run.terminal.result("                         first    median       min");
    run.terminal.result(&forward.row("forward"));
    run.terminal.result(&both.row("forward and backward"));
    if let Some(memory) = memory {
        run.terminal
            .result(&format!("{:20} {memory:6} MiB at most, weights read from the file included", "memory"));
    }
    run.terminal.result("");
    table.lines().iter().for_each(|line| run.terminal.result(line));
    Ok(Outcome::Done)
}

/// How long runs took: the first, which also makes the plan, and the others.
struct Timing {
    first: Duration,
    median: Duration,
    least: Duration,
}

impl Timing {
    fn of(runs: u32, model: &Model, batch: usize, backward: bool) -> anyhow::Result<(Timing, Workload)> {
        let started = Instant::now();
        let mut workload = model.workload(batch, backward)?;
        workload.run()?;
        let first = started.elapsed();
        let mut time = || {
            let started = Instant::now();
            workload.run().map(|()| started.elapsed())
        };
        let mut times = (0..runs).map(|_| time()).collect::<Result<Vec<_>, _>>()?;
        times.sort();
        Ok((Timing { first, median: times[times.len() / 2], least: times[0] }, workload))
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

/// The most MiB this process has held at once, where the system tells.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib.div_ceil(1 << 10))
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 1e2
}
