//! The options of a localization, made from its tables.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgMatches, Command};
use inscape::localization::{Localization, OPTIONS, PRESETS};

use crate::run::Run;

const HEADING: &str = "Localization";

/// Adds an option for every setting of a localization, and `--preset`.
pub(crate) fn with_options(command: Command) -> Command {
    let presets = PRESETS.iter().map(|row| PossibleValue::new(row.name).help(row.means));
    let preset = Arg::new("preset")
        .long("preset")
        .value_name("PRESET")
        .value_parser(PossibleValuesParser::new(presets))
        .ignore_case(true)
        .default_value(PRESETS[0].name)
        .help("Settings to start from")
        .help_heading(HEADING);
    let options = OPTIONS.iter().map(|row| {
        Arg::new(row.key)
            .long(row.key)
            .value_name(row.takes)
            .help(row.means)
            .hide_short_help(true)
            .help_heading(HEADING)
    });
    command.arg(preset).args(options)
}

/// The localization that was asked for.
pub(crate) fn settings(matches: &ArgMatches, run: &Run) -> anyhow::Result<Localization> {
    let text = |key: &str| matches.get_one::<String>(key);
    let preset = text("preset").map_or(PRESETS[0].name, String::as_str);
    let mut settings = Localization { seed: run.everywhere.seed, ..Localization::named(preset)? };
    for row in OPTIONS {
        if let Some(value) = text(row.key) {
            settings.set(row.key, value)?;
        }
    }
    Ok(settings)
}

/// The options that were given, as words of a command line.
pub(crate) fn words(matches: &ArgMatches) -> String {
    let given = |key: &str| matches.value_source(key) == Some(clap::parser::ValueSource::CommandLine);
    let keys = std::iter::once("preset").chain(OPTIONS.iter().map(|row| row.key));
    let words = keys.filter(|key| given(key)).filter_map(|key| {
        let value = matches.get_one::<String>(key)?;
        Some(format!(" --{key} {}", crate::typed::quoted(value)))
    });
    words.collect()
}
