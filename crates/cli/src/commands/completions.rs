use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::{Shell, generate};

use crate::run::{Outcome, Run};

pub(super) fn define() -> Command {
    Command::new("completions")
        .about("Print a completion script for a shell")
        .after_help(
            "Example:\n  inscape completions bash > ~/.local/share/bash-completion/completions/inscape",
        )
        .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)))
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    if let Some(&shell) = matches.get_one::<Shell>("shell") {
        let mut script = Vec::new();
        generate(shell, &mut super::program(), "inscape", &mut script);
        run.terminal.result(String::from_utf8_lossy(&script).trim_end());
    }
    Ok(Outcome::Done)
}
