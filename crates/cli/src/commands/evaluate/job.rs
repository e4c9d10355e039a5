use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use clap::{ArgMatches, FromArgMatches};
use inscape::evaluation::{Classes, Dataset, Judged, Listed, judge, predict, sought};
use inscape::localization::Localization;
use inscape::report::Record;
use inscape::{Cancel, Error, ErrorKind, Watch};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::journal::{Entry, Journal};
use super::results;
use crate::opening::{self, Opened};
use crate::output::{Folder, Identity, Standing};
use crate::run::{Outcome, Run};
use crate::{interrupt, localizing};

/// What is done to every picture alike.
pub(super) struct Job<'r> {
    pub(super) run: &'r Run,
    pub(super) asked: Asked,
    /// The options of the localization that were given.
    pub(super) options: String,
    /// Author and year of the localization.
    pub(super) source: &'static str,
    pub(super) opened: Opened,
    pub(super) dataset: Dataset,
    pub(super) classes: Classes,
    pub(super) settings: Localization,
    pub(super) folder: Folder,
    /// How many pictures the data set lists, and SHA-256 over them, however many are taken.
    pub(super) listed: (usize, String),
}

/// What became of the pictures, in their order.
#[derive(Default)]
pub(super) struct Done {
    pub(super) judged: Vec<Judged>,
    /// The name of each that failed, and why.
    pub(super) failed: BTreeMap<String, String>,
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let mut dataset = Dataset::open(&asked.dataset, asked.split.as_deref())?;
    let listed = (dataset.pictures.len(), dataset.sha256());
    dataset.pictures.truncate(asked.limit.unwrap_or(usize::MAX));
    let opened = opening::model_for_many(run)?;
    opened.check()?;
    let classes = Classes::new(opened.model.labels()?, opened.model.class_count()?);
    let classes = match &asked.class_map {
        Some(path) => classes.with_table(path).context("--class-map")?,
        None => classes,
    };
    let (preset, settings) = localizing::settings(matches, run)?;
    let options = localizing::words(matches);
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    Job { run, asked, options, source: preset.source, opened, dataset, classes, settings, folder, listed }
        .work()
}

