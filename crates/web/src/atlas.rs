use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Path as At, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use inscape::atlas::{Edge, Edges, Row};
use inscape::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Refusal;
use crate::app::App;

/// A folder made by `inscape atlas`.
pub(crate) struct Atlas {
    folder: PathBuf,
    pub(crate) about: About,
    /// The record lists other rows than are served.
    whole: bool,
}

/// What an atlas holds.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct About {
    /// Its folder's name.
    name: String,
    /// How many pictures it was made from.
    pictures: usize,
    /// Tiles in a row of a sprite.
    columns: usize,
    /// Side of a tile in pixels; two pixels lie between tiles.
    tile: usize,
    /// What the rows of a sprite show.
    kinds: Vec<Kind>,
    /// The rows it has.
    rows: Vec<AtlasRow>,
}

/// A row of tiles of a sprite.
#[derive(Clone, Serialize, ToSchema)]
struct Kind {
    /// As the command line calls it.
    name: String,
    /// What it shows.
    shows: String,
}

/// A row of units in an atlas.
#[derive(Clone, Serialize, ToSchema)]
struct AtlasRow {
    /// The number of the row in the session.
    index: usize,
    /// Its folder.
    folder: String,
}

/// The part of `atlas.json` that is read.
#[derive(Deserialize)]
struct Record {
    schema: String,
    model: Mark,
    settings: Made,
    rows: Vec<RecordRow>,
}

#[derive(Deserialize)]
struct Mark {
    sha256: String,
}

#[derive(Deserialize)]
struct Made {
    top: usize,
    tile: usize,
    evidence: Vec<String>,
    pictures: usize,
}

#[derive(Deserialize)]
struct RecordRow {
    value: String,
    units: usize,
    folder: String,
}

/// The part of `units.json` that is read.
#[derive(Deserialize)]
struct Units {
    units: Vec<UnitEdges>,
}

#[derive(Deserialize)]
struct UnitEdges {
    inputs: Vec<Edge>,
    outputs: Vec<Edge>,
}

impl Atlas {
    /// Reads what an atlas says of itself.
    pub(crate) fn open(folder: &Path, sha256: &str, rows: &[Row]) -> Result<Atlas, Error> {
        let wrong = |context: String| Error::new(ErrorKind::File, format!("{}: {context}", folder.display()));
        let text = std::fs::read(folder.join("atlas.json")).map_err(|error| {
            wrong(format!("it is no finished atlas ({error}); make one with inscape atlas --images DIR"))
        })?;
        let record: Record = serde_json::from_slice(&text)
            .map_err(|error| wrong(format!("atlas.json is not what inscape atlas writes: {error}")))?;
        if record.schema != "inscape.atlas/1" {
            return Err(wrong(format!("it has the form {}, not inscape.atlas/1", record.schema)));
        }
        if record.model.sha256 != sha256 {
            return Err(wrong("it is an atlas of another network".to_owned()));
        }
        let place = |row: &RecordRow| {
            let at = rows.iter().position(|known| known.value == row.value && known.units == row.units)?;
            let plain = row.folder.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-.".contains(&c));
            let inside = plain && !row.folder.starts_with('.');
            inside.then(|| AtlasRow { index: at, folder: row.folder.clone() })
        };
        let found: Vec<AtlasRow> = record.rows.iter().filter_map(place).collect();
        let whole = found.len() == rows.len() && found.iter().enumerate().all(|(k, row)| row.index == k);
        let shows = |name: &str| {
            let kind = inscape::atlas::EVIDENCE.iter().find(|kind| kind.name == name);
            kind.map_or_else(String::new, |kind| kind.shows.to_owned())
        };
        let kinds = record.settings.evidence.into_iter();
        let about = About {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            pictures: record.settings.pictures,
            columns: record.settings.top,
            tile: record.settings.tile,
            kinds: kinds.map(|name| Kind { shows: shows(&name), name }).collect(),
            rows: found,
        };
        Ok(Atlas { folder: folder.to_owned(), about, whole })
    }

    /// The edges of all rows; `None` where it lacks rows or cannot be read.
    pub(crate) fn edges(&self) -> Option<Edges> {
        let mut edges = Edges { inputs: Vec::new(), outputs: Vec::new() };
        for row in self.about.rows.iter().filter(|_| self.whole) {
            let text = std::fs::read(self.folder.join(&row.folder).join(UNITS)).ok()?;
            let read: Units = serde_json::from_slice(&text).ok()?;
            let (inputs, outputs) = read.units.into_iter().map(|unit| (unit.inputs, unit.outputs)).unzip();
            edges.inputs.push(inputs);
            edges.outputs.push(outputs);
        }
        self.whole.then_some(edges)
    }

    /// The path of one of its files and its media type.
    fn file(&self, folder: &str, file: &str) -> Option<(PathBuf, &'static str)> {
        let row = self.about.rows.iter().find(|row| row.folder == folder)?;
        let sprite = file.strip_suffix(".jpg").is_some_and(|stem| stem.bytes().all(|c| c.is_ascii_digit()));
        let media = match file {
            UNITS => "application/json",
            _ if sprite => "image/jpeg",
            _ => return None,
        };
        Some((self.folder.join(&row.folder).join(file), media))
    }
}

const UNITS: &str = "units.json";

/// A row's numbers, or a unit's sprite, as `inscape atlas` wrote them.
#[utoipa::path(
    get,
    path = "/atlas/{folder}/{file}",
    params(("folder" = String, Path, description = "a row's folder"), ("file" = String, Path, description = "units.json or UUUUU.jpg")),
    responses((status = 200, description = "the file"), (status = 404, body = crate::answer::Problem))
)]
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    At((folder, file)): At<(String, String)>,
) -> Result<Response, Refusal> {
    let none = || Refusal::missing("the atlas has no such file");
    let (path, media) = app.atlas.as_ref().and_then(|atlas| atlas.file(&folder, &file)).ok_or_else(none)?;
    let content = match tokio::fs::read(path).await {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(none()),
        Err(_) => return Err(Refusal::new(StatusCode::NOT_FOUND, "the atlas's file cannot be read")),
    };
    Ok(([(CONTENT_TYPE, media), (CACHE_CONTROL, "max-age=600")], content).into_response())
}
