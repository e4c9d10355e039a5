use std::path::PathBuf;

use anyhow::bail;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::{Card, Image, Inspection, Layer, Probe};
use serde_json::{Value, json};

use crate::interrupt;
use crate::opening::{self, Opened};
use crate::run::{Outcome, Run};
use crate::terminal::printable;

/// What a network is made of.
#[derive(Args)]
struct Asked {
    /// ONNX model [default: --model, else the bundled one]
    #[arg(value_name = "MODEL")]
    subject: Option<PathBuf>,
    /// Classify this picture under every preset and channel order, to find the right preprocessing
    #[arg(long, value_name = "IMAGE")]
    probe: Option<PathBuf>,
    /// Write a model card beside the model, to be completed by hand
    #[arg(long)]
    write_card: bool,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("inspect"))
        .about("List a network's layers, and check how it is fed")
        .after_help(
            "Examples:\n  inscape inspect model.onnx\n  inscape inspect model.onnx --probe cat.jpg\n  \
             inscape inspect model.onnx --write-card",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let opened = opening::model(run, asked.subject.as_deref())?;
    if asked.write_card {
        return write_card(&asked, &opened, run);
    }
    let inspection = opened.model.inspect()?;
    let probes = match &asked.probe {
        Some(path) => opened.model.probe(&Image::open(path)?)?,
        None => Vec::new(),
    };
    if run.everywhere.json {
        run.terminal.result(&format!("{:#}", document(&opened, &inspection, &probes)));
    } else {
        print(&opened, &inspection, &probes, run);
    }
    match inspection.unsupported {
        Some(reason) => bail!("{reason}"),
        None => Ok(Outcome::Done),
    }
}

fn write_card(asked: &Asked, opened: &Opened, run: &Run) -> anyhow::Result<Outcome> {
    let Some(path) = asked.subject.as_deref().or(run.everywhere.model.as_deref()) else {
        bail!("the bundled model has its card; name a model: inscape inspect MODEL --write-card");
    };
    if opening::is_stream(path) {
        bail!("a card is written beside a model file, and standard input is none: name a file");
    }
    let path = path.with_extension("toml");
    if path.exists() && !run.everywhere.force {
        bail!("{} is there already; it stays unless you say --force", path.display());
    }
    let mut card: Card = opened.model.card().clone();
    if let Ok(p) = opened.model.preprocessing() {
        card.input = Some(opened.model.graph().name(opened.model.input()).to_owned());
        card.size = Some([p.height, p.width]);
        card.channels = Some(p.channels);
        card.scale = Some(p.scale);
        card.mean = Some(p.mean.clone());
        card.std = Some(p.std.clone());
        card.resize = Some(p.resize);
        card.resize_to = Some(p.resize_to);
        card.interpolation = Some(p.interpolation);
    }
    if let Ok(scores) = opened.model.scores_value() {
        card.scores = Some(opened.model.graph().name(scores).to_owned());
    }
    interrupt::write(&path, card.to_toml().as_bytes())?;
    run.terminal.say("Check every line: what the file does not say is a guess. `--probe IMAGE` helps.");
    run.terminal.result(&path.display().to_string());
    Ok(Outcome::Done)
}

fn print(opened: &Opened, inspection: &Inspection, probes: &[Probe], run: &Run) {
    let model = &opened.model;
    let line = |text: &str| run.terminal.result(text);
    line(&format!("{}, SHA-256 {}", opened.name, model.sha256()));
    line(&format!("input   {} {:?}", model.graph().name(model.input()), model.input_shape()));
    if let Ok(scores) = model.scores_value() {
        let classes = model.class_count().map_or(String::new(), |count| format!(", {count} classes"));
        line(&format!("scores  {}{classes}", model.graph().name(scores)));
    }
    line(&format!("card    {}", opened.card));
    line(&format!(
        "size    {} parameters, {} multiply-adds",
        amount(inspection.parameters),
        amount(inspection.multiply_adds)
    ));
    line("");
    table(&inspection.layers).iter().for_each(|row| line(row));
    if !probes.is_empty() {
        line("");
        line("preset        channels  probability  class");
        for probe in probes {
            let preset = probe.preset.map_or_else(|| "the card".to_owned(), |preset| preset.to_string());
            let name = probe.top.name.clone().unwrap_or_else(|| probe.top.index.to_string());
            line(&format!(
                "{preset:13} {:8} {:10.2} %  {name}",
                probe.channels.to_string(),
                100.0 * probe.top.probability
            ));
        }
    }
}

