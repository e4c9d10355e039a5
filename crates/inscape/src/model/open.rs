use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use inscape_engine::{Dimension, Graph, InputType, ValueId};
use inscape_formats::{Facts, OpenFile, Opened};
use inscape_tensor::{Element, Pool};
use sha2::{Digest, Sha256};

use super::{Feed, Head, Inner, Model};
use crate::card::{Card, Layout};
use crate::error::{Error, ErrorKind};
use crate::preprocessing::Preprocessing;

/// How a model is opened. `Options::default()` asks for what fits most.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How to feed it; `None` for the card beside the file.
    pub card: Option<Card>,
    /// Height and width of its input; `None` for the card's, else the file's.
    pub size: Option<[usize; 2]>,
    /// Threads; 0 for one per core.
    pub threads: usize,
    /// Bytes that weights and activations may take together; `None` for 80 % of what the system has free.
    pub memory: Option<usize>,
}

/// Where a model came from; all is empty for a graph made in memory.
#[derive(Default)]
pub struct Origin {
    /// The file's name without its folder; `None` for bytes.
    pub name: Option<String>,
    /// What the file says about itself.
    pub facts: Option<Facts>,
    bytes: Bytes,
    files: Vec<OpenFile>,
}

impl Model {
    /// Opens a model file with the card beside it.
    ///
    /// # Errors
    /// Where the file or its card cannot be read, contradicts itself, or does not say which input takes the picture.
    pub fn open(path: impl AsRef<Path>) -> Result<Model, Error> {
        Model::open_with(path, Options::default())
    }

    /// Opens a model file.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Model, Error> {
        let path = path.as_ref();
        let card = match &options.card {
            Some(card) => card.clone(),
            None => Card::beside(path)?,
        };
        Model::made(inscape_formats::open(path)?, Some(crate::file::name(path)), card, &options)
    }

    /// Opens a model from the bytes of its file. Without a card in the options the assumed one serves.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn from_bytes(bytes: impl Into<Vec<u8>>, options: Options) -> Result<Model, Error> {
        let opened = inscape_formats::from_bytes(bytes.into().into())?;
        let card = options.card.clone().unwrap_or_default();
        Model::made(opened, None, card, &options)
    }

    /// A model of a graph made in memory.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn from_graph(graph: Graph, options: Options) -> Result<Model, Error> {
        let card = options.card.clone().unwrap_or_default();
        Model::assembled(Arc::new(graph), Origin::default(), card, &options)
    }

    fn made(opened: Opened, name: Option<String>, card: Card, options: &Options) -> Result<Model, Error> {
        let Opened { graph, facts, bytes, files } = opened;
        let origin = Origin { name, facts: Some(facts), bytes, files };
        Model::assembled(Arc::new(graph), origin, card, options)
    }

    fn assembled(
        graph: Arc<Graph>,
        origin: Origin,
        mut card: Card,
        options: &Options,
    ) -> Result<Model, Error> {
        card.size = options.size.or(card.size);
        let feed = feed(&graph, &card)?;
        let head = Head::find(&graph, card.scores.as_deref());
        let pool = Pool::new(options.threads).map_err(|error| {
            Error::new(ErrorKind::Setting, format!("{} threads cannot be started: {error}", options.threads))
        })?;
        let inner = Inner {
            graph,
            feed,
            head,
            card,
            labels: OnceLock::new(),
            origin,
            sha256: OnceLock::new(),
            plans: super::plans::Plans::default(),
            batches: OnceLock::new(),
            pool,
            memory: options.memory.or_else(free_memory),
        };
        Ok(Model(Arc::new(inner)))
    }
}

impl Origin {
    /// Bytes of the model file.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// SHA-256 of the model file, in hexadecimal.
    pub(super) fn sha256(&self) -> String {
        match self.facts {
            Some(_) => Sha256::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
            None => String::new(),
        }
    }

    /// Weights are read from the mapped file when a plan is made, so it must still be the file that was opened.
    pub(super) fn check_unchanged(&self) -> Result<(), Error> {
        match self.files.iter().find(|open| !open.file.unchanged()) {
            None => Ok(()),
            Some(open) => {
                let context =
                    format!("{} has changed since it was opened; open it again", open.path.display());
                Err(Error::new(ErrorKind::Model, context))
            }
        }
    }
}

/// Four fifths of the memory the system has free, where it says so.
fn free_memory() -> Option<usize> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
    kib.checked_mul(1024).map(|bytes| bytes / 5 * 4)
}

/// The input pictures go to, and its shape.
fn feed(graph: &Graph, card: &Card) -> Result<Feed, Error> {
    let (value, kind) = fed(graph, card)?;
    let name = graph.name(*value);
    if kind.element != Element::F32 {
        let context = format!("input '{name}' takes {}; only float inputs are fed", kind.element);
        return Err(Error::new(ErrorKind::Model, context));
    }
    let preprocessing = Preprocessing::new(card, kind);
    let shape = match (&preprocessing, &kind.shape) {
        (Ok(settings), _) => {
            let [n, channels, height, width] = settings.shape();
            match settings.layout {
                Layout::Nhwc => vec![n, height, width, channels],
                _ => vec![n, channels, height, width],
            }
        }
        (Err(_), Some(declared))
            if declared.iter().skip(1).all(|size| matches!(size, Dimension::Fixed(_))) =>
        {
            // No picture fits, but tensors do. One at a time is the rule; plans for more are made on the way.
            let size = |size: &Dimension| if let Dimension::Fixed(size) = size { *size } else { 1 };
            declared
                .iter()
                .enumerate()
                .map(|(axis, dimension)| if axis == 0 { 1 } else { size(dimension) })
                .collect()
        }
        (Err(error), _) => return Err(Error::new(error.kind, error.context.clone())),
    };
    if inscape_tensor::count(&shape).is_none_or(|count| count == 0) {
        let context = format!("input '{name}' of shape {shape:?} is empty or exceeds memory");
        return Err(Error::new(ErrorKind::Model, context));
    }
    Ok(Feed { value: *value, shape, preprocessing })
}

fn fed<'g>(graph: &'g Graph, card: &Card) -> Result<&'g (ValueId, InputType), Error> {
    let names = || graph.inputs().iter().map(|&(value, _)| graph.name(value)).collect::<Vec<_>>().join(", ");
    match (&card.input, graph.inputs()) {
        (_, []) => Err(Error::new(ErrorKind::Model, "the model has no input")),
        (None, [input]) => Ok(input),
        (Some(name), inputs) => {
            inputs.iter().find(|&&(value, _)| graph.name(value) == name).ok_or_else(|| {
                Error::new(
                    ErrorKind::Card,
                    format!("the card's input '{name}' is not one of the model's: {}", names()),
                )
            })
        }
        (None, _) => {
            let context =
                format!("the model has several inputs ({}); name the picture's in its card: input", names());
            Err(Error::new(ErrorKind::Card, context))
        }
    }
}
