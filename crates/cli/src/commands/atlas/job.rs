use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use inscape::atlas::{Drawing, Edges, Evidence, Row, Survey};
use inscape::report::Record;
use inscape::visualization::{Recipe, Request};
use inscape::{Cancel, Error, ErrorKind, Watch};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Asked;
use super::keep::Keeper;
use crate::inputs::{Input, gather};
use crate::interrupt;
use crate::opening::{self, Opened};
use crate::output::Folder;
use crate::run::{Outcome, Run};

/// How often the pass over the pictures is saved.
const SAVED: Duration = Duration::from_secs(30);
/// Edges into and out of each unit that are kept.
const STRONGEST: usize = 10;
/// Bytes of sprites that are in memory at a time.
const ROOM: usize = 96 << 20;

/// An atlas in the making.
struct Job<'r> {
    run: &'r Run,
    opened: Opened,
    inputs: Vec<Input>,
    rows: Vec<Row>,
    drawing: Drawing,
    cancel: Cancel,
    /// Pictures that could not be read, and why.
    failed: Failed,
}

/// File names and reasons.
pub(super) type Failed = Vec<(String, String)>;

pub(super) fn run(run: &Run, asked: &Asked, kinds: Vec<Evidence>) -> anyhow::Result<Outcome> {
    let mut inputs = gather(&asked.images)?;
    inputs.truncate(asked.limit.unwrap_or(usize::MAX));
    let opened = opening::model_for_many(run)?;
    opened.model.preprocessing()?;
    let rows = opened.model.atlas_rows(&asked.layers)?;
    let recipe = match kinds.iter().any(|kind| !kind.unasked) {
        true => opened.model.fitting(&Watch::default())?.recipe()?,
        // none is climbed
        false => Recipe::named("clear")?,
    };
    let request = Request { seed: run.everywhere.seed, ..Request::new(recipe) };
    let (columns, side) = (asked.top, usize::from(asked.tile));
    let drawing = Drawing { kinds, columns, side, request };
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let record = record(run, &opened, &inputs, &rows, &drawing)?;
    let keeper = Keeper::new(folder, record, &opened)?;
    let cancel = interrupt::gently();
    Job { run, opened, inputs, rows, drawing, cancel, failed: Vec::new() }.work(&keeper)
}

fn record(
    run: &Run,
    opened: &Opened,
    inputs: &[Input],
    rows: &[Row],
    drawing: &Drawing,
) -> anyhow::Result<Record> {
    let mut pictures = Sha256::new();
    for input in inputs {
        let about =
            input.path.metadata().with_context(|| format!("{} cannot be read", input.path.display()))?;
        pictures.update(format!("{} {}\n", input.file_name(), about.len()));
    }
    let pictures: String = pictures.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut settings = Map::new();
    settings.insert("layers".into(), json!(rows.iter().map(|row| &row.value).collect::<Vec<_>>()));
    settings.insert("top".into(), json!(drawing.columns));
    settings.insert("tile".into(), json!(drawing.side));
    settings.insert("evidence".into(), json!(drawing.kinds.iter().map(|kind| kind.name).collect::<Vec<_>>()));
    if drawing.kinds.iter().any(|kind| !kind.unasked) {
        settings.insert("recipe".into(), json!(drawing.request.recipe));
    }
    settings.insert("pictures".into(), json!(inputs.len()));
    settings.insert("pictures_sha256".into(), json!(pictures));
    settings.extend(opened.preprocessing());
    Ok(Record {
        schema: "inscape.atlas/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: "atlas".to_owned(),
        settings,
        seed: run.everywhere.seed,
        kernels: Isa::current().name().to_owned(),
        model: opened.mark(),
        input: None,
        method: None,
        source: Some("Yosinski et al. 2015; Zeiler and Fergus 2013".to_owned()),
        target: None,
        score: None,
        more: Map::new(),
        files: Vec::new(),
        warnings: opened.warnings.clone(),
    })
}

