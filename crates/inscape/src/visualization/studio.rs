use inscape_engine::{Gradient, RedirectedRelu, Rule};
use inscape_tensor::{Pool, Tensor, vectorized};

use super::course::Course;
use super::diversity::Diversity;
use super::landscape::{Landscape, Slopes};
use super::optimizer::Climb;
use super::parametrization::{Canvas, Frame};
use super::recipe::Keep;
use super::regularizer::Ground;
use super::render::{CurvePoint, Rendered, Rendering};
use super::space::Feed;
use super::state::State;
use super::transform::QUAD;
use super::views::Views;
use super::{Optimizer, Parametrization, Regularizer, Transform};
use crate::card::Channels;
use crate::error::{Error, ErrorKind};
use crate::model::Model;
use crate::random::Deviates;
use crate::target::Objective;

/// An ascent under way: the images of a batch and all that moves them.
pub(super) struct Studio<'a> {
    model: &'a Model,
    objectives: &'a [Objective],
    regularizers: &'a [Regularizer],
    optimizer: &'a Optimizer,
    course: &'a Course<'a>,
    frame: Frame,
    feed: Feed,
    canvas: Box<dyn Canvas>,
    views: Views,
    landscape: Landscape<'a>,
    state: State,
    /// The numbers of the last step at which everything was finite.
    good: Vec<f32>,
    /// The images as they are drawn, and their gradients.
    images: Vec<f32>,
    along: Vec<f32>,
    /// The gradient of the numbers of one image.
    gradient: Vec<f32>,
    inputs: Tensor,
    frames: Vec<Vec<Tensor>>,
}

