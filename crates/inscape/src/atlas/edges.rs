use std::ops::Range;

use inscape_engine::{Activations, Graph, Seed, Straight, ValueId};
use inscape_tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Row;
use super::in_order::in_order;
use crate::error::{Error, ErrorKind};
use crate::model::{Model, Wanted};
use crate::target::Axes;
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
    /// The `strongest` edges into and out of every unit.
    ///
    /// The weight from unit i to unit j is Σ over the positions p of ∂a_j/∂a_i(p), at j's middle position, with every activation on the
    /// way taken as a straight line: of a convolution the sum of a kernel, through normalization by its scale, through a
    /// concatenation from where the unit stands, through a sum along both branches, through pooling unchanged. Rows of which one reads the
    /// other with no third in between are joined. `watch` hears of every row.
    ///
    /// # Errors
    /// As [`Model::activation`]; [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn of(
        model: &Model,
        rows: &[Row],
        strongest: usize,
        threads: usize,
        watch: &Watch<'_>,
    ) -> Result<Edges, Error> {
        let graph = model.graph();
        let values = rows.iter().map(|row| graph.find(&row.value)).collect::<Result<Vec<_>, _>>()?;
        let none = || rows.iter().map(|row| vec![Vec::new(); row.units]).collect();
        let mut edges = Edges { inputs: none(), outputs: none() };
        for (k, row) in rows.iter().enumerate() {
            let below = below(graph, &values, k);
            if below.is_empty() {
                continue;
            }
            let zeros = Tensor::zeros(model.input_shape());
            let wanted = Wanted {
                shape: model.fed_shape(&zeros)?,
                values: vec![values[k]],
                seeds: vec![values[k]],
                wrt: below.iter().map(|&row| values[row]).collect(),
            };
            // every row has a plan of its own, which its threads share and nobody needs again
            let ready = model.ready_once(&wanted)?;
            let part = |i: usize| {
                let units = i * PART..row.units.min((i + 1) * PART);
                model.run_on(&ready, &zeros, |activations| {
                    into(activations, &row.value, values[k], &below, units, watch)
                })
            };
            let mut unit = 0;
            in_order(threads, 0, row.units.div_ceil(PART), part, |found: Result<Vec<Vec<Edge>>, Error>| {
                for mut inputs in found? {
                    for &Edge { row, unit: from, weight } in &inputs {
                        let outputs = &mut edges.outputs[row][from];
                        outputs.push(Edge { row: k, unit, weight });
                        // never many more than are wanted
                        if outputs.len() >= 2 * strongest {
                            keep(outputs, strongest);
                        }
                    }
                    keep(&mut inputs, strongest);
                    edges.inputs[k][unit] = inputs;
                    unit += 1;
                }
                Ok::<(), Error>(())
            })?;
            watch.step(k + 1, rows.len())?;
        }
        edges.outputs.iter_mut().flatten().for_each(|outputs| keep(outputs, strongest));
        Ok(edges)
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

/// All edges into some units of a row, named `name`, from the rows below it.
fn into(
    activations: &mut Activations<'_>,
    name: &str,
    value: ValueId,
    below: &[usize],
    units: Range<usize>,
    watch: &Watch<'_>,
) -> Result<Vec<Vec<Edge>>, Error> {
    let shape = activations.value(value)?.shape.to_vec();
    let axes = Axes::of(shape.get(1..).unwrap_or_default(), name)?;
    let middle = axes.height / 2 * axes.width + axes.width / 2;
    let into_one = |unit: usize| {
        if watch.cancel.is_some_and(crate::Cancel::is_cancelled) {
            return Err(Error::new(ErrorKind::Cancelled, "stopped"));
        }
        let mut relevance = Tensor::zeros(shape.clone());
        relevance.values_mut()[axes.cell(unit, middle)] = 1.0;
        let back = activations.backward(&Straight, &[Seed { value, relevance }])?;
        let mut edges = Vec::new();
        for (&row, back) in below.iter().zip(&back) {
            let from = Axes::of(back.shape().get(1..).unwrap_or_default(), name)?;
            for unit in 0..from.channels {
                let cells = (0..from.positions()).map(|at| back.values()[from.cell(unit, at)]);
                let weight: f32 = cells.sum();
                if weight != 0.0 {
                    edges.push(Edge { row, unit, weight });
                }
            }
        }
        Ok(edges)
    };
    units.map(into_one).collect()
}

/// The rows that row `k` reads with no other in between.
fn below(graph: &Graph, values: &[ValueId], k: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut open = vec![values[k]];
    while let Some(value) = open.pop() {
        let Some(producer) = graph.producer(value) else { continue };
        for &input in graph.node(producer).inputs.iter().flatten() {
            if !seen.insert(input) {
                continue;
            }
            match values.iter().position(|&value| value == input) {
                Some(row) => found.push(row),
                None => open.push(input),
            }
        }
    }
    found.sort_unstable();
    found
}
