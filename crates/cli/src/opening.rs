use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context;
use inscape::report::{FileMark, InputMark};
use inscape::{Card, CardSource, Input, Model, Options};
use serde_json::{Map, Value, json};

use crate::arguments::Everywhere;
use crate::bundled;
use crate::run::Run;

/// A model with what results say about it.
pub(crate) struct Opened {
    pub(crate) model: Model,
    /// The file's name.
    pub(crate) name: String,
    /// Where its card comes from.
    pub(crate) card: String,
    /// What could mislead the reader of any result.
    pub(crate) warnings: Vec<String>,
}

/// Opens the model a command is about: its argument, `--model`, or the bundled one.
pub(crate) fn model(run: &Run, argument: Option<&Path>) -> anyhow::Result<Opened> {
    model_at(run, argument, run.everywhere.size)
}

/// The model on one thread, for work that has a picture on every thread: that is faster than many threads on one picture.
pub(crate) fn model_for_many(run: &Run) -> anyhow::Result<Opened> {
    let everywhere = Everywhere { threads: 1, ..run.everywhere.clone() };
    model(&Run { everywhere, terminal: run.terminal.clone() }, None)
}

/// The same at an input size of its own, for models that leave it open.
pub(crate) fn model_at(
    run: &Run,
    argument: Option<&Path>,
    size: Option<[usize; 2]>,
) -> anyhow::Result<Opened> {
    let everywhere = &run.everywhere;
    let path = argument.or(everywhere.model.as_deref());
    let mut card = match (&everywhere.card, path) {
        (Some(card), _) => Card::open(card)?,
        (None, Some(path)) if is_stream(path) => Card::default(),
        (None, Some(path)) => Card::beside(path)?,
        (None, None) => Card::parse(bundled::CARD)?,
    };
    // A preset takes the place of the card's numbers, not of those typed beside it.
    let (presets, others): (Vec<_>, Vec<_>) = everywhere.set.iter().partition(|(key, _)| key == "preset");
    for (key, value) in presets.into_iter().chain(others) {
        card.set(key, value).with_context(|| format!("--set {key}={value}"))?;
    }
    let told = match (path, card.source()) {
        (None, CardSource::Text) => "the bundled card".to_owned(),
        (_, source) => source.to_string(),
    };
    let assumed = match card.source() {
        _ if !card.assumes_numbers() => None,
        CardSource::Assumed => Some(told.clone()),
        _ => Some(format!(
            "the {told} names no preset, scale, mean or std: torchvision's are assumed; check them with \
             `inscape inspect MODEL --probe IMAGE`"
        )),
    };
    let options = Options { card: Some(card), size, threads: everywhere.threads, memory: everywhere.memory };
    let (model, name) = match path {
        Some(path) if is_stream(path) => {
            (Model::from_bytes(streamed()?, options).context("standard input")?, "standard input".to_owned())
        }
        Some(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let model = Model::open_with(path, options)?;
            (model, name)
        }
        None => (Model::from_bytes(bundled::MODEL, options)?, bundled::MODEL_NAME.to_owned()),
    };
    let mut warnings = Vec::new();
    if let Some(assumed) = assumed {
        run.terminal.warn(&assumed);
        warnings.push(assumed);
    }
    for note in model.graph().notes() {
        run.terminal.say(&format!("{name}: {note}"));
    }
    Ok(Opened { model, name, card: told, warnings })
}

/// Whether a model's path stands for standard input.
pub(crate) fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

/// The bytes of standard input, which can be read only once.
fn streamed() -> anyhow::Result<Vec<u8>> {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = BYTES.get() {
        return Ok(bytes.clone());
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("standard input cannot be read")?;
    Ok(BYTES.get_or_init(|| bytes).clone())
}

impl Opened {
    /// Whether the network can be run at all, found out before pictures are, each of which would fail alike.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.model.shape(self.model.scores_value()?)?;
        Ok(())
    }

    /// The model by name and content.
    pub(crate) fn mark(&self) -> FileMark {
        FileMark { file: self.name.clone(), sha256: self.model.sha256().to_owned() }
    }

    /// How pictures are turned into the model's input, for a result's settings.
    pub(crate) fn preprocessing(&self) -> Map<String, Value> {
        let mut settings = Map::new();
        if let Ok(p) = self.model.preprocessing() {
            settings.insert("size".into(), json!([p.height, p.width]));
            settings.insert("channels".into(), json!(p.channels.to_string()));
            settings.insert("scale".into(), json!(p.scale));
            settings.insert("mean".into(), json!(p.mean));
            settings.insert("std".into(), json!(p.std));
            settings.insert("resize".into(), json!(p.resize.to_string()));
            settings.insert("resize_to".into(), json!(p.resize_to));
            settings.insert("interpolation".into(), json!(p.interpolation.to_string()));
            settings.insert("pad_color".into(), json!(p.pad_color));
        }
        settings
    }
}

/// A picture by name, content and size.
pub(crate) fn input_mark(input: &Input, path: &Path) -> InputMark {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (height, width) = match (input.image(), input.tensor().shape()) {
        (Some(image), _) => (image.height(), image.width()),
        (None, &[.., height, width]) => (height, width),
        (None, _) => (0, 0),
    };
    InputMark { file: name, sha256: input.sha256().to_owned(), height, width }
}
