use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// A picture to work on and the stem its results are named by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) stem: String,
}

impl Input {
    /// The file's name without its folder.
    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// Endings of files that are read.
const READ: &[&str] = &["jpg", "jpeg", "png", "gif", "webp", "bmp", "npy"];

/// Endings of pictures that are taken from a folder too, so that they are refused by name rather than passed over.
const REFUSED: &[&str] = &["tif", "tiff", "heic", "heif", "avif", "jxl"];

/// The pictures meant by the command line: files as they are, folders by the pictures in them, in order of name.
pub(crate) fn gather(images: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let mut paths = Vec::new();
    for image in images {
        if image.is_dir() {
            let found = pictures_in(image)?;
            if found.is_empty() {
                bail!("no pictures in the folder {}; looked for {}", image.display(), READ.join(", "));
            }
            paths.extend(found);
        } else {
            paths.push(image.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    Ok(named(paths))
}

fn pictures_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("the folder {} cannot be read", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        if !hidden && READ.iter().chain(REFUSED).any(|known| *known == ending) && !path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Stems: the name without its ending; with it where two would share one; under their folder's name where two share even that.
fn named(paths: Vec<PathBuf>) -> Vec<Input> {
    let whole = |path: &Path| path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let short = |path: &Path| path.file_stem().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let mut by_short = HashMap::new();
    let mut by_whole = HashMap::new();
    for path in &paths {
        *by_short.entry(short(path)).or_insert(0) += 1;
        *by_whole.entry(whole(path)).or_insert(0) += 1;
    }
    let stem = |path: &Path| {
        let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        match (by_short[&short(path)], by_whole[&whole(path)], folder) {
            (1, _, _) => short(path),
            (_, 1, _) => whole(path).replace('.', "_"),
            (_, _, Some(folder)) => format!("{folder}/{}", short(path)),
            (_, _, None) => short(path),
        }
    };
    paths.iter().map(|path| Input { stem: stem(path), path: path.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn stems_tell_pictures_apart() {
        let stems = |paths: &[&str]| -> Vec<String> {
            named(paths.iter().map(|&p| p.into()).collect()).into_iter().map(|input| input.stem).collect()
        };
        assert_eq!(stems(&["a/cat.jpg", "b/dog.png"]), ["cat", "dog"]);
        assert_eq!(stems(&["a/cat.jpg", "a/cat.png"]), ["cat_jpg", "cat_png"]);
        assert_eq!(stems(&["a/cat.jpg", "b/cat.jpg", "b/dog.jpg"]), ["a/cat", "b/cat", "dog"]);
    }
}
