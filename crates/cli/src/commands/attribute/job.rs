use inscape::report::{InputMark, Record, TargetMark};
use inscape::{Attribution, Crops, Method, Objective, Picture, Range, Settings, Target, Term, Watch, npy};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use crate::inputs::Input;
use crate::opening::{Opened, input_mark};
use crate::output::{Folder, Identity, Standing};
use crate::progress::Progress;
use crate::run::Run;

/// What is done to every picture alike.
pub(super) struct Job<'r> {
    pub(super) run: &'r Run,
    pub(super) raw: bool,
    pub(super) settings: Settings,
    pub(super) opened: Opened,
    pub(super) methods: Vec<Method>,
    pub(super) targets: Vec<(String, Target)>,
    pub(super) folder: Folder,
}

/// For every target and method the results that are there already and stay; empty where they have to be computed.
pub(super) type Plan = Vec<Vec<Vec<String>>>;

impl Job<'_> {
    /// The steps of one picture of which nothing is there yet.
    pub(super) fn steps(&self) -> usize {
        self.targets.iter().map(|(_, target)| self.passes(&self.methods, target)).sum()
    }

    fn passes(&self, methods: &[Method], target: &Target) -> usize {
        let count = match target {
            Target::Top(n) => *n,
            _ => 1,
        };
        count * methods.iter().map(|method| method.passes(&self.settings)).sum::<usize>()
    }

    /// Finds what is there already of a picture's results, before anything is computed.
    ///
    /// Fails where a result of other settings would have to be overwritten.
    pub(super) fn plan(&self, input: &Input) -> anyhow::Result<Plan> {
        if !self.methods.iter().any(|method| self.folder.holds(&input.stem, method.name)) {
            return Ok(Plan::new());
        }
        // A picture that cannot be read or classified is reported when its turn comes.
        let Ok(read) = self.opened.model.read(&input.path) else { return Ok(Plan::new()) };
        let mark = input_mark(&read, &input.path);
        let mut plan = Plan::new();
        for (_, target) in &self.targets {
            let Ok(objectives) = self.objectives(&read, target) else { return Ok(Plan::new()) };
            let mut row = Vec::new();
            for method in &self.methods {
                let identity = Identity::of(&self.record(*method, mark.clone()));
                let mut names = Vec::new();
                for objective in &objectives {
                    let name = name(input, *method, objective);
                    if self.stays(&name, &identity)? {
                        names.push(name);
                    }
                }
                row.push(if names.len() == objectives.len() { names } else { Vec::new() });
            }
            plan.push(row);
        }
        Ok(plan)
    }

    /// The file names of what a target stands for on a picture.
    fn objectives(&self, read: &inscape::Input, target: &Target) -> anyhow::Result<Vec<String>> {
        if let Some(objective) = target.objective() {
            return Ok(vec![objective.file_name()]);
        }
        let Target::Top(n) = target else { return Ok(Vec::new()) };
        let classes = self.opened.model.classify(read)?;
        Ok(classes
            .iter()
            .take(*n)
            .map(|class| Objective::from(Term::Class(class.index)).file_name())
            .collect())
    }

    /// Computes and writes what is missing of a picture's results; gives the paths of all.
    pub(super) fn explain(
        &self,
        input: &Input,
        plan: &Plan,
        progress: &Progress<'_>,
        records: &mut Vec<Value>,
    ) -> anyhow::Result<Vec<String>> {
        let mut paths = Vec::new();
        let mut before = 0;
        let mut read = None;
        for (t, (text, target)) in self.targets.iter().enumerate() {
            let kept = |m: usize| plan.get(t).and_then(|row| row.get(m)).filter(|names| !names.is_empty());
            let mut missing = Vec::new();
            for (m, method) in self.methods.iter().enumerate() {
                match kept(m) {
                    None => missing.push(*method),
                    Some(names) => {
                        for name in names {
                            self.run.terminal.say(&format!(
                                "{} is there already and stays",
                                self.folder.path(name).display()
                            ));
                            self.recall(name, &mut paths, records)?;
                        }
                    }
                }
            }
            if missing.is_empty() {
                continue;
            }
            let read = match &mut read {
                Some(read) => read,
                none => none.insert(self.opened.model.read(&input.path)?),
            };
            let targets = std::slice::from_ref(target);
            let told = |steps: inscape::Progress| progress.within(before + steps.done);
            let watch = Watch { progress: Some(&told), cancel: None };
            let maps = self.opened.model.attribute_many(read, &missing, targets, &self.settings, &watch)?;
            before += self.passes(&missing, target);
            for map in &maps {
                self.keep(input, read, text, map, &mut paths, records)?;
            }
        }
        Ok(paths)
    }

    /// Writes one result; adds its paths and its record.
    fn keep(
        &self,
        input: &Input,
        read: &inscape::Input,
        text: &str,
        map: &Attribution,
        paths: &mut Vec<String>,
        records: &mut Vec<Value>,
    ) -> anyhow::Result<()> {
        let mut record = self.record(map.method, input_mark(read, &input.path));
        let json_name = name(input, map.method, &map.target.objective.file_name());
        if paths.contains(&self.folder.path(&json_name).display().to_string()) {
            return Ok(());
        }
        if map.method == Method::GradCam && self.settings.value.is_none() {
            self.run.terminal.say(&format!("{}: {} looks at '{}'", input.file_name(), map.method, map.value));
        }
        if self.stays(&json_name, &Identity::of(&record))? {
            self.run
                .terminal
                .say(&format!("{} is there already and stays", self.folder.path(&json_name).display()));
            return self.recall(&json_name, paths, records);
        }
        let base = json_name.trim_end_matches("json");
        let plain = map.picture()?;
        let overlay = read.image().is_some().then(|| map.overlay(read)).transpose()?;
        let mut files = Vec::new();
        if let Some(overlay) = &overlay {
            files.push((format!("{base}png"), overlay.png_bytes()));
        }
        files.push((format!("{base}map.png"), plain.png_bytes()));
        if self.raw {
            files.push((format!("{base}npy"), npy::bytes(map.tensor())));
        }
        record.score = Some(map.score);
        record.target = Some(TargetMark {
            text: text.to_owned(),
            kind: map.target.objective.kind().to_owned(),
            index: map.target.index,
            name: map.target.name.clone(),
            value: map.target.value.clone(),
            position: map.target.position.clone(),
        });
        record.more = self.more(map);
        record.more.insert("range".into(), ranges(map, overlay.as_ref(), &plain));
        record.warnings.extend(map.warnings.iter().cloned());
        for warning in &map.warnings {
            self.run.terminal.warn(&format!("{}: {warning}", input.file_name()));
        }
        let (written, record) = self.folder.keep(&json_name, record, &files)?;
        paths.extend(written);
        records.push(record);
        Ok(())
    }

    /// Adds a result that is there already, once.
    fn recall(&self, name: &str, paths: &mut Vec<String>, records: &mut Vec<Value>) -> anyhow::Result<()> {
        if !paths.contains(&self.folder.path(name).display().to_string()) {
            let (there, record) = self.folder.recall(name)?;
            paths.extend(there);
            records.push(record);
        }
        Ok(())
    }

    /// Whether a result is there already, of these settings and with all that is asked of it now.
    fn stays(&self, name: &str, identity: &Identity) -> anyhow::Result<bool> {
        Ok(match self.folder.standing(name, identity)? {
            Standing::Same(files) => !self.raw || files.iter().any(|file| file.ends_with(".npy")),
            Standing::Free => false,
        })
    }

    /// What is known of a result before it is computed.
    fn record(&self, method: Method, input: InputMark) -> Record {
        // What a method does not read cannot make its result another one.
        let all = [
            ("crops", json!(if self.settings.crops == Crops::Ten { 10 } else { 1 })),
            ("steps", json!(self.settings.steps)),
            ("baseline", json!("zero")),
            ("samples", json!(self.settings.samples)),
            ("sigma", json!(self.settings.sigma)),
            ("value", json!(self.settings.value)),
        ];
        let read = all.into_iter().filter(|(name, _)| method.settings.contains(name));
        let mut settings: Map<String, Value> = read.map(|(name, value)| (name.to_owned(), value)).collect();
        settings.insert("preprocessing".into(), Value::Object(self.opened.preprocessing()));
        Record {
            schema: "inscape.attribution/1".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: "attribute".to_owned(),
            settings,
            seed: self.settings.seed,
            kernels: Isa::current().name().to_owned(),
            model: self.opened.mark(),
            input: Some(input),
            method: Some(method.name.to_owned()),
            source: Some(method.source.to_owned()),
            target: None,
            score: None,
            more: Map::new(),
            files: Vec::new(),
            warnings: self.opened.warnings.clone(),
        }
    }

    /// What the numbers are and where they lie.
    fn more(&self, map: &Attribution) -> Map<String, Value> {
        let shape = map.shape();
        let (rows, columns) = match shape {
            [.., rows, columns] => (*rows, *columns),
            _ => (1, 1),
        };
        let channels = self.opened.model.preprocessing().ok().map(|p| p.channels.to_string());
        let used: Map<String, Value> =
            map.settings.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
        let measures: Map<String, Value> =
            map.measures.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
        let mut more = Map::new();
        more.insert("used".into(), Value::Object(used));
        more.insert("measures".into(), Value::Object(measures));
        more.insert(
            "map".into(),
            json!({
                "value": map.value,
                "shape": shape,
                "channels": channels.filter(|_| shape.len() == 3),
                "unit": unit(map.method),
                "formula": map.method.formula,
                "to_picture": map.window.map(|window| window.affine(rows, columns)),
            }),
        );
        more
    }
}

/// What the colors of a result's pictures mean.
fn ranges(map: &Attribution, overlay: Option<&Picture>, plain: &Picture) -> Value {
    let of = |range: &Range| json!({ "low": range.low, "high": range.high, "percentile": range.percentile, "blur": range.blur });
    json!({
        "overlay": overlay.and_then(Picture::range).map(of),
        "map": plain.range().map(of),
        "summed_over_channels": map.is_summed(),
    })
}

/// What one number of a method's map measures.
fn unit(method: Method) -> &'static str {
    if [Method::GradientTimesInput, Method::IntegratedGradients].contains(&method) {
        "target"
    } else if method == Method::GradCam {
        "target, up to a factor"
    } else {
        "target per unit of the network's input"
    }
}

fn name(input: &Input, method: Method, target: &str) -> String {
    format!("{}.{}.{target}.json", input.stem, method.name)
}
