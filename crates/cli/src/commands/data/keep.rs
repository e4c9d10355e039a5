use anyhow::bail;
use inscape_belief::Examples;
use inscape_belief::examples::{Choice, contact_sheet};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use crate::output::{Folder, Identity, Standing};
use crate::run::Run;

/// Examples on a contact sheet.
const SHOWN: usize = 300;

/// Writes a data set's files and its record, or finds that they are there.
pub(super) struct Keeper<'r> {
    pub(super) run: &'r Run,
    pub(super) folder: Folder,
    /// Names the record and the sheet.
    pub(super) name: &'static str,
    /// Author and year.
    pub(super) source: &'static str,
    pub(super) settings: Map<String, Value>,
    /// The files of the data themselves.
    pub(super) files: Vec<String>,
    /// Whether a contact sheet is wanted.
    pub(super) sheet: bool,
}

impl Keeper<'_> {
    /// The record of the same data that are there already.
    ///
    /// Fails where the folder holds data of other settings, or files of these names that this command did not write.
    pub(super) fn former(&self) -> anyhow::Result<Option<Value>> {
        let name = self.record_name();
        let known = self.folder.path(&name).exists();
        if let Standing::Same(_) = self.folder.standing(&name, &Identity::read(&self.record()))? {
            let path = self.folder.path(&name);
            self.run.terminal.say(&format!("{} is there already and stays, with its data", path.display()));
            return Ok(Some(self.folder.recall(&name)?.1));
        }
        let foreign = self.files.iter().map(|file| self.folder.path(file)).find(|path| path.exists());
        if let Some(path) = foreign.filter(|_| !known && !self.run.everywhere.force) {
            bail!(
                "{} is there already and was not made by this command; nothing was overwritten: use --force, or another --output",
                path.display()
            );
        }
        Ok(None)
    }

    /// What is known before anything is computed.
    pub(super) fn record(&self) -> Value {
        json!({
            "schema": "inscape.data/1",
            "version": env!("CARGO_PKG_VERSION"),
            "command": format!("data {}", self.name),
            "settings": self.settings,
            "seed": self.run.everywhere.seed,
            "kernels": Isa::current().name(),
            "method": self.name,
            "source": self.source,
            "files": self.files,
            "warnings": [],
        })
    }

    /// Draws the sheet, where one is wanted and not there, writes the record last, and prints what there is.
    pub(super) fn finish(&self, record: Value, examples: &dyn Examples) -> anyhow::Result<()> {
        let mut record = record;
        let sheet = format!("{}.sheet.png", self.name);
        if let Some(files) = record["files"].as_array_mut()
            && self.sheet
            && !files.iter().any(|file| *file == sheet)
        {
            let picture = contact_sheet(examples, SHOWN, Choice::Drawn(self.run.everywhere.seed))?;
            self.folder.write(&sheet, &picture.png_bytes())?;
            files.push(json!(sheet));
        }
        let text = format!("{record:#}\n");
        self.folder.write(&self.record_name(), text.as_bytes())?;
        self.folder.rebuild_index(&[])?;
        if self.run.everywhere.json {
            self.run.terminal.result(text.trim_end());
            return Ok(());
        }
        let files = record["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for file in files.chain([&*self.record_name()]) {
            self.run.terminal.result(&self.folder.path(file).display().to_string());
        }
        Ok(())
    }

    fn record_name(&self) -> String {
        format!("{}.json", self.name)
    }
}
