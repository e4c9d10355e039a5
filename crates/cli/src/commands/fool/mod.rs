mod climb;
mod evolve;
mod keep;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use inscape::{Ascent, ENCODINGS, Encoding, Model, Target};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use crate::opening;
use crate::output::Folder;
use crate::run::{Outcome, Run, Usage};
use keep::Keeper;

/// Images a network is sure of and a person cannot read.
#[derive(Args)]
struct Asked {
    /// Classes whose images are written, by index or name [default: the ten most probable; gradient needs some]
    #[arg(value_name = "CLASS")]
    classes: Vec<String>,
    /// direct, cppn: images to judge in all, rounded up to whole generations [default: about ten minutes' worth]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    evaluations: Option<u64>,
    /// direct, cppn: images in a generation [default: 200; cppn on color networks 400]
    #[arg(long, value_name = "N")]
    population: Option<usize>,
    /// gradient: steps
    #[arg(long, value_name = "N", default_value_t = Ascent::default().steps)]
    steps: usize,
    /// gradient: part of the image, less the mean color, that every step takes away
    #[arg(long, value_name = "D", default_value_t = Ascent::default().decay)]
    decay: f64,
    /// gradient: rise of the probability that a step aims at while it is low
    #[arg(long, value_name = "P", default_value_t = Ascent::default().early)]
    early: f64,
}

pub(super) fn define() -> Command {
    let names = ENCODINGS.iter().map(|row| PossibleValue::new(row.name).help(row.computes));
    let encoding = Arg::new("encoding")
        .long("encoding")
        .value_name("ENCODING")
        .value_parser(PossibleValuesParser::new(names))
        .ignore_case(true)
        .default_value(ENCODINGS[0].name)
        .help("How an image is written down");
    Asked::augment_args(Command::new("fool").arg(encoding))
        .about("Make images that a network is sure of and no person can read")
        .long_about(
            "Make images that a network is sure of and no person can read (Nguyen, Yosinski and Clune 2015): a high \
             probability is no sign of a readable image.\n\nThe encodings direct and cppn breed images for all classes at \
             once; CLASS only chooses which are written. The same command goes on where it stopped, with a larger \
             --evaluations beyond its end. The encoding gradient climbs from noise, class by class.",
        )
        .after_help(
            "Examples:\n  inscape fool\n  inscape fool --encoding cppn --evaluations 20000\n  \
             inscape fool flamingo 'tiger cat' --encoding gradient\n  \
             inscape fool flamingo --encoding gradient --decay 0 --early 0.02 --steps 500",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let name = matches.get_one::<String>("encoding").map_or(ENCODINGS[0].name, String::as_str);
    let encoding = Encoding::named(name)?;
    let opened = opening::model(run, None)?;
    let classes = asked.classes.iter().map(|text| class(&opened.model, text));
    let mut classes = classes.collect::<anyhow::Result<Vec<_>>>()?;
    let mut seen = std::collections::HashSet::new();
    classes.retain(|class| seen.insert(*class));
    let channels = opened.model.preprocessing()?.mean.len();
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let mut settings = Map::new();
    settings.insert("encoding".into(), json!(encoding.name));
    let keeper = |more: &[(&str, Value)]| {
        settings.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        settings.insert("preprocessing".into(), Value::Object(opened.preprocessing()));
        Keeper { run, opened, folder, encoding, settings, kernels: Isa::current().name() }
    };
    match encoding.published(channels) {
        Some(size) => {
            let population = asked.population.unwrap_or(size.population);
            let keeper = keeper(&[("population", json!(population))]);
            evolve::run(&keeper, &classes, population, asked.evaluations, size)
        }
        None if classes.is_empty() => Err(Usage(
            "name the classes to climb to: inscape fool flamingo 'tiger cat' --encoding gradient".into(),
        )
        .into()),
        None => {
            let ascent = Ascent {
                steps: asked.steps,
                decay: asked.decay,
                early: asked.early,
                seed: run.everywhere.seed,
                ..Ascent::default()
            };
            let keeper = keeper(&[
                ("steps", json!(ascent.steps)),
                ("decay", json!(ascent.decay)),
                ("early", json!(ascent.early)),
                ("late", json!(ascent.late)),
                ("max_rate", json!(ascent.max_rate)),
            ]);
            climb::run(&keeper, &classes, &ascent)
        }
    }
}

fn class(model: &Model, text: &str) -> anyhow::Result<usize> {
    match model.target(text)? {
        Target::Class(index) if index < model.class_count()? => Ok(index),
        Target::Class(index) => {
            let last = model.class_count()?.saturating_sub(1);
            Err(Usage(format!("there is no class {index}; the classes are 0 to {last}")).into())
        }
        other => Err(Usage(format!("'{other}' is no class; fool takes class indices or names")).into()),
    }
}
