use std::time::{Duration, Instant};

use anyhow::Context;
use inscape::{ErrorKind, Evolution, Size, Watch};
use serde_json::{Map, Value, json};

use super::keep::{Keeper, Made, percent};
use crate::interrupt;
use crate::run::Outcome;

/// Seconds that are worth spending where nobody said how much.
const WORTH: f64 = 600.0;

/// How often the archive is saved on the way.
const SAVED_EVERY: Duration = Duration::from_secs(60);

/// Images written where no class was named.
const SHOWN: usize = 10;

/// Breeds images for all classes and writes those of some.
pub(super) fn run(
    keeper: &Keeper<'_>,
    classes: &[usize],
    population: usize,
    evaluations: Option<u64>,
    published: Size,
) -> anyhow::Result<Outcome> {
    let former = keeper.former_summary()?;
    let mut evolution = started(keeper, population)?;
    for class in 0..evolution.classes() {
        // Found out before anything is computed.
        keeper.former(class)?;
    }
    let before = evolution.generations();
    let asked = evaluations.or_else(|| former.as_ref()?["evaluations_wanted"].as_u64());
    let asked = asked.map(|count| (count as usize).div_ceil(population).max(1));
    let (goal, bred) = bred(keeper, &mut evolution, asked, published);
    if evolution.generations() == 0 {
        return bred.map(|()| Outcome::Done);
    }
    let fresh = evolution.generations() > before;
    let records = images(keeper, &evolution, classes, fresh)?;
    let former = former.filter(|_| !fresh);
    let (summary, others) = summarized(keeper, &evolution, &records, goal * population, former)?;
    keeper.finish(&records, &others, &summary)?;
    let generations = evolution.generations();
    bred.with_context(|| {
        format!("{generations} of {goal} generations are saved; the same command goes on from there")
    })?;
    Ok(Outcome::Done)
}

/// A new evolution, or the one that was saved.
fn started(keeper: &Keeper<'_>, population: usize) -> anyhow::Result<Evolution> {
    let (model, encoding, seed) = (&keeper.opened.model, keeper.encoding, keeper.run.everywhere.seed);
    let path = keeper.folder.path(&keeper.name("archive"));
    let Ok(bytes) = std::fs::read(&path) else {
        return Ok(Evolution::new(model, encoding, population, seed)?);
    };
    match Evolution::open(model, encoding, population, seed, &bytes) {
        Ok(evolution) => Ok(evolution),
        Err(error) if error.kind == ErrorKind::File && keeper.run.everywhere.force => {
            Ok(Evolution::new(model, encoding, population, seed)?)
        }
        Err(error) => Err(anyhow::Error::new(error)
            .context(format!("{} cannot be gone on with: use --force, or another --output", path.display()))),
    }
}

/// Breeds up to the generations asked for, or ten minutes' worth; gives how many they were to be and what stopped it.
fn bred(
    keeper: &Keeper<'_>,
    evolution: &mut Evolution,
    asked: Option<usize>,
    published: Size,
) -> (usize, anyhow::Result<()>) {
    let most = asked.unwrap_or(published.generations);
    if evolution.generations() >= most {
        let left = "generations are there already and stay; a larger --evaluations goes on";
        keeper.run.terminal.say(&format!("{} {left}", evolution.generations()));
        return (most, Ok(()));
    }
    let cancel = interrupt::gently();
    let watch = Watch { cancel: Some(&cancel), ..Watch::default() };
    let rate = match paced(evolution, &watch, most) {
        Ok(rate) => rate,
        Err(error) => return (most, Err(error.into())),
    };
    let population = evolution.evaluations() / evolution.generations();
    let worth = (WORTH * rate) as usize / population;
    let goal = asked.unwrap_or(most.min(worth).max(evolution.generations()));
    announce(keeper, evolution, rate, goal, published);
    (goal, breed(keeper, evolution, &watch, goal))
}

/// Breeds until the speed is known, in images a second; the first generation also makes the plan, so the second is timed.
fn paced(evolution: &mut Evolution, watch: &Watch<'_>, most: usize) -> Result<f64, inscape::Error> {
    let mut rate = 1.0;
    for _ in 0..2 {
        if evolution.generations() < most {
            let (begun, before) = (Instant::now(), evolution.evaluations());
            evolution.advance(watch)?;
            rate = (evolution.evaluations() - before) as f64 / begun.elapsed().as_secs_f64().max(1e-6);
        }
    }
    Ok(rate)
}

