use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::annotation::{Annotation, Object};
use super::{Found, Listed, MOST_LIST, Source, inside, rows, wrong};
use crate::error::Error;
use crate::evaluation::Rectangle;
use crate::file;

/// The columns of a table of boxes, in any order; others are passed over, but for `difficult`.
const COLUMNS: [&str; 6] = ["image", "class", "xmin", "ymin", "xmax", "ymax"];

/// A table of boxes, a row an object: `image,class,xmin,ymin,xmax,ymax`, half-open and in the picture's own pixels counted
/// from 0, optionally `difficult` (1). Pictures lie beside the table, at the path in `image`. A row that names only a
/// picture says that it has no objects.
///
/// The table is the file given, or the only one of these columns in the folder given.
pub(super) fn open(path: &Path, _split: Option<&str>) -> Result<Option<Found>, Error> {
    let Some(table) = table(path)? else { return Ok(None) };
    let name = file::name(&table);
    let text = file::read_text(&table, MOST_LIST)?;
    let rows = rows(&text).map_err(|error| wrong(format!("{name}: {error}")))?;
    let Some(((_, header), rows)) = rows.split_first() else { return Ok(None) };
    let Some(columns) = columns(header) else {
        let context = format!("{}: the first line is not {}", table.display(), COLUMNS.join(","));
        return Err(wrong(context));
    };
    let difficult = header.iter().position(|column| column.eq_ignore_ascii_case("difficult"));
    let mut pictures: BTreeMap<String, Result<Vec<Object>, String>> = BTreeMap::new();
    for (line, fields) in rows {
        let of = |column: usize| fields.get(column).map_or("", String::as_str);
        let image = of(columns[0]);
        if image.is_empty() {
            return Err(wrong(format!("{name}, line {line}: no image is named")));
        }
        let objects = pictures.entry(image.to_owned()).or_insert_with(|| Ok(Vec::new()));
        let hard = difficult.is_some_and(|column| of(column) == "1");
        let row = object(columns.map(of), hard).map_err(|reason| format!("{name}, line {line}: {reason}"));
        match (&mut *objects, row) {
            (Ok(objects), Ok(object)) => objects.extend(object),
            (Ok(_), Err(reason)) => *objects = Err(reason),
            (Err(_), _) => {}
        }
    }
    let beside = table.parent().unwrap_or(Path::new("")).to_owned();
    let listed = |(name, objects): (String, Result<Vec<Object>, String>)| {
        let objects = inside(&name).and(objects);
        let source = Source::Read(objects.map(|objects| Annotation { size: None, objects }));
        Listed { path: beside.join(&name), name, source }
    };
    let pictures = pictures.into_iter().map(listed).collect();
    Ok(Some(Found { pictures, split: None, notes: Vec::new() }))
}

fn table(path: &Path) -> Result<Option<PathBuf>, Error> {
    if path.is_file() {
        return Ok(Some(path.to_owned()));
    }
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        let csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if csv && path.is_file() && is_table(&path) {
            tables.push(path);
        }
    }
    tables.sort();
    match &tables[..] {
        [] => Ok(None),
        [table] => Ok(Some(table.clone())),
        several => {
            let names: Vec<String> = several.iter().map(|path| file::name(path)).collect();
            let context =
                format!("{} has several tables of boxes ({}): name one", path.display(), names.join(", "));
            Err(wrong(context))
        }
    }
}

fn is_table(path: &Path) -> bool {
    let Ok(first) = file::first_line(path, 1 << 12) else { return false };
    rows(&first).ok().and_then(|rows| columns(&rows.first()?.1)).is_some()
}

fn columns(header: &[String]) -> Option<[usize; 6]> {
    let mut found = [0; 6];
    for (place, column) in found.iter_mut().zip(COLUMNS) {
        *place = header.iter().position(|name| name.eq_ignore_ascii_case(column))?;
    }
    Some(found)
}

fn object([_, class, corners @ ..]: [&str; 6], difficult: bool) -> Result<Option<Object>, String> {
    if class.is_empty() && corners.iter().all(|corner| corner.is_empty()) {
        return Ok(None);
    }
    if class.is_empty() {
        return Err("no class is named".to_owned());
    }
    let numbers = corners.map(|corner| corner.parse::<f64>().ok().filter(|x| x.is_finite()));
    match numbers {
        [Some(xmin), Some(ymin), Some(xmax), Some(ymax)] => {
            let bounds = Rectangle { xmin, ymin, xmax, ymax };
            Ok(Some(Object { class: class.to_owned(), bounds, difficult }))
        }
        _ => Err(format!("'{}' are not four numbers", corners.join(","))),
    }
}
