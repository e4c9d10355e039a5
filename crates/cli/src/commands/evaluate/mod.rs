mod asked;
mod cases;
mod job;
mod journal;
mod results;

use clap::{ArgMatches, Command};

use crate::run::{Outcome, Run, Usage};

pub(super) fn define() -> Command {
    Command::new("evaluate")
        .about("Measure a method on a data set with known answers")
        .subcommand_required(true)
        .subcommand(asked::define())
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    match matches.subcommand() {
        Some(("localization", matches)) => job::run(matches, run),
        _ => Err(Usage("say what to evaluate: inscape evaluate localization --dataset DIR".into()).into()),
    }
}
