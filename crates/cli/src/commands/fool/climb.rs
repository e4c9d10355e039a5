use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use inscape::{Ascent, ErrorKind, Progress, Watch};
use serde_json::{Map, Value, json};

use super::keep::{Keeper, Made};
use crate::interrupt;
use crate::pace::Pace;
use crate::run::Outcome;

/// Climbs to each class in turn.
pub(super) fn run(keeper: &Keeper<'_>, classes: &[usize], ascent: &Ascent) -> anyhow::Result<Outcome> {
    let former = classes.iter().map(|&class| keeper.former(class)).collect::<anyhow::Result<Vec<_>>>()?;
    let missing = former.iter().filter(|record| record.is_none()).count();
    let cancel = interrupt::gently();
    let what = format!("{missing} {} by gradient", if missing == 1 { "class" } else { "classes" });
    let pace = (missing > 0).then(|| Pace::new(keeper.run, what, missing * ascent.steps));
    let behind = AtomicUsize::new(0);
    let progress = |Progress { done, total }: Progress| {
        if let Some(pace) = pace.as_ref().filter(|_| done > 0) {
            pace.step(behind.load(Ordering::Relaxed) + done, &[]);
        }
        if done == total {
            behind.fetch_add(total, Ordering::Relaxed);
        }
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
    let others: Vec<String> = keeper.sheet(&records)?.into_iter().collect();
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
