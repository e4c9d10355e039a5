use inscape_engine::{Activations, ValueId};
use inscape_tensor::Tensor;

use super::{Head, Input, Model, Wanted};
use crate::error::{Error, ErrorKind};
use crate::labels::Labels;

/// A class and what a network thinks of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Class {
    /// Its index.
    pub index: usize,
    /// Its name, where names are known.
    pub name: Option<String>,
    /// Its score S_c, before any softmax.
    pub score: f32,
    /// Its probability P_c.
    pub probability: f64,
}

impl Model {
    /// All classes, the highest score first; of equal scores the lower index.
    ///
    /// P_c = exp S_c / Σ exp S_k; 1 / (1 + exp(−S_c)) for a network that ends in a sigmoid. A network of a single logit s
    /// has the two classes 0 and 1 with scores −s and s and P_1 = 1 / (1 + exp(−s)).
    ///
    /// # Errors
    /// Where the input's shape does not fit, the network is not supported, nothing says where its scores are, or they are
    /// not finite.
    pub fn classify(&self, input: &Input) -> Result<Vec<Class>, Error> {
        let raw = self.raw_scores(input.tensor())?;
        self.classes(&raw)
    }

    /// The class scores S_c in index order, before any softmax.
    ///
    /// # Errors
    /// As [`Model::classify`].
    pub fn scores(&self, input: &Input) -> Result<Vec<f32>, Error> {
        Ok(Head::classes(&self.raw_scores(input.tensor())?))
    }

    /// How many classes there are.
    ///
    /// # Errors
    /// As [`Model::classify`].
    pub fn class_count(&self) -> Result<usize, Error> {
        let head = self.head()?;
        let count = match head.declared_classes(self.graph()) {
            Some(count) => count,
            None => self.shape(head.scores)?.iter().product(),
        };
        Ok(count.max(2))
    }

    /// The names of the classes, where any are known.
    ///
    /// # Errors
    /// Where the card's list cannot be read or has another count than the scores.
    pub fn labels(&self) -> Result<Option<&Labels>, Error> {
        if let Some(labels) = self.0.labels.get() {
            return Ok(labels.as_ref());
        }
        let labels = self.card().labels(self.class_count()?)?;
        Ok(self.0.labels.get_or_init(|| labels).as_ref())
    }

    /// The name of a class, where it is known.
    pub fn class_name(&self, index: usize) -> Option<String> {
        let labels = self.labels().ok().flatten()?;
        labels.name(index).map(str::to_owned)
    }

    pub(crate) fn classes(&self, raw: &[f32]) -> Result<Vec<Class>, Error> {
        let labels = self.labels()?;
        let probabilities = self.head()?.probabilities(raw);
        let rows = Head::classes(raw).into_iter().zip(probabilities).enumerate();
        let mut classes: Vec<Class> = rows
            .map(|(index, (score, probability))| {
                let name = labels.and_then(|labels| labels.name(index)).map(str::to_owned);
                Class { index, name, score, probability }
            })
            .collect();
        classes.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
        Ok(classes)
    }

    /// The probabilities of all classes at each input of (n, C, H, W), in index order.
    pub(crate) fn probabilities(&self, inputs: &Tensor) -> Result<Vec<Vec<f64>>, Error> {
        let head = self.head()?;
        let rows = self.rows(inputs, head.scores)?;
        Ok(rows.iter().map(|raw| head.probabilities(raw)).collect())
    }

    /// A number that is none, or infinite, would make every probability meaningless.
    pub(crate) fn finite(scores: &[f32]) -> Result<(), Error> {
        match scores.iter().position(|score| !score.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Error::new(
                ErrorKind::Model,
                format!(
                    "the network's scores are not finite (score {at} is {}): its numbers overflow on this input, or the input \
                     or a weight is no number",
                    scores[at]
                ),
            )),
        }
    }

    fn raw_scores(&self, input: &Tensor) -> Result<Vec<f32>, Error> {
        let scores = self.head()?.scores;
        let wanted = Wanted::forward(&self.fed_shape(input)?, &[scores]);
        self.run(&wanted, input, |activations| self.raw(activations, scores))
    }

    /// The numbers of one input's class vector.
    pub(crate) fn raw(&self, activations: &Activations<'_>, scores: ValueId) -> Result<Vec<f32>, Error> {
        let raw = Head::vector(&activations.value(scores)?, self.graph().name(scores))?;
        Model::finite(raw)?;
        Ok(raw.to_vec())
    }
}
