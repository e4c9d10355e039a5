use inscape_engine::{Graph, Seed, ValueId};
use inscape_tensor::{Slice, Tensor, View, strides};

use super::{Objective, Place, Position, Term};
use crate::error::{Error, ErrorKind};
use crate::model::Head;

/// An objective whose every index is known to exist and whose every position is fixed.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    parts: Vec<(f64, Part)>,
    /// The position of the unit of an objective with one term, along all axes but the batch's.
    pub(crate) position: Option<Vec<usize>>,
}

#[derive(Clone, Debug)]
enum Part {
    /// Σ weight·a over cells of one item of a value.
    Linear { value: ValueId, weights: Vec<(usize, f64)> },
    /// ½‖a‖²
    Norm { value: ValueId },
    /// P_c
    Posterior { head: Head, class: usize },
}

/// What an objective reads.
pub(crate) struct Ground<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) head: Option<&'a Head>,
}

impl Ground<'_> {
    /// The values an objective reads, each once.
    pub(crate) fn values(&self, objective: &Objective) -> Result<Vec<ValueId>, Error> {
        let mut values = Vec::new();
        for (_, term) in &objective.terms {
            let value = match term.value() {
                Some(name) => self.graph.find(name)?,
                None => self.head()?.scores,
            };
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Ok(values)
    }

    fn head(&self) -> Result<&Head, Error> {
        self.head.ok_or_else(|| Error::new(ErrorKind::Target, "the network gives no class scores"))
    }
}

