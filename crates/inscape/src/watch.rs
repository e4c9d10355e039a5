use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind};

/// How long work is watched and stopped. `Watch::default()` neither watches nor stops.
#[derive(Clone, Copy, Default)]
pub struct Watch<'a> {
    /// Called after every step.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
    /// Asked before every step.
    pub cancel: Option<&'a Cancel>,
}

/// How far long work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done.
    pub done: usize,
    /// All steps.
    pub total: usize,
}

/// Stops work from another thread: clones share one switch.
///
/// ```
/// let cancel = inscape::Cancel::default();
/// cancel.clone().cancel();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the work to stop at its next step.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Watch<'_> {
    /// Tells the progress, and fails where the work was cancelled.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] once the caller has asked to stop.
    pub fn step(&self, done: usize, total: usize) -> Result<(), Error> {
        if let Some(progress) = self.progress {
            progress(Progress { done, total });
        }
        match self.cancel {
            Some(cancel) if cancel.is_cancelled() => {
                Err(Error::new(ErrorKind::Cancelled, format!("stopped after {done} of {total} steps")))
            }
            _ => Ok(()),
        }
    }
}
