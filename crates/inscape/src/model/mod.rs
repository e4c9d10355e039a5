//! A trained network with what is needed to ask it: its card, its class names, its plans.

mod classify;
mod head;
mod input;
mod open;
mod plans;
mod run;
mod target;
mod workload;

use std::sync::{Arc, OnceLock};

use inscape_engine::{Graph, ValueId};
use inscape_tensor::Pool;

use crate::card::Card;
use crate::error::Error;
use crate::labels::Labels;
use crate::preprocessing::Preprocessing;

pub use classify::Class;
pub(crate) use head::Head;
pub use input::Input;
pub use open::{Options, Origin};
pub(crate) use plans::{Ready, Wanted};
pub(crate) use run::Gradients;
pub use workload::{NodeTime, Workload};

/// A trained network, ready to be asked. `Send + Sync` and cheap to clone; clones share weights and plans.
///
/// ```no_run
/// use inscape::{Method, Model, Target};
/// let model = Model::open("model.onnx")?;
/// let image = model.read("cat.jpg")?;
/// let top = &model.classify(&image)?[0];
/// let map = model.attribute(&image, Method::Saliency, Target::Class(top.index))?;
/// map.overlay(&image)?.save("cat.png")?;
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone)]
pub struct Model(Arc<Inner>);

struct Inner {
    graph: Arc<Graph>,
    feed: Feed,
    head: Result<Head, Error>,
    card: Card,
    labels: OnceLock<Option<Labels>>,
    origin: Origin,
    sha256: OnceLock<String>,
    plans: plans::Plans,
    /// Whether several inputs can run as one batch; found out at the first try.
    batches: OnceLock<bool>,
    pool: Pool,
    memory: Option<usize>,
}

/// The graph input that pictures go to.
struct Feed {
    value: ValueId,
    /// Its shape in the file's layout, for one input.
    shape: Vec<usize>,
    /// How pictures are turned into it; the reason where they cannot.
    preprocessing: Result<Preprocessing, Error>,
}

impl Model {
    /// The network.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.0.graph
    }

    /// How it is fed.
    pub fn card(&self) -> &Card {
        &self.0.card
    }

    /// Where it came from.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// Begins to compute [`Model::sha256`] on a thread of its own where the file is large, beside the work whose result will
    /// name it.
    pub(crate) fn hash_beside(&self) {
        const LARGE: usize = 16 << 20;
        if self.0.sha256.get().is_none() && self.0.origin.bytes() > LARGE && self.pool().threads() > 1 {
            let model = self.clone();
            let hash = move || _ = model.sha256();
            // without a thread the hash is made when it is asked for
            let _ = std::thread::Builder::new().name("inscape-hash".into()).spawn(hash);
        }
    }

    /// SHA-256 of the model file, in hexadecimal; empty for a graph that was made in memory.
    pub fn sha256(&self) -> &str {
        self.0.sha256.get_or_init(|| self.0.origin.sha256())
    }

    /// The graph input that pictures go to.
    pub fn input(&self) -> ValueId {
        self.0.feed.value
    }

    /// The shape of one input as [`Model::prepare`] makes it: (1, C, H, W) whatever the file's layout.
    pub fn input_shape(&self) -> Vec<usize> {
        match &self.0.feed.preprocessing {
            Ok(settings) => settings.shape().to_vec(),
            Err(_) => self.0.feed.shape.clone(),
        }
    }

    /// How pictures are turned into its input.
    ///
    /// # Errors
    /// Where the input takes no pictures; tensors can still be given.
    pub fn preprocessing(&self) -> Result<&Preprocessing, Error> {
        self.0.feed.preprocessing.as_ref().map_err(|error| Error::new(error.kind, error.context.clone()))
    }

    /// The value that holds the class scores, before any softmax.
    ///
    /// # Errors
    /// Where the network has several outputs and the card names none.
    pub fn scores_value(&self) -> Result<ValueId, Error> {
        Ok(self.head()?.scores)
    }

    pub(crate) fn head(&self) -> Result<&Head, Error> {
        self.0.head.as_ref().map_err(|error| Error::new(error.kind, error.context.clone()))
    }

    /// Bytes that a plan may take.
    pub(crate) fn memory(&self) -> Option<usize> {
        self.0.memory
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.0.pool
    }
}
