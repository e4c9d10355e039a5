use inscape::atlas::Row;
use inscape::{Objective, Place, Position, Term};

use crate::app::App;

/// The target or objective of a unit, as commands take it.
pub(super) fn objective(row: &Row, unit: usize) -> String {
    let place = Place::Channel(unit, Position::Unstated);
    Objective::from(Term::Unit { value: row.value.clone(), place }).to_string()
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A command line: its words, and the network where it is not the bundled one.
pub(super) fn command(app: &App, words: &[&str]) -> String {
    let mut line = vec!["inscape".to_owned()];
    line.extend(words.iter().map(|word| quoted(word)));
    if let Some(model) = &app.model_argument {
        line.extend(["--model".to_owned(), quoted(model)]);
    }
    line.join(" ")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quoted("unit:conv5:3"), "unit:conv5:3");
        assert_eq!(quoted("my cat.jpg"), "'my cat.jpg'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
