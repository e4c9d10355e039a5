use std::path::Path;
use std::time::SystemTime;

use inscape::report::{Entry, article_of, data_address, index, overlay_of, relative};
use inscape::{ColorMap, Range};
use serde_json::{Value, json};

/// Explanations that stand in the index as a whole; older ones are cards.
const ARTICLES: usize = 4;

/// Bytes of pictures that the index holds itself; beyond that it points to the files beside it.
const INLINE: u64 = 24 << 20;

/// The page that indexes the results in a folder, the newest first, and names the pictures that failed.
pub(super) fn of(root: &Path, failed: &[Value]) -> String {
    let mut results = Vec::new();
    collect(root, "", &mut results);
    results.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut articles = 0;
    let mut room = INLINE;
    let entries: Vec<Entry> = results
        .iter()
        .map(|(_, _, record)| {
            let mut entry = entry(record);
            let page = entry.files.iter().find(|file| file.ends_with(".html")).filter(|_| room > 0);
            if let Some(text) = page.and_then(|page| std::fs::read_to_string(root.join(page)).ok()) {
                let article = article_of(&text);
                if articles < ARTICLES {
                    entry.article = article.map(str::to_owned);
                    articles += usize::from(article.is_some());
                } else {
                    let overlay =
                        article.and_then(overlay_of).filter(|overlay| fits(&mut room, overlay.len() as u64));
                    entry.thumbnail = overlay.map(str::to_owned);
                }
            } else if let Some((file, media)) = entry.files.iter().find_map(|file| Some((file, drawn(file)?)))
            {
                let path = root.join(file);
                let size = path.metadata().map_or(u64::MAX, |about| about.len());
                let content = fits(&mut room, size).then(|| std::fs::read(&path).ok()).flatten();
                let inline = content.map(|content| data_address(media, &content));
                entry.thumbnail = Some(inline.unwrap_or_else(|| relative(file)));
            }
            entry
        })
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed: Vec<_> = failed.iter().map(|of| (text(&of["file"]), text(&of["error"]))).collect();
    index(&entries, &failed)
}

/// Takes room for a picture; once one does not fit, there is none for any.
fn fits(room: &mut u64, size: u64) -> bool {
    let fits = size <= *room;
    *room = if fits { *room - size } else { 0 };
    fits
}

