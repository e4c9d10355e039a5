use anyhow::Error;
use serde_json::{Value, json};

use crate::inputs::Input;
use crate::progress::Progress;
use crate::run::{Outcome, Run};

/// What became of several pictures.
pub(crate) struct Round {
    pub(crate) outcome: Outcome,
    /// File and reason of each that failed.
    pub(crate) failed: Vec<Value>,
}

/// Does the same work, of so many steps, on every picture. One that fails is reported and the rest is done; a single one
/// fails the command, unless a document is to say so.
pub(crate) fn each(
    run: &Run,
    inputs: &[Input],
    what: &'static str,
    steps: usize,
    mut work: impl FnMut(&Input, &Progress<'_>) -> anyhow::Result<Vec<String>>,
) -> anyhow::Result<Round> {
    let progress = run.terminal.progress(inputs.len(), steps, what);
    let mut failed = Vec::new();
    for input in inputs {
        match work(input, &progress) {
            Ok(lines) => {
                if !run.everywhere.json {
                    lines.iter().for_each(|line| run.terminal.result(line));
                }
            }
            Err(error) => {
                let error = named(error, input);
                if inputs.len() == 1 && !run.everywhere.json {
                    return Err(error);
                }
                run.terminal.error(&error);
                // Folders are nobody's business.
                let path = input.path.display().to_string();
                let told = error.root_cause().to_string().replace(&path, &input.file_name());
                failed.push(json!({ "file": input.file_name(), "error": told }));
            }
        }
        progress.step();
    }
    drop(progress);
    if !failed.is_empty() && inputs.len() > 1 {
        run.terminal.say(&format!("{} of {} pictures failed", failed.len(), inputs.len()));
    }
    let outcome = if failed.is_empty() { Outcome::Done } else { Outcome::Partly };
    Ok(Round { outcome, failed })
}

/// The error with the picture's path before it, unless it names it already.
fn named(error: Error, input: &Input) -> Error {
    let path = input.path.display().to_string();
    if format!("{error:#}").contains(&path) { error } else { error.context(path) }
}
