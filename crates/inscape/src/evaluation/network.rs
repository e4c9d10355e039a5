use super::judgment::{GUESSES, Sought};
use super::prediction::{Evidence, Guess, Map, Prediction};
use super::rectangle::Rectangle;
use crate::error::Error;
use crate::localization::{Bounds, Localization, Localized};
use crate::model::{Input, Model};
use crate::preprocessing::Window;
use crate::target::Target;
use crate::watch::Watch;

/// What a network and a localization answer about a picture: its five strongest classes with their boxes, and for every
/// class sought the map and box of the network's class that it is (of several the strongest, and the strongest of all where it
/// has no counterpart).
///
/// # Errors
/// As [`Model::classify`] and [`Model::localize_many`].
pub fn predict(
    model: &Model,
    input: &Input,
    sought: &[Sought],
    settings: &Localization,
    watch: &Watch<'_>,
) -> Result<Prediction, Error> {
    let ranked: Vec<usize> = model.classify(input)?.into_iter().map(|class| class.index).collect();
    let strongest = |among: &[usize]| {
        let first = ranked.iter().find(|class| among.contains(class)).or(ranked.first());
        first.copied().unwrap_or(0)
    };
    let guessed = ranked.iter().take(GUESSES).copied();
    let told: Vec<usize> = sought.iter().map(|sought| strongest(&sought.classes)).collect();
    let mut classes: Vec<usize> = guessed.clone().collect();
    for &class in &told {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    let targets: Vec<Target> = classes.iter().map(|&class| Target::Class(class)).collect();
    let found = model.localize_many(input, &targets, settings, watch)?;
    let of = |class: usize| classes.iter().position(|&other| other == class).and_then(|at| found.get(at));
    let guess = |class| Guess { class, bounds: of(class).map(|found| found.region.bounds.into()) };
    let evidence = |&class: &usize| of(class).map(|found| evidence(class, input, found));
    let mut warnings: Vec<String> = Vec::new();
    for (class, warning) in
        classes.iter().zip(&found).flat_map(|(c, f)| f.region.warnings.iter().map(move |w| (c, w)))
    {
        warnings.push(format!("class {class}: {warning}"));
    }
    Ok(Prediction {
        guesses: guessed.map(guess).collect(),
        known: told.iter().filter_map(evidence).collect(),
        warnings,
    })
}

fn evidence(class: usize, input: &Input, found: &Localized) -> Evidence {
    let region = &found.region;
    let [height, width] = input.image().map_or(region.size, |image| [image.height(), image.width()]);
    Evidence {
        class,
        bounds: Some(region.bounds.into()),
        map: Map { values: region.map.clone(), cells: region.size, window: Window::whole(height, width) },
    }
}

impl From<Bounds> for Rectangle {
    fn from(bounds: Bounds) -> Rectangle {
        bounds.corners().map(|corner| corner as f64).into()
    }
}
