use std::sync::{Arc, Mutex, PoisonError};

use inscape::atlas::{Edges, Explorer};
use inscape::{Cancel, Watch};

use crate::atlas::Atlas;

/// The strongest weights of all units, found in the background when they are first asked for, or read from the atlas.
#[derive(Default)]
pub(crate) struct Tracing {
    stage: Mutex<Stage>,
    cancel: Cancel,
}

#[derive(Clone, Default)]
enum Stage {
    #[default]
    Idle,
    /// Rows done, and all rows.
    Under(usize, usize),
    Done(Arc<Edges>),
    /// It failed; single units still answer.
    Failed,
}

/// Edges into and out of each unit that are kept.
pub(super) const STRONGEST: usize = 10;

impl Tracing {
    /// All edges where they are known, and how far the search has come (0 to 1); begins it where nobody did.
    pub(crate) fn edges(
        self: &Arc<Self>,
        explorer: &Arc<Explorer>,
        atlas: Option<&Atlas>,
    ) -> (Option<Arc<Edges>>, f64) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Stage::Idle = *stage {
            *stage = match atlas.and_then(Atlas::edges) {
                Some(edges) => Stage::Done(Arc::new(edges)),
                None => {
                    self.begin(explorer.clone());
                    Stage::Under(0, explorer.rows().len())
                }
            };
        }
        match &*stage {
            Stage::Done(edges) => (Some(edges.clone()), 1.0),
            Stage::Under(done, all) => (None, *done as f64 / (*all).max(1) as f64),
            _ => (None, 0.0),
        }
    }

    /// Ends a search under way.
    pub(crate) fn stop(&self) {
        self.cancel.cancel();
    }

    fn begin(self: &Arc<Self>, explorer: Arc<Explorer>) {
        let tracing = self.clone();
        let search = move || {
            let put = |stage| *tracing.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
            let told = |progress: inscape::Progress| put(Stage::Under(progress.done, progress.total));
            let watch = Watch { progress: Some(&told), cancel: Some(&tracing.cancel) };
            let found = Edges::of(&explorer, STRONGEST, 1, &watch);
            put(found.map_or(Stage::Failed, |edges| Stage::Done(Arc::new(edges))));
        };
        if std::thread::Builder::new().name("tracing".to_owned()).spawn(search).is_err() {
            self.cancel.cancel();
        }
    }
}
