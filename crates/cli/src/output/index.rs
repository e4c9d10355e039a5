use std::path::Path;
use std::time::SystemTime;

use inscape::report::{Entry, article_of, data_address, index, relative};
use serde_json::Value;

/// Explanations that stand in the index as a whole; older ones are linked.
const ARTICLES: usize = 4;

/// Bytes of pictures that the index holds itself; beyond that it points to the files beside it.
const INLINE: u64 = 24 << 20;

/// The page that indexes the results in a folder.
pub(super) fn of(root: &Path) -> String {
    let mut results = Vec::new();
    collect(root, "", &mut results);
    results.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut articles = 0;
    let mut inline = 0;
    let entries: Vec<Entry> = results
        .iter()
        .map(|(_, _, record)| {
            let mut entry = entry(record);
            let page =
                entry.files.iter().find(|file| file.ends_with(".html")).filter(|_| articles < ARTICLES);
            if let Some(text) = page.and_then(|page| std::fs::read_to_string(root.join(page)).ok()) {
                entry.article = article_of(&text).map(str::to_owned);
                articles += usize::from(entry.article.is_some());
            }
            entry.thumbnail = entry.files.iter().find(|file| file.ends_with(".png")).map(|file| {
                let path = root.join(file);
                let size = path.metadata().map_or(u64::MAX, |about| about.len());
                match (inline + size <= INLINE).then(|| std::fs::read(&path).ok()).flatten() {
                    Some(content) => {
                        inline += size;
                        data_address("image/png", &content)
                    }
                    None => relative(file),
                }
            });
            entry
        })
        .collect();
    index(&entries)
}

fn collect(root: &Path, within: &str, results: &mut Vec<(SystemTime, String, Value)>) {
    for entry in std::fs::read_dir(root.join(within)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() && within.is_empty() && !name.starts_with('.') {
            collect(root, &name, results);
        }
        if !name.ends_with(".json") {
            continue;
        }
        let record: Value =
            std::fs::read(&path).ok().and_then(|t| serde_json::from_slice(&t).ok()).unwrap_or_default();
        let ours = record["schema"].as_str().is_some_and(|schema| schema.starts_with("inscape."));
        if ours && record["files"].is_array() {
            let made = entry.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            results.push((made, name, record));
        }
    }
}

fn entry(record: &Value) -> Entry {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = match (record["target"]["name"].as_str(), record["target"]["text"].as_str()) {
        (Some(name), _) => name.to_owned(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => String::new(),
    };
    let what = record["method"].as_str().unwrap_or("explanation");
    let files = record["files"].as_array().into_iter().flatten().map(text);
    Entry {
        // A result of no picture goes by what made it.
        title: text(if record["input"].is_object() { &record["input"]["file"] } else { &record["command"] }),
        subtitle: if target.is_empty() { what.to_owned() } else { format!("{what}, {target}") },
        thumbnail: None,
        files: files.filter(|file| safe(file)).collect(),
        article: None,
    }
}

/// A file inside the folder: results are read back, and someone else may have written them.
fn safe(file: &str) -> bool {
    let path = Path::new(file);
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}
