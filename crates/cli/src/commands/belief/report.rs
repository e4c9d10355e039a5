use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::{Progress, Watch};
use inscape_belief::report::{Report, Settings, Subject as Network, report};
use inscape_belief::units::Manifold;
use inscape_tensor::Pool;
use serde_json::{Map, Value, json};

use super::options::Ways;
use super::record;
use super::subject::Subject;
use crate::arguments::at_least_one;
use crate::bundled;
use crate::interrupt;
use crate::output::{Folder, Identity, Standing};
use crate::run::{Outcome, Run, Usage};

/// The figures of Erhan et al. for networks at hand.
#[derive(Args)]
struct Asked {
    /// Networks trained by inscape, up to eight
    #[arg(value_name = "MODEL.safetensors", default_values = bundled::NETWORKS.iter().map(|(name, _)| *name))]
    subjects: Vec<PathBuf>,
    /// Units of each layer [default: 36, and 144 of networks of natural patches]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    units: Option<usize>,
    /// Unit of the topmost layer, counted from 0, whose invariance manifold is walked [default: the one that its own picture tells
    /// best from the others]
    #[arg(long, value_name = "UNIT")]
    manifold: Option<usize>,
    #[command(flatten)]
    ways: Ways,
}

/// The most networks of a page.
const MOST: usize = 8;

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("report"))
        .about("Write one page with the figures of Erhan et al. 2009 for one or more networks")
        .long_about(
            "Write one page with the figures of Erhan, Bengio, Courville and Vincent (2009) and the invariance manifold of Erhan, \
             Courville and Bengio (2010) for one or more networks, with words that follow from what is measured.",
        )
        .after_help(
            "Examples:\n  inscape belief report\n  inscape belief report dbn.safetensors sdae.safetensors\n  \
             inscape belief report dbn.safetensors --units 16 --starts 3 --thinning 10",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    if asked.subjects.len() > MOST {
        return Err(Usage(format!("a page shows at most {MOST} networks")).into());
    }
    let subjects =
        asked.subjects.iter().map(|path| Subject::open(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let seed = run.everywhere.seed;
    let mut settings = Settings {
        maximization: asked.ways.maximization(seed),
        sampling: asked.ways.sampling(seed),
        combination: asked.ways.combination(),
        manifold: Manifold { seed, ..Manifold::default() },
        walked: asked.manifold,
        ..Settings::default()
    };
    if let Some(units) = asked.units {
        settings.units = [units; 2];
    }
    let stems: Vec<&str> = subjects.iter().map(|subject| &subject.stem[..]).collect();
    let base = format!("{}.belief", stems.join("-").chars().take(120).collect::<String>());
    let name = format!("{base}.json");
    let marks: Vec<_> = subjects.iter().map(|subject| &subject.mark).collect();
    let mut all = Map::new();
    all.insert("models".into(), json!(marks));
    all.insert("units".into(), json!(settings.units));
    all.insert("manifold".into(), json!(settings.walked));
    all.extend(asked.ways.settings(None));
    let kind = ["inscape.belief/1", "belief report"];
    let mut before = record::before(run, kind, all, marks[0].clone());
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let (paths, record) = match folder.standing(&name, &Identity::of(&before))? {
        Standing::Same(_) => {
            run.terminal.say(&format!("{} is there already and stays", folder.path(&name).display()));
            folder.recall(&name)?
        }
        Standing::Free => {
            let mut made = measured(run, &subjects, &settings)?;
            made.study.facts = facts(run, &subjects, &asked);
            made.study.command = command(&asked, seed);
            before.more.insert("networks".into(), json!(made.networks));
            folder.keep(&name, before, &[(format!("{base}.html"), made.study.html().into_bytes())])?
        }
    };
    folder.rebuild_index(&[])?;
    if run.everywhere.json {
        run.terminal.result(&format!("{record:#}"));
    } else {
        paths.iter().for_each(|path| run.terminal.result(path));
    }
    Ok(Outcome::Done)
}

fn measured(run: &Run, subjects: &[Subject], settings: &Settings) -> anyhow::Result<Report> {
    let cancel = interrupt::gently();
    let networks: Vec<Network> =
        subjects.iter().map(|of| Network { name: of.stem.clone(), network: of.network.clone() }).collect();
    let layers: usize = networks.iter().map(|of| of.network.layers.len()).sum();
    let steps = layers * 1000;
    let progress = run.terminal.progress(1, steps, "looking at units");
    let told = |Progress { done, total }: Progress| progress.within(done * steps / total.max(1));
    let watch = Watch { progress: Some(&told), cancel: Some(&cancel) };
    Ok(report(&networks, settings, &Pool::new(run.everywhere.threads)?, &watch)?)
}

fn facts(run: &Run, subjects: &[Subject], asked: &Asked) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = subjects
        .iter()
        .map(|of| ("Network".to_owned(), format!("{}, SHA-256 {}", of.mark.file, of.mark.sha256)))
        .collect();
    let number = |value: &Value| value.to_string();
    let settings = asked.ways.settings(None);
    let words: Vec<String> = settings
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| format!("{key} {}", number(value)))
        .collect();
    facts.push(("Settings".to_owned(), words.join(", ").replace('_', "-")));
    facts.push(("Seed".to_owned(), run.everywhere.seed.to_string()));
    facts.push(("Kernels".to_owned(), inscape_tensor::Isa::current().name().to_owned()));
    facts
}

/// The command that makes the page again: what differs from the defaults is in its settings.
fn command(asked: &Asked, seed: u64) -> String {
    let names =
        asked.subjects.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let mut words = vec!["inscape belief report".to_owned()];
    words.extend(names);
    words.extend(asked.units.map(|units| format!("--units {units}")));
    words.extend(asked.manifold.map(|unit| format!("--manifold {unit}")));
    words.extend(asked.ways.typed());
    if seed != 0 {
        words.push(format!("--seed {seed}"));
    }
    words.join(" ")
}
