use inscape::report::{Bar, StudyPart, StudyRow};
use inscape::{ColorMap, Error, Image};

use super::drawn;
use super::measured::Measured;
use super::words::{number, percent};
use crate::units::Sensitivity;

/// Figure 4: how selective units are.
pub(super) fn part(all: &[Measured<'_>]) -> Result<Option<StudyPart>, Error> {
    let (mut figures, mut table, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for of in all {
        let name = &of.subject.name;
        for (k, seen) in of.layers.iter().enumerate() {
            let numbers = seen.numbers();
            table.push(vec![
                format!("{name}, layer {}", k + 1),
                percent(numbers.wins),
                percent(numbers.wins_shuffled),
                number(Some(numbers.activation)),
                number(Some(numbers.others)),
            ]);
        }
        let Some(seen) = of.layers.last() else { continue };
        let layer = of.layers.len();
        let wins = seen.sensitivity.wins();
        let alt = format!(
            "A square matrix of {} units of layer {layer} of {name}; its diagonal is the largest of its row in {}",
            seen.sensitivity.units,
            percent(wins)
        );
        let caption = format!("layer {layer}; row: whose picture, column: which unit");
        let mut figure = drawn(&painted(&seen.sensitivity)?, [name.clone(), caption, alt])?;
        figure.bar = Some(bar());
        figures.push(Ok(figure));
        let (own, others) = (seen.sensitivity.diagonal(), seen.sensitivity.others());
        let verdict = match own - others {
            gap if wins >= 0.8 && gap > 0.3 => "the diagonal stands out: units answer to their own pictures",
            gap if gap > 0.1 => "the diagonal can be told, but units answer to each other's pictures too",
            _ => "the diagonal hardly stands out: the pictures excite most units alike",
        };
        after.push(format!(
            "{name}: {verdict}. In layer {layer} units are active at {own:.2} on their own pictures and at {others:.2} on the others'; \
             a unit wins on its own picture in {} of cases, against {} after shuffling.",
            percent(wins),
            percent(seen.shuffled.wins)
        ));
    }
    if figures.is_empty() {
        return Ok(None);
    }
    Ok(Some(StudyPart {
        title: "Do units answer to their own pictures?".to_owned(),
        before: vec![
            "Entry (i, j) is the activation σ(a) of unit j on the picture that excites unit i most. Were every unit to answer to its \
             own picture alone, only the diagonal would be bright."
                .to_owned(),
        ],
        rows: vec![StudyRow::Figures(String::new(), figures)],
        table: Some((
            ["Network and layer", "Diagonal wins", "Shuffled", "Own picture", "Others' pictures"]
                .map(str::to_owned)
                .to_vec(),
            table,
        )),
        after,
    }))
}

/// The matrix in colors from 0 to 1, enlarged by a whole factor.
fn painted(of: &Sensitivity) -> Result<Image, Error> {
    let n = of.units.max(1);
    let factor = 576usize.div_ceil(n);
    let side = n * factor;
    let cell = |at: usize| of.matrix[at / side / factor * n + at % side / factor];
    let rgb = (0..side * side).flat_map(|at| ColorMap::Sequential.color(f64::from(cell(at)))).collect();
    Image::from_rgb8(side, side, rgb)
}

fn bar() -> Bar {
    let colors = (0..=16).map(|i| ColorMap::Sequential.color(f64::from(i) / 16.0)).collect();
    let unit = "activation".to_owned();
    Bar { low: 0.0, high: 1.0, colors, unit, blur: 0.0, note: String::new() }
}
