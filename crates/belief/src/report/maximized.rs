use inscape::Error;
use inscape::report::{StudyPart, StudyRow};

use super::measured::Measured;
use super::words::{listed, percent, trend};
use super::{figure, spelled};
use crate::examples::Values;
use crate::tiles::Shade;

/// Figure 1: networks of pictures in 0..1.
pub(super) fn digits(all: &[Measured<'_>]) -> Result<Option<StudyPart>, Error> {
    part(all, Values::Unit, "What excites units most")
}

/// Figure 2: networks of real numbers, such as whitened patches.
pub(super) fn patches(all: &[Measured<'_>]) -> Result<Option<StudyPart>, Error> {
    part(all, Values::Real, "The same on natural patches")
}

fn part(all: &[Measured<'_>], values: Values, title: &str) -> Result<Option<StudyPart>, Error> {
    let all: Vec<&Measured<'_>> = all.iter().filter(|of| of.is_of(values)).collect();
    let depth = all.iter().map(|of| of.layers.len()).max().unwrap_or(0);
    if depth == 0 {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for layer in 1..=depth {
        let mut figures = Vec::new();
        for of in &all {
            let Some(seen) = of.layers.get(layer - 1) else { continue };
            let count = seen.optima.len();
            let alt = format!(
                "{count} small grey pictures, each the input that excites one unit of layer {layer} of {} most",
                of.subject.name
            );
            let caption = format!("{}, {count} units", spelled(of.network().kind));
            let words = [of.subject.name.clone(), caption, alt];
            let pictures = seen.optima.iter().map(|optimum| optimum.x());
            figures.push(Ok(figure(pictures, of.network(), Shade::Signed, columns(count), words)?));
        }
        rows.push(StudyRow::Figures(format!("Layer {layer}"), figures));
    }
    let seen = all.iter().map(|of| sentence(of)).collect();
    Ok(Some(StudyPart {
        title: title.to_owned(),
        before: vec![
            "Activation maximization: of all inputs whose norm is the mean norm of the examples, the one that makes the \
             unit's total input largest, the best of several random starts (Erhan et al. 2009). Grey is zero, white \
             positive, black negative; every picture is scaled by its own largest value."
                .to_owned(),
        ],
        rows,
        table: None,
        after: seen,
    }))
}

/// How many pictures stand in a row: about as many as rows.
pub(super) fn columns(count: usize) -> usize {
    (count as f64).sqrt().ceil() as usize
}

fn sentence(of: &Measured<'_>) -> String {
    let numbers: Vec<_> = of.layers.iter().map(|seen| seen.numbers()).collect();
    let extents: Vec<f64> = numbers.iter().map(|of| of.extent).collect();
    let shares = listed(extents.iter().map(|&share| percent(share)));
    let activation = listed(numbers.iter().map(|of| format!("{:.2}", of.activation)));
    let grows = match trend(&extents) {
        Some(way) => format!("the part of the picture that a unit answers to {way} with depth: "),
        None => String::new(),
    };
    format!(
        "{}: {grows}{shares} of the pixels carry the pictures, from the lowest layer up (100 % would be all equally strong). On them the units \
         are active with probability {activation} on average.",
        of.subject.name
    )
}
