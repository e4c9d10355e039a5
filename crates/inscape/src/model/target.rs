use super::Model;
use crate::error::{Error, ErrorKind};
use crate::target::{Ground, Objective, Target, Vocabulary, parse};

impl Model {
    /// Reads a target: `top1`, a class index or name, or an objective such as `class:1 - 0.5*class:2`,
    /// `unit:VALUE:CHANNEL@Y,X`, `channel:VALUE:CHANNEL`, `layer:VALUE`, `direction:VALUE:FILE.npy`.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] with a mark under the mistake, and the nearest names for a value that does not exist.
    pub fn target(&self, text: &str) -> Result<Target, Error> {
        let class = |name: &str| match self.labels()? {
            Some(labels) => labels.find(name),
            None => {
                let context =
                    format!("the model has no class names, so '{name}' means nothing; give an index");
                Err(Error::new(ErrorKind::Target, context))
            }
        };
        let array = |path: &str| crate::npy::read(std::path::Path::new(path));
        parse(text, &Vocabulary { graph: self.graph(), class: &class, array: &array })
    }

    /// Reads an objective: as [`Model::target`], without `top1` and its like, which need a picture.
    ///
    /// # Errors
    /// As [`Model::target`].
    pub fn objective(&self, text: &str) -> Result<Objective, Error> {
        self.target(text)?.objective().ok_or_else(|| {
            let context = format!("'{text}' depends on a picture; name a class or another objective");
            Error::new(ErrorKind::Target, context)
        })
    }

    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground { graph: self.graph(), head: self.head().ok() }
    }
}
