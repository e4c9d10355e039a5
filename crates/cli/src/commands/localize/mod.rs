mod job;
mod record;

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::Target;
use serde_json::json;

use crate::inputs::gather;
use crate::output::Folder;
use crate::run::{Outcome, Run};
use crate::{localizing, opening, rounds};
use job::Job;

/// Mask and box of every target's object in every picture.
#[derive(Args)]
struct Asked {
    /// Pictures, folders of pictures, or .npy tensors in model space
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// What is looked for: top1, top5, a class index or name, or an objective; repeatable
    #[arg(long, value_name = "TARGET", default_value = "top1")]
    target: Vec<String>,
    /// Write every stage as a picture too, and a strip of them all
    #[arg(long)]
    stages: bool,
    /// Write the map and the foreground's probability as float32 .npy too
    #[arg(long)]
    raw: bool,
}

pub(super) fn define() -> Command {
    localizing::with_options(Asked::augment_args(Command::new("localize")))
        .about("Find the object of a class: its mask and its box")
        .after_help(
            "Examples:\n  inscape localize cat.jpg\n  inscape localize photos/ --target top5 --stages\n  \
             inscape localize cat.jpg --target tabby --preset simonyan\n  \
             inscape localize cat.jpg --map grad-cam --option segmentation=threshold --option threshold=max:0.2",
        )
        .after_long_help(format!(
            "Examples:\n  inscape localize cat.jpg\n  inscape localize photos/ --target top5 --stages\n  \
             inscape localize cat.jpg --target tabby --preset simonyan\n  \
             inscape localize cat.jpg --map grad-cam --option segmentation=threshold --option threshold=max:0.2\n\n\
             Options for --option KEY=VALUE, with the preset's value where it is 'default':\n{}",
            localizing::listed()
        ))
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let (preset, settings) = localizing::settings(matches, run)?;
    let inputs = gather(&asked.images)?;
    let opened = opening::model(run, None)?;
    opened.model.preprocessing()?;
    let mut targets: Vec<(String, Target)> = Vec::new();
    for text in &asked.target {
        let target = opened.model.target(text)?;
        if !targets.iter().any(|(_, known)| *known == target) {
            targets.push((text.clone(), target));
        }
    }
    if inputs.len() > 1 && opened.model.scores_value().is_ok() {
        opened.check()?;
    }
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let job = Job {
        run,
        raw: asked.raw,
        stages: asked.stages,
        source: preset.source,
        settings,
        opened,
        targets,
        folder,
    };
    let plans = inputs.iter().map(|input| job.plan(input)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut plans = plans.into_iter();
    let mut records = Vec::new();
    let round = rounds::each(run, &inputs, "localizing", job.steps(), |input, progress| {
        job.localize(input, plans.next().flatten(), progress, &mut records)
    })?;
    if !records.is_empty() {
        job.folder.rebuild_index(&round.failed)?;
    }
    if run.everywhere.json {
        let document = json!({
            "schema": "inscape.localize/1",
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
