use anyhow::{Context, bail};
use inscape::{ErrorKind, Progress, Watch};
use inscape_belief::examples::Collection;
use inscape_belief::learning::{Recipe, State, Training};
use inscape_tensor::Pool;

use super::keep::Keeper;
use crate::interrupt;
use crate::run::Outcome;

/// Trains to the end, or until the user stops it; every epoch is saved.
pub(super) fn run(
    keeper: &Keeper<'_>,
    recipe: &Recipe,
    collection: &Collection,
    resume: bool,
    pool: &Pool,
) -> anyhow::Result<Outcome> {
    if let Some(former) = keeper.former()? {
        keeper.show(&former)?;
        return Ok(Outcome::Done);
    }
    let state = checkpoint(keeper, resume)?;
    let (data, test, seed) = (&*collection.training, collection.test.as_deref(), keeper.run.everywhere.seed);
    let mut training = match state {
        Some(state) => Training::resume(recipe, data, test, state, seed, pool)?,
        None => Training::new(recipe, data, test, keeper.key(), seed, pool)?,
    };
    announce(keeper, recipe, &training, &data.source());
    train(keeper, &mut training)?;
    let record = keeper.finish(&training)?;
    keeper.show(&record)?;
    Ok(Outcome::Done)
}

/// The checkpoint to go on from.
///
/// Fails where there is one that was not asked for, or is of other settings.
fn checkpoint(keeper: &Keeper<'_>, resume: bool) -> anyhow::Result<Option<State>> {
    let path = keeper.checkpoint();
    let (shown, force) = (path.display(), keeper.run.everywhere.force);
    let Ok(bytes) = std::fs::read(&path) else {
        if resume {
            keeper.run.terminal.say(&format!("{shown} is not there: training starts anew"));
        }
        return Ok(None);
    };
    if !resume {
        if force {
            return Ok(None);
        }
        bail!(
            "{shown} is the checkpoint of a run that was stopped: --resume goes on with it, --force starts anew"
        );
    }
    let state = State::parse(&bytes).with_context(|| shown.to_string())?;
    if state.key() != keeper.key() {
        bail!(
            "{shown} is a checkpoint of other settings: give those, or start anew with --force and without --resume"
        );
    }
    Ok(Some(state))
}

/// Says what will be trained and how long that takes.
fn announce(keeper: &Keeper<'_>, recipe: &Recipe, training: &Training<'_>, source: &str) {
    let [learned, kept] = training.examples();
    let layers: Vec<String> = recipe.layers.iter().map(usize::to_string).collect();
    let epochs: usize = training.stages().map(|(_, epochs)| epochs).sum();
    let behind = training.history().len();
    let gone_on = if behind > 0 { format!(", {behind} of them done") } else { String::new() };
    keeper.run.terminal.say(&format!(
        "{} with layers of {} on {learned} examples of {source} ({kept} kept to watch): {epochs} epochs{gone_on}, about {}",
        recipe.kind.name(),
        layers.join(", "),
        time(training.seconds_left()),
    ));
}

fn train(keeper: &Keeper<'_>, training: &mut Training<'_>) -> anyhow::Result<()> {
    let cancel = interrupt::gently();
    let terminal = &keeper.run.terminal;
    while let Some((stage, epoch)) = training.upcoming() {
        let each = training.seconds_left() / training.epochs_left().max(1) as f64;
        // Without a terminal the line at the end of an epoch is enough, unless it is long in coming.
        let bar = (terminal.is_alive() || each > LONG)
            .then(|| terminal.progress(1, training.batches(), "training, batches"));
        if let Some(bar) = &bar {
            bar.note(format!("{stage}, epoch {epoch}"));
        }
        let progress = |Progress { done, .. }: Progress| bar.iter().for_each(|bar| bar.within(done));
        let watch = Watch { progress: Some(&progress), cancel: Some(&cancel) };
        let passed = training.epoch(&watch);
        drop(bar);
        match passed {
            Ok(Some(epoch)) => {
                let left = training.seconds_left();
                let left = if training.is_done() { String::new() } else { format!("; {} left", time(left)) };
                terminal.say(&format!("{epoch}{left}"));
                keeper.save(training)?;
            }
            Ok(None) => break,
            Err(error) if error.kind == ErrorKind::Cancelled => {
                keeper.save(training)?;
                let saved = keeper.checkpoint();
                let context = format!("saved in {}; the same command with --resume goes on", saved.display());
                return Err(anyhow::Error::new(error).context(context));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Seconds of an epoch that is long.
const LONG: f64 = 60.0;

/// In the unit a person would use.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{:.0} s", s.ceil()),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
