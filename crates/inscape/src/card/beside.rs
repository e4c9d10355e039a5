use std::path::Path;

use super::{Card, CardSource, hugging_face};
use crate::error::Error;
use crate::file;

/// A card is a page of text; a class list in a configuration file may have tens of thousands of names.
const CARD_BYTES: u64 = 1 << 20;
const CONFIG_BYTES: u64 = 16 << 20;

pub(super) fn open(path: &Path) -> Result<Card, Error> {
    let text = file::read_text(path, CARD_BYTES)?;
    let mut card =
        Card::parse(&text).map_err(|error| Error::new(error.kind, format!("{}: {error}", path.display())))?;
    card.source = CardSource::File(file::name(path));
    card.folder = path.parent().map(Path::to_owned);
    Ok(card)
}

pub(super) fn beside(model: &Path) -> Result<Card, Error> {
    let toml = model.with_extension("toml");
    if toml.is_file() {
        return open(&toml);
    }
    let folder = model.parent().unwrap_or(Path::new(""));
    let mut card = Card::default();
    let mut names = Vec::new();
    for (name, read) in hugging_face::FILES {
        let path = folder.join(name);
        if path.is_file() {
            let text = file::read_text(&path, CONFIG_BYTES)?;
            let told = read(&mut card, &text)
                .map_err(|problem| Card::wrong(format!("{}: {problem}", path.display())))?;
            if told {
                names.push((*name).to_owned());
            }
        }
    }
    if !names.is_empty() {
        card.source = CardSource::HuggingFace(names);
    }
    Ok(card)
}
