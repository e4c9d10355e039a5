use super::{Graph, ValueId};
use crate::error::{Error, ErrorKind};

impl Graph {
    /// The value of a name.
    ///
    /// A value's own name wins; a node's name means its first output. A leading `/` and a trailing `_output_0`, which
    /// exporters add, may be left out where that stays unique.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] with the nearest names.
    pub fn find(&self, name: &str) -> Result<ValueId, Error> {
        if let Some(&value) = self.by_name.get(name) {
            return Ok(value);
        }
        let nodes: Vec<ValueId> =
            self.nodes.iter().filter(|node| node.name == name).filter_map(|node| node.outputs[0]).collect();
        if let [value] = nodes[..] {
            return Ok(value);
        }
        let short = shortened(name);
        let mut matches: Vec<ValueId> =
            self.values().filter(|(_, full)| shortened(full) == short).map(|(value, _)| value).collect();
        if matches.is_empty() {
            matches = self
                .nodes
                .iter()
                .filter(|node| !node.name.is_empty() && shortened(&node.name) == short)
                .filter_map(|node| node.outputs[0])
                .collect();
        }
        match matches[..] {
            [value] => Ok(value),
            [] => Err(self.not_found(name)),
            _ => {
                let names: Vec<&str> = matches.iter().map(|&value| self.name(value)).collect();
                let context = format!("'{name}' may mean any of {}", names.join(", "));
                Err(Error::new(ErrorKind::NotFound, context))
            }
        }
    }

    fn not_found(&self, name: &str) -> Error {
        let activations = self.values().filter(|(value, _)| self.producer(*value).is_some());
        let mut ranked: Vec<(usize, &str)> =
            activations.map(|(_, full)| (edit_distance(&shortened(name), &shortened(full)), full)).collect();
        ranked.sort_by_key(|&(distance, _)| distance);
        let nearest: Vec<&str> = ranked.iter().take(4).map(|&(_, full)| full).collect();
        let hint = match nearest[..] {
            [] => "the graph computes no values".to_owned(),
            _ => format!("nearest: {}", nearest.join(", ")),
        };
        Error::new(ErrorKind::NotFound, format!("no value or node is called '{name}'; {hint}"))
    }
}

fn shortened(name: &str) -> String {
    let name = name.strip_prefix('/').unwrap_or(name);
    name.strip_suffix("_output_0").unwrap_or(name).to_lowercase()
}

/// Levenshtein distance, on at most the first 200 characters of each.
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(200).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(200).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
