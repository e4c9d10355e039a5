//! The `inscape` command.

mod arguments;
mod bundled;
mod commands;
mod inputs;
mod interrupt;
mod opening;
mod output;
mod pace;
mod progress;
mod rounds;
mod run;
mod terminal;

use std::process::ExitCode;

use clap::FromArgMatches;

use arguments::Everywhere;
use run::{Outcome, Run};

fn main() -> ExitCode {
    let matches = commands::program().get_matches();
    let everywhere = match Everywhere::from_arg_matches(&matches) {
        Ok(everywhere) => everywhere,
        Err(error) => error.exit(),
    };
    let run = Run::new(everywhere);
    interrupt::install(run.terminal.clone());
    match commands::dispatch(&matches, &run) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Partly) => ExitCode::from(1),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(error) => {
            run.terminal.error(&error);
            ExitCode::from(run::exit_code(&error))
        }
    }
}