impl<'a> Studio<'a> {
    pub(super) fn new(
        model: &'a Model,
        objectives: &'a [Objective],
        parametrization: &Parametrization,
        transforms: &'a [Transform],
        regularizers: &'a [Regularizer],
        optimizer: &'a Optimizer,
        course: &'a Course<'a>,
    ) -> Result<Studio<'a>, Error> {
        let card = model.preprocessing()?;
        let frame = Frame {
            channels: card.mean.len(),
            height: card.height,
            width: card.width,
            bgr: card.channels == Channels::Bgr,
        };
        let feed = parametrization.space().feed(card);
        let canvas = parametrization.canvas(frame, course.picture.as_deref())?;
        if !canvas.direct() && regularizers.iter().any(|r| r.restraint().corrects()) {
            let context = "a regularizer that changes pixels needs the parametrization by pixels";
            return Err(Error::new(ErrorKind::Setting, context));
        }
        if frame.channels > QUAD && !transforms.is_empty() {
            let context = "transforms move pictures of at most four channels; choose a recipe without any";
            return Err(Error::new(ErrorKind::Setting, context));
        }
        let count = objectives.len();
        let views = Views::new(frame, &feed, transforms, course);
        let seen: Vec<Objective> =
            objectives.iter().flat_map(|o| std::iter::repeat_n(o.clone(), views.each)).collect();
        let diversity = course.diversity.as_ref().map(|(value, weight)| {
            Ok::<_, Error>(Diversity { value: model.graph().find(value)?, weight: *weight })
        });
        let landscape = Landscape::new(model, &seen, course.rivals, diversity.transpose()?)?;
        let shape = [seen.len(), frame.channels, frame.height, frame.width];
        let mut studio = Studio {
            model,
            objectives,
            regularizers,
            optimizer,
            course,
            frame,
            feed,
            images: vec![0.0; count * frame.len()],
            along: vec![0.0; count * frame.len()],
            gradient: vec![0.0; canvas.len()],
            good: Vec::new(),
            canvas,
            views,
            landscape,
            state: State::default(),
            inputs: Tensor::zeros(shape),
            frames: vec![Vec::new(); count],
        };
        studio.begin()?;
        Ok(studio)
    }

    fn begin(&mut self) -> Result<(), Error> {
        let count = self.objectives.len();
        let (len, memory) = (self.canvas.len(), self.optimizer.climber().memory(self.canvas.len()));
        self.state.values = vec![0.0; count * len];
        self.state.memory = vec![0.0; count * memory];
        for (i, values) in self.state.values.chunks_mut(len).enumerate() {
            self.canvas.start(&mut Deviates::new(self.course.seed, self.views.stream(i)), values);
        }
        let log = &mut self.state.log;
        log.key = self.course.key.clone();
        (log.slopes, log.best) = (vec![0.0; count], vec![None; count]);
        (log.stopped, log.dead) = (vec![None; count], vec![(0, 0); count]);
        (log.noised, log.curves) = (vec![false; count], vec![Vec::new(); count]);
        if self.course.keep == Keep::Best {
            self.state.best = vec![0.0; count * len];
        }
        // also before going on from later: positions such as @max are those of the start
        self.correct(0);
        self.draw();
        self.state.log.first = self.bare()?.scores;
        if let Some(state) = &self.course.from {
            let lengths = |state: &State| [state.values.len(), state.memory.len(), state.best.len()];
            if state.log.key != self.course.key || lengths(state) != lengths(&self.state) {
                let context =
                    "the saved state belongs to other settings; remove it or start anew with --force";
                return Err(Error::new(ErrorKind::Setting, context));
            }
            self.state = state.clone();
        }
        self.good = self.state.values.clone();
        Ok(())
    }

    pub(super) fn step_number(&self) -> usize {
        self.state.log.step
    }

    /// Whether any image still climbs.
    pub(super) fn alive(&self) -> bool {
        self.state.log.stopped.contains(&None)
    }

    /// Takes one step with every image; gives the objectives before it.
    pub(super) fn step(&mut self) -> Result<Vec<f64>, Error> {
        let step = self.state.log.step;
        self.correct(step);
        self.draw();
        self.film(step);
        self.views.look(self.model.pool(), step, &self.images, self.inputs.values_mut());
        let rule: &dyn Rule = if step < self.course.redirected { &RedirectedRelu } else { &Gradient };
        let slopes = self.landscape.at(&self.inputs, rule)?;
        self.views.pull(self.model.pool(), slopes.gradients.values(), &mut self.along);
        let each = self.views.each;
        let scores: Vec<f64> =
            slopes.scores.chunks(each).map(|views| views.iter().sum::<f64>() / each as f64).collect();
        // each climbs from where it stands to what stood there a step before
        std::mem::swap(&mut self.state.values, &mut self.good);
        for i in 0..self.objectives.len() {
            self.climb(i, step, scores[i], &slopes);
        }
        self.state.log.step += 1;
        Ok(scores)
    }

    /// Takes the step of one image, from the last good numbers.
    fn climb(&mut self, i: usize, step: usize, score: f64, slopes: &Slopes) {
        let (len, size) = (self.canvas.len(), self.frame.len());
        let log = &mut self.state.log;
        let (from, values) = (&mut self.good[i * len..][..len], &mut self.state.values[i * len..][..len]);
        if log.stopped[i].is_some() {
            return values.copy_from_slice(from);
        }
        let (image, along) = (&self.images[i * size..][..size], &mut self.along[i * size..][..size]);
        let pool = self.model.pool();
        let mean = mean_size(pool, along);
        if !score.is_finite() || !mean.is_finite() {
            from.copy_from_slice(values);
            log.stopped[i] = Some(step);
            return;
        }
        let from = &*from;
        log.curves[i].push(CurvePoint { step, objective: score, class: slopes.classes[i * self.views.each] });
        if slopes.dead[i * self.views.each..][..self.views.each].iter().all(|&dead| dead) {
            let (count, first) = log.dead[i];
            log.dead[i] = (count + 1, if count == 0 { step } else { first });
        }
        if self.course.keep == Keep::Best && log.best[i].is_none_or(|best| score > best) {
            log.best[i] = Some(score);
            copy(pool, from, &mut self.state.best[i * len..][..len]);
        }
        if mean == 0.0 && step == 0 && self.canvas.direct() {
            // one per cent of the range of pixels
            let range = f64::from(self.feed.high[0] - self.feed.low[0]);
            let mut random = Deviates::at_step(self.course.seed, self.views.stream(i), step);
            let noised = from.iter().map(|v| v + (random.normal() * 0.01 * range) as f32);
            values.iter_mut().zip(noised).for_each(|(v, noised)| *v = noised);
            log.noised[i] = true;
            return;
        }
        if log.slopes[i] == 0.0 {
            log.slopes[i] = mean;
        }
        let slopes = [log.slopes[i], mean];
        let ground = Ground { pool, frame: self.frame, feed: &self.feed, slopes, step };
        for regularizer in self.regularizers {
            regularizer.restraint().penalize(&ground, image, along);
        }
        self.canvas.pull(pool, image, along, &mut self.gradient);
        let climber = self.optimizer.climber();
        let memory = climber.memory(len);
        let memory = &mut self.state.memory[i * memory..][..memory];
        climber.step(Climb {
            pool,
            step,
            steps: self.course.steps,
            score,
            from,
            values,
            gradient: &self.gradient,
            memory,
        });
        for regularizer in self.regularizers {
            regularizer.restraint().after(&ground, values, &self.gradient);
        }
    }

    /// What regularizers correct before the network looks.
    fn correct(&mut self, step: usize) {
        if !self.canvas.direct() {
            return;
        }
        let pool = self.model.pool();
        let ground = Ground { pool, frame: self.frame, feed: &self.feed, slopes: [0.0; 2], step };
        for values in self.state.values.chunks_mut(self.canvas.len()) {
            for regularizer in self.regularizers {
                regularizer.restraint().before(&ground, values);
            }
        }
    }

    fn draw(&mut self) {
        let (len, size) = (self.canvas.len(), self.frame.len());
        for (values, image) in self.state.values.chunks(len).zip(self.images.chunks_mut(size)) {
            self.canvas.draw(self.model.pool(), values, image);
        }
    }

    /// The image in the network's own numbers.
    fn fed(&self, i: usize) -> Tensor {
        let size = self.frame.len();
        let mut x = self.images[i * size..][..size].to_vec();
        x.chunks_mut(self.frame.area()).enumerate().for_each(|(c, plane)| self.feed.apply(c, plane));
        Tensor::new([1, self.frame.channels, self.frame.height, self.frame.width], x)
    }

    fn film(&mut self, step: usize) {
        if self.course.frames_every > 0 && step.is_multiple_of(self.course.frames_every) {
            for i in 0..self.objectives.len() {
                let frame = self.fed(i);
                self.frames[i].push(frame);
            }
        }
    }

    /// Objectives of the images as they are, without transforms.
    fn bare(&mut self) -> Result<Slopes, Error> {
        let size = self.frame.len();
        for i in 0..self.objectives.len() {
            let fed = self.fed(i);
            for view in 0..self.views.each {
                let at = (i * self.views.each + view) * size;
                self.inputs.values_mut()[at..][..size].copy_from_slice(fed.values());
            }
        }
        let mut slopes = self.landscape.at(&self.inputs, &Gradient)?;
        slopes.scores = slopes.scores.into_iter().step_by(self.views.each).collect();
        slopes.classes = slopes.classes.into_iter().step_by(self.views.each).collect();
        Ok(slopes)
    }

    pub(super) fn finish(mut self) -> Result<Rendered, Error> {
        let step = self.state.log.step;
        let finished = step >= self.course.steps || !self.alive();
        let unfinished = (!finished).then(|| self.state.clone());
        self.correct(step);
        self.draw();
        let mut last = self.bare()?;
        let len = self.canvas.len();
        // the last step may have ruined an image; or an earlier one was better
        let mut changed = false;
        for i in 0..self.objectives.len() {
            let values = &mut self.state.values[i * len..][..len];
            if !last.scores[i].is_finite() || !values.iter().all(|v| v.is_finite()) {
                values.copy_from_slice(&self.good[i * len..][..len]);
                self.state.log.stopped[i].get_or_insert(step);
                changed = true;
            } else if self.course.keep == Keep::Best
                && self.state.log.best[i].is_some_and(|best| best > last.scores[i])
            {
                values.copy_from_slice(&self.state.best[i * len..][..len]);
                changed = true;
            }
        }
        if changed {
            self.draw();
            last = self.bare()?;
        }
        let positions = self.landscape.positions();
        let mut renderings = Vec::new();
        for (i, objective) in self.objectives.iter().enumerate() {
            renderings.push(Rendering {
                objective: objective.clone(),
                position: positions[i * self.views.each].clone(),
                image: self.fed(i),
                score_first: self.state.log.first[i],
                score_last: last.scores[i],
                class: last.classes[i],
                curve: self.state.log.curves[i].clone(),
                steps: step,
                settled: self.settled(i),
                frames: std::mem::take(&mut self.frames[i]),
                warnings: self.warnings(i),
            });
        }
        Ok(Rendered { renderings, unfinished })
    }

    fn settled(&self, i: usize) -> Vec<(&'static str, f64)> {
        let climber = self.optimizer.climber();
        let memory = climber.memory(self.canvas.len());
        let slopes = [self.state.log.slopes[i]; 2];
        let pool = self.model.pool();
        let ground = Ground { pool, frame: self.frame, feed: &self.feed, slopes, step: 0 };
        let of_regularizers = self.regularizers.iter().filter_map(|r| r.restraint().settled(&ground));
        of_regularizers.chain(climber.settled(&self.state.memory[i * memory..][..memory])).collect()
    }

    fn warnings(&self, i: usize) -> Vec<String> {
        let log = &self.state.log;
        let mut warnings = Vec::new();
        if log.noised[i] {
            warnings.push("the start gave no gradient at all, so the image began with a little noise".into());
        }
        match log.dead[i] {
            (0, _) => {}
            (count, first) => warnings.push(format!(
                "the gradient was zero everywhere in {count} of {} steps, first at step {first}: there shut rectifiers passed \
                 what would open them (redirected ReLU, Olah et al. 2017)",
                log.step
            )),
        }
        if let Some(step) = log.stopped[i] {
            warnings.push(format!(
                "the numbers grew beyond all bounds at step {step}; this is the last good image: take smaller steps"
            ));
        }
        warnings
    }
}

/// Numbers that are worth a task of their own.
const TASK: usize = 1 << 14;

fn copy(pool: &Pool, from: &[f32], to: &mut [f32]) {
    pool.chunks(to, TASK, |i, to| to.copy_from_slice(&from[i * TASK..][..to.len()]));
}

/// The mean of the absolute values.
fn mean_size(pool: &Pool, values: &[f32]) -> f64 {
    let mut sums = vec![0.0; values.len().div_ceil(TASK)];
    pool.chunks(&mut sums, 1, |i, sums| {
        sums[0] = sum_of_sizes(&values[i * TASK..values.len().min((i + 1) * TASK)])
    });
    sums.iter().sum::<f64>() / values.len() as f64
}

/// The sum of the absolute values in rows of eight, so that the order is one and the additions overlap.
fn sum_of_sizes(values: &[f32]) -> f64 {
    let (rows, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    vectorized(
        #[inline(always)]
        || {
            for row in rows {
                (0..8).for_each(|i| sums[i] += f64::from(row[i].abs()));
            }
        },
    );
    sums.into_iter().chain(rest.iter().map(|&v| f64::from(v.abs()))).sum()
}
