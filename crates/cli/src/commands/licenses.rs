use clap::{ArgMatches, Command};

use crate::bundled;
use crate::run::{Outcome, Run};

pub(super) fn define() -> Command {
    Command::new("licenses").about("Print the licenses of all that is inside the program")
}

pub(super) fn run(_: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    if run.everywhere.json {
        let document = serde_json::json!({
            "schema": "inscape.licenses/1",
            "notices": bundled::NOTICES,
            "third_party": bundled::THIRD_PARTY,
        });
        run.terminal.result(&format!("{document:#}"));
    } else {
        run.terminal.result(bundled::NOTICES);
        run.terminal.result(bundled::THIRD_PARTY.trim_end());
    }
    Ok(Outcome::Done)
}
