mod job;
mod keep;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use inscape::atlas::{EVIDENCE, Evidence};

use crate::arguments::at_least_one;
use crate::run::{Outcome, Run};

/// The pictures that excite every unit most.
#[derive(Args)]
struct Asked {
    /// Pictures, or folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "DIR")]
    images: Vec<PathBuf>,
    /// Values whose units are looked at [default: every convolution and matrix product, after its activation]
    #[arg(long, value_name = "VALUE,…", value_delimiter = ',')]
    layers: Vec<String>,
    /// Strongest pictures of each unit
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 9)]
    top: usize,
    /// Side of a tile in pixels
    #[arg(long, value_name = "PX", value_parser = clap::value_parser!(u16).range(8..=512), default_value_t = 64)]
    tile: u16,
    /// Draw no pictures: numbers alone, fit to publish
    #[arg(long)]
    no_pictures: bool,
    /// The first N pictures only
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,
}

pub(super) fn define() -> Command {
    let names = EVIDENCE.iter().map(|kind| PossibleValue::new(kind.name).help(kind.shows));
    let evidence = Arg::new("evidence")
        .long("evidence")
        .value_name("KIND,…")
        .value_delimiter(',')
        .action(ArgAction::Append)
        .value_parser(PossibleValuesParser::new(names))
        .help("What is drawn of each unit [default: all but optimized]");
    Asked::augment_args(Command::new("atlas").arg(evidence))
        .about("Find the pictures that excite every unit of a network most")
        .long_about(
            "Find the pictures that excite every unit of a network most, in one pass over a folder of pictures, with what of them each \
             unit answers to (DeconvNet and gradient from the strongest position) and how active it is. Optimized images of many units are hours \
             of work: they are made where `--evidence` names them, and of one unit in the page of `inscape serve`.\n\nThe result is the folder \
             MODEL.atlas: index.html with a page for every row of units, one picture for each unit, and all numbers as JSON. \
             Stopped work goes on: after the pass, row by row.",
        )
        .after_help(
            "Examples:\n  inscape atlas --images photos/\n  \
             inscape atlas --images photos/ --model resnet50.onnx --layers conv1,layer4.2 --top 4\n  \
             inscape atlas --images photos/ --evidence top --tile 96\n  \
             inscape atlas --images photos/ --layers fire5/Relu_2 --evidence top,deconv,optimized\n  inscape atlas --images photos/ --no-pictures",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let named: Option<Vec<&String>> = matches.get_many("evidence").map(Iterator::collect);
    let wanted = |kind: &&Evidence| match &named {
        Some(names) => names.iter().any(|name| *name == kind.name),
        None => kind.unasked,
    };
    let kinds: Vec<Evidence> =
        EVIDENCE.iter().filter(wanted).filter(|_| !asked.no_pictures).copied().collect();
    job::run(run, &asked, kinds)
}
