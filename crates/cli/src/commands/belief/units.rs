use std::path::PathBuf;

use anyhow::Context;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use inscape::report::Record;
use inscape::{Image, Picture, Progress, Watch, npy};
use inscape_belief::tiles::{Shade, tile};
use inscape_belief::units::{Agreement, Expectation, METHODS, Method, Optimum, Sampling, Sensitivity, Units};
use inscape_belief::{Network, Values};
use inscape_tensor::{Pool, Tensor};
use serde_json::{Map, Value, json};

use super::options::Ways;
use super::record;
use super::subject::Subject;
use crate::bundled;
use crate::interrupt;
use crate::output::{Folder, Identity, Standing};
use crate::run::{Outcome, Run};

/// What units of a layer compute, as a sheet.
#[derive(Args)]
struct Asked {
    /// Network trained by inscape, or the name of a bundled one
    #[arg(value_name = "MODEL.safetensors", default_value = bundled::NETWORKS[0].0)]
    subject: PathBuf,
    /// Layer, 1 the lowest
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = crate::arguments::at_least_one)]
    layer: usize,
    /// Units, counted from 0: 0..36, or 3,17,40 [default: the first 36]
    #[arg(long, value_name = "UNITS", value_parser = indices)]
    units: Option<Indices>,
    /// Write the pictures as float32 .npy too: (units, rows, columns)
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    ways: Ways,
}

/// Unit indices as they were typed.
#[derive(Clone, Debug)]
struct Indices(Vec<usize>);

/// Units that are shown where none were named.
const SHOWN: usize = 36;
/// The most units of a sheet.
const MOST: usize = 1000;
/// All methods.
const ALL: &str = "all";

pub(super) fn define() -> Command {
    let names = METHODS.iter().map(|method| PossibleValue::new(method.name).help(method.shows));
    let all = PossibleValue::new(ALL).help("all that the network allows, one below the other");
    let method = Arg::new("method")
        .long("method")
        .value_name("METHOD")
        .value_parser(PossibleValuesParser::new(names.chain([all])))
        .default_value(ALL)
        .help("How units are seen");
    Asked::augment_args(Command::new("units").arg(method))
        .about("Draw units of a layer by up to three methods, one sheet")
        .after_help(
            "Examples:\n  inscape belief units --layer 3\n  \
             inscape belief units dbn.safetensors --layer 2 --units 0..12 --method sampling --thinning 20\n  \
             inscape belief units sdae.safetensors --layer 3 --method maximization --raw",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let method = matches.get_one::<String>("method").map_or(ALL, String::as_str);
    let subject = Subject::open(&asked.subject)?;
    let units = units(&asked, &subject.network)?;
    let refusal = Sampling::refusal(&subject.network, units.layer);
    let wanted = |of: &&Method| method == ALL || method == of.name;
    let allowed = |of: &&Method| method != ALL || **of != Method::SAMPLING || refusal.is_none();
    let methods: Vec<&Method> = METHODS.iter().filter(wanted).filter(allowed).collect();
    let mut settings = Map::new();
    settings.insert("layer".into(), json!(units.layer));
    settings.insert("units".into(), json!(units.indices));
    settings.insert("methods".into(), json!(methods.iter().map(|of| of.name).collect::<Vec<_>>()));
    settings.extend(asked.ways.settings(Some(&subject.network)));
    let kind = ["inscape.units/1", "belief units"];
    let mut record = record::before(run, kind, settings, subject.mark.clone());
    record.method = Some(method.to_owned());
    if method == ALL {
        record.warnings.extend(refusal.map(|reason| format!("no sampling: {reason}")));
    }
    record.warnings.iter().for_each(|warning| run.terminal.warn(warning));
    let job = Job { run, asked: &asked, subject: &subject, units, methods };
    job.work(record, method)
}

fn units(asked: &Asked, network: &Network) -> anyhow::Result<Units> {
    let count = asked.layer.checked_sub(1).and_then(|k| network.layers.get(k)).map_or(0, |l| l.up.outputs);
    let indices = match &asked.units {
        Some(Indices(indices)) => indices.clone(),
        None => (0..count.min(SHOWN)).collect(),
    };
    let units = Units { layer: asked.layer, indices };
    units.check(network)?;
    Ok(units)
}

struct Job<'r> {
    run: &'r Run,
    asked: &'r Asked,
    subject: &'r Subject,
    units: Units,
    methods: Vec<&'static Method>,
}

