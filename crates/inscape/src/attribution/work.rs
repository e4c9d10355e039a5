use std::collections::HashMap;

use inscape_engine::{Activations, RULES, ValueId};
use inscape_tensor::Tensor;

use super::batches::batches;
use super::map::Subject;
use super::method::Reads;
use super::{Attribution, Method, Setting, Settings};
use crate::error::{Error, ErrorKind};
use crate::model::{Gradients, Input, Model, Wanted};
use crate::preprocessing::Window;
use crate::target::{Objective, Position, Settled, Target, Term};
use crate::watch::Watch;

/// One method at work on one target of one input.
pub(super) struct Work<'w, 'm> {
    pub(super) model: &'w Model,
    pub(super) input: &'w Input,
    pub(super) settings: &'w Settings,
    watch: &'w Watch<'w>,
    /// Steps of the whole work done before, and all of them.
    steps: [usize; 2],
    /// The target's number at the input.
    pub(super) score: f64,
    settled: &'w Settled,
    /// The values the target reads.
    pub(super) values: &'w [ValueId],
    /// What the shared pass gives the relevance of, in order.
    wrt: &'w [ValueId],
    activations: &'w mut Activations<'m>,
    /// What rules gave for this target so far.
    found: &'w mut HashMap<&'static str, Vec<Tensor>>,
}

