mod asked;
mod compare;
mod expand;
mod job;
mod norm;
mod record;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::visualization::RECIPES;
use serde_json::json;

use crate::opening;
use crate::output::Folder;
use crate::run::{Outcome, Run};
use asked::Asked;
use job::Job;

pub(super) fn define() -> Command {
    let width = RECIPES.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let recipes: String =
        RECIPES.iter().map(|row| format!("  {:width$}  {}\n", row.name, row.about)).collect();
    Asked::augment_args(Command::new("visualize"))
        .about("Show what a class, unit, channel or layer looks like to the network")
        .after_help(format!(
            "Recipes:\n{recipes}\nExamples:\n  inscape visualize flamingo\n  \
             inscape visualize class:flamingo class:hen class:130 --sheet\n  \
             inscape visualize 'channel:fire5/Concat:*' --steps 256 --sheet\n  \
             inscape visualize flamingo --compare score,posterior\n  \
             inscape visualize layer:fire8/Concat --recipe deepdream --from photo.jpg\n  \
             inscape visualize flamingo --recipe simonyan --frames"
        ))
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let mut results = Vec::new();
    let mut outcome = Outcome::Done;
    let mut marks = Vec::new();
    let sizes: Vec<Option<[usize; 2]>> = if asked.sizes.is_empty() {
        vec![run.everywhere.size]
    } else {
        asked.sizes.iter().copied().map(Some).collect()
    };
    for size in &sizes {
        let opened = opening::model_at(run, None, *size)?;
        let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
        let job = Job::new(run, &asked, opened, folder, size.filter(|_| sizes.len() > 1))?;
        marks.push(json!(job.opened.mark()));
        outcome = job.work(&mut results)?;
        if outcome != Outcome::Done {
            break;
        }
    }
    if asked.sheet || sizes.len() > 1 || asked.compare.len() > 1 {
        job::sheet(run, &asked, &results)?;
    }
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    folder.rebuild_index(&[])?;
    if run.everywhere.json {
        let document = json!({
            "schema": "inscape.visualize/1",
            "version": env!("CARGO_PKG_VERSION"),
            "model": marks.first(),
            "results": results,
        });
        run.terminal.result(&format!("{document:#}"));
    }
    Ok(outcome)
}
