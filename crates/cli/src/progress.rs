use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::terminal::Terminal;

/// Work that ends sooner prints no line.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time between plain lines.
const PAUSE: Duration = Duration::from_secs(10);

/// How far work over pictures has come, each of as many steps.
pub(crate) struct Progress<'t> {
    terminal: &'t Terminal,
    bar: Option<ProgressBar>,
    what: &'static str,
    /// Of one picture.
    steps: usize,
    total: usize,
    started: Instant,
    count: Mutex<Count>,
}

#[derive(Default)]
struct Count {
    /// Steps of the pictures that are behind.
    behind: usize,
    done: usize,
    said: Option<Instant>,
}

impl<'t> Progress<'t> {
    pub(crate) fn new(
        terminal: &'t Terminal,
        pictures: usize,
        steps: usize,
        what: &'static str,
    ) -> Progress<'t> {
        let total = pictures * steps;
        let bar = (terminal.is_alive() && !terminal.is_quiet() && total > 1).then(|| {
            let template = "{msg} {wide_bar} {pos}/{len}, {rate} a second, {eta} left";
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
                    let _ = write!(text, "{:.1}", state.per_sec());
                });
            let bar = ProgressBar::new(total as u64).with_style(style).with_message(what);
            bar.enable_steady_tick(Duration::from_millis(200));
            terminal.show(&bar);
            bar
        });
        let (started, count) = (Instant::now(), Mutex::default());
        Progress { terminal, bar, what, steps, total, started, count }
    }

    /// So many steps of the picture at hand are done.
    pub(crate) fn within(&self, done: usize) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.done = count.behind + done.min(self.steps);
        self.show(&mut count);
    }

    /// What stands beside the bar.
    pub(crate) fn note(&self, words: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(words);
        }
    }

    /// One more picture is behind.
    pub(crate) fn step(&self) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.behind += self.steps;
        count.done = count.behind;
        self.show(&mut count);
    }

    fn show(&self, count: &mut Count) {
        if let Some(bar) = &self.bar {
            return bar.set_position(count.done as u64);
        }
        let last = count.done == self.total;
        let due = match count.said {
            Some(said) => last || said.elapsed() > PAUSE,
            None => !last && count.done > 0 && self.started.elapsed() > PATIENCE,
        };
        if due {
            count.said = Some(Instant::now());
            self.terminal.say(&self.line(count.done));
        }
    }

    fn line(&self, done: usize) -> String {
        let rate = done as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
        let left = (self.total - done) as f64 / rate;
        format!("{} {done}/{}, {rate:.1} a second, {left:.0} s left", self.what, self.total)
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.terminal.clear();
    }
}
