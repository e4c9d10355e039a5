use std::path::Path;

use inscape::atlas::{Edges, Evidence, Row, Survey, Tally};
use inscape::report::{AtlasRow, Record, atlas_page, row_page};
use inscape::{Image, Model, Picture};
use serde_json::{Value, json};

use super::job::{Failed, failed};
use crate::opening::Opened;
use crate::output::{Folder, Identity, Standing};

/// The atlas as a folder of files.
pub(super) struct Keeper {
    folder: Folder,
    record: Record,
    /// MODEL.atlas
    name: String,
}

/// The atlas's own record, written last.
const INDEX: &str = "atlas.json";
/// What the pass over the pictures found so far.
const SURVEY: &str = "survey.json";
/// A row's numbers, written after its pictures.
const UNITS: &str = "units.json";
/// Of the sprites, as JPEG.
const QUALITY: u8 = 85;

impl Keeper {
    /// Fails where the folder holds an atlas of other settings, unless overwriting was allowed.
    pub(super) fn new(folder: Folder, record: Record, opened: &Opened) -> anyhow::Result<Keeper> {
        let stem = Path::new(&opened.name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let keeper = Keeper { folder, record, name: format!("{stem}.atlas") };
        if let Some(former) = keeper.former() {
            keeper.folder.give_way(&keeper.file(SURVEY), &former["record"], &Identity::of(&keeper.record))?;
        }
        Ok(keeper)
    }

    fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }

    /// The survey of other settings that is in the folder.
    fn former(&self) -> Option<Value> {
        let text = std::fs::read(self.folder.path(&self.file(SURVEY))).ok()?;
        let former: Value = serde_json::from_slice(&text).unwrap_or_default();
        (Identity::read(&former["record"]) != Identity::of(&self.record)).then_some(former)
    }

