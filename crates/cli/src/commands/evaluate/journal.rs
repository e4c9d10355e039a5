use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use inscape::evaluation::Judged;
use inscape::report::Record;
use serde_json::{Value, json};

use crate::output::{Folder, Identity};

/// What became of each picture, a line as soon as it is known, so that interrupted work goes on where it stopped.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

/// What became of a picture.
#[derive(Debug)]
pub(super) enum Entry {
    /// It was judged.
    Judged(Judged),
    /// It could not be.
    Failed {
        /// What the data set calls it.
        image: String,
        /// Why.
        error: String,
    },
}

/// The journal's name in the folder of results.
const NAME: &str = "localization.journal";

impl Entry {
    fn line(&self) -> String {
        match self {
            Entry::Judged(judged) => json!({ "judged": judged }),
            Entry::Failed { image, error } => json!({ "failed": image, "error": error }),
        }
        .to_string()
    }
}

impl Journal {
    /// Opens the journal of a folder, and gives what it holds already by the pictures' names. Its first line is a record of
    /// the settings; one of other settings is begun anew where overwriting was allowed, and refused else. A last line that was
    /// cut off is forgotten. Failures are not kept: they are tried again.
    pub(super) fn open(
        folder: &Folder,
        record: &Record,
        make: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<(Journal, HashMap<String, Judged>)> {
        let path = folder.path(NAME);
        let unusable = || format!("{} cannot be used", path.display());
        let mut known = HashMap::new();
        let mut whole = 0;
        if path.exists() {
            let mut lines = Lines::open(&path).with_context(unusable)?;
            if let Some(head) = lines.next().with_context(unusable)? {
                let former: Value = serde_json::from_str(&head).unwrap_or_default();
                let identity = Identity::of(record);
                if Identity::read(&former) == identity {
                    whole = lines.end;
                    while let Some(line) = lines.next().with_context(unusable)? {
                        let Ok(mut entry) = serde_json::from_str::<Value>(&line) else { break };
                        if entry["failed"].is_null() {
                            let judged = serde_json::from_value::<Judged>(entry["judged"].take());
                            let Ok(judged) = judged else { break };
                            known.insert(judged.image.clone(), judged);
                        }
                        whole = lines.end;
                    }
                } else {
                    folder.give_way(NAME, &former, &identity)?;
                }
            }
        } else {
            make()?;
        }
        let options = || OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let mut file = options().with_context(unusable)?;
        file.set_len(whole).with_context(unusable)?;
        file.seek(SeekFrom::End(0)).with_context(unusable)?;
        let mut journal = Journal { path, file };
        if whole == 0 {
            journal.line(&serde_json::to_string(record)?)?;
        }
        Ok((journal, known))
    }

    /// Adds what became of a picture.
    pub(super) fn add(&mut self, entry: &Entry) -> anyhow::Result<()> {
        self.line(&entry.line())
    }

    fn line(&mut self, text: &str) -> anyhow::Result<()> {
        let mut line = text.to_owned();
        line.push('\n');
        // One write for the whole line, so that an interrupt leaves at most its last one cut off.
        self.file
            .write_all(line.as_bytes())
            .with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

/// Lines that end, with the place after the last.
struct Lines {
    reader: BufReader<File>,
    end: u64,
}

impl Lines {
    fn open(path: &Path) -> std::io::Result<Lines> {
        Ok(Lines { reader: BufReader::new(File::open(path)?), end: 0 })
    }

    fn next(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = self.reader.read_until(b'\n', &mut line)?;
        let text = String::from_utf8(line).ok().filter(|line| line.ends_with('\n'));
        self.end += if text.is_some() { read as u64 } else { 0 };
        Ok(text)
    }
}
