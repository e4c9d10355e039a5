//! Chooses localization settings by cross-validation: `cross_validate DATASET CANDIDATES.txt MODEL…`
//!
//! Every line of CANDIDATES is a list of `option=value` on top of the defaults; one that begins with `@` changes the defaults
//! themselves. The maps of a picture's own class are made once by the defaults; so `map`, `views`, `copies`, `noise` and what is read
//! by the attribution are not for candidates. Each of five folds (every fifth
//! picture) is judged by the candidate that has the least sum over the models of the top-5 localization error on the other four. The
//! best centered box's side is chosen in the same way.

#![expect(clippy::print_stdout, reason = "what it measures is what it prints")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use inscape::evaluation::{Classes, Dataset, Listed, RIGHT, Rectangle, Sought, sought};
use inscape::localization::{Cells, Localization, Segmentation, locate};
use inscape::{Error, ErrorKind, Image, Method, Model, Target, Window};

const FOLDS: usize = 5;
const GUESSES: usize = 5;

/// What is known of a picture before any candidate is tried; nothing where the class is not among the five guesses.
struct Known {
    image: Image,
    sought: Sought,
    size: [usize; 2],
    maps: Option<[Cells; 2]>,
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dataset, candidates, models @ ..] = &arguments[..] else {
        return Err(Error::new(ErrorKind::Setting, "give DATASET CANDIDATES.txt MODEL…"));
    };
    let text = std::fs::read_to_string(candidates)
        .map_err(|error| Error::new(ErrorKind::File, format!("{candidates}: {error}")))?;
    let bases = text.lines().filter_map(|line| line.strip_prefix('@'));
    let base = bases.into_iter().try_fold(Localization::default(), |base, line| changed(&base, line))?;
    let candidates: Vec<(&str, Localization)> = text
        .lines()
        .filter(|line| !line.starts_with(['#', '@']))
        .map(|line| Ok((line, changed(&base, line)?)))
        .collect::<Result<_, Error>>()?;
    let dataset = Dataset::open(dataset, None)?;
    // by model, by candidate, by picture: whether the box is wrong
    let mut wrong = Vec::new();
    let mut control = Vec::new();
    for path in models {
        let model = Model::open(path)?;
        let classes = Classes::new(model.labels()?, model.class_count()?);
        let known: Vec<Known> = dataset
            .pictures
            .iter()
            .map(|listed| known(&model, listed, &classes, &base))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        let found: Vec<Vec<bool>> = candidates
            .iter()
            .map(|(_, settings)| judged(&known, |known, maps| boxed(known, maps, settings)))
            .collect();
        for ((line, _), wrong) in candidates.iter().zip(&found) {
            println!("{:6.1} %  {path}  {line}", error(wrong, |_| true));
        }
        wrong.push(found);
        let sides = (50..100).map(|side| f64::from(side) / 100.0);
        let centered: Vec<Vec<bool>> = sides
            .map(|side| judged(&known, |known, _| Rectangle::centered([known.size[1], known.size[0]], side)))
            .collect();
        control.push(centered);
    }
    for fold in 0..FOLDS {
        let chosen = best(&wrong, fold);
        println!("fold {}: {}", fold + 1, candidates[chosen].0);
    }
    for (at, path) in models.iter().enumerate() {
        let held_out = |all: &[Vec<Vec<bool>>], own: &[Vec<bool>]| {
            let folds = (0..FOLDS).map(|fold| (fold, best(all, fold)));
            let wrong: usize = folds
                .map(|(fold, chosen)| {
                    own[chosen].iter().enumerate().filter(|&(i, &wrong)| i % FOLDS == fold && wrong).count()
                })
                .sum();
            100.0 * wrong as f64 / own[0].len() as f64
        };
        println!(
            "{path}: held out {:.1} %, centered box held out {:.1} %, best of all {:.1} %",
            held_out(&wrong, &wrong[at]),
            held_out(std::slice::from_ref(&control[at]), &control[at]),
            control[at].iter().map(|wrong| error(wrong, |_| true)).fold(f64::INFINITY, f64::min),
        );
    }
    Ok(())
}

fn changed(base: &Localization, line: &str) -> Result<Localization, Error> {
    let mut settings = base.clone();
    for word in line.split_whitespace() {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| Error::new(ErrorKind::Setting, format!("'{word}' is no option=value")))?;
        settings.set(key, value)?;
    }
    Ok(settings)
}

/// A picture with the maps of its class; `None` where its class has no counterpart in the network.
fn known(
    model: &Model,
    listed: &Listed,
    classes: &Classes,
    base: &Localization,
) -> Result<Option<Known>, Error> {
    let input = model.read(&listed.path)?;
    let Some(image) = input.image().cloned() else { return Ok(None) };
    let found = sought(&listed.annotation()?, classes);
    let Some(sought) = found.into_iter().find(|sought| !sought.classes.is_empty()) else { return Ok(None) };
    let size = [image.height(), image.width()];
    let guesses = model.classify(&input)?.into_iter().take(GUESSES).map(|class| class.index);
    let maps = match guesses.into_iter().find(|class| sought.classes.contains(class)) {
        None => None,
        Some(class) => {
            let plain = Localization {
                segmentation: Segmentation::Threshold,
                blur: 0.0,
                grad_cam: 0.0,
                ..base.clone()
            };
            let coarse = Localization { map: Method::GradCam, copies: 0, ..plain.clone() };
            let map = |settings: &Localization| {
                let region = model.localize(&input, Target::Class(class), settings)?.region;
                Ok::<_, Error>(Cells::new(region.map, region.size, Window::whole(size[0], size[1])))
            };
            Some([map(&plain)?, map(&coarse)?])
        }
    };
    Ok(Some(Known { image, sought, size, maps }))
}

/// Whether each picture's answer is wrong, over all cores.
fn judged(known: &[Known], answer: impl Fn(&Known, &[Cells; 2]) -> Rectangle + Sync) -> Vec<bool> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(vec![true; known.len()]));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(picture) = known.get(at) else { break };
                    let Some(maps) = &picture.maps else { continue };
                    let right = picture.sought.overlap(Some(answer(picture, maps))) >= RIGHT;
                    if let Ok(mut wrong) = wrong.lock() {
                        wrong[at] = !right;
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap_or_default()
}

fn boxed(known: &Known, [fine, coarse]: &[Cells; 2], settings: &Localization) -> Rectangle {
    let map = fine.blurred(settings.blur);
    let map = match settings.grad_cam > 0.0 {
        true => map.joined(coarse, settings.grad_cam),
        false => map,
    };
    locate(&known.image, &map, settings).bounds.into()
}

fn error(wrong: &[bool], among: impl Fn(usize) -> bool) -> f64 {
    let among: Vec<bool> =
        wrong.iter().enumerate().filter(|&(i, _)| among(i)).map(|(_, &wrong)| wrong).collect();
    100.0 * among.iter().filter(|&&wrong| wrong).count() as f64 / among.len().max(1) as f64
}

/// The candidate of the least error over all models outside a fold.
fn best(wrong: &[Vec<Vec<bool>>], fold: usize) -> usize {
    let sum = |candidate: usize| -> f64 {
        wrong.iter().map(|model| error(&model[candidate], |i| i % FOLDS != fold)).sum()
    };
    let count = wrong.first().map_or(0, Vec::len);
    (1..count).fold(0, |best, next| if sum(next) < sum(best) { next } else { best })
}
