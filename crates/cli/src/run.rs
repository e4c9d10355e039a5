use std::fmt;

use inscape::ErrorKind;
use inscape_tensor::Pool;

use crate::arguments::Everywhere;
use crate::terminal::Terminal;

/// One run of the program: what was asked of it, and where it prints.
pub(crate) struct Run {
    pub(crate) everywhere: Everywhere,
    pub(crate) terminal: Terminal,
}

/// How a run ended, where it did not fail as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Some pictures failed; the rest is done.
    Partly,
    /// Stopped by the user; what there is was saved.
    Interrupted,
}

/// A mistake in what was typed.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl Run {
    pub(crate) fn new(everywhere: Everywhere) -> Run {
        let terminal = Terminal::new(everywhere.quiet);
        Run { everywhere, terminal }
    }

    /// Threads to work on: as many as were asked for, else one for each core.
    pub(crate) fn threads(&self) -> usize {
        if self.everywhere.threads == 0 { Pool::cores() } else { self.everywhere.threads }
    }
}

/// 1 failed, 2 wrong usage, 130 interrupted.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    if error.chain().any(|cause| cause.is::<Usage>()) {
        return 2;
    }
    match error.chain().find_map(|cause| cause.downcast_ref::<inscape::Error>()).map(|error| error.kind) {
        Some(ErrorKind::Target | ErrorKind::Setting) => 2,
        Some(ErrorKind::Cancelled) => 130,
        _ => 1,
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