/// What a method gives.
pub(super) struct Map {
    pub(super) map: Tensor,
    /// `None` for the input.
    pub(super) value: Option<String>,
    pub(super) window: Option<Window>,
    pub(super) settings: Vec<(&'static str, Setting)>,
    pub(super) measures: Vec<(&'static str, f64)>,
    pub(super) warnings: Vec<String>,
}

impl Map {
    /// A map of the input's own cells.
    pub(super) fn of_input(work: &Work<'_, '_>, map: Tensor) -> Map {
        Map {
            map,
            value: None,
            window: work.input.window(),
            settings: Vec::new(),
            measures: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Work<'_, '_> {
    /// Relevance of the input under a rule of [`RULES`], without the batch axis: (C, H, W).
    pub(super) fn relevance(&mut self, rule: &'static str) -> Result<Tensor, Error> {
        let relevance = self.passed(rule, self.model.input())?;
        Ok(unbatched(self.model.as_given(relevance)))
    }

    /// The gradient of a value inside, and the value's own numbers.
    pub(super) fn inner(&mut self, value: ValueId) -> Result<(Tensor, Tensor), Error> {
        let gradient = self.passed("gradient", value)?;
        let activation = Tensor::new(gradient.shape(), self.activations.value(value)?.f32s().to_vec());
        Ok((gradient, activation))
    }

    /// The target and its gradient at each of `n` inputs, made one by one and run in batches; `each` gets them in order.
    pub(super) fn gradients(
        &self,
        n: usize,
        mut make: impl FnMut(usize, &mut [f32]),
        mut each: impl FnMut(f64, &[f32]),
    ) -> Result<(), Error> {
        let mut shape = self.input.tensor().shape().to_vec();
        let len = self.input.tensor().values().len();
        let (size, ranges) = batches(n);
        shape[0] = size;
        let mut inputs = Tensor::zeros(shape);
        let [before, total] = self.steps;
        for range in ranges {
            for (i, cells) in range.clone().zip(inputs.values_mut().chunks_mut(len)) {
                make(i, cells);
            }
            let found = self.gradients_at(&inputs)?;
            for (&score, gradient) in
                found.scores.iter().zip(found.gradients.values().chunks(len)).take(range.len())
            {
                each(score, gradient);
            }
            self.watch.step(before + range.end, total)?;
        }
        Ok(())
    }

    /// The target and its gradient at every input of a batch.
    pub(super) fn gradients_at(&self, inputs: &Tensor) -> Result<Gradients, Error> {
        self.model.gradients(inputs, self.values, self.settled)
    }

    /// The target's number at another input.
    pub(super) fn value_at(&self, input: &Tensor) -> Result<f64, Error> {
        let wanted = Wanted::forward(&self.model.fed_shape(input)?, self.values);
        self.model.run(&wanted, input, |activations| {
            let activations = &*activations;
            Ok(self.settled.scores(1, |value| Ok(activations.value(value)?))?.swap_remove(0))
        })
    }

    fn passed(&mut self, rule: &'static str, value: ValueId) -> Result<Tensor, Error> {
        if !self.found.contains_key(rule) {
            let row = RULES.iter().find(|row| row.name == rule);
            let row =
                row.ok_or_else(|| Error::new(ErrorKind::Setting, format!("there is no rule '{rule}'")))?;
            let relevance = self.model.relevance(self.activations, row.rule, self.settled, 1)?;
            self.found.insert(rule, relevance);
        }
        let at = self.wrt.iter().position(|&wrt| wrt == value);
        let relevance = at.and_then(|at| self.found.get(rule)?.get(at)).cloned();
        relevance.ok_or_else(|| {
            let name = self.model.graph().name(value);
            Error::new(ErrorKind::Target, format!("relevance of '{name}' was not asked for"))
        })
    }
}

impl Model {
    /// How much each cell of an input counts for a target, by a method with its usual settings.
    ///
    /// # Errors
    /// As [`Model::attribute_many`]; [`ErrorKind::Target`] for a target that stands for several classes.
    pub fn attribute(
        &self,
        input: &Input,
        method: Method,
        target: impl Into<Target>,
    ) -> Result<Attribution, Error> {
        self.attribute_with(input, method, target, &Settings::default(), &Watch::default())
    }

    /// As [`Model::attribute`], with settings, progress and a way to stop.
    ///
    /// # Errors
    /// As [`Model::attribute`].
    pub fn attribute_with(
        &self,
        input: &Input,
        method: Method,
        target: impl Into<Target>,
        settings: &Settings,
        watch: &Watch<'_>,
    ) -> Result<Attribution, Error> {
        let target = target.into();
        let mut maps =
            self.attribute_many(input, &[method], std::slice::from_ref(&target), settings, watch)?;
        match (maps.pop(), maps.is_empty()) {
            (Some(map), true) => Ok(map),
            _ => {
                let context = format!("'{target}' stands for several classes; ask for several maps");
                Err(Error::new(ErrorKind::Target, context))
            }
        }
    }

    /// The maps of several targets by several methods, all from one forward pass: target by target in the order given
    /// (`top5` is five targets, the highest score first), and for each the methods in the order given.
    ///
    /// # Errors
    /// Where a setting is out of range, a target names what is not there, the network is not supported or needs more
    /// memory than allowed, or the watch says to stop.
    pub fn attribute_many(
        &self,
        input: &Input,
        methods: &[Method],
        targets: &[Target],
        settings: &Settings,
        watch: &Watch<'_>,
    ) -> Result<Vec<Attribution>, Error> {
        settings.check()?;
        self.hash_beside();
        let ground = self.ground();
        let mut wanted = Wanted::forward(&self.fed_shape(input.tensor())?, &[]);
        let add = |list: &mut Vec<ValueId>, value: ValueId| {
            if !list.contains(&value) {
                list.push(value);
            }
        };
        let read = targets.iter().map(|target| match target.objective() {
            Some(objective) => ground.values(&objective),
            None => Ok(vec![self.head()?.scores]),
        });
        let read = read.collect::<Result<Vec<_>, Error>>()?;
        read.iter().flatten().for_each(|&value| add(&mut wanted.values, value));
        let seeds = wanted.values.clone();
        for method in methods {
            match method.reads {
                Reads::Input => add(&mut wanted.wrt, self.input()),
                Reads::Inner(of) => {
                    for values in &read {
                        let value = of(self, settings, values)?;
                        add(&mut wanted.wrt, value);
                        add(&mut wanted.values, value);
                    }
                }
                Reads::Own => {}
            }
        }
        if !wanted.wrt.is_empty() {
            wanted.seeds = seeds;
        }
        self.run(&wanted, input.tensor(), |activations| {
            let mut maps = Vec::new();
            let objectives = self.objectives(activations, targets)?;
            let passes: usize = methods.iter().map(|method| method.passes(settings)).sum();
            let (mut done, total) = (0, objectives.len() * passes);
            watch.step(done, total)?;
            for objective in objectives {
                let (settled, score) = {
                    let activations = &*activations;
                    let read = |value| Ok(activations.value(value)?);
                    let settled = Settled::new(&objective, &ground, Position::Max, read)?;
                    let score = settled.finite_score(&objective, read)?;
                    (settled, score)
                };
                let subject = self.subject(objective, settled.position.clone());
                let values = ground.values(&subject.objective)?;
                let mut found = HashMap::new();
                for &method in methods {
                    let (model, wrt) = (self, &wanted.wrt[..]);
                    let (settled, values, found) = (&settled, &values[..], &mut found);
                    let mut work = Work {
                        model,
                        input,
                        settings,
                        watch,
                        steps: [done, total],
                        score,
                        settled,
                        values,
                        wrt,
                        activations,
                        found,
                    };
                    let made = (method.run)(&mut work)?;
                    maps.push(self.attribution(made, method, subject.clone(), score));
                    done += method.passes(settings);
                    watch.step(done, total)?;
                }
            }
            Ok(maps)
        })
    }

    /// The objectives of targets on one input; `top5` becomes five.
    pub(super) fn objectives(
        &self,
        activations: &Activations<'_>,
        targets: &[Target],
    ) -> Result<Vec<Objective>, Error> {
        let mut objectives = Vec::new();
        for target in targets {
            match target {
                Target::Top(n) => {
                    let raw = self.raw(activations, self.head()?.scores)?;
                    let best = self.classes(&raw)?.into_iter().take(*n);
                    objectives.extend(best.map(|class| Objective::from(Term::Class(class.index))));
                }
                other => objectives.extend(other.objective()),
            }
        }
        Ok(objectives)
    }

    pub(super) fn subject(&self, objective: Objective, position: Option<Vec<usize>>) -> Subject {
        let mut subject = Subject { objective, index: None, name: None, value: None, position };
        if let [(1.0, term)] = &subject.objective.terms[..] {
            subject.index = term.index();
            subject.value = term.value().map(str::to_owned);
            if let (Term::Class(class) | Term::Posterior(class), Some(_)) = (term, subject.index) {
                subject.name = self.class_name(*class);
            }
        }
        subject
    }

    fn attribution(&self, made: Map, method: Method, target: Subject, score: f64) -> Attribution {
        let mut warnings = made.warnings;
        if made.map.values().iter().any(|value| !value.is_finite()) {
            let objective = &target.objective;
            warnings.push(format!(
                "the {method} map of '{objective}' holds numbers that are not finite: the network overflows on this input"
            ));
        } else if made.map.values().iter().all(|&value| value == 0.0) {
            let objective = &target.objective;
            warnings.push(format!(
                "the {method} map of '{objective}' is zero everywhere: the target does not change with small changes here"
            ));
        }
        Attribution {
            map: made.map,
            method,
            target,
            settings: made.settings,
            measures: made.measures,
            value: made.value.unwrap_or_else(|| self.graph().name(self.input()).to_owned()),
            window: made.window,
            score,
            model: self.sha256().to_owned(),
            warnings,
        }
    }
}

/// Without the batch axis.
fn unbatched(tensor: Tensor) -> Tensor {
    match tensor.shape() {
        [1, rest @ ..] => {
            let rest = rest.to_vec();
            tensor.reshaped(rest)
        }
        _ => tensor,
    }
}