    /// What an earlier run of the same settings found; what one of other settings made is no longer taken as done.
    pub(super) fn survey(&self, rows: &[Row]) -> anyhow::Result<Option<(Survey, Failed)>> {
        let path = self.folder.path(&self.file(SURVEY));
        let known = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        let same = known.filter(|known| Identity::read(&known["record"]) == Identity::of(&self.record));
        let read = |mut known: Value| {
            serde_json::from_value::<(Survey, Failed)>(json!([
                known["survey"].take(),
                known["failed"].take()
            ]))
            .ok()
        };
        if let Some(known) = same.and_then(read).filter(|(survey, _)| survey.is_of(rows)) {
            return Ok(Some(known));
        }
        for (k, row) in rows.iter().enumerate() {
            match std::fs::remove_file(self.folder.path(&self.row_file(k, row, UNITS))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The record of an atlas of the same settings of which nothing is missing.
    pub(super) fn whole(&self, rows: &[Row]) -> anyhow::Result<Option<Value>> {
        let (name, identity) = (self.file(INDEX), Identity::of(&self.record));
        let there = self.former().is_none() && rows.iter().enumerate().all(|(k, row)| self.has(k, row));
        match self.folder.standing(&name, &identity)? {
            Standing::Same(_) if there => Ok(Some(self.folder.recall(&name)?.1)),
            _ => Ok(None),
        }
    }

    pub(super) fn keep_survey(&self, survey: &Survey, failed: &Failed) -> anyhow::Result<()> {
        let content = json!({ "record": self.record, "survey": survey, "failed": failed }).to_string();
        self.folder.write(&self.file(SURVEY), content.as_bytes())
    }

    /// A row's folder within the atlas: its number and the letters of its name.
    fn row_folder(k: usize, row: &Row) -> String {
        let letters = row.value.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
        format!("{k:03}_{}", letters.take(80).collect::<String>())
    }

    fn row_file(&self, k: usize, row: &Row, name: &str) -> String {
        self.file(&format!("{}/{name}", Keeper::row_folder(k, row)))
    }

    /// Whether a row is done.
    pub(super) fn has(&self, k: usize, row: &Row) -> bool {
        self.folder.path(&self.row_file(k, row, UNITS)).is_file()
    }

    /// The pictures of a row's units from number `first` on.
    pub(super) fn keep_sprites(
        &self,
        k: usize,
        row: &Row,
        first: usize,
        images: &[Image],
    ) -> anyhow::Result<()> {
        for (unit, image) in (first..).zip(images) {
            let bytes = Picture::from_image(image).jpeg_bytes(QUALITY)?;
            self.folder.write(&self.row_file(k, row, &sprite(unit)), &bytes)?;
        }
        Ok(())
    }

    /// A row's page and, last, its numbers.
    pub(super) fn keep_row(
        &self,
        k: usize,
        rows: &[Row],
        survey: &Survey,
        edges: &Edges,
        pictures: &[String],
        kinds: &[Evidence],
        model: &Model,
    ) -> anyhow::Result<()> {
        let (row, tallies) = (&rows[k], &survey.tallies[k]);
        let name = |unit: usize| row.classes.then(|| model.class_name(unit)).flatten();
        let shows: Vec<&str> = kinds.iter().map(|kind| kind.shows).collect();
        let page_row = AtlasRow { row, folder: Keeper::row_folder(k, row), tallies };
        let file = |unit: usize| (!kinds.is_empty()).then(|| sprite(unit));
        let page = row_page(&page_row, pictures, &shows, file, name);
        self.folder.write(&self.row_file(k, row, "index.html"), page.as_bytes())?;
        let shape = model.input_shape();
        let size = [shape[2], shape[3]];
        let unit = |(unit, tally): (usize, &Tally)| {
            let peak = |peak: &inscape::atlas::Peak| {
                json!({
                    "picture": pictures[peak.picture],
                    "activation": peak.activation,
                    "position": [peak.position / row.positions[1], peak.position % row.positions[1]],
                    "box": row.seen(peak.position, size),
                })
            };
            json!({
                "unit": unit,
                "name": name(unit),
                "mean": tally.mean(),
                "silent": tally.silent(),
                "histogram": tally.bins,
                "sprite": file(unit),
                "inputs": edges.inputs[k][unit],
                "outputs": edges.outputs[k][unit],
                "top": tally.peaks.iter().map(peak).collect::<Vec<_>>(),
            })
        };
        let units: Vec<Value> = tallies.iter().enumerate().map(unit).collect();
        let content = json!({
            "schema": "inscape.atlas-row/1",
            "row": row,
            "evidence": kinds.iter().map(|kind| kind.name).collect::<Vec<_>>(),
            "histogram_edges": (0..=Tally::BINS).map(Tally::edge).collect::<Vec<_>>(),
            "units": units,
        });
        self.folder.write(&self.row_file(k, row, UNITS), content.to_string().as_bytes())
    }

    /// The page of all rows and the atlas's record.
    pub(super) fn finish(
        &self,
        rows: &[Row],
        survey: &Survey,
        pictures: &[String],
        broken: &[(String, String)],
    ) -> anyhow::Result<Value> {
        let all: Vec<AtlasRow<'_>> = rows
            .iter()
            .zip(&survey.tallies)
            .enumerate()
            .map(|(k, (row, tallies))| AtlasRow { row, folder: Keeper::row_folder(k, row), tallies })
            .collect();
        let mark = &self.record.model;
        let facts = [
            ("Model".to_owned(), format!("{}, SHA-256 {}", mark.file, mark.sha256)),
            (
                "Pictures".to_owned(),
                format!("{}, of which {} could not be read", pictures.len(), broken.len()),
            ),
            ("Kernels".to_owned(), self.record.kernels.clone()),
            ("Version".to_owned(), self.record.version.clone()),
        ];
        let page = atlas_page(&mark.file, survey.pictures, &all, &facts);
        let mut record = self.record.clone();
        let listed: Vec<Value> = all
            .iter()
            .map(|of| json!({ "value": of.row.value, "units": of.row.units, "folder": of.folder }))
            .collect();
        record.more.insert("rows".into(), json!(listed));
        record.more.insert("pictures".into(), json!(pictures));
        record.more.insert("failed".into(), failed(broken));
        let files = [(self.file("index.html"), page.into_bytes())];
        let record = self.folder.keep(&self.file(INDEX), record, &files)?.1;
        self.folder.rebuild_index(&[])?;
        Ok(record)
    }

    /// What a run prints.
    pub(super) fn results(&self) -> [String; 2] {
        ["index.html", INDEX].map(|name| self.folder.path(&self.file(name)).display().to_string())
    }
}

/// A unit's picture.
fn sprite(unit: usize) -> String {
    format!("{unit:05}.jpg")
}
