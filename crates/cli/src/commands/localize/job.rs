use inscape::localization::{Localization, Localized};
use inscape::{Class, Image, Objective, Target, Term, Watch, npy};
use inscape_tensor::Tensor;
use serde_json::Value;

use super::record;
use crate::inputs::Input;
use crate::opening::{Opened, input_mark};
use crate::output::{Folder, Identity, Standing};
use crate::progress::Progress;
use crate::run::Run;

/// What is done to every picture alike.
pub(super) struct Job<'r> {
    pub(super) run: &'r Run,
    pub(super) raw: bool,
    pub(super) stages: bool,
    /// Author and year of the preset.
    pub(super) source: &'static str,
    pub(super) settings: Localization,
    pub(super) opened: Opened,
    pub(super) targets: Vec<(String, Target)>,
    pub(super) folder: Folder,
}

/// What is asked of a picture, and whether it is there already.
pub(super) struct Plan {
    classes: Vec<Class>,
    wanted: Vec<Wanted>,
}

/// One target, as it was asked for and as it is for the picture at hand.
struct Wanted {
    text: String,
    target: Target,
    /// The name of its record.
    name: String,
    stays: bool,
}

impl Job<'_> {
    /// The steps of one picture.
    pub(super) fn steps(&self) -> usize {
        self.settings.views()
    }

    /// Finds what is there already of a picture's results, before anything is computed; `None` where nothing is.
    ///
    /// Fails where a result of other settings would have to be overwritten.
    pub(super) fn plan(&self, input: &Input) -> anyhow::Result<Option<Plan>> {
        if !self.folder.holds(&input.stem, record::METHOD) {
            return Ok(None);
        }
        // A picture that cannot be read or classified is reported when its turn comes.
        let Ok(read) = self.opened.model.read(&input.path) else { return Ok(None) };
        let Ok((classes, targets)) = self.expanded(&read) else { return Ok(None) };
        self.standing(input, &read, classes, targets).map(Some)
    }

    /// The classes of a picture, and the targets with the classes that `top5` and its like stand for, each once.
    fn expanded(&self, read: &inscape::Input) -> anyhow::Result<(Vec<Class>, Vec<(String, Target)>)> {
        let tops = self.targets.iter().any(|(_, target)| target.objective().is_none());
        let classes = match tops || self.opened.model.scores_value().is_ok() {
            true => self.opened.model.classify(read)?,
            false => Vec::new(),
        };
        let mut targets: Vec<(String, Target)> = Vec::new();
        for (text, target) in &self.targets {
            let meant = match target {
                Target::Top(n) => classes.iter().take(*n).map(|class| Target::Class(class.index)).collect(),
                other => vec![other.clone()],
            };
            for target in meant {
                if !targets.iter().any(|(_, known)| *known == target) {
                    targets.push((text.clone(), target));
                }
            }
        }
        Ok((classes, targets))
    }

    fn standing(
        &self,
        input: &Input,
        read: &inscape::Input,
        classes: Vec<Class>,
        targets: Vec<(String, Target)>,
    ) -> anyhow::Result<Plan> {
        let identity = Identity::of(&record::before(self, input_mark(read, &input.path)));
        let mut wanted = Vec::new();
        for (text, target) in targets {
            let objective = target.objective().unwrap_or_else(|| Objective::from(Term::Class(0)));
            let name = format!("{}.{}.{}.json", input.stem, record::METHOD, objective.file_name());
            let stays = match self.folder.standing(&name, &identity)? {
                Standing::Same(files) => self.asked_for(&files),
                Standing::Free => false,
            };
            wanted.push(Wanted { text, target, name, stays });
        }
        Ok(Plan { classes, wanted })
    }

    /// Whether a result's files hold all that is asked for now.
    fn asked_for(&self, files: &[String]) -> bool {
        let has = |ending: &str| files.iter().any(|file| file.ends_with(ending));
        (!self.raw || has(".npy")) && (!self.stages || has(".stages.png"))
    }

    /// Computes and writes what is missing of a picture's results; gives the paths of all.
    pub(super) fn localize(
        &self,
        input: &Input,
        plan: Option<Plan>,
        progress: &Progress<'_>,
        records: &mut Vec<Value>,
    ) -> anyhow::Result<Vec<String>> {
        let read = self.opened.model.read(&input.path)?;
        let plan = match plan {
            Some(plan) => plan,
            None => {
                let (classes, targets) = self.expanded(&read)?;
                self.standing(input, &read, classes, targets)?
            }
        };
        let drawn = self.opened.model.drawn(&read)?;
        let missing: Vec<Target> =
            plan.wanted.iter().filter(|wanted| !wanted.stays).map(|wanted| wanted.target.clone()).collect();
        let mut found = Vec::new();
        if !missing.is_empty() {
            let told = |steps: inscape::Progress| progress.within(steps.done);
            let watch = Watch { progress: Some(&told), cancel: None };
            found = self.opened.model.localize_many(&drawn, &missing, &self.settings, &watch)?;
        }
        let mut found = found.into_iter();
        let mut paths = Vec::new();
        for wanted in &plan.wanted {
            if wanted.stays {
                let path = self.folder.path(&wanted.name);
                self.run.terminal.say(&format!("{} is there already and stays", path.display()));
                let (there, record) = self.folder.recall(&wanted.name)?;
                paths.extend(there);
                records.push(record);
            } else if let (Some(found), Some(image)) = (found.next(), drawn.image()) {
                let (written, record) = self.keep(input, image, &read, wanted, &plan.classes, &found)?;
                paths.extend(written);
                records.push(record);
            }
        }
        Ok(paths)
    }

    /// Writes one result; gives its paths and its record.
    fn keep(
        &self,
        input: &Input,
        image: &Image,
        read: &inscape::Input,
        wanted: &Wanted,
        classes: &[Class],
        found: &Localized,
    ) -> anyhow::Result<(Vec<String>, Value)> {
        let base = wanted.name.trim_end_matches("json");
        let mut files = vec![
            (format!("{base}png"), found.overlay(image).png_bytes()),
            (format!("{base}mask.png"), found.mask_png(image)),
        ];
        if self.stages {
            let stages = found.stages(image)?;
            files.push((format!("{base}stages.png"), found.strip(image, &stages)?.png_bytes()));
            for stage in &stages {
                files.push((format!("{base}{}.png", stage.name), stage.picture.png_bytes()));
            }
        }
        if self.raw {
            let array = |values: &[f32]| npy::bytes(&Tensor::new(found.region.size, values.to_vec()));
            files.push((format!("{base}npy"), array(&found.region.map)));
            if let Some(probability) = &found.region.probability {
                files.push((format!("{base}probability.npy"), array(probability)));
            }
        }
        let mut record = record::before(self, input_mark(read, &input.path));
        record::complete(&mut record, &wanted.text, classes, image, found);
        for warning in &found.region.warnings {
            self.run.terminal.warn(&format!("{}: {warning}", input.file_name()));
        }
        self.folder.keep(&wanted.name, record, &files)
    }
}
