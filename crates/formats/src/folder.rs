use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use inscape_tensor::MappedFile;

use crate::{Error, ErrorKind};

/// A file that stays mapped.
pub struct OpenFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The map.
    pub file: MappedFile,
}

/// The folder of a model: what the model may read beside itself.
pub struct Folder {
    path: Option<PathBuf>,
    files: Vec<OpenFile>,
    /// Place among the files, by the location asked for: several may mean one file.
    known: HashMap<String, usize>,
}

impl Folder {
    /// The folder a model file lies in.
    pub(crate) fn of(model: &Path) -> Folder {
        let parent = match model.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        Folder { path: Some(parent.to_owned()), files: Vec::new(), known: HashMap::new() }
    }

    /// No folder: for a model that came over a stream.
    pub(crate) fn none() -> Folder {
        Folder { path: None, files: Vec::new(), known: HashMap::new() }
    }

    /// The content of a file beside the model, mapped once however often it is asked for.
    pub(crate) fn bytes(&mut self, location: &str) -> Result<Bytes, Error> {
        if let Some(&at) = self.known.get(location) {
            return Ok(self.files[at].file.bytes());
        }
        let path = self.inside(location)?;
        let at = match self.files.iter().position(|open| open.path == path) {
            Some(at) => at,
            None => {
                let unreadable =
                    |error| Error::unreadable(&error).within(&format!("external data '{location}'"));
                let file = MappedFile::open(&path).map_err(unreadable)?;
                self.files.push(OpenFile { path, file });
                self.files.len() - 1
            }
        };
        self.known.insert(location.to_owned(), at);
        Ok(self.files[at].file.bytes())
    }

    /// How many files are mapped.
    pub(crate) fn mapped(&self) -> usize {
        self.files.len()
    }

    /// The files opened so far, in order.
    pub(crate) fn into_files(self) -> Vec<OpenFile> {
        self.files
    }

    /// The true path of a location, once links are followed, where that is still inside the folder.
    fn inside(&self, location: &str) -> Result<PathBuf, Error> {
        let outside = |why: &str| {
            let remedy = "put its weights into the model's folder, or save them inside the model file";
            Error::new(ErrorKind::Outside, format!("the external data '{location}' {why}; {remedy}"))
        };
        let Some(folder) = &self.path else {
            return Err(outside("is needed, but a model read from a stream has no folder"));
        };
        let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if location.is_empty() || !Path::new(location).components().all(plain) {
            return Err(outside("leaves the model's folder"));
        }
        let unreadable = |error| Error::unreadable(&error).within(&format!("external data '{location}'"));
        let folder = fs::canonicalize(folder).map_err(unreadable)?;
        let path = fs::canonicalize(folder.join(location)).map_err(unreadable)?;
        if !path.starts_with(&folder) {
            return Err(outside("is a link that leaves the model's folder"));
        }
        if !path.is_file() {
            return Err(outside("is not a file"));
        }
        Ok(path)
    }
}