/// What was found by the methods that were asked for.
#[derive(Default)]
struct Found {
    optima: Option<Vec<Optimum>>,
    expectations: Option<Vec<Expectation>>,
    combinations: Option<Vec<Vec<f32>>>,
}

impl Job<'_> {
    fn work(&self, record: Record, method: &str) -> anyhow::Result<Outcome> {
        let (run, everywhere) = (self.run, &self.run.everywhere);
        let folder = Folder::new(&everywhere.output, everywhere.force)?;
        let base = format!("{}.units.layer_{}.{method}", self.subject.stem, self.units.layer);
        let name = format!("{base}.json");
        let standing = folder.standing(&name, &Identity::of(&record))?;
        let raw = |files: &[String]| files.iter().any(|file| file.ends_with(".npy"));
        let (paths, record) = match standing {
            Standing::Same(files) if !self.asked.raw || raw(&files) => {
                run.terminal.say(&format!("{} is there already and stays", folder.path(&name).display()));
                folder.recall(&name)?
            }
            _ => {
                let pool = Pool::new(everywhere.threads)?;
                let found = self.found(&pool)?;
                let mut record = record;
                record.more = self.numbers(&found, &pool);
                folder.keep(&name, record, &self.files(&base, &found)?)?
            }
        };
        folder.rebuild_index(&[])?;
        if everywhere.json {
            run.terminal.result(&format!("{record:#}"));
        } else {
            paths.iter().for_each(|path| run.terminal.result(path));
        }
        Ok(Outcome::Done)
    }

    fn found(&self, pool: &Pool) -> anyhow::Result<Found> {
        let (network, seed) = (&self.subject.network, self.run.everywhere.seed);
        let cancel = interrupt::gently();
        let mut found = Found::default();
        for method in &self.methods {
            let steps = self.steps(method);
            let progress = self.run.terminal.progress(1, steps, method.name);
            let told = |Progress { done, total }: Progress| progress.within(done * steps / total.max(1));
            let watch = Watch { progress: Some(&told), cancel: Some(&cancel) };
            match method.name {
                name if name == Method::MAXIMIZATION.name => {
                    let model = network.model(self.run.everywhere.threads)?;
                    let settings = self.asked.ways.maximization(seed);
                    found.optima = Some(settings.of(network, &model, &self.units, pool, &watch)?);
                }
                name if name == Method::SAMPLING.name => {
                    let settings = self.asked.ways.sampling(seed);
                    found.expectations = Some(settings.of(network, &self.units, pool, &watch)?);
                }
                _ => {
                    let settings = self.asked.ways.combination();
                    found.combinations = Some(settings.of(network, &self.units, pool)?);
                }
            }
        }
        Ok(found)
    }

    /// Steps that the progress of a method counts.
    fn steps(&self, method: &Method) -> usize {
        if *method == Method::LINEAR_COMBINATION { 1 } else { 1000 }
    }

    /// What the record says of the units.
    fn numbers(&self, found: &Found, pool: &Pool) -> Map<String, Value> {
        let mut more = Map::new();
        if let Some(optima) = &found.optima {
            let each = optima.iter().map(|of| {
                let starts: Vec<f64> = of.starts.iter().map(|start| start.total).collect();
                json!({
                    "unit": of.unit, "total_input": of.total(), "activation": of.probability(),
                    "starts": starts, "mean_cosine": of.cosine(),
                })
            });
            more.insert("maximization".into(), each.collect());
            let matrix = Sensitivity::of(&self.subject.network, &self.units, optima, pool);
            let chance = matrix.shuffled(self.run.everywhere.seed);
            more.insert(
                "sensitivity".into(),
                json!({
                    "wins": matrix.wins(), "own": matrix.diagonal(), "others": matrix.others(),
                    "shuffled": { "wins": chance.wins, "own": chance.diagonal },
                }),
            );
        }
        if let Some(all) = &found.expectations {
            let mean =
                |error: &[f32]| error.iter().map(|&e| f64::from(e)).sum::<f64>() / error.len().max(1) as f64;
            let each =
                all.iter().map(|of| json!({ "unit": of.unit, "mean_standard_error": mean(&of.error) }));
            more.insert("sampling".into(), each.collect());
        }
        let agreement =
            |of: Agreement| json!({ "cosine": of.cosine, "centered": of.centered, "other_units": of.others });
        let best = found.optima.as_ref().map(|all| all.iter().map(|of| of.x().to_vec()).collect::<Vec<_>>());
        if let Some(best) = best {
            let means = found.expectations.as_ref().map(|all| all.iter().map(|of| of.mean.clone()).collect());
            let sampling = means.and_then(|means: Vec<Vec<f32>>| Agreement::between(&means, &best));
            let combination = found.combinations.as_ref().and_then(|of| Agreement::between(of, &best));
            let agree = json!({ "sampling": sampling.map(agreement), "linear-combination": combination.map(agreement) });
            more.insert("agreement_with_maximization".into(), agree);
        }
        more
    }

    fn files(&self, base: &str, found: &Found) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let network = &self.subject.network;
        let mut rows: Vec<(String, Vec<Image>)> = Vec::new();
        let mut raw = Vec::new();
        for method in &self.methods {
            let name = method.name;
            let mean = if network.visible == Values::Unit { Shade::Light } else { Shade::Signed };
            let (pictures, shade): (Vec<&[f32]>, Shade) =
                match (&found.optima, &found.expectations, &found.combinations) {
                    (Some(all), ..) if name == Method::MAXIMIZATION.name => {
                        (all.iter().map(Optimum::x).collect(), Shade::Signed)
                    }
                    (_, Some(all), _) if name == Method::SAMPLING.name => {
                        (all.iter().map(|of| &of.mean[..]).collect(), mean)
                    }
                    (.., Some(all)) => (all.iter().map(|filter| &filter[..]).collect(), Shade::Signed),
                    _ => continue,
                };
            let tiles = pictures.iter().map(|x| tile(x, network.size, shade)).collect::<Result<_, _>>()?;
            rows.push((name.to_owned(), tiles));
            let shape = [pictures.len(), network.size[0], network.size[1]];
            let tensor = Tensor::new(shape, pictures.concat());
            raw.push((format!("{base}.{name}.npy"), npy::bytes(&tensor)));
        }
        let heads: Vec<String> = self.units.indices.iter().map(|unit| format!("unit {unit}")).collect();
        let sheet = Picture::table(&rows, &heads).context("choose fewer --units")?;
        let mut files = vec![(format!("{base}.png"), sheet.png_bytes())];
        if self.asked.raw {
            files.extend(raw);
        }
        Ok(files)
    }
}

fn indices(text: &str) -> Result<Indices, String> {
    let wrong = || format!("expected units such as 0..36 or 3,17,40, at most {MOST} of them");
    let mut all = Vec::new();
    for part in text.split(',') {
        match part.trim().split_once("..") {
            Some((from, to)) => {
                let (from, to) = (from.trim().parse::<usize>(), to.trim().parse::<usize>());
                let (Ok(from), Ok(to)) = (from, to) else { return Err(wrong()) };
                if from >= to || to - from > MOST {
                    return Err(wrong());
                }
                all.extend(from..to);
            }
            None => all.push(part.trim().parse().map_err(|_| wrong())?),
        }
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|&index: &usize| seen.insert(index));
    if all.len() > MOST { Err(wrong()) } else { Ok(Indices(all)) }
}

#[cfg(test)]
mod tests {
    use super::indices;

    #[test]
    fn units_are_ranges_and_numbers() {
        let read = |text: &str| indices(text).map(|of| of.0);
        assert_eq!(read("0..3, 7,2"), Ok(vec![0, 1, 2, 7]));
        for text in ["", "3..3", "4..2", "a", "0..99999999999", "1,", "-1", "..3"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
