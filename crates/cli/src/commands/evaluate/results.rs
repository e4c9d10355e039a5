use std::collections::BTreeSet;

use inscape::evaluation::{
    Interval, Judged, MEASURES, PICTURES_HEADER, RESAMPLES, Row, SUBMISSION_HEADER, Summary, TOP5,
    failed_row, pictures_row, submission_row, summarized,
};
use inscape::report::{EvaluationPage, Record};
use serde_json::{Map, Value, json};

use super::cases;
use super::job::{Done, Job};
use crate::run::Outcome;
use crate::typed::{common, quoted};

/// The record, which stands for a whole result.
pub(super) const SUMMARY: &str = "summary.json";
const PAGE: &str = "report.html";
const PICTURES: &str = "pictures.csv";
const SUBMISSION: &str = "submission.csv";

/// Classes without counterpart that are named.
const NAMED: usize = 12;

/// Sums up and writes all files, the summary last.
pub(super) fn write(job: &Job<'_>, mut record: Record, done: &Done) -> anyhow::Result<Outcome> {
    let Done { judged, failed } = done;
    if judged.is_empty() {
        let first = failed.iter().next().map_or(String::new(), |(name, error)| format!("; {name}: {error}"));
        anyhow::bail!("none of {} pictures could be judged{first}", failed.len());
    }
    let summary = summarized(judged, RESAMPLES, record.seed);
    record.warnings.extend(warnings(job, judged));
    record.warnings.iter().for_each(|warning| job.run.terminal.warn(warning));
    record.files = [PAGE, PICTURES, SUBMISSION].map(str::to_owned).to_vec();
    record.more = more(job, done, &summary);
    let page = EvaluationPage {
        title: title(job, &summary),
        judged: judged.len(),
        warnings: record.warnings.clone(),
        failed: failed.iter().map(|(name, error)| (name.clone(), error.clone())).collect(),
        groups: cases::chosen(job, judged)?,
        facts: facts(job, &record),
        command: command(job),
        summary,
    };
    job.folder.write(PAGE, page.html()?.as_bytes())?;
    job.folder.write(PICTURES, pictures(job, done).as_bytes())?;
    job.folder.write(SUBMISSION, submission(job, judged).as_bytes())?;
    job.folder.write(SUMMARY, record.json().as_bytes())?;
    job.folder.rebuild_index(&[])?;
    table(job, &page.summary);
    finish(job, &serde_json::to_value(&record)?)
}

/// A result that is there already, as if it had been made now.
pub(super) fn again(job: &Job<'_>, former: &Value) -> anyhow::Result<Outcome> {
    let path = job.folder.path(SUMMARY);
    job.run.terminal.say(&format!("{} is there already and stays", path.display()));
    finish(job, former)
}

fn finish(job: &Job<'_>, record: &Value) -> anyhow::Result<Outcome> {
    if job.run.everywhere.json {
        job.run.terminal.result(&format!("{record:#}"));
    } else {
        for file in [PAGE, PICTURES, SUBMISSION, SUMMARY] {
            job.run.terminal.result(&job.folder.path(file).display().to_string());
        }
    }
    Ok(if record["failed"] == 0 { Outcome::Done } else { Outcome::Partly })
}

fn warnings(job: &Job<'_>, judged: &[Judged]) -> Vec<String> {
    let mut warnings = Vec::new();
    let sought = || judged.iter().flat_map(|judged| &judged.cases).map(|case| &case.sought);
    let apart: BTreeSet<&str> =
        sought().filter(|s| s.classes.is_empty()).map(|sought| sought.class.as_str()).collect();
    if !apart.is_empty() {
        let named: Vec<&str> = apart.iter().take(NAMED).copied().collect();
        let more =
            if apart.len() > NAMED { format!(" and {} more", apart.len() - NAMED) } else { String::new() };
        let pictures = judged.iter().filter(|judged| !judged.is_matched()).count();
        warnings.push(format!(
            "{} classes of the data set are none of the network's ({}{more}); {pictures} pictures that have no other count in \
             the GT-known measures alone, by the map of the network's strongest class; --class-map says what they are",
            apart.len(),
            named.join(", ")
        ));
    }
    let bare = judged.iter().filter(|judged| judged.cases.is_empty()).count();
    if bare > 0 {
        warnings.push(format!("{bare} pictures have difficult objects alone and count in no measure"));
    }
    let told = judged.iter().flat_map(|judged| &judged.notes);
    let clipped = told.clone().filter(|note| note.contains("picture and was")).count();
    if clipped > 0 {
        warnings.push(format!("{clipped} boxes reach out of their pictures and were clipped or left out"));
    }
    let sizes = told.filter(|note| note.starts_with("the annotation is of")).count();
    if sizes > 0 {
        warnings
            .push(format!("the annotations of {sizes} pictures state another size than the pictures have"));
    }
    let (listed, taken) = (job.listed.0, job.dataset.pictures.len());
    if taken < listed {
        warnings.push(format!("only the first {taken} of {listed} pictures were taken"));
    }
    warnings
}

