use inscape_engine::{Activations, Gradient, RULES, Rule, Seed, Straight};
use inscape_tensor::Tensor;

use super::{Edge, Explorer};
use crate::error::{Error, ErrorKind};
use crate::model::Class;
use crate::target::Axes;

/// What one forward pass of an [`Explorer`] shows.
pub struct Look<'e, 'm> {
    pub(super) explorer: &'e Explorer,
    pub(super) activations: &'e mut Activations<'m>,
}

/// The maps of a row's units.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// How many.
    pub units: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
    /// Unit after unit, row after row.
    pub values: Vec<f32>,
}

/// A unit from which relevance goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its row.
    pub row: usize,
    /// Its channel.
    pub unit: usize,
    /// With what relevance it starts.
    pub start: Start,
}

/// What relevance a unit starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// 1 at its strongest position, 0 elsewhere; of equals the first.
    Max,
    /// Its own map: the gradient of half its squared norm.
    Map,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Back {
    /// In the input: (C, H, W), channels in the network's order.
    pub relevance: Tensor,
    /// The origin's strongest position: row and column.
    pub at: [usize; 2],
}

impl Maps {
    /// One unit's map.
    pub fn of(&self, unit: usize) -> &[f32] {
        let area = self.height * self.width;
        &self.values[unit * area..][..area]
    }
}

impl Look<'_, '_> {
    /// The classes, the highest score first; none for a network that gives no scores.
    ///
    /// # Errors
    /// Where scores are not finite, or class names do not fit.
    pub fn classes(&self) -> Result<Vec<Class>, Error> {
        let model = self.explorer.model();
        match model.scores_value() {
            Ok(scores) => model.classes(&model.raw(self.activations, scores)?),
            Err(_) => Ok(Vec::new()),
        }
    }

    /// The activations of a row.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] where there is no such row.
    pub fn maps(&self, row: usize) -> Result<Maps, Error> {
        let (axes, values) = self.row(row)?;
        Ok(arranged(&axes, values))
    }

    /// The largest activation of every unit of a row, and where it is: position counted row by row, of equals the first.
    ///
    /// # Errors
    /// As [`Look::maps`].
    pub fn peaks(&self, row: usize) -> Result<Vec<(f32, usize)>, Error> {
        let (axes, values) = self.row(row)?;
        Ok((0..axes.channels).map(|unit| peak(&axes, values, unit)).collect())
    }

    /// What comes back to the input from a unit by a rule of [`RULES`].
    ///
    /// # Errors
    /// [`ErrorKind::Target`] where there is no such row or unit, [`ErrorKind::Setting`] for no rule.
    pub fn back(&mut self, origin: &Origin, rule: &str) -> Result<Back, Error> {
        let row = RULES.iter().find(|row| row.name == rule);
        let row = row.ok_or_else(|| Error::new(ErrorKind::Setting, format!("there is no rule '{rule}'")))?;
        let (seed, at) = self.seed(origin)?;
        let explorer = self.explorer;
        let input = [explorer.model().input()];
        let back = self.activations.backward_to(&input, row.rule, &[seed])?.swap_remove(0);
        let relevance = explorer.model().as_given(back);
        let shape = relevance.shape()[1..].to_vec();
        Ok(Back { relevance: relevance.reshaped(shape), at })
    }

    /// The derivative of an origin's start with respect to a row below it (or its own row: the start itself). A row above it
    /// does not influence it: all 0.
    ///
    /// # Errors
    /// As [`Look::back`].
    pub fn slopes(&mut self, origin: &Origin, row: usize) -> Result<Maps, Error> {
        self.row(row)?;
        let (seed, _) = self.seed(origin)?;
        let value = self.explorer.values[row];
        let back = match row == origin.row {
            true => seed.relevance,
            false => self.activations.backward_to(&[value], &Gradient, &[seed])?.swap_remove(0),
        };
        let axes = self.axes(row, back.shape())?;
        Ok(arranged(&axes, back.values()))
    }

    /// What every unit of the rows just below adds to a unit at its strongest position on this picture:
    /// Σ over positions p of a_i(p)·∂a_j/∂a_i(p), other rows held fixed; zeros left out.
    ///
    /// # Errors
    /// As [`Look::back`].
    pub fn contributions(&mut self, row: usize, unit: usize) -> Result<Vec<Edge>, Error> {
        let origin = Origin { row, unit, start: Start::Max };
        let (seed, _) = self.seed(&origin)?;
        self.edges(row, seed, &Gradient, |cells, _| cells.map(|(activation, slope)| activation * slope).sum())
    }

