//! Pictures with the boxes of their objects, as data sets keep them.

mod annotation;
mod boxes;
mod ilsvrc;
mod table;
mod voc;
mod xml;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};
use crate::file;

pub use annotation::{Annotation, Object};
pub use table::csv_field;
pub(crate) use table::rows;
pub use xml::parse_xml;

/// The layouts of data sets that are read. To add one: one file here, one row.
pub const LAYOUTS: &[Layout] = &[
    Layout {
        name: "ilsvrc",
        looks: "Data/CLS-LOC/val with Annotations/CLS-LOC/val or LOC_val_solution.csv",
        open: ilsvrc::open,
    },
    Layout { name: "voc", looks: "JPEGImages with Annotations", open: voc::open },
    Layout {
        name: "csv",
        looks: "a CSV file whose first line is image,class,xmin,ymin,xmax,ymax",
        open: boxes::open,
    },
];

/// How a data set lies in its folder.
pub struct Layout {
    /// The word results name it by.
    pub name: &'static str,
    /// What it is known by.
    pub looks: &'static str,
    /// Lists its pictures; `None` where the folder has another layout.
    open: fn(&Path, Option<&str>) -> Result<Option<Found>, Error>,
}

/// What a layout finds.
struct Found {
    pictures: Vec<Listed>,
    split: Option<String>,
    notes: Vec<String>,
}

/// Pictures with the boxes of their objects, in order of their names. Annotations are read when they are asked for.
pub struct Dataset {
    /// The word for its layout: `ilsvrc`, `voc`, `csv`.
    pub layout: &'static str,
    /// Which of its lists of pictures was read, where it has several.
    pub split: Option<String>,
    /// The pictures, in order of their names.
    pub pictures: Vec<Listed>,
    /// What was assumed in finding them, a sentence each.
    pub notes: Vec<String>,
}

/// A picture of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// What the data set calls it: its name without an ending (ILSVRC, PASCAL VOC), or as the table has it.
    pub name: String,
    /// Where its file should be.
    pub path: PathBuf,
    source: Source,
}

/// Where a picture's annotation is.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// In a file of its own.
    Xml(PathBuf),
    /// In a table that was read; the reason where its rows make no sense.
    Read(Result<Annotation, String>),
}

/// An annotation is text of at most this many bytes.
const MOST_XML: u64 = 8 << 20;

/// A list of pictures or a table of boxes is text of at most this many bytes.
const MOST_LIST: u64 = 256 << 20;

impl Dataset {
    /// Finds a data set's layout and lists its pictures. `split` chooses among several lists of them: `val`, `test`.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where the folder has none of [`LAYOUTS`], or its list of pictures cannot be read or is empty.
    pub fn open(path: impl AsRef<Path>, split: Option<&str>) -> Result<Dataset, Error> {
        let path = path.as_ref();
        if !path.exists() {
            return Err(wrong(format!("{} does not exist", path.display())));
        }
        for layout in LAYOUTS {
            let Some(mut found) = (layout.open)(path, split)? else { continue };
            if found.pictures.is_empty() {
                return Err(wrong(format!("{} lists no pictures", path.display())));
            }
            found.pictures.sort_by(|a, b| a.name.cmp(&b.name));
            let listed = found.pictures.len();
            found.pictures.dedup_by(|a, b| a.name == b.name);
            if found.pictures.len() < listed {
                let twice = listed - found.pictures.len();
                found.notes.push(format!("{twice} pictures are listed more than once; each counts once"));
            }
            let Found { pictures, split, notes } = found;
            return Ok(Dataset { layout: layout.name, split, pictures, notes });
        }
        let known: Vec<String> =
            LAYOUTS.iter().map(|layout| format!("{} ({})", layout.name, layout.looks)).collect();
        Err(wrong(format!("{} has no layout that is read: {}", path.display(), known.join("; "))))
    }

    /// SHA-256, in hexadecimal, over the pictures' names in order, each followed by a line feed.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for picture in &self.pictures {
            hash.update(picture.name.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Listed {
    /// The picture's objects.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where there is no annotation, or none that can be read.
    pub fn annotation(&self) -> Result<Annotation, Error> {
        match &self.source {
            Source::Xml(path) => {
                let name = file::name(path);
                if !path.exists() {
                    return Err(wrong(format!("there is no annotation {name}")));
                }
                let text = file::read_text(path, MOST_XML)?;
                parse_xml(&text).map_err(|error| wrong(format!("the annotation {name}: {error}")))
            }
            Source::Read(annotation) => annotation.clone().map_err(wrong),
        }
    }
}

/// The words of a list of pictures: the first of every line.
fn first_words(path: &Path) -> Result<Vec<String>, Error> {
    let text = file::read_text(path, MOST_LIST)?;
    Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

/// The stems of the files in a folder that have one of some endings.
fn stems(folder: &Path, endings: &[&str]) -> Result<Vec<String>, Error> {
    let unreadable = |error| wrong(format!("the folder {} cannot be read: {error}", folder.display()));
    let mut stems = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if let (Some(ending), Some(stem)) = (ending, stem)
            && endings.contains(&ending.as_str())
        {
            stems.push(stem);
        }
    }
    Ok(stems)
}

/// A picture's file by its name without ending: the first of some endings that is there, else with the first ending.
fn with_ending(folder: &Path, name: &str, endings: &[&str]) -> PathBuf {
    let paths = || endings.iter().map(|ending| folder.join(format!("{name}.{ending}")));
    paths().find(|path| path.exists()).unwrap_or_else(|| folder.join(format!("{name}.{}", endings[0])))
}

/// Refuses names that lead out of the data set's folder.
fn inside(name: &str) -> Result<(), String> {
    let parts = || Path::new(name).components();
    match parts().all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir)) {
        true if parts().count() > 0 => Ok(()),
        _ => Err(format!("the name '{name}' leads out of the data set's folder")),
    }
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::File, context)
}

#[cfg(test)]
mod tests;
