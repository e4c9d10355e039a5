mod asked;
mod job;
mod keep;

use std::path::Path;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape_belief::examples::{self, Collection};
use inscape_tensor::Pool;

use crate::bundled;
use crate::output::Folder;
use crate::run::{Outcome, Run};
use asked::Asked;
use keep::Keeper;

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("train"))
        .about("Train a deep belief network or a stack of denoising autoencoders")
        .long_about(
            "Train a deep belief network (Hinton, Osindero and Teh 2006) or a stack of denoising autoencoders (Vincent et \
             al. 2010), layer by layer and without labels; with --classify then a softmax layer on top and all layers by \
             backpropagation.\n\nThe result is NAME.safetensors, which holds both directions, and NAME.onnx with its card, \
             the recognition part, on which the other commands work as on any model. Every epoch is saved: Ctrl-C loses \
             nothing, and --resume goes on to the same weights as if it had never been stopped.",
        )
        .after_help(
            "Examples:\n  inscape train dbn --data mnist-1000\n  inscape train dbn --data mnist/\n  \
             inscape train dbn --data mnist/ --preset hinton2006 --classify\n  \
             inscape train autoencoder --data patches.npy --layers 200,200 --amount 1.5\n  \
             inscape train autoencoder --data infinite-mnist:2500000 --mnist mnist/ --preset vincent2010",
        )
}

/// What is learned from: the bundled digits by their name, where nothing at hand has it.
fn collection(asked: &Asked) -> anyhow::Result<Collection> {
    if asked.data == bundled::DIGITS && !Path::new(&asked.data).exists() {
        return Ok(bundled::digits()?.into());
    }
    Ok(examples::open(&asked.data, asked.mnist.as_deref())?)
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let collection = collection(&asked)?;
    let recipe = asked.recipe(collection.training.values())?;
    recipe.check()?;
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let pool = Pool::new(run.everywhere.threads)?;
    let keeper = Keeper::new(run, folder, &asked, &recipe, &collection)?;
    job::run(&keeper, &recipe, &collection, asked.resume, &pool)
}
