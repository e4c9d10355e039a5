use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use inscape::Watch;
use inscape_belief::examples::Patches;
use inscape_belief::examples::patches::{Cutting, Mark};
use serde_json::{Value, json};

use super::keep::Keeper;
use crate::arguments;
use crate::inputs::gather;
use crate::output::Folder;
use crate::run::{Outcome, Run};

const FILE: &str = "patches.npy";

/// Whitened patches of natural pictures.
#[derive(Args)]
struct Asked {
    /// Folders of pictures, or pictures
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// How many patches
    #[arg(long, value_name = "N", default_value_t = Cutting::default().count, value_parser = arguments::at_least_one)]
    count: usize,
    /// Pixels along a picture's edges that no patch touches
    #[arg(long, value_name = "PX", default_value_t = Cutting::default().border)]
    border: usize,
    /// f0 of the whitening filter f·exp(-(f/f0)^4), in cycles per pixel
    #[arg(long, value_name = "F", default_value_t = Cutting::default().cutoff)]
    cutoff: f64,
    /// Mean variance of the whitened pictures
    #[arg(long, value_name = "V", default_value_t = Cutting::default().variance)]
    variance: f64,
    /// Draw a sheet of some of them too
    #[arg(long)]
    contact_sheet: bool,
}

pub(super) fn define() -> Command {
    // in place of the size of a network's input, which every other command takes
    let size = Arg::new("size")
        .long("size")
        .value_name("PX")
        .value_parser(side)
        .default_value("12")
        .help("Side of a patch, or its height and width: 12 or 12,16");
    Asked::augment_args(Command::new("patches").arg(size))
        .about("Whitened patches of natural pictures, as a .npy file")
        .long_about(
            "Whitened patches of natural pictures (Olshausen and Field 1996), written as patches.npy (float32, N × rows × columns) \
             into the --output folder. JPEG files are halved first, since whitening would show their 8×8 blocks.",
        )
        .after_help(
            "Examples:\n  inscape data patches photos/ --contact-sheet\n  \
             inscape data patches photos/ more/ --size 16 --count 200000 --seed 1",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let cutting = Cutting {
        size: matches.get_one("size").copied().unwrap_or(Cutting::default().size),
        count: asked.count,
        border: asked.border,
        cutoff: asked.cutoff,
        variance: asked.variance,
        seed: run.everywhere.seed,
    };
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let pictures: Vec<PathBuf> = gather(&asked.folders)?.into_iter().map(|input| input.path).collect();
    let marks = pictures.iter().map(Mark::of).collect::<Result<Vec<_>, _>>()?;
    let marks = marks.iter().map(|Mark { file, sha256 }| json!({ "file": file, "sha256": sha256 }));
    let settings = json!({
        "size": cutting.size,
        "count": cutting.count,
        "border": cutting.border,
        "cutoff": cutting.cutoff,
        "variance": cutting.variance,
        "pictures": Value::Array(marks.collect()),
    });
    let keeper = Keeper {
        run,
        folder,
        name: "patches",
        source: "Olshausen and Field 1996",
        settings: settings.as_object().cloned().unwrap_or_default(),
        files: vec![FILE.to_owned()],
        sheet: asked.contact_sheet,
    };
    let (record, patches) = match keeper.former()? {
        Some(former) => (former, Patches::open(keeper.folder.path(FILE))?),
        None => {
            let progress = run.terminal.progress(1, pictures.len(), "whitening pictures");
            let told = |steps: inscape::Progress| progress.within(steps.done);
            let patches = cutting.cut(FILE, &pictures, &Watch { progress: Some(&told), cancel: None })?;
            drop(progress);
            keeper.folder.write(FILE, &patches.npy_bytes())?;
            (keeper.record(), patches)
        }
    };
    keeper.finish(record, &patches)?;
    Ok(Outcome::Done)
}

/// One side, or two.
fn side(text: &str) -> Result<[usize; 2], String> {
    let both = if text.contains([',', 'x']) { text.to_owned() } else { format!("{text},{text}") };
    arguments::size(&both)
        .map_err(|_| "expected a side in pixels, such as 12, or height and width, 12,16".to_owned())
}
