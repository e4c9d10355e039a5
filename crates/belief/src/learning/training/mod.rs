mod checkpoint;
mod watched;

use std::time::Instant;

use inscape::{Error, ErrorKind, Watch};
use inscape_tensor::Pool;

use crate::examples::{Examples, Values};
use crate::learning::autoencoder::Autoencoder;
use crate::learning::divergence::Signs;
use crate::learning::epoch::{Epoch, Stage};
use crate::learning::feed::Feed;
use crate::learning::learner::Learner;
use crate::learning::parameter::Stride;
use crate::learning::random::{Place, shuffle};
use crate::learning::rbm::Rbm;
use crate::learning::recipe::{Recipe, Start};
use crate::learning::state::{Log, State, Sums};
use crate::learning::survey::Survey;
use crate::learning::tuner::Tuner;
use crate::learning::work::{Planned, pace, plan};
use crate::network::{Dense, Kind, Layer, Network};

/// A training, one epoch after the other.
pub struct Training<'d> {
    recipe: Recipe,
    seed: u64,
    pool: Pool,
    data: &'d dyn Examples,
    test: Option<&'d dyn Examples>,
    survey: Survey,
    /// Examples that are learned from: the first so many.
    count: usize,
    /// Examples after them that are not.
    validation: usize,
    classes: usize,
    stages: Vec<Planned>,
    feed: Feed<'d>,
    layers: Vec<Layer>,
    /// The softmax layer on frozen codes, once it is learned.
    linear: Option<Dense>,
    /// All layers after fine-tuning.
    tuned: Option<Vec<Dense>>,
    current: Current,
    order: Vec<u32>,
    log: Log,
    /// Multiply-adds done by this run, and the seconds they took.
    pace: [f64; 2],
}

/// What is learning.
enum Current {
    Layer(Box<dyn Learner>),
    Top(Box<Tuner>),
    Nothing,
}

/// The most examples kept from training where nobody said how many.
const KEPT: usize = 10_000;
/// Numbers of the largest matrix of a batch.
const MOST: usize = 1 << 25;