fn announce(keeper: &Keeper<'_>, evolution: &Evolution, rate: f64, goal: usize, published: Size) {
    let population = evolution.evaluations() / evolution.generations().max(1);
    let left = (goal - evolution.generations()) * population;
    let Size { population: size, generations } = published;
    keeper.run.terminal.say(&format!(
        "{rate:.0} images a second: {goal} generations of {population}, {} to go",
        time(left as f64 / rate)
    ));
    keeper.run.terminal.say(&format!(
        "the published size, {generations} generations of {size}, takes {}: --evaluations {}",
        time((size * generations) as f64 / rate),
        size * generations,
    ));
}

fn breed(
    keeper: &Keeper<'_>,
    evolution: &mut Evolution,
    watch: &Watch<'_>,
    goal: usize,
) -> anyhow::Result<()> {
    let generations = goal - evolution.generations();
    let progress = keeper.run.terminal.progress(generations, 1, "breeding generations");
    let mut saved = Instant::now();
    while evolution.generations() < goal {
        evolution.advance(watch)?;
        progress.step();
        if saved.elapsed() > SAVED_EVERY {
            save(keeper, evolution)?;
            saved = Instant::now();
        }
    }
    Ok(())
}

fn save(keeper: &Keeper<'_>, evolution: &Evolution) -> anyhow::Result<()> {
    keeper.folder.write(&keeper.name("archive"), &evolution.bytes())
}

/// The images of the classes asked for, or of the most probable; what is there and has not changed stays.
fn images(
    keeper: &Keeper<'_>,
    evolution: &Evolution,
    classes: &[usize],
    fresh: bool,
) -> anyhow::Result<Vec<Value>> {
    let best = evolution.best();
    let mut chosen = classes.to_vec();
    if chosen.is_empty() {
        chosen = (0..best.len()).collect();
        chosen.sort_by(|&a, &b| best[b].total_cmp(&best[a]).then(a.cmp(&b)));
        chosen.truncate(SHOWN);
    }
    let mut records = Vec::new();
    for class in chosen {
        if let Some(former) = keeper.former(class)?.filter(|_| !fresh) {
            records.push(former);
            continue;
        }
        let champion = evolution.champion(class)?.with_context(|| format!("no image of class {class}"))?;
        let mut more = Map::new();
        more.insert("generation".into(), json!(champion.generation));
        more.insert("generations".into(), json!(evolution.generations()));
        more.insert("evaluations".into(), json!(evolution.evaluations()));
        records.push(keeper.keep(&Made {
            class,
            image: champion.image,
            probability: champion.probability,
            more,
            warnings: Vec::new(),
            beside: Vec::new(),
        })?);
    }
    Ok(records)
}

/// Writes the archive, the curve, the sheet and last the summary, unless that is there already; gives its record and the
/// files' names.
fn summarized(
    keeper: &Keeper<'_>,
    evolution: &Evolution,
    records: &[Value],
    wanted: usize,
    former: Option<Value>,
) -> anyhow::Result<(Value, Vec<String>)> {
    let last = evolution.moments().last().copied().context("nothing was bred")?;
    let mut files = vec![keeper.name("archive"), keeper.name("curve.svg")];
    files.extend(keeper.sheet(records)?);
    keeper.run.terminal.say(&format!(
        "best probability over {} classes: median {}, quartiles {} and {}; {} of at least 99 %",
        evolution.classes(),
        percent(last.median),
        percent(last.lower),
        percent(last.upper),
        last.fooled,
    ));
    if let Some(former) = former {
        files.push(keeper.name("json"));
        return Ok((former, files));
    }
    save(keeper, evolution)?;
    keeper.folder.write(&keeper.name("curve.svg"), evolution.curve().svg().as_bytes())?;
    let mut record = keeper.record("inscape.evolution/1");
    let curve = evolution.moments().iter().map(|m| json!([m.lower, m.median, m.upper, m.fooled]));
    let more = [
        ("classes", json!(evolution.classes())),
        ("generations", json!(evolution.generations())),
        ("evaluations", json!(evolution.evaluations())),
        ("evaluations_wanted", json!(wanted)),
        ("median", json!(last.median)),
        ("lower_quartile", json!(last.lower)),
        ("upper_quartile", json!(last.upper)),
        ("at_least_0.99", json!(last.fooled)),
        ("best", json!(evolution.best())),
        ("curve_columns", json!(["lower_quartile", "median", "upper_quartile", "at_least_0.99"])),
        ("curve", Value::Array(curve.collect())),
    ];
    record.more = more.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    record.files.clone_from(&files);
    keeper.folder.write(&keeper.name("json"), record.json().as_bytes())?;
    files.push(keeper.name("json"));
    Ok((serde_json::to_value(&record)?, files))
}

/// In the unit a person would use.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
