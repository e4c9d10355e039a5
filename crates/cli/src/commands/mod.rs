mod atlas;
mod attribute;
mod belief;
mod bench;
mod check;
mod classify;
mod completions;
mod data;
mod evaluate;
mod explain;
mod fool;
mod inspect;
mod licenses;
mod localize;
mod serve;
mod train;
mod visualize;

use clap::{ArgMatches, Args, Command};

use crate::arguments::Everywhere;
use crate::run::{Outcome, Run};

/// A command: how it is typed and what runs it.
pub(crate) struct CommandRow {
    /// Its words, help and options.
    pub(crate) define: fn() -> Command,
    /// What it does.
    pub(crate) run: fn(&ArgMatches, &Run) -> anyhow::Result<Outcome>,
}

/// Every command there is. To add one: one file here, one row.
pub(crate) const COMMANDS: &[CommandRow] = &[
    CommandRow { define: explain::define, run: explain::run },
    CommandRow { define: attribute::define, run: attribute::run },
    CommandRow { define: localize::define, run: localize::run },
    CommandRow { define: visualize::define, run: visualize::run },
    CommandRow { define: atlas::define, run: atlas::run },
    CommandRow { define: serve::define, run: serve::run },
    CommandRow { define: classify::define, run: classify::run },
    CommandRow { define: evaluate::define, run: evaluate::run },
    CommandRow { define: fool::define, run: fool::run },
    CommandRow { define: data::define, run: data::run },
    CommandRow { define: train::define, run: train::run },
    CommandRow { define: belief::define, run: belief::run },
    CommandRow { define: inspect::define, run: inspect::run },
    CommandRow { define: check::define, run: check::run },
    CommandRow { define: bench::define, run: bench::run },
    CommandRow { define: licenses::define, run: licenses::run },
    CommandRow { define: completions::define, run: completions::run },
];

/// The whole program as clap sees it.
pub(crate) fn program() -> Command {
    Everywhere::augment_args(Command::new("inscape"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("Look inside trained vision networks: which pixels made them decide?")
        .long_about(
            "Look inside trained vision networks: which pixels made them decide?\n\n\
             Without a command, inscape explains a bundled picture with a bundled network.",
        )
        .after_help(
            "Examples:\n  inscape\n  inscape explain cat.jpg\n  inscape explain cat.jpg --versus 'tiger cat'\n  \
             inscape attribute photos/ --method saliency --method grad-cam --target top5",
        )
        .subcommands(COMMANDS.iter().map(|row| (row.define)()))
}

/// Runs the command that was typed.
pub(crate) fn dispatch(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let Some((name, matches)) = matches.subcommand() else { return explain::bundled(run) };
    match COMMANDS.iter().find(|row| (row.define)().get_name() == name) {
        Some(row) => (row.run)(matches, run),
        None => anyhow::bail!("no command {name}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::program().debug_assert();
    }
}
