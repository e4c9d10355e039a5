use std::collections::HashMap;
use std::path::Path;

use super::annotation::{Annotation, Object};
use super::{Found, Listed, MOST_LIST, Source, first_words, inside, rows, stems, with_ending, wrong};
use crate::error::Error;
use crate::evaluation::Rectangle;
use crate::file;

/// Endings of the challenge's pictures.
const PICTURES: &[&str] = &["JPEG", "jpeg", "jpg", "JPG", "png"];

/// The table that takes the annotations' place in some copies.
const SOLUTION: &str = "LOC_val_solution.csv";

/// The layout of ILSVRC's classification and localization task (Russakovsky et al. 2015):
/// `Data/CLS-LOC/val/NAME.JPEG`; boxes in `Annotations/CLS-LOC/val/NAME.xml` or `LOC_val_solution.csv`; the list in
/// `ImageSets/CLS-LOC/val.txt`, else every picture with a row or a file. All but the table may lie within `ILSVRC/`.
pub(super) fn open(root: &Path, split: Option<&str>) -> Result<Option<Found>, Error> {
    let split = split.unwrap_or("val");
    inside(split).map_err(wrong)?;
    let within = |folder: &Path| folder.join("Data/CLS-LOC").join(split).is_dir();
    let Some(base) = [root.to_owned(), root.join("ILSVRC")].into_iter().find(|base| within(base)) else {
        return Ok(None);
    };
    let folder = base.join("Data/CLS-LOC").join(split);
    let annotations = base.join("Annotations/CLS-LOC").join(split);
    let tables = [root, &base].map(|folder| folder.join(SOLUTION.replace("val", split)));
    let table = tables.into_iter().find(|path| path.is_file());
    let mut notes = Vec::new();
    let solution = match (annotations.is_dir(), &table) {
        (true, _) => None,
        (false, Some(path)) => Some(solution(path)?),
        (false, None) => {
            let context =
                format!("{} has neither Annotations/CLS-LOC/{split} nor {SOLUTION}", root.display());
            return Err(wrong(context));
        }
    };
    let list = base.join("ImageSets/CLS-LOC").join(format!("{split}.txt"));
    let names = match (list.is_file(), &solution) {
        (true, _) => first_words(&list)?,
        (false, Some(solution)) => solution.keys().cloned().collect(),
        (false, None) => {
            notes.push(format!("there is no ImageSets/CLS-LOC/{split}.txt: every picture counts"));
            stems(&folder, &["jpeg", "jpg", "png"])?
        }
    };
    let listed = |name: String| {
        let source = match (&solution, inside(&name)) {
            (_, Err(reason)) => Source::Read(Err(reason)),
            (None, _) => Source::Xml(annotations.join(format!("{name}.xml"))),
            (Some(solution), _) => {
                let missing = || Err(format!("{SOLUTION} has no row for it"));
                Source::Read(solution.get(&name).cloned().unwrap_or_else(missing))
            }
        };
        Listed { path: with_ending(&folder, &name, PICTURES), name, source }
    };
    let pictures = names.into_iter().map(listed).collect();
    Ok(Some(Found { pictures, split: Some(split.to_owned()), notes }))
}

/// A table of pictures, each with `class xmin ymin xmax ymax` for every object, one after the other.
fn solution(path: &Path) -> Result<HashMap<String, Result<Annotation, String>>, Error> {
    let name = file::name(path);
    let text = file::read_text(path, MOST_LIST)?;
    let rows = rows(&text).map_err(|error| wrong(format!("{name}: {error}")))?;
    let mut annotations = HashMap::new();
    for (line, fields) in rows {
        match &fields[..] {
            [id, _] if id == "ImageId" => {}
            [id, boxes] => {
                let objects = objects(boxes).map_err(|reason| format!("{name}, line {line}: {reason}"));
                annotations.insert(id.clone(), objects.map(|objects| Annotation { size: None, objects }));
            }
            _ => return Err(wrong(format!("{name}, line {line}: expected ImageId,PredictionString"))),
        }
    }
    Ok(annotations)
}

fn objects(text: &str) -> Result<Vec<Object>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let object = |words: &[&str]| {
        let [class, corners @ ..] = words else { return Err("an object is missing".to_owned()) };
        let corners: Vec<f64> =
            corners.iter().filter_map(|word| word.parse().ok()).filter(|x: &f64| x.is_finite()).collect();
        let Ok(corners) = <[f64; 4]>::try_from(corners) else {
            return Err(format!("'{}' is no `class xmin ymin xmax ymax`", words.join(" ")));
        };
        let bounds = Rectangle::from_inclusive(corners);
        Ok(Object { class: (*class).to_owned(), bounds, difficult: false })
    };
    words.chunks(5).map(object).collect()
}
