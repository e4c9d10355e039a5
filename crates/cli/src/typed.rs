//! The command line as it was typed, to be given again.

use std::path::Path;

use crate::run::Run;

/// The options of every command that change a result.
pub(crate) fn common(run: &Run) -> String {
    let everywhere = &run.everywhere;
    let mut words = String::new();
    for (option, path) in [("model", &everywhere.model), ("card", &everywhere.card)] {
        if let Some(name) = path.as_deref().and_then(Path::file_name) {
            words.push_str(&format!(" --{option} {}", quoted(&name.to_string_lossy())));
        }
    }
    for (key, value) in &everywhere.set {
        words.push_str(&format!(" --set {}", quoted(&format!("{key}={value}"))));
    }
    if let Some([height, width]) = everywhere.size {
        words.push_str(&format!(" --size {height},{width}"));
    }
    if everywhere.seed != 0 {
        words.push_str(&format!(" --seed {}", everywhere.seed));
    }
    words
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:@%+".contains(c);
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
