mod options;
mod record;
mod report;
mod subject;
mod units;

use clap::{ArgMatches, Command};

use crate::run::{Outcome, Run, Usage};

pub(super) fn define() -> Command {
    Command::new("belief")
        .about("Show what the units of deep belief networks and autoencoders compute")
        .long_about(
            "Show what the units of deep belief networks and autoencoders compute (Erhan, Bengio, Courville and Vincent 2009): \
             the input that excites a unit most, what the network makes up while the unit is on, and the filters below it added up.",
        )
        .subcommand_required(true)
        .subcommand(units::define())
        .subcommand(report::define())
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    match matches.subcommand() {
        Some(("units", matches)) => units::run(matches, run),
        Some(("report", matches)) => report::run(matches, run),
        _ => Err(Usage("say what to show: inscape belief units MODEL.safetensors --layer 2".into()).into()),
    }
}
