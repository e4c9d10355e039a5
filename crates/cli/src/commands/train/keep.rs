use std::path::PathBuf;

use inscape_belief::examples::Collection;
use inscape_belief::learning::{Recipe, Stage, Training, curves};
use inscape_belief::{Examples, Network};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use crate::output::{Folder, Identity, Standing};
use crate::run::Run;

/// Writes a training's files and its record, or finds that they are there.
pub(super) struct Keeper<'r> {
    pub(super) run: &'r Run,
    folder: Folder,
    name: String,
    kind: &'static str,
    source: &'static str,
    settings: Map<String, Value>,
}

impl<'r> Keeper<'r> {
    pub(super) fn new(
        run: &'r Run,
        folder: Folder,
        asked: &Asked,
        recipe: &Recipe,
        collection: &Collection,
    ) -> anyhow::Result<Keeper<'r>> {
        let kind = recipe.kind.name();
        let preset = asked.preset(collection.training.values());
        let about = |examples: &dyn Examples| json!({ "name": examples.source(), "examples": examples.count(), "size": examples.size() });
        let mut settings = Map::new();
        settings.insert("data".into(), about(&*collection.training));
        settings.insert("test".into(), collection.test.as_deref().map_or(Value::Null, about));
        settings.insert("preset".into(), json!(preset.name));
        settings.insert("recipe".into(), serde_json::to_value(recipe)?);
        let name = asked.name.clone().unwrap_or_else(|| kind.to_owned());
        Ok(Keeper { run, folder, name, kind, source: preset.source, settings })
    }

    /// What a checkpoint has to agree in to be gone on with.
    pub(super) fn key(&self) -> String {
        json!([self.settings, self.run.everywhere.seed]).to_string()
    }

    /// Where the checkpoint is.
    pub(super) fn checkpoint(&self) -> PathBuf {
        self.folder.path(&self.file("checkpoint"))
    }

    /// Saves where a training stands.
    pub(super) fn save(&self, training: &Training<'_>) -> anyhow::Result<()> {
        self.folder.write(&self.file("checkpoint"), &training.state().bytes())
    }

    /// The result that is there already; fails where it is one of other settings.
    pub(super) fn former(&self) -> anyhow::Result<Option<Value>> {
        let name = self.file("json");
        if let Standing::Same(_) = self.folder.standing(&name, &Identity::read(&self.record()))? {
            self.run
                .terminal
                .say(&format!("{} is there already and stays", self.folder.path(&name).display()));
            return Ok(Some(self.folder.recall(&name)?.1));
        }
        Ok(None)
    }

    /// Writes the networks, their cards, the curves and last the record; the checkpoint is no longer needed.
    pub(super) fn finish(&self, training: &Training<'_>) -> anyhow::Result<Value> {
        let mut files = self.network(&self.name, &training.network())?;
        if let Some(classifier) = training.classifier() {
            files.extend(self.network(&format!("{}_classifier", self.name), &classifier)?);
        }
        for (ending, drawn) in curves(training.history()) {
            let name = self.file(&format!("{ending}.svg"));
            self.folder.write(&name, drawn.svg().as_bytes())?;
            files.push(name);
        }
        let error = |stage: Stage| {
            let last = training.history().iter().rfind(|epoch| epoch.stage == stage);
            last.and_then(|epoch| epoch.test_error)
        };
        let mut record = self.record();
        let seconds: f64 = training.history().iter().map(|epoch| epoch.seconds).sum();
        let more = [
            ("examples", json!(training.examples())),
            ("norm", json!(training.network().norm)),
            ("linear_error", json!(error(Stage::Linear))),
            ("test_error", json!(error(Stage::Tuning))),
            ("seconds", json!(seconds)),
            ("history", serde_json::to_value(training.history())?),
            ("files", json!(files)),
        ];
        for (key, value) in more {
            record[key] = value;
        }
        self.folder.write(&self.file("json"), format!("{record:#}\n").as_bytes())?;
        // Its numbers are in the result now; one that stays would only be in the way.
        let _ = std::fs::remove_file(self.checkpoint());
        self.folder.rebuild_index(&[])?;
        Ok(record)
    }

    /// Writes a network in both formats, and its card.
    fn network(&self, name: &str, network: &Network) -> anyhow::Result<Vec<String>> {
        let files = [
            (format!("{name}.safetensors"), network.bytes()?),
            (format!("{name}.onnx"), network.onnx()?),
            (format!("{name}.toml"), network.card().to_toml().into_bytes()),
        ];
        for (name, content) in &files {
            self.folder.write(name, content)?;
        }
        Ok(files.into_iter().map(|(name, _)| name).collect())
    }

    /// Prints what there is.
    pub(super) fn show(&self, record: &Value) -> anyhow::Result<()> {
        if self.run.everywhere.json {
            self.run.terminal.result(&format!("{record:#}"));
            return Ok(());
        }
        let files = record["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for file in files.chain([&*self.file("json")]) {
            self.run.terminal.result(&self.folder.path(file).display().to_string());
        }
        Ok(())
    }

    /// What is known before anything is computed.
    fn record(&self) -> Value {
        json!({
            "schema": "inscape.training/1",
            "version": env!("CARGO_PKG_VERSION"),
            "command": format!("train {}", self.kind),
            "settings": self.settings,
            "seed": self.run.everywhere.seed,
            "kernels": Isa::current().name(),
            "method": self.kind,
            "source": self.source,
            "files": [],
            "warnings": [],
        })
    }

    fn file(&self, ending: &str) -> String {
        format!("{}.{ending}", self.name)
    }
}