impl Settled {
    /// Fixes an objective on the activations of one input. `read` gives the values that [`Ground::values`] names, and
    /// `unstated` stands in for positions that are left to the use.
    pub(crate) fn new<'v>(
        objective: &Objective,
        ground: &Ground<'_>,
        unstated: Position,
        read: impl Fn(ValueId) -> Result<View<'v>, Error>,
    ) -> Result<Settled, Error> {
        let mut parts = Vec::new();
        let mut position = None;
        for (factor, term) in &objective.terms {
            let part = match term {
                Term::Class(class) => {
                    let value = ground.head()?.scores;
                    let raw = Head::vector(&read(value)?, ground.graph.name(value))?;
                    let (cell, sign) =
                        Head::place(raw.len(), *class).ok_or_else(|| no_class(*class, raw.len()))?;
                    Part::Linear { value, weights: vec![(cell, sign)] }
                }
                Term::Posterior(class) => {
                    let head = ground.head()?;
                    let raw = Head::vector(&read(head.scores)?, ground.graph.name(head.scores))?;
                    Head::place(raw.len(), *class).ok_or_else(|| no_class(*class, raw.len()))?;
                    Part::Posterior { head: head.clone(), class: *class }
                }
                Term::Unit { value: name, place } => {
                    let value = ground.graph.find(name)?;
                    let view = read(value)?;
                    let index = settled_unit(place, unstated, &view, name)?;
                    let shape = item(view.shape);
                    let cell = strides(shape).iter().zip(&index).map(|(stride, i)| stride * i).sum();
                    position = Some(index);
                    Part::Linear { value, weights: vec![(cell, 1.0)] }
                }
                Term::Channel { value: name, channel } => {
                    let value = ground.graph.find(name)?;
                    let view = read(value)?;
                    let axes = Axes::of(item(view.shape), name)?;
                    axes.check_channel(*channel, name)?;
                    let share = 1.0 / axes.positions() as f64;
                    let cells = (0..axes.positions()).map(|at| (axes.cell(*channel, at), share));
                    Part::Linear { value, weights: cells.collect() }
                }
                Term::Layer { value: name } => Part::Norm { value: ground.graph.find(name)? },
                Term::Direction { value: name, vector, file } => {
                    let value = ground.graph.find(name)?;
                    let weights = direction(item(read(value)?.shape), name, vector, file)?;
                    Part::Linear { value, weights }
                }
            };
            parts.push((*factor, part));
        }
        let position = position.filter(|_| objective.terms.len() == 1);
        Ok(Settled { parts, position })
    }

    /// The objective of each of `n` inputs in a batch.
    pub(crate) fn scores<'v>(
        &self,
        n: usize,
        read: impl Fn(ValueId) -> Result<View<'v>, Error>,
    ) -> Result<Vec<f64>, Error> {
        (0..n).map(|i| self.score(i, n, &read)).collect()
    }

    /// The objective of a single input that is to be explained.
    ///
    /// Fails where it is no finite number: then nothing can be said about it.
    pub(crate) fn finite_score<'v>(
        &self,
        objective: &Objective,
        read: impl Fn(ValueId) -> Result<View<'v>, Error>,
    ) -> Result<f64, Error> {
        let score = self.score(0, 1, &read)?;
        if score.is_finite() {
            return Ok(score);
        }
        let context = format!(
            "the target '{objective}' is {score} on this input: the network's numbers overflow, or the input or a weight is \
             no number"
        );
        Err(Error::new(ErrorKind::Model, context))
    }

    /// The objective of one of `n` inputs in a batch.
    pub(crate) fn score<'v>(
        &self,
        i: usize,
        n: usize,
        read: &impl Fn(ValueId) -> Result<View<'v>, Error>,
    ) -> Result<f64, Error> {
        let mut score = 0.0;
        for (factor, part) in &self.parts {
            let values = one_of(&read(part.value())?, i, n)?;
            score += factor
                * match part {
                    Part::Linear { weights, .. } => {
                        weights.iter().map(|&(cell, weight)| weight * f64::from(values[cell])).sum()
                    }
                    Part::Norm { .. } => {
                        values.iter().map(|&a| f64::from(a) * f64::from(a)).sum::<f64>() / 2.0
                    }
                    Part::Posterior { head, class } => head.probabilities(values)[*class],
                };
        }
        Ok(score)
    }

    /// Where backward starts: the derivative of the objective of every input in a batch, one seed per value.
    pub(crate) fn seeds<'v>(
        &self,
        n: usize,
        read: impl Fn(ValueId) -> Result<View<'v>, Error>,
    ) -> Result<Vec<Seed>, Error> {
        let mut seeds = Vec::new();
        for i in 0..n {
            self.plant(i, n, &read, &mut seeds)?;
        }
        Ok(seeds)
    }

    /// Adds the derivative of the objective of one of `n` inputs in a batch to the seeds.
    pub(crate) fn plant<'v>(
        &self,
        i: usize,
        n: usize,
        read: &impl Fn(ValueId) -> Result<View<'v>, Error>,
        seeds: &mut Vec<Seed>,
    ) -> Result<(), Error> {
        for (factor, part) in &self.parts {
            let value = part.value();
            let view = read(value)?;
            let known = seeds.iter().position(|seed| seed.value == value);
            let at = known.unwrap_or_else(|| {
                seeds.push(Seed { value, relevance: Tensor::zeros(view.shape) });
                seeds.len() - 1
            });
            let values = one_of(&view, i, n)?;
            let relevance = &mut seeds[at].relevance.values_mut()[i * values.len()..][..values.len()];
            match part {
                Part::Linear { weights, .. } => {
                    for &(cell, weight) in weights {
                        relevance[cell] += (factor * weight) as f32;
                    }
                }
                Part::Norm { .. } => {
                    for (r, &a) in relevance.iter_mut().zip(values) {
                        *r += (factor * f64::from(a)) as f32;
                    }
                }
                Part::Posterior { head, class } => {
                    for (r, g) in relevance.iter_mut().zip(head.posterior_gradient(values, *class)) {
                        *r += (factor * g) as f32;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Part {
    fn value(&self) -> ValueId {
        match self {
            Part::Linear { value, .. } | Part::Norm { value } => *value,
            Part::Posterior { head, .. } => head.scores,
        }
    }
}

/// The shape of one item: without a batch axis of size 1.
fn item(shape: &[usize]) -> &[usize] {
    match shape {
        [1, rest @ ..] => rest,
        whole => whole,
    }
}

/// The numbers of one of `n` inputs.
pub(crate) fn one_of<'v>(view: &View<'v>, i: usize, n: usize) -> Result<&'v [f32], Error> {
    let values = floats(view, "the value")?;
    if n > 1 && view.shape.first() != Some(&n) {
        let context = format!("a value of shape {:?} does not keep {n} inputs apart", view.shape);
        return Err(Error::new(ErrorKind::Target, context));
    }
    let len = values.len() / n;
    Ok(&values[i * len..][..len])
}

fn floats<'v>(view: &View<'v>, name: &str) -> Result<&'v [f32], Error> {
    match view.data {
        Slice::F32(values) => Ok(values),
        _ => {
            let context = format!("{name} holds {}; only float values can be a target", view.element());
            Err(Error::new(ErrorKind::Target, context))
        }
    }
}

fn no_class(class: usize, raw: usize) -> Error {
    let last = raw.max(2) - 1;
    Error::new(ErrorKind::Target, format!("there is no class {class}; the classes are 0 to {last}"))
}

/// Which axis of an item is the channel: the first of three (C, H, W), the last of two (tokens, C), the only one.
pub(crate) struct Axes {
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    tokens: bool,
}

impl Axes {
    pub(crate) fn of(shape: &[usize], name: &str) -> Result<Axes, Error> {
        match *shape {
            _ if shape.contains(&0) => Err(Error::new(ErrorKind::Target, format!("'{name}' is empty"))),
            [channels, height, width] => Ok(Axes { channels, height, width, tokens: false }),
            [tokens, channels] => Ok(Axes { channels, height: 1, width: tokens, tokens: true }),
            [channels] => Ok(Axes { channels, height: 1, width: 1, tokens: false }),
            _ => {
                let context = format!(
                    "'{name}' has the shape {shape:?} without its batch axis, which has no channel axis; name a unit by \
                     one index per axis: unit:{name}[{}]",
                    vec!["0"; shape.len()].join(",")
                );
                Err(Error::new(ErrorKind::Target, context))
            }
        }
    }

    pub(crate) fn positions(&self) -> usize {
        self.height * self.width
    }

    pub(crate) fn cell(&self, channel: usize, position: usize) -> usize {
        if self.tokens { position * self.channels + channel } else { channel * self.positions() + position }
    }

    /// The index of a unit along the item's axes.
    fn index(&self, channel: usize, position: usize) -> Vec<usize> {
        match (self.tokens, self.positions()) {
            (true, _) => vec![position, channel],
            (false, 1) if self.height == 1 && self.width == 1 => vec![channel, 0, 0],
            _ => vec![channel, position / self.width, position % self.width],
        }
    }

    fn check_channel(&self, channel: usize, name: &str) -> Result<(), Error> {
        if channel < self.channels {
            return Ok(());
        }
        let last = self.channels.saturating_sub(1);
        let context = format!("'{name}' has no channel {channel}; its channels are 0 to {last}");
        Err(Error::new(ErrorKind::Target, context))
    }
}

fn settled_unit(place: &Place, unstated: Position, view: &View<'_>, name: &str) -> Result<Vec<usize>, Error> {
    let shape = item(view.shape);
    let outside = |what: String| Error::new(ErrorKind::Target, format!("'{name}' has no {what}"));
    let (channel, position) = match place {
        Place::Index(index) => {
            let within = index.len() == shape.len() && index.iter().zip(shape).all(|(i, size)| i < size);
            let ranges: Vec<String> =
                shape.iter().map(|size| format!("0 to {}", size.saturating_sub(1))).collect();
            let ranges = ranges.join(", ");
            return if within {
                Ok(index.clone())
            } else {
                Err(outside(format!("unit {index:?}; indices are {ranges}")))
            };
        }
        Place::Channel(channel, Position::Unstated) => (*channel, unstated),
        Place::Channel(channel, position) => (*channel, *position),
    };
    let axes = Axes::of(shape, name)?;
    axes.check_channel(channel, name)?;
    let (rows, columns) = (axes.height.saturating_sub(1), axes.width.saturating_sub(1));
    let at = match position {
        Position::Unstated | Position::Max => {
            let values = floats(view, name)?;
            // The first of equals, so that ties do not depend on the order of search.
            (0..axes.positions()).fold(0, |best, at| {
                if values[axes.cell(channel, at)] > values[axes.cell(channel, best)] { at } else { best }
            })
        }
        Position::Center => (axes.height / 2) * axes.width + axes.width / 2,
        Position::Cell(y, x) if !axes.tokens && y < axes.height && x < axes.width => y * axes.width + x,
        Position::Cell(y, x) if !axes.tokens => {
            return Err(outside(format!("position {y},{x}; rows are 0 to {rows}, columns 0 to {columns}")));
        }
        Position::Token(token) if axes.tokens && token < axes.width => token,
        Position::Token(token) if axes.tokens => {
            return Err(outside(format!("token {token}; tokens are 0 to {columns}")));
        }
        Position::Token(_) => return Err(outside("tokens; give a position as @ROW,COLUMN".into())),
        Position::Cell(..) => return Err(outside("rows and columns; give a token as @TOKEN".into())),
    };
    let mut index = axes.index(channel, at);
    index.truncate(shape.len());
    Ok(index)
}

/// The weights of a projection: one number per channel (mean over positions), or one per unit.
fn direction(shape: &[usize], name: &str, vector: &[f32], file: &str) -> Result<Vec<(usize, f64)>, Error> {
    let units: usize = shape.iter().product();
    if vector.len() == units {
        return Ok(vector.iter().enumerate().map(|(cell, &weight)| (cell, weight.into())).collect());
    }
    let axes = Axes::of(shape, name)?;
    if vector.len() != axes.channels {
        let context = format!(
            "{file} holds {} numbers; a direction in '{name}' takes {} (one per channel) or {units} (one per unit)",
            vector.len(),
            axes.channels
        );
        return Err(Error::new(ErrorKind::Target, context));
    }
    let positions = axes.positions();
    let share = 1.0 / positions.max(1) as f64;
    let cells = vector.iter().enumerate().flat_map(|(channel, &weight)| {
        let axes = &axes;
        (0..positions).map(move |at| (axes.cell(channel, at), f64::from(weight) * share))
    });
    Ok(cells.collect())
}
