use inscape_engine::{RULES, ValueId};
use inscape_tensor::Tensor;

use super::map::Subject;
use crate::error::{Error, ErrorKind};
use crate::model::{Input, Model, Wanted};
use crate::target::{Position, Settled, Target};

/// A target as it was settled at one input, to be asked of others.
pub(crate) struct Goal {
    pub(crate) subject: Subject,
    /// The target's number at that input.
    pub(crate) score: f64,
    settled: Settled,
    /// The values it reads.
    values: Vec<ValueId>,
}

impl Model {
    /// Settles targets at an input; `top5` becomes five.
    pub(crate) fn goals(&self, input: &Input, targets: &[Target]) -> Result<Vec<Goal>, Error> {
        let ground = self.ground();
        let mut read = Vec::new();
        for target in targets {
            read.extend(match target.objective() {
                Some(objective) => ground.values(&objective)?,
                None => vec![self.head()?.scores],
            });
        }
        let wanted = Wanted::forward(&self.fed_shape(input.tensor())?, &once(read));
        self.run(&wanted, input.tensor(), |activations| {
            let activations = &*activations;
            let objectives = self.objectives(activations, targets)?;
            let goals = objectives.into_iter().map(|objective| {
                let read = |value| Ok(activations.value(value)?);
                let settled = Settled::new(&objective, &ground, Position::Max, read)?;
                let score = settled.finite_score(&objective, read)?;
                let values = ground.values(&objective)?;
                Ok(Goal {
                    subject: self.subject(objective, settled.position.clone()),
                    score,
                    settled,
                    values,
                })
            });
            goals.collect()
        })
    }

    /// The input's relevance for every goal at every input of (n, C, H, W), by a rule of [`RULES`]; all goals share the forward pass.
    /// `each` gets the number of the goal, that of the input, and (C, H, W) numbers.
    pub(crate) fn relevances(
        &self,
        inputs: &Tensor,
        goals: &[Goal],
        rule: &str,
        mut each: impl FnMut(usize, usize, &[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let row = RULES.iter().find(|row| row.name == rule);
        let row = row.ok_or_else(|| Error::new(ErrorKind::Setting, format!("there is no rule '{rule}'")))?;
        let values = once(goals.iter().flat_map(|goal| goal.values.iter().copied()));
        let n = inputs.shape().first().copied().unwrap_or(1).max(1);
        let together = n == 1 || self.batches(&self.backward_to_input(inputs, &values)?)?;
        let size = inputs.values().len() / n;
        let step = if together { n } else { 1 };
        let mut shape = inputs.shape().to_vec();
        shape[0] = step;
        for (run, part) in inputs.values().chunks(size * step).enumerate() {
            let part = Tensor::new(shape.clone(), part.to_vec());
            let wanted = self.backward_to_input(&part, &values)?;
            self.run(&wanted, &part, |activations| {
                for (g, goal) in goals.iter().enumerate() {
                    let relevance =
                        self.relevance(activations, row.rule, &goal.settled, step)?.swap_remove(0);
                    let relevance = self.as_given(relevance);
                    for (i, one) in relevance.values().chunks(size).enumerate() {
                        each(g, run * step + i, one)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Each value once, in the order given.
fn once(values: impl IntoIterator<Item = ValueId>) -> Vec<ValueId> {
    let mut known = Vec::new();
    for value in values {
        if !known.contains(&value) {
            known.push(value);
        }
    }
    known
}