    /// The weights from every unit of the rows just below to a unit, as [`Edges::of`](super::Edges::of) defines them.
    ///
    /// # Errors
    /// As [`Look::back`].
    pub fn weights(&mut self, row: usize, unit: usize) -> Result<Vec<Edge>, Error> {
        let (axes, _) = self.unit(row, unit)?;
        let middle = axes.height / 2 * axes.width + axes.width / 2;
        let seed = self.one_hot(row, axes.cell(unit, middle))?;
        self.edges(row, seed, &Straight, |cells, flattened| match flattened {
            true => {
                let (sum, count) =
                    cells.fold((0.0, 0.0), |(sum, n), (_, slope)| (sum + slope.abs(), n + 1.0));
                sum / count
            }
            false => cells.map(|(_, slope)| slope).sum(),
        })
    }

    /// Edges from the rows just below, of which `weigh` gets the activation and the relevance of every position, and whether a flattening lies
    /// on the way.
    fn edges(
        &mut self,
        row: usize,
        seed: Seed,
        rule: &dyn Rule,
        weigh: impl Fn(&mut dyn Iterator<Item = (f32, f32)>, bool) -> f32,
    ) -> Result<Vec<Edge>, Error> {
        let (below, flattened) = (self.explorer.below(row), self.explorer.flattened(row));
        let values: Vec<_> = below.iter().map(|&row| self.explorer.values[row]).collect();
        let backs = self.activations.backward_directly_to(&values, rule, &[seed])?;
        let mut edges = Vec::new();
        for ((&row, &flattened), back) in below.iter().zip(flattened).zip(&backs) {
            let (axes, activations) = self.row(row)?;
            for unit in 0..axes.channels {
                let cells = (0..axes.positions()).map(|at| axes.cell(unit, at));
                let mut cells = cells.map(|cell| (activations[cell], back.values()[cell]));
                let weight = weigh(&mut cells, flattened);
                if weight != 0.0 {
                    edges.push(Edge { row, unit, weight });
                }
            }
        }
        Ok(edges)
    }

    /// An origin's start as a seed, and its strongest position.
    fn seed(&self, origin: &Origin) -> Result<(Seed, [usize; 2]), Error> {
        let (axes, values) = self.unit(origin.row, origin.unit)?;
        let (_, position) = peak(&axes, values, origin.unit);
        let at = [position / axes.width, position % axes.width];
        let seed = match origin.start {
            Start::Max => self.one_hot(origin.row, axes.cell(origin.unit, position))?,
            Start::Map => {
                let mut seed = self.zeros(origin.row)?;
                for cell in (0..axes.positions()).map(|at| axes.cell(origin.unit, at)) {
                    seed.relevance.values_mut()[cell] = values[cell];
                }
                seed
            }
        };
        Ok((seed, at))
    }

    fn one_hot(&self, row: usize, cell: usize) -> Result<Seed, Error> {
        let mut seed = self.zeros(row)?;
        seed.relevance.values_mut()[cell] = 1.0;
        Ok(seed)
    }

    fn zeros(&self, row: usize) -> Result<Seed, Error> {
        let value = self.explorer.values[row];
        Ok(Seed { value, relevance: Tensor::zeros(self.activations.value(value)?.shape) })
    }

    fn unit(&self, row: usize, unit: usize) -> Result<(Axes, &[f32]), Error> {
        let (axes, values) = self.row(row)?;
        if unit < axes.channels {
            return Ok((axes, values));
        }
        let name = &self.explorer.rows()[row].value;
        let context =
            format!("row {row} ('{name}') has no unit {unit}; its units are 0 to {}", axes.channels - 1);
        Err(Error::new(ErrorKind::Target, context))
    }

    fn row(&self, row: usize) -> Result<(Axes, &[f32]), Error> {
        let Some(&value) = self.explorer.values.get(row) else {
            let last = self.explorer.values.len().saturating_sub(1);
            return Err(Error::new(
                ErrorKind::Target,
                format!("there is no row {row}; the rows are 0 to {last}"),
            ));
        };
        let view = self.activations.value(value)?;
        Ok((self.axes(row, view.shape)?, view.f32s()))
    }

    fn axes(&self, row: usize, shape: &[usize]) -> Result<Axes, Error> {
        Axes::of(shape.get(1..).unwrap_or_default(), &self.explorer.rows()[row].value)
    }
}

fn peak(axes: &Axes, values: &[f32], unit: usize) -> (f32, usize) {
    let numbers = (0..axes.positions()).map(|at| values[axes.cell(unit, at)]);
    numbers.enumerate().fold((f32::NEG_INFINITY, 0), |best, (at, value)| match value > best.0 {
        true => (value, at),
        false => best,
    })
}

fn arranged(axes: &Axes, values: &[f32]) -> Maps {
    let cells = (0..axes.channels)
        .flat_map(|unit| (0..axes.positions()).map(move |position| axes.cell(unit, position)));
    Maps {
        units: axes.channels,
        height: axes.height,
        width: axes.width,
        values: cells.map(|cell| values[cell]).collect(),
    }
}
