//! Times the segmentation alone, on given seeds: `segment PICTURE SEEDS.npy ITERATIONS ROUNDS [MASK.npy]`
//!
//! The seeds are an array of the picture's rows and columns: 1 foreground, 2 background, 0 neither. Prints the milliseconds of each
//! round, one thread, from seeds to mask; `references/compare_grabcut.py` sets them beside OpenCV's.

#![expect(clippy::print_stdout, reason = "what it measures is what it prints")]

use std::time::Instant;

use inscape::localization::{Localization, Seed, segment};
use inscape::{Error, ErrorKind, Image, npy};
use inscape_tensor::Tensor;

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wrong = |context: &str| Error::new(ErrorKind::Setting, context);
    let [picture, seeds, iterations, rounds, rest @ ..] = &arguments[..] else {
        return Err(wrong("give PICTURE SEEDS.npy ITERATIONS ROUNDS [MASK.npy]"));
    };
    let number = |text: &String| text.parse().map_err(|_| wrong("ITERATIONS and ROUNDS are whole numbers"));
    let image = Image::open(picture)?;
    let seeds = npy::read(seeds)?;
    if seeds.shape() != [image.height(), image.width()] {
        return Err(wrong("the seeds need a number for every pixel"));
    }
    let seeds: Vec<Seed> = seeds
        .values()
        .iter()
        .map(|&seed| match seed {
            1.0 => Seed::Foreground,
            2.0 => Seed::Background,
            _ => Seed::Open,
        })
        .collect();
    let settings = Localization { iterations: number(iterations)?, ..Localization::simonyan() };
    let prior = vec![0.0; seeds.len()];
    let mut mask = Vec::new();
    for _ in 0..number(rounds)? {
        let started = Instant::now();
        let found =
            segment(&image, &seeds, &prior, &settings).ok_or_else(|| wrong("one side has no seeds"))?;
        println!("{:.3} {}", started.elapsed().as_secs_f64() * 1e3, found.energies.len());
        mask = found.mask.iter().map(|&inside| f32::from(u8::from(inside))).collect();
    }
    if let [path, ..] = rest {
        npy::write(path, &Tensor::new([image.height(), image.width()], mask))?;
    }
    Ok(())
}