impl Job<'_> {
    fn work(&self) -> anyhow::Result<Outcome> {
        let record = self.record();
        if let Some(former) = self.former(&record)? {
            return results::again(self, &former);
        }
        self.dataset.notes.iter().for_each(|note| self.run.terminal.say(note));
        let make = || {
            // The folder appears with the first thing in it.
            std::fs::create_dir_all(&self.run.everywhere.output).with_context(|| {
                format!("the folder {} cannot be made", self.run.everywhere.output.display())
            })
        };
        let (journal, known) = Journal::open(&self.folder, &record, make)?;
        let (done, finished) = self.pictures(journal, known)?;
        if !finished {
            let count = done.judged.len();
            self.run.terminal.say(&format!(
                "stopped after {count} of {} pictures; the same command goes on",
                self.dataset.pictures.len()
            ));
            return Ok(Outcome::Interrupted);
        }
        results::write(self, record, &done)
    }

    /// The summary that is there already, of the same settings and pictures.
    fn former(&self, record: &Record) -> anyhow::Result<Option<Value>> {
        let Standing::Same(_) = self.folder.standing(results::SUMMARY, &Identity::of(record))? else {
            return Ok(None);
        };
        let text = std::fs::read(self.folder.path(results::SUMMARY))?;
        let former: Value = serde_json::from_slice(&text).unwrap_or_default();
        Ok((former["pictures_sha256"] == self.dataset.sha256().as_str() && former["failed"] == 0)
            .then_some(former))
    }

    /// Judges what is not known yet, a picture on each thread; `false` where it was stopped.
    fn pictures(&self, journal: Journal, mut known: HashMap<String, Judged>) -> anyhow::Result<(Done, bool)> {
        let pictures = &self.dataset.pictures;
        let missing: Vec<&Listed> =
            pictures.iter().filter(|picture| !known.contains_key(&picture.name)).collect();
        let behind = pictures.len() - missing.len();
        if behind > 0 {
            self.run.terminal.say(&format!("going on: {behind} of {} pictures are done", pictures.len()));
        }
        let cancel = interrupt::gently();
        let progress = self.run.terminal.progress(missing.len(), 1, "evaluating");
        let next = AtomicUsize::new(0);
        let made: Mutex<(Journal, Vec<Entry>, Option<anyhow::Error>)> =
            Mutex::new((journal, Vec::new(), None));
        let worker = || {
            while let Some(picture) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Some(entry) = self.entry(picture, &cancel) else { return };
                let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(error) = made.0.add(&entry) {
                    made.2 = Some(error);
                    cancel.cancel();
                }
                made.1.push(entry);
                progress.step();
            }
        };
        let threads = self.run.threads();
        std::thread::scope(|scope| {
            (1..threads.min(missing.len())).for_each(|_| {
                scope.spawn(worker);
            });
            worker();
        });
        drop(progress);
        let (_, entries, broken) = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = broken {
            return Err(error);
        }
        let finished = entries.len() == missing.len();
        let mut done = Done::default();
        for entry in entries {
            match entry {
                Entry::Judged(judged) => {
                    known.insert(judged.image.clone(), judged);
                }
                Entry::Failed { image, error } => {
                    done.failed.insert(image, error);
                }
            }
        }
        done.judged = pictures.iter().filter_map(|picture| known.remove(&picture.name)).collect();
        Ok((done, finished))
    }

    /// What becomes of a picture; nothing where the work was stopped.
    fn entry(&self, picture: &Listed, cancel: &Cancel) -> Option<Entry> {
        if cancel.is_cancelled() {
            return None;
        }
        match self.judged(picture, cancel) {
            Ok(judged) => Some(Entry::Judged(judged)),
            Err(Error { kind: ErrorKind::Cancelled, .. }) => None,
            Err(error) => {
                // Folders are nobody's business.
                let path = picture.path.display().to_string();
                let error = error.to_string().replace(&format!("{path}: "), "").replace(&path, "the picture");
                self.run.terminal.error(&anyhow::anyhow!("{}: {error}", picture.name));
                Some(Entry::Failed { image: picture.name.clone(), error })
            }
        }
    }

    fn judged(&self, picture: &Listed, cancel: &Cancel) -> Result<Judged, Error> {
        let annotation = picture.annotation()?;
        if annotation.objects.is_empty() {
            return Err(Error::new(ErrorKind::File, "the annotation names no object"));
        }
        let input = self.opened.model.read(&picture.path)?;
        let size = input.image().map_or([0, 0], |image| [image.width(), image.height()]);
        let (annotation, mut notes) = annotation.within(size);
        if annotation.objects.is_empty() {
            return Err(Error::new(ErrorKind::File, notes.join("; ")));
        }
        let sought = sought(&annotation, &self.classes);
        let watch = Watch { cancel: Some(cancel), ..Watch::default() };
        let prediction = predict(&self.opened.model, &input, &sought, &self.settings, &watch)?;
        let mut judged = judge(&picture.name, size, sought, &prediction);
        notes.append(&mut judged.notes);
        Ok(Judged { notes, ..judged })
    }

    /// What is known of the result before it is computed: what has to agree for a journal to be gone on with.
    fn record(&self) -> Record {
        let localization: Map<String, Value> =
            self.settings.entries().map(|(key, value)| (key.replace('-', "_"), json!(value))).collect();
        let mut settings = Map::new();
        settings.insert("localization".into(), Value::Object(localization));
        settings.insert(
            "dataset".into(),
            json!({
                "name": self.asked.dataset.file_name().map(|name| name.to_string_lossy()),
                "layout": self.dataset.layout,
                "split": self.dataset.split,
                "pictures_sha256": self.listed.1,
            }),
        );
        settings.insert("class_map".into(), json!(self.classes.table()));
        settings.insert("preprocessing".into(), Value::Object(self.opened.preprocessing()));
        Record {
            schema: "inscape.evaluation/1".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: "evaluate localization".to_owned(),
            settings,
            seed: self.run.everywhere.seed,
            kernels: Isa::current().name().to_owned(),
            model: self.opened.mark(),
            input: None,
            method: None,
            source: Some(self.source.to_owned()),
            target: None,
            score: None,
            more: Map::new(),
            files: Vec::new(),
            warnings: self.opened.warnings.clone(),
        }
    }
}