fn more(job: &Job<'_>, done: &Done, summary: &Summary) -> Map<String, Value> {
    let matched = done.judged.iter().filter(|judged| judged.is_matched()).count();
    let mut more = Map::new();
    more.insert("pictures".into(), json!(job.dataset.pictures.len()));
    more.insert("failed".into(), json!(done.failed.len()));
    more.insert("judged".into(), json!(done.judged.len()));
    more.insert("matched".into(), json!(matched));
    more.insert("pictures_sha256".into(), json!(job.dataset.sha256()));
    more.insert(
        "bootstrap".into(),
        json!({ "resamples": summary.resamples, "seed": job.run.everywhere.seed }),
    );
    more.extend(nested(&summary.method, ""));
    let mut centered = nested(&summary.centered, "classification");
    centered.insert("fraction".into(), json!(summary.fraction));
    more.insert(
        "controls".into(),
        json!({ "whole_picture": nested(&summary.whole, "classification"), "centred_box": centered }),
    );
    more.insert("better_than_centred_box".into(), json!(nested(&summary.gain, "classification")));
    let failed: Vec<Value> =
        done.failed.iter().map(|(image, error)| json!({ "image": image, "error": error })).collect();
    more.insert("failures".into(), json!(failed));
    more
}

/// Measures by their keys, but for those that begin with some letters where any are given.
fn nested(row: &Row, without: &str) -> Map<String, Value> {
    let mut all = Map::new();
    for (measure, interval) in MEASURES.iter().zip(row) {
        if !without.is_empty() && measure.key.starts_with(without) {
            continue;
        }
        let value = interval.map_or(
            Value::Null,
            |Interval { value, low, high }| json!({ "value": value, "low": low, "high": high }),
        );
        match measure.key.split_once('.') {
            None => {
                all.insert(measure.key.to_owned(), value);
            }
            Some((outer, inner)) => {
                let group = all.entry(outer).or_insert_with(|| json!({}));
                group[inner] = value;
            }
        }
    }
    all
}

fn pictures(job: &Job<'_>, done: &Done) -> String {
    let mut text = format!("{PICTURES_HEADER}\n");
    let mut judged = done.judged.iter().peekable();
    for picture in &job.dataset.pictures {
        match judged.next_if(|judged| judged.image == picture.name) {
            Some(judged) => text += &pictures_row(judged),
            None => {
                let error = done.failed.get(&picture.name).map_or("", String::as_str);
                text += &failed_row(&picture.name, error);
            }
        }
    }
    text
}

fn submission(job: &Job<'_>, judged: &[Judged]) -> String {
    let mut text = format!("{SUBMISSION_HEADER}\n");
    let mut judged = judged.iter().peekable();
    for picture in &job.dataset.pictures {
        let found = judged.next_if(|judged| judged.image == picture.name);
        text += &submission_row(&picture.name, found.map_or(&[], |judged| &judged.guesses), &job.classes);
    }
    text
}

fn title(job: &Job<'_>, summary: &Summary) -> String {
    let name = job.asked.dataset.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(|| job.dataset.layout.to_owned());
    match summary.method[TOP5] {
        Some(error) => format!("Localization on {name}: {:.1}\u{a0}% top-5 error", 100.0 * error.value),
        None => format!("Localization on {name}"),
    }
}

fn facts(job: &Job<'_>, record: &Record) -> Vec<(String, String)> {
    let list = |map: &Map<String, Value>| {
        let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        map.iter().map(|(key, value)| format!("{key} {}", words(value))).collect::<Vec<_>>().join(", ")
    };
    let split = job.dataset.split.as_ref().map_or(String::new(), |split| format!(", list {split}"));
    let localization = record.settings["localization"].as_object().map(list).unwrap_or_default();
    [
        ("Model", format!("{}, SHA-256 {}", record.model.file, record.model.sha256)),
        ("Pictures", format!("{} in the layout {}{split}, SHA-256 of their sorted names {}", job.dataset.pictures.len(), job.dataset.layout, job.dataset.sha256())),
        ("Localization", localization),
        ("Seed", record.seed.to_string()),
        ("Kernels", record.kernels.clone()),
        ("Submission", "submission.csv: classes by WordNet id (by index where there is none), boxes inclusive and counted from 1".to_owned()),
        ("Program", format!("inscape {}", record.version)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// The command that makes it again, without folders.
fn command(job: &Job<'_>) -> String {
    let name = |path: &std::path::Path| {
        quoted(&path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()))
    };
    let mut words = format!("inscape evaluate localization --dataset {}", name(&job.asked.dataset));
    if let Some(split) = &job.asked.split {
        words += &format!(" --split {}", quoted(split));
    }
    if let Some(limit) = job.asked.limit {
        words += &format!(" --limit {limit}");
    }
    if let Some(path) = &job.asked.class_map {
        words += &format!(" --class-map {}", name(path));
    }
    words + &job.options + &common(job.run)
}

/// The measures beside the controls, in lines.
fn table(job: &Job<'_>, summary: &Summary) {
    let cell = |row: &Row, i: usize| match row[i] {
        Some(Interval { value, low, high }) => {
            format!("{:5.1} ({:.1} to {:.1})", 100.0 * value, 100.0 * low, 100.0 * high)
        }
        None => "–".to_owned(),
    };
    let say = |line: String| job.run.terminal.say(line.trim_end());
    let centered = format!("centered box {:.2}", summary.fraction);
    say(format!("{:28} {:>22} {:>22} {:>22}", "in per cent", "method", centered, "whole picture"));
    for (i, measure) in MEASURES.iter().enumerate() {
        let controls = match measure.key.starts_with("classification") {
            true => [String::new(), String::new()],
            false => [cell(&summary.centered, i), cell(&summary.whole, i)],
        };
        say(format!(
            "{:28} {:>22} {:>22} {:>22}",
            measure.name,
            cell(&summary.method, i),
            controls[0],
            controls[1]
        ));
    }
    say(format!("{:28} {:>22}", "Top-5 error below centered", cell(&summary.gain, TOP5)));
}