/// The media type of a picture that can stand for a result.
fn drawn(file: &str) -> Option<&'static str> {
    match file.rsplit('.').next()? {
        "png" => Some("image/png"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

fn collect(root: &Path, within: &str, results: &mut Vec<(SystemTime, String, Value)>) {
    for entry in std::fs::read_dir(root.join(within)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() && within.is_empty() && !name.starts_with('.') {
            collect(root, &name, results);
        }
        let record: Value = match joint(&name).filter(|_| within.is_empty()) {
            Some(what) => json!({ "schema": "inscape.joint/1", "command": what, "files": [name] }),
            None if name.ends_with(".json") => {
                std::fs::read(&path).ok().and_then(|t| serde_json::from_slice(&t).ok()).unwrap_or_default()
            }
            None => continue,
        };
        let ours = record["schema"].as_str().is_some_and(|schema| schema.starts_with("inscape."));
        if ours && record["files"].is_array() {
            let made = entry.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            results.push((made, name, record));
        }
    }
}

/// What a picture of several results shows, which has no record of its own.
fn joint(name: &str) -> Option<&'static str> {
    match name {
        "sheet.png" => Some("the images of a run side by side"),
        _ if name.ends_with(".compare.svg") => Some("the recipes' progress side by side"),
        _ => None,
    }
}

fn entry(record: &Value) -> Entry {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let files = record["files"].as_array().into_iter().flatten().map(text).filter(|file| safe(file));
    let (title, subtitle) = words(record);
    let ranges = &record["range"];
    let range = [&ranges["overlay"], &ranges["map"]].into_iter().find_map(range);
    Entry { title, subtitle, thumbnail: None, range, files: files.collect(), article: None }
}

/// What a card says: what it is of, and what was done and found.
fn words(record: &Value) -> (String, String) {
    let target = &record["target"];
    let kind = target["kind"].as_str().filter(|kind| *kind == "posterior");
    let target = match (target["name"].as_str(), target["text"].as_str()) {
        (Some(name), _) => Some(kind.map_or_else(|| name.to_owned(), |kind| format!("{kind} of {name}"))),
        (None, text) => text.map(str::to_owned),
    };
    let method = record["method"].as_str();
    let command = record["command"].as_str().unwrap_or_default().to_owned();
    let listed = |parts: [Option<String>; 3]| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if let Some(data) = record["settings"]["dataset"]["name"].as_str() {
        let error = record["localization_error"]["top5"]["value"].as_f64();
        let error = error.map(|error| format!("top-5 error {:.1} %", 100.0 * error));
        let pictures = record["pictures"].as_u64().map(|count| format!("{count} pictures"));
        return (data.to_owned(), listed([Some(command), pictures, error]));
    }
    if let (Some(model), Some(rows)) = (record["model"]["file"].as_str(), record["rows"].as_array()) {
        let units: u64 = rows.iter().filter_map(|row| row["units"].as_u64()).sum();
        let pictures = record["settings"]["pictures"].as_u64().map(|count| format!("{count} pictures"));
        return (model.to_owned(), listed([Some(command), Some(format!("{units} units")), pictures]));
    }
    if let Some(file) = record["input"]["file"].as_str() {
        let what = Some(method.unwrap_or("explanation").to_owned());
        let summed = record["range"]["summed_over_channels"] == true;
        return (
            file.to_owned(),
            listed([what, target, summed.then(|| "summed over the channels".to_owned())]),
        );
    }
    // An image that was made goes by what it was made for.
    let score = record["class"]["score"].as_f64().or(record["score"].as_f64());
    let probability = record["class"]["probability"].as_f64().or(record["probability"].as_f64());
    let score = score.map(|score| format!("score {score:.2}"));
    let probability = probability.map(|p| format!("probability {:.1} %", 100.0 * p));
    match (target, method) {
        (Some(target), method) => {
            (target, listed([method.map(|method| format!("{command}, {method}")), score, probability]))
        }
        (None, Some(method)) => (command, method.to_owned()),
        (None, None) => ("Overview".to_owned(), command),
    }
}

fn range(value: &Value) -> Option<Range> {
    let number = |key: &str| value[key].as_f64();
    let low = number("low")?;
    Some(Range {
        map: if low < 0.0 { ColorMap::Diverging } else { ColorMap::Sequential },
        low,
        high: number("high")?,
        percentile: number("percentile")?,
        blur: number("blur")?,
    })
}

/// A file inside the folder: results are read back, and someone else may have written them.
fn safe(file: &str) -> bool {
    let path = Path::new(file);
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::{entry, of};
    use serde_json::json;

    #[test]
    fn an_image_goes_by_its_target_and_a_map_by_its_picture() {
        let made = entry(&json!({
            "command": "visualize", "method": "olah", "score": 3.0,
            "target": { "kind": "class", "text": "130", "name": "flamingo" },
            "class": { "score": 31.25, "probability": 0.987 }, "files": ["class_130.png", "../out.png"],
        }));
        assert_eq!(made.title, "flamingo");
        assert_eq!(made.subtitle, "visualize, olah, score 31.25, probability 98.7 %");
        assert_eq!(made.files, ["class_130.png"], "a file outside the folder is not linked");
        let map = entry(&json!({
            "command": "attribute", "method": "gradient", "input": { "file": "cat.jpg" }, "score": 3.0,
            "target": { "kind": "class", "text": "top1", "name": "tabby" },
            "range": { "overlay": { "low": -2.0, "high": 2.0, "percentile": 99.5, "blur": 1.0 }, "summed_over_channels": true },
        }));
        assert_eq!(
            (map.title, map.subtitle),
            ("cat.jpg".into(), "gradient, tabby, summed over the channels".into())
        );
        assert_eq!(map.range.map(|range| (range.low, range.high)), Some((-2.0, 2.0)));
    }

    #[test]
    fn an_evaluation_goes_by_its_data_set() {
        let measured = entry(&json!({
            "command": "evaluate localization", "pictures": 500, "files": ["report.html"],
            "settings": { "dataset": { "name": "val" } }, "localization_error": { "top5": { "value": 0.338 } },
        }));
        assert_eq!(measured.title, "val");
        assert_eq!(measured.subtitle, "evaluate localization, 500 pictures, top-5 error 33.8 %");
    }

    #[test]
    fn a_sheet_without_a_record_is_linked() {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("sheet.png"), b"png").unwrap();
        std::fs::write(folder.path().join("other.png"), b"png").unwrap();
        let page = of(folder.path(), &[]);
        assert!(page.contains("./sheet.png") && page.contains("side by side") && !page.contains("other.png"));
    }
}
