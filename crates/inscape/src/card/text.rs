use toml::de::{DeTable, DeValue};

use super::keys::KEYS;
use super::{Card, CardSource};
use crate::error::Error;
use crate::nearest::nearest;

pub(super) fn parse(toml: &str) -> Result<Card, Error> {
    let line = |at: usize| 1 + toml.as_bytes()[..at.min(toml.len())].iter().filter(|&&b| b == b'\n').count();
    let table = DeTable::parse(toml).map_err(|error| {
        let line = error.span().map_or(1, |span| line(span.start));
        Card::wrong(format!("line {line}: {}", error.message().replace('\n', ", ")))
    })?;
    let mut card = Card { source: CardSource::Text, ..Card::default() };
    for (key, value) in table.get_ref() {
        read(&mut card, key.get_ref(), value.get_ref())
            .map_err(|problem| Card::wrong(format!("line {}: {problem}", line(key.span().start))))?;
    }
    Ok(card)
}

pub(super) fn set(card: &mut Card, key: &str, value: &str) -> Result<(), Error> {
    let parsed = DeValue::parse(value);
    let bare = DeValue::String(value.into());
    let value = parsed.as_ref().map_or(&bare, |parsed| parsed.get_ref());
    read(card, key, value).map_err(Card::wrong)
}

pub(super) fn write(card: &Card) -> String {
    let mut text =
        String::from("# How to feed this network: x = (pixel * scale - mean) / std, pixels 0..255.\n");
    for key in KEYS {
        if let Some(value) = (key.write)(card) {
            let comment = if key.about.is_empty() { String::new() } else { format!("  # {}", key.about) };
            text.push_str(&format!("{} = {value}{comment}\n", key.name));
        }
    }
    text
}

fn read(card: &mut Card, key: &str, value: &DeValue) -> Result<(), String> {
    match KEYS.iter().find(|row| row.name == key) {
        Some(row) => (row.read)(card, value).map_err(|problem| format!("'{key}' {problem}")),
        None => {
            let near = nearest(key, KEYS.iter().map(|row| row.name), 1);
            let key: String = key.chars().take(40).collect();
            Err(format!("unknown key '{}'; the nearest is '{}'", key.escape_debug(), near.join("")))
        }
    }
}
