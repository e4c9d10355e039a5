use bytes::Bytes;
use inscape_engine::Graph;

use crate::{Error, ErrorKind, OpenFile};

/// A model file, read.
pub struct Opened {
    /// Its network.
    pub graph: Graph,
    /// What it says about itself.
    pub facts: Facts,
    /// The whole content of the model file, shared with the graph's constants.
    pub bytes: Bytes,
    /// The files that stay mapped: the model first, then those of its external data; none for a stream.
    pub files: Vec<OpenFile>,
}

/// What a model file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The format's name in [`FORMATS`](crate::FORMATS).
    pub format: &'static str,
    /// The program that wrote it, with its version; may be empty.
    pub producer: String,
    /// The version of the format.
    pub ir: i64,
    /// The version of the default operator set.
    pub opset: i64,
}

impl Opened {
    /// Checks that no mapped file has changed its size since it was opened: its weights are read in place.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`] with the file's name.
    pub fn unchanged(&self) -> Result<(), Error> {
        match self.files.iter().find(|open| !open.file.unchanged()) {
            None => Ok(()),
            Some(open) => {
                let context = format!(
                    "{}: the file has changed since it was opened; open it again",
                    open.path.display()
                );
                Err(Error::new(ErrorKind::Unreadable, context))
            }
        }
    }
}
