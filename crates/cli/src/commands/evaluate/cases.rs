use inscape::Target;
use inscape::evaluation::{Case, Judged};
use inscape::report::CaseFigure;

use super::job::Job;

/// Cases of each kind that a page shows.
const SHOWN: usize = 6;

/// A case: a picture and one of its classes.
type Place<'j> = (&'j Judged, &'j Case);

/// The best, the median and the worst cases by the overlap of the box that is found when the class is told, each with its
/// picture; the localizations are made again, as only their boxes were kept.
pub(super) fn chosen(
    job: &Job<'_>,
    judged: &[Judged],
) -> anyhow::Result<Vec<(String, String, Vec<CaseFigure>)>> {
    let mut ranked: Vec<Place<'_>> =
        judged.iter().flat_map(|judged| judged.cases.iter().map(move |case| (judged, case))).collect();
    // The order of names stays among equals.
    ranked.sort_by(|a, b| b.1.iou().total_cmp(&a.1.iou()));
    let count = SHOWN.min(ranked.len().div_ceil(3));
    let middle = (ranked.len() - count) / 2;
    let mut worst: Vec<Place<'_>> = ranked[ranked.len() - count..].to_vec();
    worst.reverse();
    let groups = [
        ("The best", "Boxes that overlap an object most.", ranked[..count].to_vec()),
        ("The median", "As many cases are better as are worse.", ranked[middle..middle + count].to_vec()),
        ("The worst", "Boxes that overlap no object, or hardly.", worst),
    ];
    let what = "In color the mask, solid the box that was found, dashed the true boxes.";
    let mut shown = Vec::new();
    for (title, words, places) in groups {
        let figures = places.into_iter().map(|place| figure(job, place)).collect::<anyhow::Result<_>>()?;
        shown.push((title.to_owned(), format!("{words} {what}"), figures));
    }
    Ok(shown)
}

fn figure(job: &Job<'_>, (judged, case): Place<'_>) -> anyhow::Result<CaseFigure> {
    let missing = || anyhow::anyhow!("{} is no longer in the data set", judged.image);
    let listed =
        job.dataset.pictures.iter().find(|picture| picture.name == judged.image).ok_or_else(missing)?;
    let input = job.opened.model.read(&listed.path)?;
    let found = job.opened.model.localize(&input, Target::Class(case.told), &job.settings)?;
    let image = input.image().cloned().ok_or_else(missing)?;
    let name = |class: usize| job.opened.model.class_name(class).unwrap_or_else(|| format!("class {class}"));
    let guessed = judged
        .guesses
        .first()
        .map_or(String::new(), |&(class, _)| format!("; the network says {}", name(class)));
    let told = match case.sought.classes.is_empty() {
        true => format!("{} (no class of the network; the map is of {})", case.sought.class, name(case.told)),
        false => name(case.told),
    };
    Ok(CaseFigure {
        picture: found.overlay(&image),
        size: judged.size,
        truths: case.sought.boxes.clone(),
        name: judged.image.clone(),
        caption: format!("{told}, overlap {:.2}{guessed}.", case.iou()),
    })
}
