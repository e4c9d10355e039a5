use serde::{Deserialize, Serialize};

use super::Explorer;
use super::in_order::in_order;
use super::look::Look;
use crate::error::{Error, ErrorKind};
use crate::watch::Watch;

/// What one unit adds to another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The row of the other unit.
    pub row: usize,
    /// The other unit.
    pub unit: usize,
    /// The sum of the weights between them.
    pub weight: f32,
}

/// The strongest edges of every unit of some rows: by row, by unit, the strongest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Edges {
    /// From units of the rows just below.
    pub inputs: Vec<Vec<Vec<Edge>>>,
    /// To units of the rows just above.
    pub outputs: Vec<Vec<Vec<Edge>>>,
}

impl Edges {
    /// The `strongest` edges into and out of every unit, found on several threads.
    ///
    /// The weight from unit i to unit j is Σ over the positions p of ∂a_j/∂a_i(p), at j's middle position, with every activation on the
    /// way taken as a straight line: of a convolution the sum of a kernel, through normalization by its scale, through a
    /// concatenation from where the unit stands, through a sum along both branches, through pooling unchanged. Rows of which one reads the
    /// other with no third in between are joined, by the ways that touch no third. Where positions are laid out as numbers of a vector (Flatten), each
    /// has a weight of its own, and the mean of their sizes is taken instead of the sum. `watch` hears of every row.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn of(
        explorer: &Explorer,
        strongest: usize,
        threads: usize,
        watch: &Watch<'_>,
    ) -> Result<Edges, Error> {
        let (explorer, rows) = (explorer.on_one_thread(), explorer.rows());
        let none = || rows.iter().map(|row| vec![Vec::new(); row.units]).collect();
        let mut edges = Edges { inputs: none(), outputs: none() };
        for (k, row) in rows.iter().enumerate() {
            if explorer.below(k).is_empty() {
                continue;
            }
            let part = |i: usize| {
                let units = i * PART..row.units.min((i + 1) * PART);
                explorer.look_at_nothing(|look| units.map(|unit| into(look, k, unit, watch)).collect())
            };
            let mut unit = 0;
            in_order(threads, 0, row.units.div_ceil(PART), part, |found: Result<Vec<Vec<Edge>>, Error>| {
                for inputs in found? {
                    edges.add(k, unit, inputs, strongest);
                    unit += 1;
                }
                Ok::<(), Error>(())
            })?;
            watch.step(k + 1, rows.len())?;
        }
        edges.outputs.iter_mut().flatten().for_each(|outputs| keep(outputs, strongest));
        Ok(edges)
    }

    fn add(&mut self, row: usize, unit: usize, mut inputs: Vec<Edge>, strongest: usize) {
        for &Edge { row: below, unit: from, weight } in &inputs {
            let outputs = &mut self.outputs[below][from];
            outputs.push(Edge { row, unit, weight });
            // never many more than are wanted
            if outputs.len() >= 2 * strongest {
                keep(outputs, strongest);
            }
        }
        keep(&mut inputs, strongest);
        self.inputs[row][unit] = inputs;
    }
}

/// Units whose edges are found at a time.
const PART: usize = 256;

fn keep(edges: &mut Vec<Edge>, strongest: usize) {
    edges.sort_by(|a, b| {
        b.weight.abs().total_cmp(&a.weight.abs()).then((a.row, a.unit).cmp(&(b.row, b.unit)))
    });
    edges.truncate(strongest);
}

fn into(look: &mut Look<'_, '_>, row: usize, unit: usize, watch: &Watch<'_>) -> Result<Vec<Edge>, Error> {
    if watch.cancel.is_some_and(crate::Cancel::is_cancelled) {
        return Err(Error::new(ErrorKind::Cancelled, "stopped"));
    }
    look.weights(row, unit)
}
