use std::path::Path;

use super::{Found, Listed, Source, first_words, inside, stems, with_ending, wrong};
use crate::error::Error;

/// Endings of pictures.
const PICTURES: &[&str] = &["jpg", "JPG", "jpeg", "JPEG", "png"];

/// The lists of pictures, the first that is there; the test set first, as results are told on it.
const SPLITS: &[&str] = &["test", "val", "trainval", "train"];

/// The layout of PASCAL VOC (Everingham et al. 2010): `JPEGImages/NAME.jpg`, `Annotations/NAME.xml`, and lists of names
/// in `ImageSets/Main`.
pub(super) fn open(root: &Path, split: Option<&str>) -> Result<Option<Found>, Error> {
    let (folder, annotations) = (root.join("JPEGImages"), root.join("Annotations"));
    if !folder.is_dir() || !annotations.is_dir() {
        return Ok(None);
    }
    let lists = root.join("ImageSets/Main");
    let list = |split: &str| lists.join(format!("{split}.txt"));
    let mut notes = Vec::new();
    let chosen = match split {
        Some(split) => {
            inside(split).map_err(wrong)?;
            if !list(split).is_file() {
                return Err(wrong(format!("{} has no ImageSets/Main/{split}.txt", root.display())));
            }
            Some(split)
        }
        None => SPLITS.iter().copied().find(|split| list(split).is_file()),
    };
    let names = match chosen {
        Some(chosen) => {
            if split.is_none() {
                notes.push(format!("the pictures are those of ImageSets/Main/{chosen}.txt"));
            }
            first_words(&list(chosen))?
        }
        None => {
            notes.push("there is no list in ImageSets/Main: every picture counts".to_owned());
            stems(&folder, &["jpg", "jpeg", "png"])?
        }
    };
    let listed = |name: String| {
        let source = match inside(&name) {
            Ok(()) => Source::Xml(annotations.join(format!("{name}.xml"))),
            Err(reason) => Source::Read(Err(reason)),
        };
        Listed { path: with_ending(&folder, &name, PICTURES), name, source }
    };
    let pictures = names.into_iter().map(listed).collect();
    Ok(Some(Found { pictures, split: chosen.map(str::to_owned), notes }))
}
