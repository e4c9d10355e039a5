use std::path::{Path, PathBuf};
use std::sync::Arc;

use inscape::{Error, ErrorKind};

use super::{Examples, Pictures, idx};

/// A folder of IDX files named as MNIST's: `train-images…`, and where they are there `train-labels…`, `t10k-images…`,
/// `t10k-labels…`, each packed by gzip (`.gz`) or not.
#[derive(Clone, Debug)]
pub struct IdxFolder {
    /// What is learned from.
    pub training: Arc<Pictures>,
    /// What is only measured on.
    pub test: Option<Arc<Pictures>>,
}

impl IdxFolder {
    /// Reads a folder. The data set goes by the folder's name.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where a file cannot be read; [`ErrorKind::Data`] where there is no `train-images` or more than
    /// one, a file is damaged, labels are of another count than their pictures, or test pictures of another size.
    pub fn open(folder: impl AsRef<Path>) -> Result<IdxFolder, Error> {
        let folder = folder.as_ref();
        let names = listed(folder)?;
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name =
            whole.file_name().map_or_else(|| "idx".to_owned(), |name| name.to_string_lossy().into_owned());
        let Some(training) = pictures(folder, &names, &name, "train")? else {
            let context = format!(
                "{} holds no training pictures; looked for train-images-idx3-ubyte, or with .gz",
                folder.display()
            );
            return Err(wrong(context));
        };
        let test = pictures(folder, &names, &name, "t10k")?;
        if let Some(test) = test.as_ref().filter(|test| test.size() != training.size()) {
            let [a, b] = [training.size(), test.size()].map(|size| idx::spelt(&size));
            let context = format!(
                "{}: the training pictures are {a} pixels, the test pictures (t10k) {b}",
                folder.display()
            );
            return Err(wrong(context));
        }
        Ok(IdxFolder { training: Arc::new(training), test: test.map(Arc::new) })
    }
}

/// The names of the files in a folder, in order.
fn listed(folder: &Path) -> Result<Vec<String>, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::File, format!("the folder {} cannot be read: {error}", folder.display()))
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.path().is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The pictures of a part of the data set with their labels, where there are such files.
fn pictures(folder: &Path, names: &[String], name: &str, part: &str) -> Result<Option<Pictures>, Error> {
    let Some(file) = found(folder, names, &format!("{part}-images"))? else { return Ok(None) };
    let labels = found(folder, names, &format!("{part}-labels"))?;
    let images = idx::read(&file)?;
    let images = Pictures::new(name, images).map_err(|error| within(&file, &error))?;
    let Some(labels) = labels else { return Ok(Some(images)) };
    images.labelled(idx::read(&labels)?).map(Some).map_err(|error| within(&labels, &error))
}

/// The file whose name begins so; one that is not packed goes before the same one packed.
fn found(folder: &Path, names: &[String], start: &str) -> Result<Option<PathBuf>, Error> {
    let named: Vec<&String> =
        names.iter().filter(|name| name.to_ascii_lowercase().starts_with(start)).collect();
    let packed = |name: &String| name.to_ascii_lowercase().ends_with(".gz");
    let plain: Vec<&String> = named.iter().copied().filter(|name| !packed(name)).collect();
    match (&plain[..], &named[..]) {
        ([], []) => Ok(None),
        ([one], _) | ([], [one]) => Ok(Some(folder.join(one))),
        ([one, another, ..], _) | (_, [one, another, ..]) => {
            let context = format!(
                "{} holds both {one} and {another}: leave only one file that begins with {start}",
                folder.display()
            );
            Err(wrong(context))
        }
    }
}

fn within(file: &Path, error: &Error) -> Error {
    Error::new(error.kind, format!("{}: {error}", file.display()))
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, context)
}
