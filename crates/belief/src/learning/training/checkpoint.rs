use inscape::{Error, ErrorKind};

use super::{Current, Training};
use crate::learning::epoch::Stage;
use crate::learning::state::State;
use crate::network::{Dense, Layer};

impl Training<'_> {
    /// Where it stands now.
    pub fn state(&self) -> State {
        let mut numbers: Vec<Vec<f32>> = Vec::new();
        for layer in &self.layers {
            let down = layer.down.clone().unwrap_or_default();
            numbers.extend([
                layer.up.weights.clone(),
                layer.up.bias.clone(),
                layer.visible_bias.clone(),
                down,
            ]);
        }
        let tops = self.linear.iter().chain(self.tuned.iter().flatten());
        numbers.extend(tops.flat_map(|dense| [dense.weights.clone(), dense.bias.clone()]));
        numbers.extend(match &self.current {
            Current::Layer(learner) => learner.numbers().into_iter().map(<[f32]>::to_vec).collect(),
            Current::Top(tuner) => tuner.numbers().into_iter().map(<[f32]>::to_vec).collect(),
            Current::Nothing => Vec::new(),
        });
        State { log: self.log.clone(), numbers }
    }

    /// Goes to where a state stood.
    pub(super) fn restore(&mut self, state: State) -> Result<(), Error> {
        let wrong = || Error::new(ErrorKind::File, "the checkpoint is not one of this training");
        let State { log, numbers } = state;
        let mut numbers = numbers.into_iter();
        let mut widths = vec![self.feed.width()];
        widths.extend(&self.recipe.layers);
        let done: Vec<Stage> = self.stages.iter().take(log.stage).map(|planned| planned.stage).collect();
        if log.stage > self.stages.len() {
            return Err(wrong());
        }
        let dense = |inputs: usize, outputs: usize, numbers: &mut std::vec::IntoIter<Vec<f32>>| {
            let (weights, bias) = (numbers.next()?, numbers.next()?);
            let fits = weights.len() == inputs * outputs && bias.len() == outputs;
            fits.then_some(Dense { inputs, outputs, weights, bias })
        };
        for stage in done {
            match stage {
                Stage::Layer(number) => {
                    let (inputs, outputs) = (widths[number - 1], widths[number]);
                    let up = dense(inputs, outputs, &mut numbers).ok_or_else(wrong)?;
                    let visible_bias = numbers.next().filter(|b| b.len() == inputs).ok_or_else(wrong)?;
                    let down = numbers.next().ok_or_else(wrong)?;
                    if !down.is_empty() && down.len() != inputs * outputs {
                        return Err(wrong());
                    }
                    self.feed.stack(&up);
                    self.layers.push(Layer { up, visible_bias, down: Some(down).filter(|d| !d.is_empty()) });
                }
                Stage::Linear => {
                    let inputs = widths[widths.len() - 1];
                    self.linear = Some(dense(inputs, self.classes, &mut numbers).ok_or_else(wrong)?);
                }
                Stage::Tuning => {
                    let mut sizes = widths.clone();
                    sizes.push(self.classes);
                    let layers = sizes.windows(2).map(|pair| dense(pair[0], pair[1], &mut numbers));
                    self.tuned = Some(layers.collect::<Option<Vec<_>>>().ok_or_else(wrong)?);
                }
            }
        }
        self.log = log;
        self.begin()?;
        let rest: Vec<Vec<f32>> = numbers.collect();
        let restored = match &mut self.current {
            Current::Layer(learner) => learner.restore(&rest),
            Current::Top(tuner) => tuner.restore(&rest),
            Current::Nothing => rest.is_empty().then_some(()),
        };
        restored.ok_or_else(wrong)
    }
}
