use inscape::Error;
use inscape::report::{Curves, Series, StudyPart, StudyRow};

use super::figure;
use super::measured::Measured;
use crate::tiles::Shade;
use crate::units::ManifoldPoint;

/// Figure 6: pictures ever farther from the optimal one that still excite the unit.
pub(super) fn part(all: &[Measured<'_>]) -> Result<Option<StudyPart>, Error> {
    let (mut rows, mut after) = (Vec::new(), Vec::new());
    for of in all {
        let (walk, name) = (&of.manifold, &of.subject.name);
        let points = &walk.path.points;
        // as many as can be made out side by side, the optimal one among them
        let apart = (points.len() / 2).div_ceil(5).max(1);
        let shown = points.iter().skip(points.len() / 2 % apart).step_by(apart);
        let pictures: Vec<&[f32]> = shown.map(|point| &point.x[..]).collect();
        let count = pictures.len();
        let what = format!("unit {} of layer {}", walk.unit, walk.layer);
        let caption = format!("{what}; the optimal picture in the middle, farther ones to both sides");
        let alt = format!("A strip of small grey pictures along the invariance manifold of {what} of {name}");
        let strip =
            figure(pictures.into_iter(), of.network(), Shade::Signed, count, [name.clone(), caption, alt])?;
        rows.push(StudyRow::Figures(String::new(), vec![Ok(strip)]));
        let line = |name: &str, of: fn(&ManifoldPoint) -> f64| Series {
            name: name.to_owned(),
            points: points.iter().map(|point| [point.distance, of(point)]).collect(),
        };
        let curves = Curves {
            title: format!("Total input of {what}, {name}"),
            across: "distance from the optimal picture".to_owned(),
            up: "total input a(x)".to_owned(),
            series: vec![line("manifold", |point| point.total), line("by chance", |point| point.chance)],
        };
        rows.push(StudyRow::Chart(curves, "Along the manifold, and in directions by chance.".to_owned()));
        after.extend(sentence(of));
    }
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(StudyPart {
        title: "What a unit does not mind".to_owned(),
        before: vec![
            "An invariance manifold: at each distance from the optimal picture, the picture of the same norm that excites the unit \
             most, found by ascent from the one before, beginning along the direction in which the activation falls slowest. This is our \
             reading of Erhan, Courville and Bengio (2010), whose details could not be consulted."
                .to_owned(),
        ],
        rows,
        table: None,
        after,
    }))
}

fn sentence(of: &Measured<'_>) -> Option<String> {
    let points = &of.manifold.path.points;
    let (first, last) = (points.first()?, points.last()?);
    let end = if last.total >= first.total { last } else { first };
    let top = points.get(points.len() / 2)?;
    let on = |total: f64| 1.0 / (1.0 + (-total).exp());
    let (kept, chance) = (on(end.total), on(end.chance));
    let verdict = if kept > 0.5 { "is still on" } else { "has gone out" };
    Some(format!(
        "{}: at a distance of {:.2} the unit {verdict} along the manifold (activation {kept:.2}, {:.2} on the optimal picture); in a direction by \
         chance it is at {chance:.2}.",
        of.subject.name,
        end.distance.abs(),
        on(top.total),
    ))
}
