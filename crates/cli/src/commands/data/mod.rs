mod infinite_mnist;
mod keep;
mod patches;

use clap::{ArgMatches, Command};

use crate::run::{Outcome, Run, Usage};

pub(super) fn define() -> Command {
    Command::new("data")
        .about("Make data to learn from: infinite MNIST, whitened natural patches")
        .subcommand_required(true)
        .subcommand(infinite_mnist::define())
        .subcommand(patches::define())
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    match matches.subcommand() {
        Some(("infinite-mnist", matches)) => infinite_mnist::run(matches, run),
        Some(("patches", matches)) => patches::run(matches, run),
        _ => {
            Err(Usage("say what to make: inscape data infinite-mnist, or inscape data patches".into()).into())
        }
    }
}
