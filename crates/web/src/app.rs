use std::sync::Arc;

use inscape::atlas::{Edges, Explorer};

use crate::atlas::Atlas;
use crate::desk::Desk;
use crate::gallery::Gallery;
use crate::guard::Guard;
use crate::session::Session;
use crate::views::network::Tracing;
use crate::views::workbench::Bench;

/// What answers are made from.
pub(crate) struct App {
    pub(crate) guard: Guard,
    pub(crate) desk: Desk,
    /// For work that takes seconds on large networks.
    pub(crate) slow: Desk,
    pub(crate) gallery: Gallery,
    pub(crate) explorer: Arc<Explorer>,
    pub(crate) session: Session,
    pub(crate) atlas: Option<Atlas>,
    pub(crate) tracing: Arc<Tracing>,
    pub(crate) bench: Arc<Bench>,
    /// How commands name the network; not at all where it is the bundled one.
    pub(crate) model_argument: Option<String>,
}

impl App {
    /// Drops pictures that nobody used for long, and what was made of those that are gone.
    pub(crate) fn tidy(&self) {
        self.gallery.tidy();
        self.bench.tidy(|client, id| self.gallery.has(client, id));
    }

    /// The strongest weights of all units where they are known, and how far the search has come.
    pub(crate) fn traced(&self) -> (Option<Arc<Edges>>, f64) {
        self.tracing.edges(&self.explorer, self.atlas.as_ref())
    }
}
