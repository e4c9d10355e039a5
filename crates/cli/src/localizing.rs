//! The options of a localization, made from its tables.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use inscape::METHODS;
use inscape::localization::{Localization, OPTIONS, PRESETS, PresetRow};

use crate::arguments::key_value;
use crate::run::Run;
use crate::typed::quoted;

/// Adds `--preset`, `--map` and `--option`.
pub(crate) fn with_options(command: Command) -> Command {
    let presets = PRESETS.iter().map(|row| PossibleValue::new(row.name).help(row.means));
    let preset = Arg::new("preset")
        .long("preset")
        .value_name("PRESET")
        .value_parser(PossibleValuesParser::new(presets))
        .ignore_case(true)
        .default_value(PRESETS[0].name)
        .help("The settings to start from");
    let maps = METHODS.iter().map(|method| {
        PossibleValue::new(method.name).aliases(method.aliases.iter().copied()).help(method.computes)
    });
    let map = Arg::new("map")
        .long("map")
        .value_name("METHOD")
        .value_parser(PossibleValuesParser::new(maps))
        .ignore_case(true)
        .help("The attribution that says where the class is [default: the preset's, saliency]");
    let option = Arg::new("option")
        .long("option")
        .value_name("KEY=VALUE")
        .value_parser(key_value)
        .action(ArgAction::Append)
        .help("Change one setting, such as gamma=30; repeatable, all are listed below");
    command.arg(preset).arg(map).arg(option)
}

/// Every setting, what it takes, its default and what it means.
pub(crate) fn listed() -> String {
    let defaults = Localization::default();
    let rows = OPTIONS.iter().zip(defaults.entries());
    rows.map(|(row, (_, default))| format!("  {}={} [{default}]  {}\n", row.key, row.takes, row.means))
        .collect()
}

/// The preset with what was changed of it.
pub(crate) fn settings(
    matches: &ArgMatches,
    run: &Run,
) -> anyhow::Result<(&'static PresetRow, Localization)> {
    let name = matches.get_one::<String>("preset").map_or(PRESETS[0].name, String::as_str);
    let preset = PRESETS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).unwrap_or(&PRESETS[0]);
    let mut settings = (preset.make)();
    settings.seed = run.everywhere.seed;
    for (key, value) in changes(matches) {
        settings.set(&key, &value)?;
    }
    Ok((preset, settings))
}

/// The options that were given, as words of a command line.
pub(crate) fn words(matches: &ArgMatches) -> String {
    let given = matches.value_source("preset") == Some(ValueSource::CommandLine);
    let preset = matches.get_one::<String>("preset").filter(|_| given);
    let preset = preset.map_or_else(String::new, |name| format!(" --preset {}", quoted(name)));
    let changed =
        changes(matches).map(|(key, value)| format!(" --option {}", quoted(&format!("{key}={value}"))));
    std::iter::once(preset).chain(changed).collect()
}

fn changes(matches: &ArgMatches) -> impl Iterator<Item = (String, String)> + '_ {
    let map = matches.get_one::<String>("map").map(|map| ("map".to_owned(), map.clone()));
    map.into_iter().chain(matches.get_many::<(String, String)>("option").into_iter().flatten().cloned())
}
