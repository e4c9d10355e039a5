//! Class names in index order.

mod find;

use std::path::Path;

use crate::error::{Error, ErrorKind};
use crate::file;

/// The names of a network's classes, in index order, with synonyms and WordNet ids where known.
///
/// ```
/// let labels = inscape::Labels::imagenet();
/// assert_eq!(labels.name(130), Some("flamingo"));
/// assert_eq!(labels.find("n02007558")?, 130);
/// assert_eq!(labels.find("Felis concolor")?, 286);
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    rows: Vec<Label>,
    /// The file they came from, to be named in errors.
    file: Option<String>,
}

/// The names of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name that is shown.
    pub name: String,
    /// Other names.
    pub synonyms: Vec<String>,
    /// WordNet id (`n` and eight digits).
    pub wordnet: Option<String>,
}

/// One line a class: WordNet id, name, synonyms. In the order of ILSVRC 2012's 1,000 classes.
static IMAGENET: &str = include_str!("../../assets/imagenet.txt");

/// A list of names is text of at most this many bytes.
const LIMIT: u64 = 16 << 20;

impl Labels {
    /// The number of ImageNet's classes in ILSVRC 2012.
    pub const IMAGENET: usize = 1000;

    /// ImageNet's 1,000 classes (Russakovsky et al. 2015), with WordNet ids and synonyms.
    pub fn imagenet() -> Labels {
        Labels::parse(IMAGENET)
    }

    /// Names in index order. A name may begin with a WordNet id, and synonyms may follow after commas.
    ///
    /// A list equal to ImageNet's names gets ImageNet's ids and synonyms as well.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Labels {
        let labels = Labels { rows: names.map(Label::parse).collect(), file: None };
        if labels.len() == Labels::IMAGENET && labels.rows[0].wordnet.is_none() {
            let known = Labels::imagenet();
            let same = |(a, b): (&Label, &Label)| a.name == b.name;
            if labels.rows.iter().zip(&known.rows).all(same) {
                return known;
            }
        }
        labels
    }

    /// Names from text, one a line; empty lines at the end do not count.
    pub fn parse(text: &str) -> Labels {
        Labels::new(text.trim_end().lines().map(str::trim))
    }

    /// Names from a text file.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where it cannot be read, [`ErrorKind::Labels`] where it has no lines.
    pub fn open(path: impl AsRef<Path>) -> Result<Labels, Error> {
        let path = path.as_ref();
        let text = file::read_text(path, LIMIT)?;
        if text.trim().is_empty() {
            return Err(Error::new(ErrorKind::Labels, format!("{} holds no class names", path.display())));
        }
        Ok(Labels { file: Some(file::name(path)), ..Labels::parse(&text) })
    }

    /// How many classes.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The name shown for a class.
    pub fn name(&self, index: usize) -> Option<&str> {
        self.rows.get(index).map(|label| label.name.as_str())
    }

    /// All names of a class.
    pub fn get(&self, index: usize) -> Option<&Label> {
        self.rows.get(index)
    }

    /// The classes in index order.
    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.rows.iter()
    }

    /// Checks that there is a name for every score.
    ///
    /// # Errors
    /// [`ErrorKind::Labels`] naming the likely cause.
    pub fn check(&self, scores: usize) -> Result<(), Error> {
        let names = self.len();
        if names == scores {
            return Ok(());
        }
        let list = self.file.as_deref().unwrap_or("the list of class names");
        let first = self.name(0).unwrap_or("");
        let cause = if names == scores + 1 {
            match first.to_lowercase().contains("background") {
                true => format!(
                    "its first line, '{first}', is a background class that the model lacks: remove it"
                ),
                false => "a background class that the model lacks, or a heading, may stand first".to_owned(),
            }
        } else if names + 1 == scores {
            "the model may have a background class first: add a line 'background' at the top".to_owned()
        } else {
            "it probably belongs to another model".to_owned()
        };
        Err(Error::new(
            ErrorKind::Labels,
            format!("{list} has {names} names, but the model gives {scores} scores; {cause}"),
        ))
    }
}

impl Label {
    fn parse(line: &str) -> Label {
        let (wordnet, names) = match line.split_once([' ', '\t']) {
            Some((id, names)) if is_wordnet(id) => (Some(id.to_owned()), names),
            _ => (None, line),
        };
        let mut names = names.split(',').map(|name| name.trim().to_owned());
        let name = names.next().unwrap_or_default();
        Label { name, synonyms: names.filter(|name| !name.is_empty()).collect(), wordnet }
    }
}

/// `n` and eight digits.
fn is_wordnet(id: &str) -> bool {
    id.len() == 9 && id.starts_with('n') && id[1..].bytes().all(|byte| byte.is_ascii_digit())
}
