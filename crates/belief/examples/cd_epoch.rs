//! Times epochs of CD-1 of one binary Boltzmann machine on given pictures, for comparison with other programs:
//! `cd_epoch PICTURES HIDDEN EPOCHS THREADS`, where PICTURES holds bytes of 784 pixels each. Prints seconds and
//! reconstruction error of each epoch.
#![expect(clippy::print_stdout, reason = "its output is for a script")]

use std::error::Error;

use inscape::Watch;
use inscape_belief::learning::{Recipe, Training};
use inscape_belief::{Examples, Kind, Values};
use inscape_tensor::Pool;

struct Bytes(Vec<u8>);

const PIXELS: usize = 784;

impl Examples for Bytes {
    fn count(&self) -> usize {
        self.0.len() / PIXELS
    }
    fn size(&self) -> [usize; 2] {
        [28, 28]
    }
    fn values(&self) -> Values {
        Values::Unit
    }
    fn read(&self, index: usize, numbers: &mut [f32]) {
        let pixels = &self.0[index * PIXELS..][..PIXELS];
        numbers.iter_mut().zip(pixels).for_each(|(x, &pixel)| *x = f32::from(pixel) / 255.0);
    }
    fn label(&self, _: usize) -> Option<u8> {
        None
    }
    fn source(&self) -> String {
        "bytes".to_owned()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [pictures, hidden, epochs, threads] = &words[..] else {
        return Err("cd_epoch PICTURES HIDDEN EPOCHS THREADS".into());
    };
    let data = Bytes(std::fs::read(pictures)?);
    let recipe = Recipe {
        layers: vec![hidden.parse()?],
        epochs: epochs.parse()?,
        validation: Some(0),
        classifier: None,
        ..Recipe::preset("hinton2006", Kind::Dbn)?
    };
    let pool = Pool::new(threads.parse()?)?;
    let mut training = Training::new(&recipe, &data, None, "", 0, &pool)?;
    while let Some(epoch) = training.epoch(&Watch::default())? {
        println!("{:.4} {:.6}", epoch.seconds, epoch.reconstruction.unwrap_or_default());
    }
    Ok(())
}
