use inscape_engine::ValueId;
use serde::{Deserialize, Serialize};

use super::in_order::in_order;
use super::{Row, Tally};
use crate::error::Error;
use crate::model::{Input, Model, Wanted};
use crate::target::Axes;

/// How active the units of some rows were on the pictures seen so far. Its memory does not grow with the pictures, and it can be
/// saved and gone on with at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Pictures that were seen, or could not be.
    pub pictures: usize,
    /// How many of the strongest are kept for each unit.
    top: usize,
    /// Of every row, every unit.
    pub tallies: Vec<Vec<Tally>>,
}

impl Survey {
    /// A survey that has seen nothing; it will keep the `top` strongest pictures of each unit.
    pub fn new(rows: &[Row], top: usize) -> Survey {
        Survey {
            pictures: 0,
            top,
            tallies: rows.iter().map(|row| vec![Tally::default(); row.units]).collect(),
        }
    }

    /// Whether it is one of these rows.
    pub fn is_of(&self, rows: &[Row]) -> bool {
        self.tallies.iter().map(Vec::len).eq(rows.iter().map(|row| row.units))
    }

    /// Goes on to picture number `n`: one forward pass a picture for all units, `threads` pictures side by side (a model
    /// of one thread is the fastest then). `read` gives a picture by its number; `told` hears after every picture what became
    /// of it, and ends the survey with an error of its own.
    ///
    /// The same for any number of threads.
    ///
    /// # Errors
    /// Those of `told`, and as [`Model::activation`].
    pub fn look(
        &mut self,
        model: &Model,
        rows: &[Row],
        n: usize,
        threads: usize,
        read: &(dyn Fn(usize) -> Result<Input, Error> + Sync),
        told: &mut dyn FnMut(&Survey, Result<(), Error>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let graph = model.graph();
        let values = rows.iter().map(|row| graph.find(&row.value)).collect::<Result<Vec<ValueId>, _>>()?;
        // a picture that cannot be read is told of; a network that cannot be run ends it all
        let work = |picture: usize| match read(picture) {
            Ok(input) => Ok(Ok(seen(model, &values, picture, &input)?)),
            Err(error) => Ok(Err(error)),
        };
        in_order(threads, self.pictures, n, work, |seen: Result<_, Error>| {
            let became = seen?.map(|seen: Vec<Vec<Tally>>| {
                for (tally, seen) in self.tallies.iter_mut().flatten().zip(seen.iter().flatten()) {
                    tally.join(seen, self.top);
                }
            });
            self.pictures += 1;
            told(self, became)
        })
    }
}

/// What one picture says of all units.
fn seen(model: &Model, values: &[ValueId], picture: usize, input: &Input) -> Result<Vec<Vec<Tally>>, Error> {
    let wanted = Wanted::forward(&model.fed_shape(input.tensor())?, values);
    model.run(&wanted, input.tensor(), |activations| {
        let of = |&value: &ValueId| {
            let view = activations.value(value)?;
            let axes = Axes::of(view.shape.get(1..).unwrap_or_default(), model.graph().name(value))?;
            let cells = view.f32s();
            let unit = |unit: usize| {
                Tally::of(picture, (0..axes.positions()).map(|position| cells[axes.cell(unit, position)]))
            };
            Ok((0..axes.channels).map(unit).collect())
        };
        values.iter().map(of).collect()
    })
}
