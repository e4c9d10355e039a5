use serde::Serialize;
use serde_json::{Map, Value};

/// A result's JSON: what was made, of what, by which settings — enough to make it again. Holds file names and hashes,
/// never folders.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// `inscape.KIND/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The command.
    pub command: String,
    /// All settings with their values.
    pub settings: Map<String, Value>,
    /// What random numbers start from.
    pub seed: u64,
    /// The set of kernels that computed it.
    pub kernels: String,
    /// The model.
    pub model: FileMark,
    /// The picture, of a result that is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<InputMark>,
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Its author and year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What is explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetMark>,
    /// The target's value at the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What the kind of result adds.
    #[serde(flatten)]
    pub more: Map<String, Value>,
    /// The files beside this one.
    pub files: Vec<String>,
    /// What could mislead, in sentences.
    pub warnings: Vec<String>,
}

/// A file by name and content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileMark {
    /// The file's name without its folder.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A picture by name, content and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputMark {
    /// The file's name without its folder.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
}

/// What a result explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetMark {
    /// As it was asked for.
    pub text: String,
    /// `class`, `posterior`, `unit` …
    pub kind: String,
    /// Index of the class or channel.
    pub index: Option<usize>,
    /// The class's name.
    pub name: Option<String>,
    /// The value in the graph.
    pub value: Option<String>,
    /// The unit's position in that value.
    pub position: Option<Vec<usize>>,
}

impl Record {
    /// As text, two spaces deep, with a line end.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
