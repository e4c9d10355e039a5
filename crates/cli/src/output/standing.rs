use anyhow::bail;
use inscape::Method;
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
const SETTINGS: usize = 2;
const SEED: usize = 3;

impl Identity {
    pub(crate) fn of(record: &Record) -> Identity {
        Identity::read(&serde_json::to_value(record).unwrap_or_default())
    }

    /// That of a record that was written.
    pub(crate) fn read(record: &Value) -> Identity {
        let hashes = [&record["model"]["sha256"], &record["input"]["sha256"]];
        let mut values: Vec<Value> = KEYS.iter().map(|key| &record[key]).chain(hashes).cloned().collect();
        // A method without chance gives the same whatever the seed.
        let method = record["method"].as_str().and_then(|name| Method::named(name).ok());
        if method.is_some_and(|method| !method.settings.contains(&"seed")) {
            values[SEED] = Value::Null;
        }
        Identity(values)
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
        self.give_way(name, &former, identity)?;
        Ok(Standing::Free)
    }

    /// Whether a result of other settings may be overwritten.
    ///
    /// Fails unless that was allowed, and says in what the former differs.
    pub(crate) fn give_way(&self, name: &str, former: &Value, identity: &Identity) -> anyhow::Result<()> {
        if self.force {
            return Ok(());
        }
        bail!(
            "{} holds a result of {}; nothing was overwritten: use --force, or another --output",
            self.path(name).display(),
            difference(former, identity),
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

fn difference(former: &Value, identity: &Identity) -> String {
    let Identity(before) = Identity::read(former);
    if before[SETTINGS] != identity.0[SETTINGS] && before[..SETTINGS] == identity.0[..SETTINGS] {
        let mut apart = Vec::new();
        compare("", &before[SETTINGS], &identity.0[SETTINGS], &mut apart);
        return format!("other settings ({})", apart.join(", "));
    }
    let names = ["another kind", "another command", "other settings", "another seed", "another method"];
    let names = names.into_iter().chain(["another model", "another picture of that name"]);
    let apart = before.iter().zip(&identity.0).zip(names).find(|((a, b), _)| a != b);
    apart.map_or("other settings", |(_, name)| name).to_owned()
}

/// Which settings differ, and what they were and would be.
fn compare(name: &str, before: &Value, now: &Value, apart: &mut Vec<String>) {
    match (before.as_object(), now.as_object()) {
        (Some(before), Some(now)) => {
            let keys = before.keys().chain(now.keys().filter(|key| !before.contains_key(*key)));
            for key in keys {
                let nothing = Value::Null;
                let [before, now] = [before, now].map(|values| values.get(key).unwrap_or(&nothing));
                compare(key, before, now, apart);
            }
        }
        _ if before == now => {}
        _ => apart.push(format!("{name} {before}, now {now}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Identity, difference};

    #[test]
    fn a_refusal_says_which_settings_differ() {
        let of = |steps: usize, size: usize, seed: u64, method: &str| json!({ "settings": { "steps": steps, "preprocessing": { "size": size } }, "seed": seed, "method": method });
        let now = Identity::read(&of(50, 224, 0, "smoothgrad"));
        assert_eq!(difference(&of(20, 224, 0, "smoothgrad"), &now), "other settings (steps 20, now 50)");
        let both = difference(&of(20, 227, 0, "smoothgrad"), &now);
        assert_eq!(both, "other settings (steps 20, now 50, size 227, now 224)");
        assert_eq!(difference(&of(50, 224, 7, "smoothgrad"), &now), "another seed");
        let [seven, none] = [7, 0].map(|seed| Identity::read(&of(50, 224, seed, "gradient")));
        assert_eq!(seven, none);
    }
}
