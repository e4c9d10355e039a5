use inscape::Error;
use inscape::report::{StudyPart, StudyRow};

use super::figure;
use super::measured::Measured;
use super::words::{likeness, number, percent};
use crate::tiles::Shade;

/// Units whose starts are shown.
const SHOWN: usize = 4;

/// Figure 3: what several random starts come to.
pub(super) fn part(all: &[Measured<'_>]) -> Result<Option<StudyPart>, Error> {
    let starts =
        |of: &Measured<'_>| of.layers.last().and_then(|seen| Some(seen.optima.first()?.starts.len()));
    let most = all.iter().filter_map(starts).max().unwrap_or(0);
    if most < 2 {
        return Ok(None);
    }
    let (mut figures, mut table, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for of in all {
        let name = &of.subject.name;
        let Some(seen) = of.layers.last() else { continue };
        let pictures =
            seen.optima.iter().take(SHOWN).flat_map(|of| of.starts.iter().map(|start| &start.x[..]));
        let layer = of.layers.len();
        let caption = format!("layer {layer}, a row for each of the first units");
        let alt =
            format!("Rows of small grey pictures: what {most} random starts came to for units of {name}");
        figures.push(Ok(figure(pictures, of.network(), Shade::Signed, most, [name.clone(), caption, alt])?));
        for (k, seen) in of.layers.iter().enumerate() {
            let numbers = seen.numbers();
            let share = numbers.starts_agree.map_or_else(|| "–".to_owned(), percent);
            table.push(vec![format!("{name}, layer {}", k + 1), number(numbers.starts_cosine), share]);
        }
        if let Some(cosine) = seen.numbers().starts_cosine {
            after.push(format!(
                "{name}: in layer {layer} the starts come to {} (mean cosine {}).",
                likeness(cosine),
                number(Some(cosine))
            ));
        }
    }
    Ok(Some(StudyPart {
        title: "Does the start matter?".to_owned(),
        before: vec![format!(
            "Each row shows what {most} random starts came to for one unit. A linear unit has one optimum, so in the first layer all \
             starts must agree; higher units have several, and often the starts still find the same one."
        )],
        rows: vec![StudyRow::Figures(String::new(), figures)],
        table: Some((
            vec!["Network and layer".into(), "Mean cosine between starts".into(), "Units above 0.9".into()],
            table,
        )),
        after,
    }))
}
