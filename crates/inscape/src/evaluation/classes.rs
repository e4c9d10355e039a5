use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::dataset::rows;
use crate::error::{Error, ErrorKind};
use crate::file;
use crate::labels::Labels;

/// Which of a network's classes the classes of a data set are.
///
/// ```
/// use inscape::{Labels, evaluation::Classes};
/// let classes = Classes::new(Some(&Labels::imagenet()), 1000);
/// assert_eq!(classes.find("n02007558"), [130]);
/// assert_eq!(classes.find("sofa").len(), 0, "ImageNet has a studio couch");
/// ```
#[derive(Clone, Debug)]
pub struct Classes {
    labels: Option<Labels>,
    count: usize,
    given: HashMap<String, Vec<usize>>,
}

/// A table of classes is text of at most this many bytes.
const MOST: u64 = 16 << 20;

impl Classes {
    /// Classes that meet by WordNet id, name or synonym ([`Labels::find`]), or as the network's own index.
    pub fn new(labels: Option<&Labels>, count: usize) -> Classes {
        Classes { labels: labels.cloned(), count, given: HashMap::new() }
    }

    /// The same, but for the classes that a table names: lines of `class of the data set,class of the network`, the latter
    /// by index, name or WordNet id. Several lines with the same first class make it all of the others: `dog` may be every
    /// breed. Lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where the file cannot be read, [`ErrorKind::Labels`] for a line of another form or a class that the
    /// network has not, with the line.
    pub fn with_table(self, path: &Path) -> Result<Classes, Error> {
        let name = file::name(path);
        let text = file::read_text(path, MOST)?;
        self.with_text(&text).map_err(|error| Error::new(error.kind, format!("{name}: {error}")))
    }

    fn with_text(mut self, text: &str) -> Result<Classes, Error> {
        let wrong = |context| Error::new(ErrorKind::Labels, context);
        for (line, fields) in rows(text)? {
            let [of, to] = &fields[..] else {
                if fields[0].starts_with('#') {
                    continue;
                }
                let context = format!("line {line}: expected `class of the data set,class of the network`");
                return Err(wrong(context));
            };
            if of.starts_with('#') {
                continue;
            }
            let index = self.index(to).map_err(|error| wrong(format!("line {line}: {error}")))?;
            let group = self.given.entry(of.clone()).or_default();
            if !group.contains(&index) {
                group.push(index);
            }
        }
        Ok(self)
    }

    /// The classes that a table named, with the network's indices.
    pub fn table(&self) -> BTreeMap<&str, &[usize]> {
        self.given.iter().map(|(class, group)| (class.as_str(), &group[..])).collect()
    }

    /// The network's classes that a class of the data set is; none where it has no counterpart, or more than one by name.
    pub fn find(&self, class: &str) -> Vec<usize> {
        match self.given.get(class) {
            Some(group) => group.clone(),
            None => self.index(class).into_iter().collect(),
        }
    }

    /// What a class of the network is called in a submission: its WordNet id, else its index.
    pub fn label(&self, index: usize) -> String {
        let wordnet = self.labels.as_ref().and_then(|labels| labels.get(index)?.wordnet.clone());
        wordnet.unwrap_or_else(|| index.to_string())
    }

    fn index(&self, text: &str) -> Result<usize, Error> {
        if let Some(labels) = &self.labels {
            return labels.find(text);
        }
        let found = text.parse().ok().filter(|&index| index < self.count);
        found.ok_or_else(|| {
            let context =
                format!("'{text}' is no index below {}, and the network's classes have no names", self.count);
            Error::new(ErrorKind::Labels, context)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Classes;
    use crate::labels::Labels;

    #[test]
    fn classes_meet_by_id_name_synonym_and_index() {
        let classes = Classes::new(Some(&Labels::imagenet()), 1000);
        for text in ["n02007558", "flamingo", "Flamingo", "130"] {
            assert_eq!(classes.find(text), [130], "{text}");
        }
        assert_eq!(classes.find("drake, duck").len(), 0);
        assert_eq!(classes.find("1000").len(), 0);
        assert_eq!(classes.label(130), "n02007558");
        let nameless = Classes::new(None, 10);
        assert_eq!(
            (nameless.find("9"), nameless.find("10"), nameless.find("cat")),
            (vec![9], vec![], vec![])
        );
        assert_eq!(nameless.label(3), "3");
    }

    #[test]
    fn a_table_comes_first_and_may_name_several() {
        let table = "# breeds\ndog,Chihuahua\ndog,152\ndog,n02085620\nsofa,831\nflamingo,\"no, bird\"\n";
        let classes = Classes::new(Some(&Labels::imagenet()), 1000);
        let error = classes.clone().with_text(table).unwrap_err().to_string();
        assert!(error.starts_with("line 6:"), "{error}");
        let classes = classes.with_text(&table.replace("\"no, bird\"", "134")).unwrap();
        assert_eq!(classes.find("dog"), [151, 152]);
        assert_eq!(classes.find("sofa"), [831]);
        assert_eq!(classes.find("flamingo"), [134]);
        let error = Classes::new(None, 10).with_text("a\n").unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("expected"), "{error}");
    }
}
