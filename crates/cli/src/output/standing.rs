use anyhow::bail;
use inscape::report::Record;
use serde_json::Value;

use super::Folder;

/// What a result has to agree in to be the same: everything that can change its numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity(Vec<Value>);

/// What the folder holds already of a result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing, or something the user allowed to overwrite.
    Free,
    /// The same, whole: the names of its files.
    Same(Vec<String>),
}

/// The keys that make a result what it is; threads, the version and the spelling of the target do not.
const KEYS: &[&str] = &["schema", "command", "settings", "seed", "method"];

impl Identity {
    pub(crate) fn of(record: &Record) -> Identity {
        Identity::read(&serde_json::to_value(record).unwrap_or_default())
    }

    fn read(record: &Value) -> Identity {
        let hashes = [&record["model"]["sha256"], &record["input"]["sha256"]];
        Identity(KEYS.iter().map(|key| &record[key]).chain(hashes).cloned().collect())
    }
}

impl Folder {
    /// Whether a result may be computed, or is there already.
    ///
    /// Fails where the folder holds one of the same name and other settings, unless overwriting was allowed.
    pub(crate) fn standing(&self, name: &str, identity: &Identity) -> anyhow::Result<Standing> {
        let Ok(text) = std::fs::read(self.path(name)) else { return Ok(Standing::Free) };
        let former: Value = serde_json::from_slice(&text).unwrap_or_default();
        let files: Vec<String> = former["files"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|f| f.as_str().map(str::to_owned))
            .collect();
        if Identity::read(&former) == *identity {
            let whole = files.iter().all(|file| self.path(file).is_file());
            return Ok(if whole { Standing::Same(files) } else { Standing::Free });
        }
        if self.force {
            return Ok(Standing::Free);
        }
        bail!(
            "{} holds a result of {}; nothing was overwritten: use --force, or another --output",
            self.path(name).display(),
            difference(&former, identity),
        )
    }

    /// Whether there are results of a picture by a method, whatever their target.
    pub(crate) fn holds(&self, stem: &str, method: &str) -> bool {
        let start = format!("{stem}.{method}.");
        let path = self.path(&start);
        let (Some(folder), Some(start)) = (path.parent(), path.file_name()) else { return false };
        let start = start.to_string_lossy();
        let mut names =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.any(|name| {
            name.to_string_lossy().starts_with(&*start) && name.to_string_lossy().ends_with(".json")
        })
    }
}

fn difference(former: &Value, identity: &Identity) -> &'static str {
    let Identity(before) = Identity::read(former);
    let names = ["another kind", "another command", "other settings", "another seed", "another method"];
    let names = names.into_iter().chain(["another model", "another picture of that name"]);
    let apart = before.iter().zip(&identity.0).zip(names).find(|((a, b), _)| a != b);
    apart.map_or("other settings", |(_, name)| name)
}
