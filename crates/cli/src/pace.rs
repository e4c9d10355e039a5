use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::progress::Progress;
use crate::run::Run;

/// Says how long it will take after the first steps, and then how it goes.
pub(crate) struct Pace<'r> {
    run: &'r Run,
    what: String,
    steps: usize,
    started: Instant,
    /// The step that made the plans, and when it ended; nothing more once the pace has been said.
    sample: Mutex<Sample>,
    progress: Progress<'r>,
}

enum Sample {
    Open,
    Since(usize, Instant),
    Said,
}

/// Steps that tell the pace.
const SAMPLE: usize = 3;

impl<'r> Pace<'r> {
    pub(crate) fn new(run: &'r Run, what: String, steps: usize) -> Pace<'r> {
        let progress = run.terminal.progress(1, steps, "climbing");
        Pace { run, what, steps, started: Instant::now(), sample: Mutex::new(Sample::Open), progress }
    }

    /// So many steps are done, with these objectives where they are known.
    pub(crate) fn step(&self, done: usize, scores: &[f64]) {
        let mut sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        match *sample {
            Sample::Open => *sample = Sample::Since(done, Instant::now()),
            Sample::Since(from, since) if done - from >= SAMPLE || done >= self.steps => {
                *sample = Sample::Said;
                let each = since.elapsed().as_secs_f64() / (done - from).max(1) as f64;
                let total = self.started.elapsed().as_secs_f64() + each * (self.steps - done) as f64;
                self.run.terminal.say(&format!(
                    "{}: {} steps, about {}",
                    self.what,
                    self.steps,
                    words(total)
                ));
            }
            _ => {}
        }
        // the pace is the first that is said
        if !matches!(*sample, Sample::Said) {
            return;
        }
        if !scores.is_empty() {
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            self.progress.note(format!("objective {mean:.3}"));
        }
        self.progress.within(done);
    }

    /// Says how long it took.
    pub(crate) fn end(self) {
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = self.steps as f64 / seconds;
        drop(self.progress);
        self.run.terminal.say(&format!("{} steps in {seconds:.1} s, {rate:.1} a second", self.steps));
    }
}

fn words(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.ceil()),
        s if s < 5400.0 => format!("{:.0} min", (s / 60.0).ceil()),
        s => format!("{:.1} h", s / 3600.0),
    }
}
