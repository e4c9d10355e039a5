use super::{Label, Labels};
use crate::error::{Error, ErrorKind};
use crate::nearest::nearest;

/// Candidates listed in an error.
const LISTED: usize = 8;

impl Labels {
    /// The class a text means: digits are an index; a name counts when it is the same text, else the same regardless of case
    /// and underscores, else when it is a synonym or a WordNet id. Each step must find a single class.
    ///
    /// # Errors
    /// [`ErrorKind::Labels`] with the candidates and their indices.
    pub fn find(&self, text: &str) -> Result<usize, Error> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().filter(|&index| index < self.len()).ok_or_else(|| {
                not_found(format!(
                    "there is no class {text}: indices go from 0 to {}",
                    self.len().saturating_sub(1)
                ))
            });
        }
        let wanted = folded(text);
        let steps: [&dyn Fn(&Label) -> bool; 3] =
            [&|label| label.name == text, &|label| folded(&label.name) == wanted, &|label| {
                label.synonyms.iter().any(|synonym| folded(synonym) == wanted)
                    || label.wordnet.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(text))
            }];
        for step in steps {
            match self.indices(step)[..] {
                [] => {}
                [index] => return Ok(index),
                ref several => {
                    return Err(not_found(format!("'{text}' may mean any of {}", self.listed(several))));
                }
            }
        }
        Err(not_found(format!("no class is called '{text}'; {}", self.candidates(&wanted))))
    }

    fn candidates(&self, wanted: &str) -> String {
        let holds = |name: &String| folded(name).contains(wanted);
        let mut indices = match wanted.is_empty() {
            true => Vec::new(),
            false => self.indices(|label| holds(&label.name) || label.synonyms.iter().any(holds)),
        };
        // Of names that hold the text, those that hold it as a word are likelier to be meant: "cat" is no bullfrog.
        let word =
            |name: &String| folded(name).split(|c: char| !c.is_alphanumeric()).any(|part| part == wanted);
        indices.sort_by_key(|&index| {
            let label = &self.rows[index];
            (!word(&label.name), !label.synonyms.iter().any(word))
        });
        if indices.is_empty() {
            let near = nearest(wanted, self.iter().map(|label| label.name.as_str()), 4);
            let names = near.into_iter().flat_map(|name| self.indices(move |label| label.name == name));
            indices = names.collect();
            indices.dedup();
        }
        format!("candidates: {}", self.listed(&indices))
    }

    fn indices(&self, fits: impl Fn(&Label) -> bool) -> Vec<usize> {
        (0..self.len()).filter(|&index| fits(&self.rows[index])).collect()
    }

    fn listed(&self, indices: &[usize]) -> String {
        let shown = indices.iter().take(LISTED).map(|&index| format!("{index} {}", self.rows[index].name));
        let shown: Vec<String> = shown.collect();
        match indices.len().saturating_sub(LISTED) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

fn folded(name: &str) -> String {
    name.replace('_', " ").to_lowercase()
}

fn not_found(context: String) -> Error {
    Error::new(ErrorKind::Labels, context)
}
