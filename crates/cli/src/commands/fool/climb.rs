use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context;
use inscape::{Ascent, ErrorKind, Progress, Watch};
use serde_json::{Map, Value, json};

use super::keep::{Keeper, Made};
use crate::interrupt;
use crate::run::Outcome;

/// Steps after which the time of all is known; the first also makes the plan.
const TIMED: usize = 6;

/// How fast it climbs.
struct Pace {
    bar: crate::terminal::Progress,
    /// When the first step was done.
    warm: Option<Instant>,
    told: bool,
}

impl Pace {
    /// One more step of one of `classes` ascents is done; tells the time of all as soon as it is known.
    fn step(&mut self, keeper: &Keeper<'_>, Progress { done, total }: Progress, classes: usize) {
        if done == 0 {
            return;
        }
        self.bar.step();
        let warm = *self.warm.get_or_insert_with(Instant::now);
        if done == TIMED && !self.told {
            self.told = true;
            let all = warm.elapsed().as_secs_f64() / (TIMED - 1) as f64 * (total * classes) as f64;
            let line = format!("{total} steps for each of {classes} classes: about {all:.0} s");
            self.bar.aside(|| keeper.run.terminal.say(&line));
        }
    }
}

/// Climbs to each class in turn.
pub(super) fn run(keeper: &Keeper<'_>, classes: &[usize], ascent: &Ascent) -> anyhow::Result<Outcome> {
    let former = classes.iter().map(|&class| keeper.former(class)).collect::<anyhow::Result<Vec<_>>>()?;
    let missing = former.iter().filter(|record| record.is_none()).count();
    let cancel = interrupt::gently();
    let bar = keeper.run.terminal.progress(missing * ascent.steps, "climbing");
    let pace = Mutex::new(Pace { bar, warm: None, told: false });
    let progress = |progress: Progress| {
        let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.step(keeper, progress, missing);
    };
    let watch = Watch { progress: Some(&progress), cancel: Some(&cancel) };
    let mut records = Vec::new();
    for (&class, former) in classes.iter().zip(former) {
        if let Some(former) = former {
            let name = keeper.name(&format!("class_{class}.png"));
            keeper
                .run
                .terminal
                .say(&format!("{} is there already and stays", keeper.folder.path(&name).display()));
            records.push(former);
            continue;
        }
        match climbed(keeper, class, ascent, &watch) {
            Ok(record) => records.push(record),
            Err(error) if cancelled(&error) => {
                let left = classes.len() - records.len();
                return Err(
                    error.context(format!("{left} classes are left; the same command goes on with them"))
                );
            }
            Err(error) => return Err(error),
        }
    }
    drop(pace);
    let title = format!("gradient encoding, {} steps", ascent.steps);
    let others: Vec<String> = keeper.sheet(title, &records)?.into_iter().collect();
    keeper.finish(&records, &others, &Value::Null)?;
    Ok(Outcome::Done)
}

fn cancelled(error: &anyhow::Error) -> bool {
    error.downcast_ref::<inscape::Error>().is_some_and(|error| error.kind == ErrorKind::Cancelled)
}

fn climbed(keeper: &Keeper<'_>, class: usize, ascent: &Ascent, watch: &Watch<'_>) -> anyhow::Result<Value> {
    let made = keeper.opened.model.ascend(class, ascent, watch).with_context(|| format!("class {class}"))?;
    for warning in &made.warnings {
        keeper.run.terminal.warn(&format!("class {class}: {warning}"));
    }
    let first_above = |bar: f64| made.probabilities.iter().position(|&p| p > bar);
    let name = keeper.opened.model.class_name(class).unwrap_or_else(|| format!("class {class}"));
    let mut more = Map::new();
    more.insert("step".into(), json!(made.step));
    more.insert("probability_before_rounding".into(), json!(made.probabilities.get(made.step)));
    let reached = [("0.5", 0.5), ("0.99", 0.99), ("0.999", 0.999), ("0.9999", 0.9999)];
    let reached: Map<String, Value> =
        reached.into_iter().map(|(name, bar)| (name.to_owned(), json!(first_above(bar)))).collect();
    more.insert("first_step_above".into(), Value::Object(reached));
    more.insert("probabilities".into(), json!(made.probabilities));
    keeper.keep(&Made {
        class,
        probability: made.probability,
        beside: vec![("curve.svg", made.curve(&name).svg().into_bytes())],
        image: made.image,
        more,
        warnings: made.warnings,
    })
}
