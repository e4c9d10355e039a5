use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape_belief::Examples;
use inscape_belief::examples::infinite_mnist::{Deformation, Excerpt, InfiniteMnist};
use inscape_belief::examples::{IdxFolder, idx};
use serde_json::json;

use super::keep::Keeper;
use crate::output::Folder;
use crate::run::{Outcome, Run};

/// Names under which MNIST's own files are known, so that the folder is one that `--data` takes.
const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

/// Digits that are written at once.
const PIECE: usize = 1024;

/// MNIST's digits, then endlessly many deformed copies.
#[derive(Args)]
struct Asked {
    /// Folder of MNIST's IDX files, packed (.gz) or not
    #[arg(long, required = true, value_name = "DIR")]
    mnist: PathBuf,
    /// How many digits
    #[arg(long, required = true, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=Excerpt::MOST))]
    count: u64,
    /// Index of the first: 0 to 9999 are MNIST's test digits, 10000 to 69999 its training digits, the others deformed [default: the
    /// first training digit, 10000]
    #[arg(long, value_name = "I")]
    first: Option<u64>,
    /// Largest displacement of the deformation in pixels
    #[arg(long, value_name = "A", default_value_t = Deformation::default().strength)]
    strength: f64,
    /// Draw a sheet of some of them too
    #[arg(long)]
    contact_sheet: bool,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("infinite-mnist"))
        .about("MNIST's digits, then endlessly many deformed copies of them, as IDX files")
        .long_about(
            "MNIST's digits, then endlessly many deformed copies of them (Loosli, Canu and Bottou 2007), written as IDX files \
             into the --output folder. Training makes the same digits by itself as it needs them: --data infinite-mnist:N \
             takes no disk.",
        )
        .after_help(
            "Examples:\n  inscape data infinite-mnist --mnist mnist/ --count 300 --first 70000 --contact-sheet\n  \
             inscape data infinite-mnist --mnist mnist/ --count 2500000 --output digits/",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let mnist = IdxFolder::open(&asked.mnist)?;
    let deformation = Deformation { strength: asked.strength, ..Deformation::default() };
    let digits = Arc::new(InfiniteMnist::new(&mnist, deformation)?);
    let first = asked.first.unwrap_or(digits.tests());
    let excerpt = Excerpt::new(digits.clone(), first, asked.count)?;
    let settings = json!({
        "mnist": { "training": mnist.training.sha256(), "test": mnist.test.as_ref().map(|test| test.sha256()) },
        "first": first,
        "count": asked.count,
        "strength": asked.strength,
    });
    let mut files = vec![IMAGES.to_owned()];
    files.extend(excerpt.label(0).map(|_| LABELS.to_owned()));
    let keeper = Keeper {
        run,
        folder,
        name: "infinite-mnist",
        source: "Loosli, Canu and Bottou 2007; fields and tangents made anew",
        settings: settings.as_object().cloned().unwrap_or_default(),
        files,
        sheet: asked.contact_sheet,
    };
    let record = match keeper.former()? {
        Some(former) => former,
        None => {
            write(&keeper, &excerpt)?;
            let mut record = keeper.record();
            record["originals"] = json!(digits.originals().saturating_sub(first).min(asked.count));
            record["size"] = json!(excerpt.size());
            record
        }
    };
    keeper.finish(record, &excerpt)?;
    Ok(Outcome::Done)
}

/// Writes the digits, computed piece by piece, and their classes.
fn write(keeper: &Keeper<'_>, excerpt: &Excerpt) -> anyhow::Result<()> {
    let count = excerpt.count();
    let [rows, columns] = excerpt.size();
    let path = keeper.folder.path(IMAGES);
    let megabytes = (count * rows * columns) as f64 / 1e6;
    keeper.run.terminal.say(&format!(
        "{count} digits of {rows}×{columns} pixels, {megabytes:.1} MB, into {}",
        path.display()
    ));
    let progress = keeper.run.terminal.progress(1, count, "digits");
    keeper.folder.write_by(IMAGES, |file| {
        file.write_all(&idx::header(&[count as u32, rows as u32, columns as u32]))?;
        let mut piece = Vec::with_capacity(PIECE * rows * columns);
        for start in (0..count).step_by(PIECE) {
            let end = count.min(start + PIECE);
            piece.clear();
            (start..end).for_each(|index| piece.extend(excerpt.digit(index)));
            file.write_all(&piece)?;
            progress.within(end);
        }
        Ok(())
    })?;
    drop(progress);
    let labels: Option<Vec<u8>> = (0..count).map(|index| excerpt.label(index)).collect();
    match labels {
        Some(labels) => {
            let content = [idx::header(&[count as u32]), labels].concat();
            keeper.folder.write(LABELS, &content)
        }
        None => Ok(()),
    }
}
