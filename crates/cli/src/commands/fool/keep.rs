use std::path::Path;

use anyhow::Context;
use inscape::report::{Record, TargetMark};
use inscape::{Encoding, Image, Picture, Resize};
use serde_json::{Map, Value, json};

use crate::opening::Opened;
use crate::output::{Folder, Identity, Standing};
use crate::run::Run;

/// From here on a person would call the network sure.
const SURE: f64 = 0.9;

/// Writes the results of a run and finds those that are there already.
pub(super) struct Keeper<'r> {
    pub(super) run: &'r Run,
    pub(super) opened: Opened,
    pub(super) folder: Folder,
    pub(super) encoding: &'static Encoding,
    pub(super) settings: Map<String, Value>,
    pub(super) kernels: &'static str,
}

/// An image of a class, on the way to its files.
pub(super) struct Made {
    pub(super) class: usize,
    pub(super) image: Image,
    pub(super) probability: f64,
    pub(super) more: Map<String, Value>,
    pub(super) warnings: Vec<String>,
    /// Files beside the picture: ending and content.
    pub(super) beside: Vec<(&'static str, Vec<u8>)>,
}

impl Keeper<'_> {
    /// `fool_ENCODING.ENDING`
    pub(super) fn name(&self, ending: &str) -> String {
        format!("fool_{}.{ending}", self.encoding.name)
    }

    /// The record of a class's image that is there already; fails where it is one of other settings.
    pub(super) fn former(&self, class: usize) -> anyhow::Result<Option<Value>> {
        self.standing(&self.name(&format!("class_{class}.json")), "inscape.fooling/1")
    }

    /// The summary that is there already; fails where it is one of other settings.
    pub(super) fn former_summary(&self) -> anyhow::Result<Option<Value>> {
        self.standing(&self.name("json"), "inscape.evolution/1")
    }

    fn standing(&self, name: &str, schema: &str) -> anyhow::Result<Option<Value>> {
        match self.folder.standing(name, &Identity::of(&self.record(schema)))? {
            Standing::Same(_) => Ok(Some(self.recall(name)?)),
            Standing::Free => Ok(None),
        }
    }

    fn recall(&self, name: &str) -> anyhow::Result<Value> {
        let path = self.folder.path(name);
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| path.display().to_string())
    }

    /// Writes a class's image, its files and last its record.
    pub(super) fn keep(&self, made: &Made) -> anyhow::Result<Value> {
        let base = self.name(&format!("class_{}", made.class));
        let mut record = self.record("inscape.fooling/1");
        record.target = Some(TargetMark {
            text: format!("posterior:{}", made.class),
            kind: "posterior".to_owned(),
            index: Some(made.class),
            name: self.opened.model.class_name(made.class),
            value: None,
            position: None,
        });
        record.score = Some(made.probability);
        record.more = made.more.clone();
        record.warnings.extend(made.warnings.iter().cloned());
        let picture = ("png", Picture::from_image(&made.image).png_bytes());
        let files = std::iter::once(&picture).chain(&made.beside);
        for (ending, content) in files {
            let name = format!("{base}.{ending}");
            self.folder.write(&name, content)?;
            record.files.push(name);
        }
        self.folder.write(&format!("{base}.json"), record.json().as_bytes())?;
        Ok(serde_json::to_value(&record)?)
    }

    /// Writes the sheet of all classes asked for, from their records and pictures in the folder.
    pub(super) fn sheet(&self, records: &[Value]) -> anyhow::Result<Option<String>> {
        if records.len() < 2 {
            return Ok(None);
        }
        let cell = |record: &Value| -> anyhow::Result<(Image, [String; 2])> {
            let path = self.folder.path(record["files"][0].as_str().unwrap_or_default());
            let p = record["score"].as_f64().unwrap_or_default();
            Ok((Image::open(Path::new(&path))?, [title_of(record), percent(p)]))
        };
        let cells = records.iter().map(cell).collect::<anyhow::Result<Vec<_>>>()?;
        let name = self.name("sheet.png");
        self.folder.write(&name, &Picture::sheet(&cells)?.png_bytes())?;
        Ok(Some(name))
    }

    /// Says and prints what was made: pictures and their records, then `others`.
    pub(super) fn finish(&self, records: &[Value], others: &[String], summary: &Value) -> anyhow::Result<()> {
        self.folder.rebuild_index(&[])?;
        for record in records {
            let p = percent(record["score"].as_f64().unwrap_or_default());
            let index = &record["target"]["index"];
            self.run.terminal.say(&format!("{p:>11}  {index:>4}  {}", title_of(record)));
        }
        if records.iter().any(|record| record["score"].as_f64() > Some(SURE)) {
            self.run
                .terminal
                .say("The network is sure. Look at the images: a high probability is not a readable image.");
        }
        if self.run.everywhere.json {
            let document = json!({
                "schema": "inscape.fool/1",
                "version": env!("CARGO_PKG_VERSION"),
                "model": self.opened.mark(),
                "summary": summary,
                "results": records,
                "warnings": self.opened.warnings,
            });
            self.run.terminal.result(&format!("{document:#}"));
            return Ok(());
        }
        let of = |record: &Value| {
            record["files"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for file in records.iter().flat_map(of).chain(others.iter().cloned()) {
            self.run.terminal.result(&self.folder.path(&file).display().to_string());
        }
        Ok(())
    }

    /// What is known of a result before it is computed.
    pub(super) fn record(&self, schema: &str) -> Record {
        Record {
            schema: schema.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: "fool".to_owned(),
            settings: self.settings.clone(),
            seed: self.run.everywhere.seed,
            kernels: self.kernels.to_owned(),
            model: self.opened.mark(),
            input: None,
            method: Some(self.encoding.name.to_owned()),
            source: Some(self.encoding.source.to_owned()),
            target: None,
            score: None,
            more: Map::new(),
            files: Vec::new(),
            warnings: self.opened.warnings.iter().cloned().chain(self.note()).collect(),
        }
    }

    /// Where the card does not take pictures of the network's own size as they are.
    fn note(&self) -> Option<String> {
        let fitted = self.opened.model.preprocessing().is_ok_and(|p| p.resize != Resize::Stretch);
        fitted.then(|| {
            "the image is the network's whole input; to show it to the network again, give --set resize=stretch"
                .to_owned()
        })
    }
}

/// The class's name, or its number where it has none.
fn title_of(record: &Value) -> String {
    let target = &record["target"];
    target["name"].as_str().map_or_else(|| format!("class {}", target["index"]), str::to_owned)
}

/// With as many digits as tell it from 100 %.
pub(super) fn percent(p: f64) -> String {
    match p {
        p if (0.999_999_5..1.0).contains(&p) => "> 99.9999 %".to_owned(),
        p if (0.999_95..1.0).contains(&p) => format!("{:.4} %", 100.0 * p),
        p => format!("{:.2} %", 100.0 * p),
    }
}
