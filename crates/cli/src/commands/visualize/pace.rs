use std::cell::Cell;
use std::time::Instant;

use crate::run::Run;
use crate::terminal::Progress;

/// Says how long it will take after the first steps, and then how it goes.
pub(super) struct Pace<'r> {
    run: &'r Run,
    what: String,
    steps: usize,
    started: Instant,
    /// When the first step ended: it makes plans, the others do not.
    first: Cell<Option<(usize, Instant)>>,
    said: Cell<bool>,
    progress: std::cell::RefCell<Progress>,
}

/// Steps that tell the pace.
const SAMPLE: usize = 3;

impl<'r> Pace<'r> {
    pub(super) fn new(run: &'r Run, what: String, steps: usize) -> Pace<'r> {
        let progress = std::cell::RefCell::new(run.terminal.progress(steps, ""));
        Pace { run, what, steps, started: Instant::now(), first: Cell::new(None), said: Cell::new(false), progress }
    }

    /// So many steps are done, with these objectives.
    pub(super) fn step(&self, done: usize, scores: &[f64]) {
        match self.first.get() {
            None => self.first.set(Some((done, Instant::now()))),
            Some((from, since)) if !self.said.get() && (done - from >= SAMPLE || done == self.steps) => {
                self.said.set(true);
                let each = since.elapsed().as_secs_f64() / (done - from).max(1) as f64;
                let total = self.started.elapsed().as_secs_f64() + each * (self.steps - done) as f64;
                let line = format!("{}: {} steps, about {}", self.what, self.steps, seconds(total));
                self.progress.borrow().aside(|| self.run.terminal.say(&line));
            }
            Some(_) => {}
        }
        let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        self.progress.borrow_mut().reach(done, &format!("objective {mean:.3}"));
    }

    /// Seconds since the work began.
    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.ceil()),
        s if s < 5400.0 => format!("{:.0} min", (s / 60.0).ceil()),
        s => format!("{:.1} h", s / 3600.0),
    }
}
