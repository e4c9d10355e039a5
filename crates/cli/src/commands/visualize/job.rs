use std::collections::HashMap;

use anyhow::Context;
use inscape::visualization::{Request, State, Told, Visualization};
use inscape::{Error, ErrorKind, Image, Picture, Watch, npy};
use serde_json::Value;

use super::asked::Asked;
use super::expand::{Wanted, wanted};
use super::{compare, norm, record};
use crate::interrupt;
use crate::opening::Opened;
use crate::output::{Folder, Identity, Standing};
use crate::pace::Pace;
use crate::run::{Outcome, Run};

/// Images that go through the network together.
const BATCH: usize = 16;

/// What is made of a model at one input size.
pub(super) struct Job<'r> {
    run: &'r Run,
    asked: &'r Asked,
    pub(super) opened: Opened,
    folder: Folder,
    /// The input size, where images are made at several.
    size: Option<[usize; 2]>,
    request: Request,
    wanted: Vec<Wanted>,
}

impl<'r> Job<'r> {
    pub(super) fn new(
        run: &'r Run,
        asked: &'r Asked,
        opened: Opened,
        folder: Folder,
        size: Option<[usize; 2]>,
    ) -> anyhow::Result<Job<'r>> {
        let wanted = wanted(asked, &opened)?;
        let mut request = asked.request(run, &opened)?;
        request.norm =
            asked.norm_from.as_ref().map(|pictures| norm::mean(run, &opened, pictures)).transpose()?;
        Ok(Job { run, asked, opened, folder, size, request, wanted })
    }

    /// Makes what is not there already; adds all records, in order.
    pub(super) fn work(&self, results: &mut Vec<Value>) -> anyhow::Result<Outcome> {
        let copies = self.request.diversity.as_ref().map_or(1, |(_, count, _)| *count);
        let mut missing = Vec::new();
        for wanted in &self.wanted {
            let mut whole = true;
            for copy in 0..copies {
                whole &= self.stays(wanted, copy)?;
            }
            if whole {
                let name = self.name(wanted, 0);
                self.run
                    .terminal
                    .say(&format!("{} is there already and stays", self.folder.path(&name).display()));
            } else {
                missing.push(wanted);
            }
        }
        let cancel = interrupt::gently();
        let together = (BATCH / self.request.images_each()).max(1);
        let mut made = HashMap::new();
        let mut outcome = Outcome::Done;
        for batch in missing.chunks(together) {
            let watch = Watch { cancel: Some(&cancel), ..Watch::default() };
            let (images, finished) = self.batch(batch, &watch)?;
            for (wanted, images) in batch.iter().zip(images.chunks(copies)) {
                for (copy, image) in images.iter().enumerate() {
                    self.write(wanted, copy, image, finished)?;
                }
                made.insert(wanted.objective.to_string(), images[0].clone());
            }
            if !finished || cancel.is_cancelled() {
                outcome = Outcome::Interrupted;
                break;
            }
        }
        if outcome == Outcome::Done && self.asked.compare.len() > 1 {
            self.figures(&made)?;
        }
        for wanted in &self.wanted {
            for copy in 0..copies {
                self.recall(wanted, copy, results)?;
            }
        }
        Ok(outcome)
    }

    /// Makes the images of a batch; `false` where it was stopped, and its state saved.
    fn batch(&self, batch: &[&Wanted], watch: &Watch<'_>) -> anyhow::Result<(Vec<Visualization>, bool)> {
        let objectives: Vec<_> = batch.iter().map(|wanted| wanted.objective.clone()).collect();
        let model = &self.opened.model;
        let key = model.visualization_key(&objectives, &self.request);
        let state_name = format!("{}.state", key.get(..12).unwrap_or(&key));
        let state_path = self.folder.path(&state_name);
        let mut request = self.request.clone();
        if self.asked.resume && state_path.exists() {
            let bytes = std::fs::read(&state_path).with_context(|| state_path.display().to_string())?;
            let state = State::parse(&bytes).with_context(|| state_path.display().to_string())?;
            self.run.terminal.say(&format!("going on from step {}", state.step()));
            request.from = Some(state);
        }
        let each = request.images_each();
        let octaves = request.recipe.octaves.as_ref().map_or(1, |octaves| octaves.count);
        let total = request.recipe.steps * octaves * if octaves > 1 { objectives.len() } else { 1 };
        let what = match objectives.len() * each {
            1 => format!("{} by recipe {}", objectives[0], request.recipe.name),
            n => format!("{n} images by recipe {}", request.recipe.name),
        };
        let pace = Pace::new(self.run, what, total);
        let told = |told: &Told<'_>| pace.step(told.step, told.scores);
        let visualized = model.visualize(&objectives, &request, watch, Some(&told))?;
        match &visualized.unfinished {
            Some(state) => {
                drop(pace);
                self.folder.write(&state_name, &state.bytes())?;
                self.run.terminal.say(&format!(
                    "stopped after {} of {total} steps; the same command with --resume goes on",
                    state.step()
                ));
            }
            None => {
                // a state that is used up; its absence is as good
                let _ = std::fs::remove_file(&state_path);
                pace.end();
            }
        }
        Ok((visualized.visualizations, visualized.unfinished.is_none()))
    }

    /// Writes one result.
    fn write(
        &self,
        wanted: &Wanted,
        copy: usize,
        made: &Visualization,
        finished: bool,
    ) -> anyhow::Result<()> {
        let json_name = self.name(wanted, copy);
        let base = json_name.trim_end_matches("json");
        let mut record = record::before(&self.opened, &self.request, copy);
        record::complete(&mut record, &self.opened, wanted, made, finished);
        for warning in &made.rendering.warnings {
            self.run.terminal.warn(&format!("{}: {warning}", wanted.objective));
        }
        let mut files = vec![(format!("{base}png"), Picture::from_image(&made.image).png_bytes())];
        if let Some(restarts) = &made.restarts {
            files.push((format!("{base}average.png"), Picture::from_image(&restarts.average).png_bytes()));
        }
        if self.asked.frames {
            let mut frames = made.frames.clone();
            frames.push(made.image.clone());
            files.push((format!("{base}gif"), Picture::animation(&frames, 80)?));
            files.push((format!("{base}curve.svg"), compare::curve(wanted, made).svg().into_bytes()));
            files.push((format!("{base}curve.csv"), compare::table(made).into_bytes()));
        }
        if self.asked.raw {
            files.push((format!("{base}npy"), npy::bytes(&made.rendering.image)));
        }
        self.folder.keep(&json_name, record, &files).map(drop)
    }

    /// The figure of every class that was compared: its images side by side over the curves of score and probability.
    fn figures(&self, made: &HashMap<String, Visualization>) -> anyhow::Result<()> {
        for kinds in self.wanted.chunks(self.asked.compare.len()) {
            let found =
                kinds.iter().filter_map(|wanted| Some((wanted, made.get(&wanted.objective.to_string())?)));
            let found: Vec<_> = found.collect();
            if found.len() < 2 {
                continue;
            }
            let name = figure_name(&kinds[0]);
            let class = self.opened.model.class_name(kinds[0].objective.terms[0].1.index().unwrap_or(0));
            let title = class.unwrap_or_else(|| kinds[0].text.clone());
            self.folder.write(&name, compare::figure(&title, &found).svg().as_bytes())?;
            if !self.run.everywhere.json {
                self.run.terminal.result(&self.folder.path(&name).display().to_string());
            }
        }
        Ok(())
    }

    /// Adds a result's record, and names its files.
    fn recall(&self, wanted: &Wanted, copy: usize, results: &mut Vec<Value>) -> anyhow::Result<()> {
        let name = self.name(wanted, copy);
        if self.folder.path(&name).exists() {
            let (paths, record) = self.folder.recall(&name)?;
            if !self.run.everywhere.json {
                paths.iter().for_each(|path| self.run.terminal.result(path));
            }
            results.push(record);
        }
        Ok(())
    }

    /// Whether a result is there already: finished, of these settings and with all that is asked of it now.
    fn stays(&self, wanted: &Wanted, copy: usize) -> anyhow::Result<bool> {
        let name = self.name(wanted, copy);
        let path = self.folder.path(&name);
        let former: Value =
            std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let identity = Identity::of(&record::before(&self.opened, &self.request, copy));
        Ok(match self.folder.standing(&name, &identity)? {
            Standing::Same(files) => {
                let has = |ending: &str| files.iter().any(|file| file.ends_with(ending));
                former["finished"] == true
                    && (!self.asked.frames || has(".gif"))
                    && (!self.asked.raw || has(".npy"))
                    && self.compared(wanted)
            }
            Standing::Free => false,
        })
    }

    /// Whether the figure that an objective belongs to is there, where one is asked for.
    fn compared(&self, wanted: &Wanted) -> bool {
        let mut groups = self.wanted.chunks(self.asked.compare.len().max(1));
        let group = groups.find(|group| group.iter().any(|member| member.objective == wanted.objective));
        self.asked.compare.len() < 2
            || group.is_some_and(|group| self.folder.path(&figure_name(&group[0])).is_file())
    }

    fn name(&self, wanted: &Wanted, copy: usize) -> String {
        let size = self.size.map_or_else(String::new, |[height, width]| format!(".{height}x{width}"));
        let copy = if self.request.diversity.is_some() { format!(".{}", copy + 1) } else { String::new() };
        format!("{}{size}{copy}.json", wanted.objective.file_name())
    }
}

fn figure_name(first: &Wanted) -> String {
    format!("{}.compare.svg", first.objective.file_name())
}

/// Writes the sheet of all results of a run.
pub(super) fn sheet(run: &Run, asked: &Asked, results: &[Value]) -> anyhow::Result<()> {
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let mut cells = Vec::new();
    for result in results {
        let Some(file) = result["files"][0].as_str() else { continue };
        let mut words = record::words(result);
        if asked.sizes.len() > 1 {
            words[0] = format!("{} at {}×{}", words[0], result["size"][0], result["size"][1]);
        }
        cells.push((Image::open(folder.path(file))?, words));
    }
    let picture = match Picture::sheet(&cells) {
        Ok(picture) => picture,
        Err(Error { kind: ErrorKind::Setting, context, .. }) => {
            run.terminal.warn(&context);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    folder.write("sheet.png", &picture.png_bytes())?;
    if !run.everywhere.json {
        run.terminal.result(&folder.path("sheet.png").display().to_string());
    }
    Ok(())
}
