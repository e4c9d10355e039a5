mod job;
mod record;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use inscape::localization::{Localization, OPTIONS, PRESETS, PresetRow};
use inscape::{METHODS, Target};
use serde_json::json;

use crate::arguments::key_value;
use crate::inputs::gather;
use crate::opening;
use crate::output::Folder;
use crate::rounds;
use crate::run::{Outcome, Run};
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
    /// Change one setting, such as gamma=30; repeatable, all are listed below
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    option: Vec<(String, String)>,
    /// Write every stage as a picture too, and a strip of them all
    #[arg(long)]
    stages: bool,
    /// Write the map and the foreground's probability as float32 .npy too
    #[arg(long)]
    raw: bool,
}

pub(super) fn define() -> Command {
    let presets = PRESETS.iter().map(|row| PossibleValue::new(row.name).help(row.means));
    let preset = Arg::new("preset")
        .long("preset")
        .value_name("PRESET")
        .value_parser(PossibleValuesParser::new(presets))
        .ignore_case(true)
        .default_value(PRESETS[0].name)
        .help("The settings to start from");
    let maps = METHODS.iter().map(|method| {
        PossibleValue::new(method.name).aliases(method.aliases.iter().copied()).help(method.computes)
    });
    let map = Arg::new("map")
        .long("map")
        .value_name("METHOD")
        .value_parser(PossibleValuesParser::new(maps))
        .ignore_case(true)
        .help("The attribution that says where the class is [default: the preset's, saliency]");
    Asked::augment_args(Command::new("localize").arg(preset).arg(map))
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
            listed()
        ))
}

/// Every setting, what it takes, its default and what it means.
fn listed() -> String {
    let defaults: Vec<String> =
        Localization::default().entries().map(|(_, value)| value.to_string()).collect();
    let rows = OPTIONS.iter().zip(defaults);
    rows.map(|(row, default)| format!("  {}={} [{default}]  {}\n", row.key, row.takes, row.means)).collect()
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let (preset, settings) = settings(matches, &asked, run)?;
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

/// The preset with what was changed of it.
fn settings(
    matches: &ArgMatches,
    asked: &Asked,
    run: &Run,
) -> anyhow::Result<(&'static PresetRow, Localization)> {
    let name = matches.get_one::<String>("preset").map_or(PRESETS[0].name, String::as_str);
    let preset = PRESETS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).unwrap_or(&PRESETS[0]);
    let mut settings = (preset.make)();
    settings.seed = run.everywhere.seed;
    let map = matches.get_one::<String>("map").map(|map| ("map".to_owned(), map.clone()));
    for (key, value) in map.iter().chain(&asked.option) {
        settings.set(key, value)?;
    }
    Ok((preset, settings))
}
