use inscape_engine::{Gradient, ValueId};
use inscape_tensor::Tensor;

use super::map::Subject;
use crate::error::{Error, ErrorKind};
use crate::model::{Input, Model, Wanted};
use crate::target::{Position, Settled, Target};

/// One target at one input: its number, its gradient, and its number at any other input.
pub(crate) struct Aim {
    pub(crate) subject: Subject,
    pub(crate) score: f64,
    /// Of the input's shape.
    pub(crate) gradient: Tensor,
    settled: Settled,
    values: Vec<ValueId>,
}

impl Model {
    pub(crate) fn aim(&self, input: &Input, target: impl Into<Target>) -> Result<Aim, Error> {
        let target = target.into();
        let ground = self.ground();
        let seen = match target.objective() {
            Some(objective) => ground.values(&objective)?,
            None => vec![self.head()?.scores],
        };
        let wanted = self.backward_to_input(input.tensor(), &seen)?;
        self.run(&wanted, input.tensor(), |activations| {
            let mut objectives = self.objectives(activations, std::slice::from_ref(&target))?;
            let (Some(objective), true) = (objectives.pop(), objectives.is_empty()) else {
                let context = format!("'{target}' stands for several classes; name one");
                return Err(Error::new(ErrorKind::Target, context));
            };
            let (settled, score) = {
                let activations = &*activations;
                let read = |value| Ok(activations.value(value)?);
                let settled = Settled::new(&objective, &ground, Position::Max, read)?;
                let score = settled.finite_score(&objective, read)?;
                (settled, score)
            };
            let gradient = self.relevance(activations, &Gradient, &settled, 1)?.swap_remove(0);
            let subject = self.subject(objective, settled.position.clone());
            Ok(Aim { subject, score, gradient: self.as_given(gradient), settled, values: seen })
        })
    }
}

impl Aim {
    /// The target's number at another input.
    pub(crate) fn value_at(&self, model: &Model, input: &Tensor) -> Result<f64, Error> {
        let wanted = Wanted::forward(&model.fed_shape(input)?, &self.values);
        model.run(&wanted, input, |activations| {
            let activations = &*activations;
            Ok(self.settled.scores(1, |value| Ok(activations.value(value)?))?.swap_remove(0))
        })
    }
}
