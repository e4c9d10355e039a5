mod job;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use inscape::{Crops, METHODS, Method, Settings, Target};
use serde_json::json;

use crate::inputs::gather;
use crate::opening;
use crate::output::Folder;
use crate::rounds;
use crate::run::{Outcome, Run, Usage};
use job::Job;

/// One map for every picture, method and target.
#[derive(Args)]
struct Asked {
    /// Pictures, folders of pictures, or .npy tensors in model space
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// What is explained: top1, top5, a class index or name, or an objective such as unit:VALUE:CHANNEL; repeatable
    #[arg(long, value_name = "TARGET", default_value = "top1")]
    target: Vec<String>,
    /// Write the map's numbers too, as float32 .npy
    #[arg(long)]
    raw: bool,
    /// saliency: views it is averaged over, 1 or 10 (corners and center of a larger picture, also mirrored)
    #[arg(long, value_name = "N", default_value = "1", value_parser = ["1", "10"])]
    crops: String,
    /// grad-cam: the value to look at [default: the last that still has positions]
    #[arg(long, value_name = "VALUE")]
    value: Option<String>,
    /// integrated-gradients: points on the way from the zero input
    #[arg(long, value_name = "N", default_value_t = Settings::default().steps)]
    steps: usize,
    /// smoothgrad: noisy inputs
    #[arg(long, value_name = "N", default_value_t = Settings::default().samples)]
    samples: usize,
    /// smoothgrad: standard deviation of the noise, as a part of the input's range
    #[arg(long, value_name = "S", default_value_t = Settings::default().sigma)]
    sigma: f32,
}

pub(super) fn define() -> Command {
    let names = METHODS.iter().map(|method| {
        PossibleValue::new(method.name).aliases(method.aliases.iter().copied()).help(method.computes)
    });
    let method = Arg::new("method")
        .long("method")
        .value_name("METHOD")
        .action(ArgAction::Append)
        .value_parser(PossibleValuesParser::new(names))
        .ignore_case(true)
        .default_value(Method::Saliency.name)
        .help("How it is explained; repeatable");
    Asked::augment_args(Command::new("attribute").arg(method))
        .about("Draw which pixels a score depends on")
        .after_help(
            "Examples:\n  inscape attribute cat.jpg\n  \
             inscape attribute cat.jpg --method grad-cam --method guided-backprop --target tabby --target 'lynx'\n  \
             inscape attribute photos/ --target top5 --raw --output maps\n  \
             inscape attribute cat.jpg --target 'class:281 - class:282' --crops 1\n  \
             inscape attribute cat.jpg --target unit:/fire5/Concat_output_0:17 --json",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let methods = matches.get_many::<String>("method").into_iter().flatten();
    let methods = once(methods.map(|name| Ok(Method::named(name)?)), |a, b| a == b)?;
    read_by(matches, &methods)?;
    let inputs = gather(&asked.images)?;
    let opened = opening::model(run, None)?;
    let targets = asked.target.iter().map(|text| Ok((text.clone(), opened.model.target(text)?)));
    let targets: Vec<(String, Target)> = once(targets, |(_, a), (_, b)| a == b)?;
    if inputs.len() > 1 && opened.model.scores_value().is_ok() {
        opened.check()?;
    }
    let settings = Settings {
        crops: if asked.crops == "10" { Crops::Ten } else { Crops::One },
        steps: asked.steps,
        samples: asked.samples,
        sigma: asked.sigma,
        seed: run.everywhere.seed,
        value: asked.value.clone(),
        ..Settings::default()
    };
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let job = Job { run, raw: asked.raw, settings, opened, methods, targets, folder };
    let plans = inputs.iter().map(|input| job.plan(input)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut plans = plans.into_iter();
    let (mut records, mut any) = (Vec::new(), false);
    let round = rounds::each(run, &inputs, "attributing", job.steps(), |input, progress| {
        let explained = job.explain(input, &plans.next().unwrap_or_default(), progress, &mut records);
        any |= !records.is_empty();
        if !run.everywhere.json {
            records.clear();
        }
        explained
    })?;
    if any {
        job.folder.rebuild_index(&round.failed)?;
    }
    if run.everywhere.json {
        let document = json!({
            "schema": "inscape.attribute/1",
            "version": env!("CARGO_PKG_VERSION"),
            "model": job.opened.mark(),
            "results": records,
            "failed": round.failed,
            "warnings": job.opened.warnings,
        });
        run.terminal.result(&format!("{document:#}"));
    }
    Ok(round.outcome)
}

/// What was asked, without what was asked before.
fn once<T>(
    asked: impl Iterator<Item = anyhow::Result<T>>,
    same: impl Fn(&T, &T) -> bool,
) -> anyhow::Result<Vec<T>> {
    let mut known: Vec<T> = Vec::new();
    for item in asked {
        let item = item?;
        if !known.iter().any(|before| same(before, &item)) {
            known.push(item);
        }
    }
    Ok(known)
}

/// Refuses an option that was typed and that none of the methods reads: it would be passed over in silence.
fn read_by(matches: &ArgMatches, methods: &[Method]) -> anyhow::Result<()> {
    for option in ["crops", "value", "steps", "samples", "sigma"] {
        let typed = matches.value_source(option) == Some(ValueSource::CommandLine);
        let reads = |method: &&Method| method.settings.contains(&option);
        if typed && !methods.iter().any(|method| reads(&method)) {
            let reader = METHODS.iter().find(reads).map_or("another method", |method| method.name);
            let context =
                format!("--{option} is read by {reader} only; add --method {reader} or leave it out");
            return Err(Usage(context).into());
        }
    }
    Ok(())
}
