//! The `inscape` command.

mod arguments;
mod bundled;
mod commands;
mod inputs;
mod interrupt;
mod localizing;
mod opening;
mod output;
mod pace;
mod progress;
mod rounds;
mod run;
mod terminal;
mod typed;

use std::process::ExitCode;

use clap::FromArgMatches;

use arguments::Everywhere;
use inscape_tensor::Isa;
use run::{Outcome, Run, Usage};

fn main() -> ExitCode {
    let matches = commands::program().get_matches();
    let everywhere = match Everywhere::from_arg_matches(&matches) {
        Ok(everywhere) => everywhere,
        Err(error) => error.exit(),
    };
    let run = Run::new(everywhere);
    if let Err(problem) = Isa::asked() {
        run.terminal.error(&Usage(problem).into());
        return ExitCode::from(2);
    }
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
