use inscape_engine::{Activations, Gradient, RedirectedRelu, Rule, Seed, ValueId};
use inscape_tensor::{Tensor, View};

use super::diversity::Diversity;
use crate::error::{Error, ErrorKind};
use crate::model::{Head, Model};
use crate::target::{Objective, Position, Settled, Term, one_of};

/// The objectives of the images of a batch, one each, as functions of the network's input.
pub(super) struct Landscape<'m> {
    model: &'m Model,
    objectives: Vec<Objective>,
    /// Positions are fixed on the first inputs.
    settled: Vec<Settled>,
    values: Vec<ValueId>,
    /// How much the strongest other classes count against a class.
    rivals: f64,
    diversity: Option<Diversity>,
}

/// Other classes that count.
const RIVALS: usize = 10;

/// Objectives and their slopes at the inputs of a batch.
pub(super) struct Slopes {
    pub(super) scores: Vec<f64>,
    /// Where the objective is one of a class: its score and its probability.
    pub(super) classes: Vec<Option<[f64; 2]>>,
    /// (n, C, H, W)
    pub(super) gradients: Tensor,
    /// Images whose gradient was 0 everywhere, and which were given the redirected one.
    pub(super) dead: Vec<bool>,
}

impl<'m> Landscape<'m> {
    pub(super) fn new(
        model: &'m Model,
        objectives: &[Objective],
        rivals: f64,
        diversity: Option<Diversity>,
    ) -> Result<Landscape<'m>, Error> {
        let mut values = Vec::new();
        for objective in objectives {
            for value in model.ground().values(objective)? {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        values.extend(diversity.as_ref().map(|d| d.value).filter(|value| !values.contains(value)));
        Ok(Landscape {
            model,
            objectives: objectives.to_vec(),
            settled: Vec::new(),
            values,
            rivals,
            diversity,
        })
    }

    /// Objectives and slopes at (n, C, H, W): as one batch where the network allows it.
    pub(super) fn at(&mut self, inputs: &Tensor, rule: &dyn Rule) -> Result<Slopes, Error> {
        let n = self.objectives.len();
        if n == 1 || self.model.batches(&self.model.backward_to_input(inputs, &self.values)?)? {
            return self.run(inputs, 0..n, rule);
        }
        if self.diversity.is_some() {
            let context = "images are kept apart within a batch, and this network runs one picture at a time";
            return Err(Error::new(ErrorKind::Setting, context));
        }
        let mut shape = inputs.shape().to_vec();
        shape[0] = 1;
        let len = inputs.values().len() / n;
        let mut all = Slopes {
            scores: Vec::new(),
            classes: Vec::new(),
            gradients: Tensor::zeros(inputs.shape()),
            dead: Vec::new(),
        };
        for i in 0..n {
            let one = Tensor::new(shape.clone(), inputs.values()[i * len..][..len].to_vec());
            let found = self.run(&one, i..i + 1, rule)?;
            all.scores.extend(found.scores);
            all.classes.extend(found.classes);
            all.dead.extend(found.dead);
            all.gradients.values_mut()[i * len..][..len].copy_from_slice(found.gradients.values());
        }
        Ok(all)
    }

    fn run(
        &mut self,
        inputs: &Tensor,
        items: std::ops::Range<usize>,
        rule: &dyn Rule,
    ) -> Result<Slopes, Error> {
        let model = self.model;
        let wanted = model.backward_to_input(inputs, &self.values)?;
        model.run(&wanted, inputs, |activations| {
            self.settle(activations, items.clone())?;
            let settled = &self.settled[items.clone()];
            let n = items.len();
            let seeds = {
                let read = |value: ValueId| Ok(activations.value(value)?);
                let mut seeds: Vec<Seed> = Vec::new();
                for (i, settled) in settled.iter().enumerate() {
                    settled.plant(i, n, &read, &mut seeds)?;
                    self.plant_rivals(&self.objectives[items.start + i], i, n, &read, &mut seeds)?;
                }
                seeds
            };
            let read = |value: ValueId| Ok(activations.value(value)?);
            let scores = settled
                .iter()
                .enumerate()
                .map(|(i, settled)| settled.score(i, n, &read))
                .collect::<Result<_, _>>()?;
            let classes = items.clone().map(|i| self.class(i, i - items.start, n, activations)).collect();
            let mut gradients = activations.backward(rule, &seeds)?.swap_remove(0);
            let len = gradients.values().len() / n;
            let is_dead = |gradient: &[f32]| gradient.iter().all(|&g| g == 0.0);
            let dead: Vec<bool> = gradients.values().chunks(len).map(is_dead).collect();
            if dead.contains(&true) {
                let redirected = activations.backward(&RedirectedRelu, &seeds)?.swap_remove(0);
                let pairs = gradients.values_mut().chunks_mut(len).zip(redirected.values().chunks(len));
                for ((gradient, redirected), _) in pairs.zip(&dead).filter(|(_, dead)| **dead) {
                    gradient.copy_from_slice(redirected);
                }
            }
            if let Some(diversity) = self.diversity.as_ref().filter(|_| n > 1) {
                let seed = diversity.seed(&activations.value(diversity.value)?, n)?;
                let apart = activations.backward(&Gradient, &[seed])?.swap_remove(0);
                diversity.blend(&mut gradients, &apart, n);
            }
            Ok(Slopes { scores, classes, gradients: model.as_given(gradients), dead })
        })
    }

    /// Fixes the objectives' positions on the first inputs they meet.
    fn settle(&mut self, activations: &Activations<'_>, items: std::ops::Range<usize>) -> Result<(), Error> {
        let n = items.len();
        let ground = self.model.ground();
        for i in self.settled.len()..items.end {
            // each item is shown alone: a batch axis of one, its own numbers
            let shapes: Vec<(ValueId, Vec<usize>)> = self
                .values
                .iter()
                .map(|&value| {
                    let mut shape = activations.value(value)?.shape.to_vec();
                    if n > 1 && shape.first() == Some(&n) {
                        shape[0] = 1;
                    }
                    Ok((value, shape))
                })
                .collect::<Result<_, Error>>()?;
            let read = |value: ValueId| {
                let view = activations.value(value)?;
                let shape = shapes.iter().find(|(v, _)| *v == value).map_or(view.shape, |(_, shape)| shape);
                let data = inscape_tensor::Slice::F32(one_of(&view, i - items.start, n)?);
                Ok(View { shape, data })
            };
            let settled = Settled::new(&self.objectives[i], &ground, Position::Center, read)?;
            self.settled.push(settled);
        }
        Ok(())
    }

    /// Takes the strongest other classes off the score of a class.
    fn plant_rivals<'v>(
        &self,
        objective: &Objective,
        i: usize,
        n: usize,
        read: &impl Fn(ValueId) -> Result<View<'v>, Error>,
        seeds: &mut [Seed],
    ) -> Result<(), Error> {
        let (&[(factor, Term::Class(class))], true) = (&objective.terms[..], self.rivals > 0.0) else {
            return Ok(());
        };
        let scores = self.model.head()?.scores;
        let raw = one_of(&read(scores)?, i, n)?;
        let mut others: Vec<usize> = (0..raw.len()).filter(|&other| other != class).collect();
        others.sort_by(|&a, &b| raw[b].total_cmp(&raw[a]).then(a.cmp(&b)));
        others.truncate(RIVALS);
        let share = (factor * self.rivals / others.len().max(1) as f64) as f32;
        if let Some(seed) = seeds.iter_mut().find(|seed| seed.value == scores) {
            let relevance = &mut seed.relevance.values_mut()[i * raw.len()..][..raw.len()];
            others.iter().for_each(|&other| relevance[other] -= share);
        }
        Ok(())
    }

    /// The score and probability of the class an objective is about.
    fn class(&self, item: usize, i: usize, n: usize, activations: &Activations<'_>) -> Option<[f64; 2]> {
        let [(_, Term::Class(class) | Term::Posterior(class))] = self.objectives[item].terms[..] else {
            return None;
        };
        let head = self.model.head().ok()?;
        let raw = one_of(&activations.value(head.scores).ok()?, i, n).ok()?;
        let score = f64::from(*Head::classes(raw).get(class)?);
        Some([score, *head.probabilities(raw).get(class)?])
    }

    /// The unit positions that were settled, by image.
    pub(super) fn positions(&self) -> Vec<Option<Vec<usize>>> {
        self.settled.iter().map(|settled| settled.position.clone()).collect()
    }
}
