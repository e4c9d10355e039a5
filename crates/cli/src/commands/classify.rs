use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::Class;
use inscape_tensor::Isa;
use serde_json::json;

use crate::arguments;
use crate::inputs::{Input, gather};
use crate::opening::{self, input_mark};
use crate::rounds;
use crate::run::{Outcome, Run};

/// The strongest classes of each picture.
#[derive(Args)]
struct Asked {
    /// Pictures, folders of pictures, or .npy tensors in model space
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// How many classes to list
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = arguments::at_least_one)]
    top: usize,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("classify"))
        .about("List the classes a network finds most likely")
        .after_help("Examples:\n  inscape classify cat.jpg\n  inscape classify photos/ --model model.onnx --top 1 --json")
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let inputs = gather(&asked.images)?;
    let opened = opening::model(run, None)?;
    opened.check()?;
    let several = inputs.len() > 1;
    let mut results = Vec::new();
    let round = rounds::each(run, &inputs, "classifying", 1, |input, _| {
        let read = opened.model.read(&input.path)?;
        let mut classes = opened.model.classify(&read)?;
        classes.truncate(asked.top);
        if run.everywhere.json {
            let classes: Vec<_> = classes.iter().map(row).collect();
            results.push(json!({ "input": input_mark(&read, &input.path), "classes": classes }));
        }
        Ok(table(several.then_some(input), &classes))
    })?;
    if run.everywhere.json {
        let document = json!({
            "schema": "inscape.classify/1",
            "version": env!("CARGO_PKG_VERSION"),
            "model": opened.mark(),
            "settings": opened.preprocessing(),
            "kernels": Isa::current().name(),
            "results": results,
            "failed": round.failed,
            "warnings": opened.warnings,
        });
        run.terminal.result(&format!("{document:#}"));
    }
    Ok(round.outcome)
}

fn row(class: &Class) -> serde_json::Value {
    json!({ "index": class.index, "name": class.name, "score": class.score, "probability": class.probability })
}

fn table(input: Option<&Input>, classes: &[Class]) -> Vec<String> {
    let indent = if input.is_some() { "  " } else { "" };
    let rows = classes.iter().map(|class| {
        let name = class.name.as_deref().unwrap_or("");
        let Class { index, score, probability, .. } = class;
        format!("{indent}{:6.2} %  {score:8.3}  {index:4}  {name}", 100.0 * probability)
    });
    input.map(|input| input.path.display().to_string()).into_iter().chain(rows).collect()
}
