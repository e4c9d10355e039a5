//! Times epochs of CD-1 of one binary Boltzmann machine on MNIST, for comparison with other programs:
//! `cd_epoch FOLDER HIDDEN EPOCHS THREADS`, where FOLDER holds MNIST's files. Prints seconds and reconstruction error of
//! each epoch.
#![expect(clippy::print_stdout, reason = "its output is for a script")]

use std::error::Error;

use inscape::Watch;
use inscape_belief::learning::{Recipe, Training};
use inscape_belief::{Kind, examples};
use inscape_tensor::Pool;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, hidden, epochs, threads] = &words[..] else {
        return Err("cd_epoch FOLDER HIDDEN EPOCHS THREADS".into());
    };
    let data = examples::open(folder, None)?.training;
    let recipe = Recipe {
        layers: vec![hidden.parse()?],
        epochs: epochs.parse()?,
        validation: Some(0),
        classifier: None,
        ..Recipe::preset("hinton2006", Kind::Dbn)?
    };
    let pool = Pool::new(threads.parse()?)?;
    let mut training = Training::new(&recipe, &*data, None, "", 0, &pool)?;
    while let Some(epoch) = training.epoch(&Watch::default())? {
        println!("{:.4} {:.6}", epoch.seconds, epoch.reconstruction.unwrap_or_default());
    }
    Ok(())
}
