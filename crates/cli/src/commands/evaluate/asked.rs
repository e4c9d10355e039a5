use std::path::PathBuf;

use clap::{Args, Command};
use inscape::evaluation::LAYOUTS;

use crate::{arguments, localizing};

/// How well objects are found in a data set.
#[derive(Args)]
pub(super) struct Asked {
    /// Folder of the data set, or a CSV table of boxes
    #[arg(long, required = true, value_name = "DIR")]
    pub(super) dataset: PathBuf,
    /// Which of the data set's lists of pictures [default: val; PASCAL VOC: the first of test, val, trainval, train]
    #[arg(long, value_name = "NAME")]
    pub(super) split: Option<String>,
    /// Only the first N pictures, in order of their names
    #[arg(long, value_name = "N", value_parser = arguments::at_least_one)]
    pub(super) limit: Option<usize>,
    /// CSV of `class of the data set,class of the network`, where names alone do not tell
    #[arg(long, value_name = "FILE")]
    pub(super) class_map: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:\n  inscape evaluate localization --dataset ILSVRC\n  \
    inscape evaluate localization --dataset VOC2007 --class-map voc.csv --limit 200\n  \
    inscape evaluate localization --dataset boxes.csv --model model.onnx --option segmentation=threshold --json";

pub(super) fn define() -> Command {
    let width = LAYOUTS.iter().map(|layout| layout.name.len()).max().unwrap_or(0);
    let layouts: String =
        LAYOUTS.iter().map(|layout| format!("  {:width$}  {}\n", layout.name, layout.looks)).collect();
    localizing::with_options(Asked::augment_args(Command::new("localization")))
        .about("Measure how well objects are found, against boxes that look at nothing")
        .long_about(
            "Measure how well objects are found, against boxes that look at nothing: localization error, GT-known error, \
             MaxBoxAcc, the pointing game and mean IoU with bootstrap intervals.\n\nWrites summary.json, report.html, \
             pictures.csv and submission.csv, and keeps a journal: the same command goes on where it stopped.",
        )
        .after_help(format!("Data sets:\n{layouts}\n{EXAMPLES}"))
        .after_long_help(format!(
            "Data sets:\n{layouts}\n{EXAMPLES}\n\nSettings for --option KEY=VALUE, with those of the preset 'default':\n{}",
            localizing::listed()
        ))
}
