use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// All that is printed: results on standard output, everything else on standard error.
pub(crate) struct Terminal {
    quiet: bool,
    alive: bool,
    color: bool,
}

impl Terminal {
    pub(crate) fn new(quiet: bool) -> Terminal {
        let alive = stderr().is_terminal();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Terminal { quiet, alive, color: alive && wanted }
    }

    /// A line of results. A reader that has gone is no mistake of ours.
    pub(crate) fn result(&self, line: &str) {
        let _ = writeln!(stdout(), "{line}");
    }

    /// A line that tells what goes on; nothing when quiet.
    pub(crate) fn say(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(stderr(), "{line}");
        }
    }

    /// Something that could mislead the reader of the results.
    pub(crate) fn warn(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(stderr(), "{} {line}", self.paint("33", "warning:"));
        }
    }

    /// What failed and why.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let _ = writeln!(stderr(), "{} {error:#}", self.paint("1;31", "error:"));
    }

    /// Progress over `total` items; nothing to see for a single one, plain lines without a terminal.
    pub(crate) fn progress(&self, total: usize, what: &str) -> Progress {
        let bar = (self.alive && !self.quiet && total > 1).then(|| {
            let template = "{msg} {wide_bar} {pos}/{len} {per_sec}, {eta} left";
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(total as u64).with_style(style).with_message(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let lines = !self.alive && !self.quiet && total > 1;
        Progress { bar, lines, total, past: 0, started: Instant::now(), said: Instant::now() }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// How far a run over several items has come.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
    total: usize,
    past: usize,
    started: Instant,
    said: Instant,
}

impl Progress {
    /// One more item is done.
    pub(crate) fn step(&mut self) {
        self.past += 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        let rare = self.said.elapsed() > Duration::from_secs(10) || self.past == self.total;
        if self.lines && rare {
            self.said = Instant::now();
            let seconds = self.started.elapsed().as_secs_f64().max(1e-9);
            let rate = self.past as f64 / seconds;
            let left = (self.total - self.past) as f64 / rate;
            let _ = writeln!(stderr(), "{}/{}, {rate:.1} a second, {left:.0} s left", self.past, self.total);
        }
    }

    /// So many items are done; `note` stands beside the bar.
    pub(crate) fn reach(&mut self, done: usize, note: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(note.to_owned());
        }
        while self.past < done {
            self.step();
        }
    }

    /// Runs `work` with the bar out of the way of what it prints.
    pub(crate) fn aside(&self, work: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