const HEADINGS: [&str; 6] = ["value", "operator", "shape", "parameters", "mult-adds", "sees, step"];

/// A line for every layer under its headings, each column as wide as its widest cell: names say what a target is called,
/// so they are never cut.
fn table(layers: &[Layer]) -> Vec<String> {
    let rows: Vec<[String; 6]> =
        std::iter::once(HEADINGS.map(str::to_owned)).chain(layers.iter().map(row)).collect();
    let widths: [usize; 6] =
        std::array::from_fn(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0));
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths).enumerate().map(|(i, (cell, width))| match i {
            0 | 1 => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect()
}

fn row(layer: &Layer) -> [String; 6] {
    let shape = layer.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
    let sees = layer.receptive_field.map_or(String::new(), |field| {
        let [height, wide] = field.size;
        let size = if height == wide { height.to_string() } else { format!("{height}×{wide}") };
        format!("{size}, {}", field.stride[0])
    });
    let some = |count: u64| if count == 0 { String::new() } else { amount(count) };
    // What would move the cursor is spelt out by the terminal, so it is counted spelt out.
    let spelt = |name: &String| printable(name).replace('\n', "\\u000a").replace('\t', "\\u0009");
    let [value, operator] = [&layer.value, &layer.operator].map(spelt);
    [value, operator, shape, some(layer.parameters), some(layer.multiply_adds), sees]
}

/// A count in three digits: 1.24 M.
fn amount(count: u64) -> String {
    let scales = [(1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")];
    match scales.into_iter().find(|&(scale, _)| count >= scale) {
        Some((10_000, _)) => format!("{:.1} k", count as f64 / 1e3),
        Some((scale, unit)) => format!("{:.2} {unit}", count as f64 / scale as f64),
        None => count.to_string(),
    }
}

fn document(opened: &Opened, inspection: &Inspection, probes: &[Probe]) -> Value {
    let model = &opened.model;
    let layers = inspection.layers.iter().map(|layer| {
        json!({
            "node": layer.node,
            "operator": layer.operator,
            "value": layer.value,
            "shape": layer.shape,
            "parameters": layer.parameters,
            "multiply_adds": layer.multiply_adds,
            "receptive_field": layer.receptive_field.map(|f| json!({ "size": f.size, "stride": f.stride, "start": f.start })),
        })
    });
    let probes = probes.iter().map(|probe| {
        json!({
            "preset": probe.preset.map(|preset| preset.to_string()),
            "channels": probe.channels.to_string(),
            "index": probe.top.index,
            "name": probe.top.name,
            "probability": probe.top.probability,
        })
    });
    json!({
        "schema": "inscape.inspect/1",
        "version": env!("CARGO_PKG_VERSION"),
        "model": opened.mark(),
        "input": { "value": model.graph().name(model.input()), "shape": model.input_shape() },
        "scores": model.scores_value().ok().map(|value| model.graph().name(value)),
        "classes": model.class_count().ok(),
        "card": opened.card,
        "preprocessing": opened.preprocessing(),
        "parameters": inspection.parameters,
        "multiply_adds": inspection.multiply_adds,
        "layers": layers.collect::<Vec<_>>(),
        "unsupported": inspection.unsupported,
        "probes": probes.collect::<Vec<_>>(),
        "warnings": opened.warnings,
    })
}
