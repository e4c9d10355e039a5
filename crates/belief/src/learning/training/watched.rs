use super::{Current, Training};
use crate::learning::epoch::Stage;
use crate::learning::feed::Feed;

/// Examples by which overfitting is watched, from either side.
const WATCHED: usize = 2_000;

impl Training<'_> {
    /// Mean cost of validation examples less that of as many training examples, the same ones in every epoch.
    pub(super) fn gap(&mut self) -> Option<f64> {
        let watched = self.validation.min(self.count).min(WATCHED);
        if watched == 0 {
            return None;
        }
        let (first, rows) = (self.count as u32, self.recipe.batch);
        let Current::Layer(learner) = &mut self.current else { return None };
        let mut mean = |from: u32| {
            let indices: Vec<u32> = (from..from + watched as u32).collect();
            let mut sum = 0.0;
            for indices in indices.chunks(rows) {
                self.feed.read(indices, learner.input());
                sum += learner.cost(indices.len())[0];
            }
            sum / watched as f64
        };
        Some(mean(first) - mean(0))
    }

    /// Part of the test examples (or of the validation examples) that are classified wrongly.
    pub(super) fn test_error(&mut self) -> Option<f64> {
        let Current::Top(tuner) = &mut self.current else { return None };
        let rows = self.recipe.batch;
        let mut other = self.test.map(|test| {
            let mut feed = Feed::new(test, &self.survey, rows, &self.pool);
            if self.stages.get(self.log.stage).is_some_and(|planned| planned.stage == Stage::Linear) {
                self.layers.iter().for_each(|layer| feed.stack(&layer.up));
            }
            (feed, 0, test.count())
        });
        let (feed, from, until) = match &mut other {
            Some((feed, from, until)) => (feed, *from, *until),
            None => (&mut self.feed, self.count, self.count + self.validation),
        };
        let indices: Vec<u32> = (from as u32..until as u32).collect();
        let mut wrong = 0;
        for indices in indices.chunks(rows) {
            feed.read(indices, tuner.input());
            let labels: Vec<u8> = indices.iter().map(|&i| feed.label(i).unwrap_or_default()).collect();
            wrong += tuner.judge(&labels).wrong;
        }
        (!indices.is_empty()).then(|| wrong as f64 / indices.len() as f64)
    }
}