impl<'d> Training<'d> {
    /// A training that has not begun. `key` says what is learned from what; a [`State`] of another key is not gone on with.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for a recipe out of its range or one that does not fit the data, [`ErrorKind::Data`] for data
    /// that cannot be learned from.
    pub fn new(
        recipe: &Recipe,
        data: &'d dyn Examples,
        test: Option<&'d dyn Examples>,
        key: impl Into<String>,
        seed: u64,
        pool: &Pool,
    ) -> Result<Training<'d>, Error> {
        let mut training = Training::prepared(recipe, data, test, seed, pool)?;
        training.log.key = key.into();
        training.begin()?;
        Ok(training)
    }

    /// A training that goes on from where another one stood.
    ///
    /// # Errors
    /// As [`Training::new`]; [`ErrorKind::File`] where the state is not one of this training.
    pub fn resume(
        recipe: &Recipe,
        data: &'d dyn Examples,
        test: Option<&'d dyn Examples>,
        state: State,
        seed: u64,
        pool: &Pool,
    ) -> Result<Training<'d>, Error> {
        let mut training = Training::prepared(recipe, data, test, seed, pool)?;
        training.restore(state)?;
        Ok(training)
    }

    fn prepared(
        recipe: &Recipe,
        data: &'d dyn Examples,
        test: Option<&'d dyn Examples>,
        seed: u64,
        pool: &Pool,
    ) -> Result<Training<'d>, Error> {
        recipe.check()?;
        let [height, width] = data.size();
        let wrong = |kind, context: String| Err(Error::new(kind, context));
        let (all, source) = (data.count(), data.source());
        let validation = recipe.validation.unwrap_or((all / 6).min(KEPT));
        if validation >= all {
            let context = format!("{source} has {all} examples; {validation} cannot be kept from training");
            return wrong(ErrorKind::Setting, context);
        }
        let count = all - validation;
        if all > u32::MAX as usize {
            return wrong(
                ErrorKind::Data,
                format!("{source} has {all} examples: at most {} are taken", u32::MAX),
            );
        }
        if recipe.batch > count {
            let context = format!("{count} examples to learn from do not fill a batch of {}", recipe.batch);
            return wrong(ErrorKind::Setting, context);
        }
        let widest = recipe.layers.iter().copied().chain([height * width]).max().unwrap_or_default();
        if widest * recipe.batch > MOST {
            let context = format!("a batch of {} is too large for {widest} units: use fewer", recipe.batch);
            return wrong(ErrorKind::Setting, context);
        }
        if let Some(other) = test.filter(|test| test.size() != [height, width]) {
            let [h, w] = other.size();
            let context =
                format!("{source}: the test pictures are {h}×{w}, those to learn from {height}×{width}");
            return wrong(ErrorKind::Data, context);
        }
        if recipe.kind == Kind::Autoencoder {
            // Refuses a loss that does not fit before anything is computed.
            let place = Place { seed, stage: 0, epoch: 0, batch: 0 };
            Autoencoder::new(&recipe.autoencoder, [1, 1, 1], data.values(), 0, place, Pool::single())?;
        }
        let classes = match &recipe.classifier {
            Some(_) => classes(data, test)?,
            None => 0,
        };
        let survey = Survey::of(data, count, pool)?;
        let stages = plan(recipe, height * width, count, classes);
        if stages.is_empty() {
            return wrong(ErrorKind::Setting, "there are no epochs: nothing would be learned".into());
        }
        let feed = Feed::new(data, &survey, recipe.batch, pool);
        Ok(Training {
            recipe: recipe.clone(),
            seed,
            pool: pool.clone(),
            data,
            test,
            survey,
            count,
            validation,
            classes,
            stages,
            feed,
            layers: Vec::new(),
            linear: None,
            tuned: None,
            current: Current::Nothing,
            order: Vec::new(),
            log: Log::default(),
            pace: [0.0; 2],
        })
    }

    /// Takes one epoch, or what is left of one that was stopped; `None` once all are done. After an error the state is the
    /// one after the last whole batch.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`]; [`ErrorKind::Setting`] where the weights diverge, with the likely cause.
    pub fn epoch(&mut self, watch: &Watch<'_>) -> Result<Option<Epoch>, Error> {
        let Some(&planned) = self.stages.get(self.log.stage) else { return Ok(None) };
        let started = Instant::now();
        let passed = self.pass(planned, watch);
        let seconds = started.elapsed().as_secs_f64();
        self.log.sums.seconds += seconds;
        self.pace[1] += seconds;
        passed?;
        self.finish(planned).map(Some)
    }

    /// What was seen so far.
    pub fn history(&self) -> &[Epoch] {
        &self.log.history
    }

    /// Whether all epochs are done.
    pub fn is_done(&self) -> bool {
        self.log.stage >= self.stages.len()
    }

    /// Examples that are learned from, and those kept from it.
    pub fn examples(&self) -> [usize; 2] {
        [self.count, self.validation]
    }

    /// Batches of an epoch.
    pub fn batches(&self) -> usize {
        self.count / self.recipe.batch
    }

    /// The epoch that is to be taken, or gone on with: of which stage, and its number from 1.
    pub fn upcoming(&self) -> Option<(Stage, usize)> {
        self.stages.get(self.log.stage).map(|planned| (planned.stage, self.log.epoch + 1))
    }

    /// Epochs that are not done.
    pub fn epochs_left(&self) -> usize {
        self.stages().map(|(_, epochs)| epochs).sum::<usize>() - self.log.history.len()
    }

    /// Epochs of every stage.
    pub fn stages(&self) -> impl Iterator<Item = (Stage, usize)> {
        self.stages.iter().map(|planned| (planned.stage, planned.epochs))
    }

    /// Seconds until the end, about: from what was done so far, or before that from the speed of a few products.
    pub fn seconds_left(&self) -> f64 {
        let later: f64 = self.stages.iter().skip(self.log.stage).map(|s| s.work * s.epochs as f64).sum();
        let behind = self.stages.get(self.log.stage).map_or(0.0, |s| s.work * self.log.epoch as f64);
        let rate = match self.pace {
            [work, seconds] if work > 0.0 => work / seconds,
            _ => {
                let [height, width] = self.data.size();
                let first = self.recipe.layers.first().copied().unwrap_or(1);
                pace(self.recipe.batch, height * width, first, &self.pool)
            }
        };
        (later - behind) / rate
    }

    /// The network as it was learned without labels, of all layers that are finished.
    pub fn network(&self) -> Network {
        let real = self.data.values() == Values::Real;
        let standard = |numbers: &Vec<f32>| if real { numbers.clone() } else { Vec::new() };
        Network {
            kind: self.recipe.kind,
            size: self.data.size(),
            visible: self.data.values(),
            mean: standard(&self.survey.mean),
            deviation: standard(&self.survey.deviation),
            norm: self.survey.norm,
            layers: self.layers.clone(),
            classifier: None,
        }
    }

    /// The network with a softmax layer on top, fine-tuned where that was asked for, once it is learned. Fine-tuned layers
    /// keep the way down that they had before.
    pub fn classifier(&self) -> Option<Network> {
        let mut network = self.network();
        match (&self.tuned, &self.linear) {
            (Some(tuned), _) => {
                let (top, tuned) = tuned.split_last()?;
                for (layer, up) in network.layers.iter_mut().zip(tuned) {
                    let down = layer.down.take().unwrap_or_else(|| transposed(&layer.up));
                    layer.down = Some(down);
                    layer.up = up.clone();
                }
                network.classifier = Some(top.clone());
            }
            (None, Some(linear)) => network.classifier = Some(linear.clone()),
            (None, None) => return None,
        }
        Some(network)
    }

    fn place(&self) -> Place {
        Place { seed: self.seed, stage: self.log.stage, epoch: self.log.epoch, batch: self.log.batch }
    }

    /// Makes what the stage at hand learns with, at its start.
    fn begin(&mut self) -> Result<(), Error> {
        let Some(planned) = self.stages.get(self.log.stage) else {
            self.current = Current::Nothing;
            return Ok(());
        };
        let place = Place { epoch: 0, batch: 0, ..self.place() };
        let (rows, pool) = (self.recipe.batch, self.pool.clone());
        self.current = match planned.stage {
            Stage::Layer(number) => {
                self.feed.keep(self.count + self.validation);
                let (units, values) = (self.recipe.layers[number - 1], self.feed.values());
                match self.recipe.kind {
                    Kind::Dbn => {
                        let means = match (self.recipe.rbm.start, values) {
                            (Start::Means, Values::Unit) => self.feed.means(self.count),
                            _ => vec![0.0; self.feed.width()],
                        };
                        let sizes = [rows, units];
                        Current::Layer(Box::new(Rbm::new(
                            &self.recipe.rbm,
                            sizes,
                            values,
                            &means,
                            place,
                            &pool,
                        )))
                    }
                    Kind::Autoencoder => {
                        let (recipe, sizes) = (&self.recipe.autoencoder, [rows, self.feed.width(), units]);
                        let learner = Autoencoder::new(recipe, sizes, values, number - 1, place, &pool)?;
                        Current::Layer(Box::new(learner))
                    }
                }
            }
            Stage::Linear => {
                self.feed.keep(self.count + self.validation);
                Current::Top(Box::new(Tuner::new(&[self.softmax()], rows, &pool)))
            }
            Stage::Tuning => {
                self.feed.lowest();
                let mut layers: Vec<Dense> = self.layers.iter().map(|layer| layer.up.clone()).collect();
                layers.push(self.linear.clone().unwrap_or_else(|| self.softmax()));
                Current::Top(Box::new(Tuner::new(&layers, rows, &pool)))
            }
        };
        Ok(())
    }

    /// A softmax layer that knows nothing.
    fn softmax(&self) -> Dense {
        let inputs = self.layers.last().map_or(0, |layer| layer.up.outputs);
        let outputs = self.classes;
        Dense { inputs, outputs, weights: vec![0.0; inputs * outputs], bias: vec![0.0; outputs] }
    }

    /// Rate, momentum and weight cost of the epoch at hand.
    fn stride(&self, planned: Planned) -> (Stride, f64, f64) {
        let recipe = &self.recipe;
        let early = self.log.epoch < recipe.momentum_epochs;
        let momentum = if early { recipe.momentum } else { recipe.final_momentum };
        let (rate, momentum, cost, cooling) = match (planned.stage, &recipe.classifier) {
            (Stage::Layer(_), _) => {
                let real = self.feed.values() == Values::Real;
                let rate = if real { recipe.real_rate } else { recipe.rate };
                (rate, momentum, recipe.weight_cost, recipe.cooling)
            }
            (Stage::Linear, Some(top)) => (top.linear_rate, top.momentum, 0.0, top.cooling),
            (_, Some(top)) => (top.rate, top.momentum, top.weight_cost, top.cooling),
            (_, None) => (0.0, 0.0, 0.0, 1.0),
        };
        let passed = self.log.epoch as f64 / (planned.epochs.max(2) - 1) as f64;
        let rate = rate * (1.0 - passed * (1.0 - cooling));
        let stride = Stride { momentum: momentum as f32, rate: rate as f32, cost: (rate * cost) as f32 };
        (stride, rate, momentum)
    }

    /// The batches of an epoch that are left.
    fn pass(&mut self, planned: Planned, watch: &Watch<'_>) -> Result<(), Error> {
        let (rows, batches) = (self.recipe.batch, self.batches());
        let (stride, rate, momentum) = self.stride(planned);
        self.order = shuffle(self.place(), self.count);
        let values = self.feed.values();
        while self.log.batch < batches {
            watch.step(self.log.batch, batches)?;
            let place = self.place();
            let indices = &self.order[place.batch * rows..][..rows];
            let now = match &mut self.current {
                Current::Layer(learner) => {
                    self.feed.read(indices, learner.input());
                    let seen = learner.learn(place, stride);
                    self.log.sums.reconstruction += seen.reconstruction;
                    self.log.sums.activation += seen.activation;
                    seen.reconstruction
                }
                Current::Top(tuner) => {
                    self.feed.read(indices, tuner.input());
                    let labels: Vec<u8> =
                        indices.iter().map(|&i| self.feed.label(i).unwrap_or_default()).collect();
                    let judged = tuner.learn(&labels, stride);
                    self.log.sums.loss += judged.loss / rows as f64;
                    self.log.sums.wrong += judged.wrong;
                    judged.loss / rows as f64
                }
                Current::Nothing => return Ok(()),
            };
            self.log.batch += 1;
            self.pace[0] += planned.work / batches as f64;
            let first = *self.log.first.get_or_insert(now);
            let (epoch, batch) = (place.epoch, place.batch);
            Signs { stage: planned.stage, values, rate, momentum, epoch, batch }.watch(now, first)?;
        }
        watch.step(batches, batches)
    }

    /// What is known at the end of an epoch; goes on to the next stage after the last.
    fn finish(&mut self, planned: Planned) -> Result<Epoch, Error> {
        let started = Instant::now();
        let (_, rate, momentum) = self.stride(planned);
        let batches = self.batches() as f64;
        let sums = self.log.sums;
        let [weights, update] = match &self.current {
            Current::Layer(learner) => learner.sizes(),
            Current::Top(tuner) => tuner.sizes(),
            Current::Nothing => [0.0; 2],
        };
        let (epoch, batch) = (self.log.epoch, self.log.batch.saturating_sub(1));
        let values = self.feed.values();
        Signs { stage: planned.stage, values, rate, momentum, epoch, batch }.weigh(weights)?;
        let layer = matches!(planned.stage, Stage::Layer(_));
        let gap = if layer { self.gap() } else { None };
        let test_error = if layer { None } else { self.test_error() };
        let hidden = match &self.current {
            Current::Top(tuner) if planned.stage == Stage::Tuning => Some(tuner.activation()),
            _ => layer.then_some(sums.activation / batches),
        };
        let wrong = sums.wrong as f64 / (batches * self.recipe.batch as f64);
        let finished = Epoch {
            stage: planned.stage,
            epoch: epoch + 1,
            reconstruction: layer.then_some(sums.reconstruction / batches),
            gap,
            activation: hidden,
            loss: (!layer).then_some(sums.loss / batches),
            training_error: (!layer).then_some(wrong),
            test_error,
            weights,
            update,
            rate,
            momentum,
            seconds: sums.seconds + started.elapsed().as_secs_f64(),
        };
        self.log.history.push(finished.clone());
        self.log.sums = Sums::default();
        self.log.batch = 0;
        self.log.epoch += 1;
        if self.log.epoch >= planned.epochs {
            self.close(planned.stage);
            self.log.stage += 1;
            self.log.epoch = 0;
            self.log.first = None;
            self.begin()?;
        }
        Ok(finished)
    }

    /// Keeps what a stage has learned.
    fn close(&mut self, stage: Stage) {
        match (&self.current, stage) {
            (Current::Layer(learner), _) => {
                let layer = learner.layer();
                self.feed.stack(&layer.up);
                self.layers.push(layer);
            }
            (Current::Top(tuner), Stage::Linear) => self.linear = tuner.layers().pop(),
            (Current::Top(tuner), _) => self.tuned = Some(tuner.layers()),
            (Current::Nothing, _) => {}
        }
    }
}

/// Wᵀ, which is what goes down.
fn transposed(dense: &Dense) -> Vec<f32> {
    let column = |v: usize| dense.weights.iter().skip(v).step_by(dense.inputs).copied();
    (0..dense.inputs).flat_map(column).collect()
}

/// How many classes there are.
fn classes(data: &dyn Examples, test: Option<&dyn Examples>) -> Result<usize, Error> {
    let mut most = 0;
    for set in [Some(data), test].into_iter().flatten() {
        for i in 0..set.count() {
            let Some(label) = set.label(i) else {
                let context = format!("{} has no labels: a classifier cannot be trained on it", set.source());
                return Err(Error::new(ErrorKind::Data, context));
            };
            most = most.max(label);
        }
    }
    Ok(usize::from(most) + 1)
}