impl Job<'_> {
    fn work(mut self, keeper: &Keeper) -> anyhow::Result<Outcome> {
        let (run, units) = (self.run, self.rows.iter().map(|row| row.units).sum::<usize>());
        if let Some(record) = keeper.whole(&self.rows)? {
            run.terminal.say(&format!("{} is there already and stays", keeper.results()[1]));
            return Ok(self.print(keeper, &record));
        }
        let known = keeper.survey(&self.rows)?;
        let mut survey = Survey::new(&self.rows, self.drawing.columns);
        if let Some((seen, failed)) = known {
            (survey, self.failed) = (seen, failed);
        }
        run.terminal.say(&format!(
            "{units} units in {} rows, {} pictures{}",
            self.rows.len(),
            self.inputs.len(),
            self.estimate(units)?
        ));
        if !self.look(keeper, &mut survey)? {
            run.terminal.say(&format!(
                "stopped after {} of {} pictures; the same command goes on",
                survey.pictures,
                self.inputs.len()
            ));
            return Ok(Outcome::Interrupted);
        }
        let Some(edges) = self.trace()? else {
            run.terminal.say("stopped; what the pass found stays, and the same command goes on");
            return Ok(Outcome::Interrupted);
        };
        if !self.draw(keeper, &survey, &edges)? {
            run.terminal.say("stopped; the rows that are done stay, and the same command goes on");
            return Ok(Outcome::Interrupted);
        }
        let record = keeper.finish(&self.rows, &survey, &self.names(), &self.failed)?;
        Ok(self.print(keeper, &record))
    }

    fn print(&self, keeper: &Keeper, record: &Value) -> Outcome {
        if self.run.everywhere.json {
            self.run.terminal.result(&format!("{record:#}"));
        } else {
            keeper.results().iter().for_each(|path| self.run.terminal.result(path));
        }
        let failed = record["failed"].as_array().is_some_and(|failed| !failed.is_empty());
        if failed { Outcome::Partly } else { Outcome::Done }
    }

    fn names(&self) -> Vec<String> {
        self.inputs.iter().map(Input::file_name).collect()
    }

    /// About how long it takes and how much it writes, from one picture.
    fn estimate(&self, units: usize) -> anyhow::Result<String> {
        let (threads, drawing) = (self.run.threads() as f64, &self.drawing);
        let first = (0..self.inputs.len().min(20)).find(|&picture| self.read(picture).is_ok());
        let Some(first) = first else { return Ok(String::new()) };
        let one = || {
            let started = Instant::now();
            let mut trial = Survey::new(&self.rows, 1);
            let read = |_| self.read(first);
            trial.look(&self.opened.model, &self.rows, 1, 1, &read, &mut |_, became| became)?;
            Ok::<f64, Error>(started.elapsed().as_secs_f64())
        };
        // the first makes the plan
        let one = one().and_then(|_| one())? / threads;
        let ways = drawing.kinds.iter().filter(|kind| kind.name != "top" && kind.unasked).count();
        let climbs = drawing.kinds.iter().filter(|kind| !kind.unasked).count();
        let steps = (units * climbs * drawing.request.recipe.steps) as f64;
        let peaks = units * drawing.columns.min(self.inputs.len());
        let [height, width] = drawing.size();
        let time = |seconds: f64| match seconds {
            ..90.0 => format!("{seconds:.0} s"),
            ..5400.0 => format!("{:.0} min", seconds / 60.0),
            _ => format!("{:.1} h", seconds / 3600.0),
        };
        let pass = time(one * self.inputs.len() as f64);
        Ok(match drawing.kinds.is_empty() {
            true => format!(": about {pass}"),
            false => format!(
                ": about {pass} for the pass and {} for their pictures, {:.0} MB",
                time(one * (WAY_BACK * (peaks * ways.max(1)) as f64 + STEP * steps)),
                (units * height * width) as f64 * BYTES_PER_PIXEL / 1e6
            ),
        })
    }

    /// The pass over the pictures; `false` where it was stopped.
    fn look(&mut self, keeper: &Keeper, survey: &mut Survey) -> anyhow::Result<bool> {
        let (behind, n) = (survey.pictures, self.inputs.len());
        if behind == n {
            return Ok(true);
        }
        if behind > 0 {
            self.run.terminal.say(&format!("going on: {behind} of {n} pictures were seen"));
        }
        let progress = self.run.terminal.progress(n - behind, 1, "looking");
        let mut saved = Instant::now();
        let mut failed = std::mem::take(&mut self.failed);
        let mut told = |survey: &Survey, became: Result<(), Error>| {
            if let Err(error) = became {
                let name = self.inputs[survey.pictures - 1].file_name();
                self.run.terminal.error(&anyhow::anyhow!("{name}: {error}"));
                failed.push((name, error.to_string()));
            }
            progress.step();
            if saved.elapsed() > SAVED {
                let kept = keeper.keep_survey(survey, &failed);
                kept.map_err(|error| Error::new(ErrorKind::File, format!("{error:#}")))?;
                saved = Instant::now();
            }
            match self.cancel.is_cancelled() {
                true => Err(Error::new(ErrorKind::Cancelled, "stopped")),
                false => Ok(()),
            }
        };
        let read = |picture: usize| self.read(picture);
        let looked = survey.look(&self.opened.model, &self.rows, n, self.run.threads(), &read, &mut told);
        drop(progress);
        self.failed = failed;
        let stopped = match looked {
            Err(error) if error.kind == ErrorKind::Cancelled => survey.pictures < n,
            looked => {
                looked?;
                false
            }
        };
        if !stopped && survey.pictures == self.failed.len() {
            bail!("none of the {n} pictures could be read");
        }
        keeper.keep_survey(survey, &self.failed)?;
        Ok(!stopped)
    }

    /// The strongest edges of all units; `None` where it was stopped.
    fn trace(&self) -> anyhow::Result<Option<Edges>> {
        let progress = self.run.terminal.progress(1, self.rows.len(), "tracing weights");
        let told = |steps: inscape::Progress| progress.within(steps.done);
        let watch = Watch { progress: Some(&told), cancel: Some(&self.cancel) };
        let explorer = self.opened.model.explorer(self.rows.clone())?;
        match Edges::of(&explorer, STRONGEST, self.run.threads(), &watch) {
            Err(error) if error.kind == ErrorKind::Cancelled => Ok(None),
            edges => Ok(Some(edges?)),
        }
    }

    /// Sprites and numbers of the rows that are not there yet; `false` where it was stopped.
    fn draw(&self, keeper: &Keeper, survey: &Survey, edges: &Edges) -> anyhow::Result<bool> {
        let missing: Vec<usize> = (0..self.rows.len()).filter(|&k| !keeper.has(k, &self.rows[k])).collect();
        let units = missing.iter().map(|&k| self.rows[k].units).sum();
        let progress = self.run.terminal.progress(1, units, "drawing");
        let (model, drawing, threads) = (&self.opened.model, &self.drawing, self.run.threads());
        let [height, width] = drawing.size();
        let slow = drawing.kinds.iter().any(|kind| !kind.unasked);
        let group = if slow { 2 * threads } else { (ROOM / (3 * height * width)).max(1) };
        let read = |picture: usize| match self.cancel.is_cancelled() {
            true => Err(Error::new(ErrorKind::Cancelled, "stopped")),
            false => self.read(picture),
        };
        let mut done = 0;
        for k in missing {
            let (row, tallies) = (&self.rows[k], &survey.tallies[k]);
            for start in (0..row.units).step_by(group).take_while(|_| !drawing.kinds.is_empty()) {
                let units = start..row.units.min(start + group);
                match drawing.sprites(model, row, tallies, units.clone(), threads, &read, &self.cancel) {
                    Err(error) if error.kind == ErrorKind::Cancelled => return Ok(false),
                    sprites => keeper.keep_sprites(k, row, start, &sprites?)?,
                }
                progress.within(done + units.end);
            }
            done += row.units;
            keeper.keep_row(k, &self.rows, survey, edges, &self.names(), &drawing.kinds, model)?;
        }
        Ok(true)
    }

    fn read(&self, picture: usize) -> Result<inscape::Input, Error> {
        self.opened.model.read(&self.inputs[picture].path)
    }
}

/// Of a JPEG of tiles, as found with photographs.
const BYTES_PER_PIXEL: f64 = 0.25;
/// A way back from somewhere in the network and its tile against the whole of a picture's pass, as found.
const WAY_BACK: f64 = 0.4;

/// A step of an image that climbs against the same.
const STEP: f64 = 1.2;

/// Failed pictures as a result names them.
pub(super) fn failed(failed: &[(String, String)]) -> Value {
    failed.iter().map(|(file, error)| json!({ "file": file, "error": error })).collect()
}
