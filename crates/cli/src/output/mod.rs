//! The folder of results: written whole, never overwritten by surprise, indexed.

mod index;
mod standing;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use inscape::report::Record;
use serde_json::Value;

use crate::interrupt;
pub(crate) use standing::{Identity, Standing};

/// The page that indexes a folder.
const INDEX: &str = "index.html";

/// The folder that results go to.
pub(crate) struct Folder {
    root: PathBuf,
    force: bool,
}

impl Folder {
    /// The folder, which need not be there yet. That it can be written to is found out now, before anything is computed.
    pub(crate) fn new(root: &Path, force: bool) -> anyhow::Result<Folder> {
        let there = root.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new(""));
        let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
        if !there.is_dir() {
            bail!("{} is a file; results need a folder: choose another with --output", there.display());
        }
        let probe = there.join(format!(".inscape-{}.part", std::process::id()));
        let tried = File::create_new(&probe).and_then(|_| std::fs::remove_file(&probe));
        tried.with_context(|| {
            format!("nothing can be written to the folder {}: choose another with --output", there.display())
        })?;
        Ok(Folder { root: root.to_owned(), force })
    }

    /// Where a result's file is, as the user would type it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file; at every moment it is absent, the former one, or whole.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        self.write_by(name, |file| file.write_all(content))
    }

    /// Writes a file piece by piece, as [`Folder::write`].
    pub(crate) fn write_by(
        &self,
        name: &str,
        pieces: impl FnOnce(&mut File) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        interrupt::write_by(&path, pieces)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        let root = self.root.clone();
        interrupt::at_last(move || (root.join(INDEX), index::of(&root, &[])));
        Ok(())
    }

    /// Writes one result: its files first, the record last, so that a record stands for a whole result. Gives their paths and the
    /// record as written.
    pub(crate) fn keep(
        &self,
        name: &str,
        mut record: Record,
        files: &[(String, Vec<u8>)],
    ) -> anyhow::Result<(Vec<String>, Value)> {
        record.files = files.iter().map(|(name, _)| name.clone()).collect();
        for (name, content) in files {
            self.write(name, content)?;
        }
        self.write(name, record.json().as_bytes())?;
        let record = serde_json::to_value(&record)?;
        Ok((self.paths(name, &record), record))
    }

    /// A result that is there already, as if it had been written now.
    pub(crate) fn recall(&self, name: &str) -> anyhow::Result<(Vec<String>, Value)> {
        let path = self.path(name);
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let record: Value = serde_json::from_slice(&text).with_context(|| path.display().to_string())?;
        Ok((self.paths(name, &record), record))
    }

    /// Where a result's files are, its record last.
    fn paths(&self, name: &str, record: &Value) -> Vec<String> {
        let files = record["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
        files.chain([name]).map(|file| self.path(file).display().to_string()).collect()
    }

    /// Rebuilds the index from the results that are there, the newest first; it names the pictures that failed (`file`
    /// and `error` of each).
    pub(crate) fn rebuild_index(&self, failed: &[Value]) -> anyhow::Result<()> {
        self.write(INDEX, index::of(&self.root, failed).as_bytes())
    }
}
