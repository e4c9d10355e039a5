use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use inscape_engine::{Activations, Graph, Plan, ValueId};
use inscape_tensor::{Pool, Tensor};

use super::Row;
use super::look::Look;
use crate::error::Error;
use crate::model::{Input, Model, Ready, Wanted};

/// A network with all units of its rows at hand: of one forward pass the map of any unit, and any way back from any unit to the
/// input or to rows below it. Made once, it is asked again and again without planning anew.
///
/// ```no_run
/// use inscape::atlas::{Origin, Start};
/// let model = inscape::Model::open("model.onnx")?;
/// let explorer = model.explorer(model.atlas_rows(&[])?)?;
/// let input = model.read("cat.jpg")?;
/// let back = explorer.look(&input, |look| {
///     look.back(&Origin { row: 3, unit: 26, start: Start::Max }, "deconvnet")
/// })?;
/// assert_eq!(back.relevance.shape(), [3, 224, 224]);
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone)]
pub struct Explorer {
    model: Model,
    pool: Pool,
    rows: Vec<Row>,
    pub(super) values: Vec<ValueId>,
    below: Vec<Vec<usize>>,
    /// For every row below: whether the way there lays positions out as numbers of a vector.
    flattened: Vec<Vec<bool>>,
    ready: Arc<Ready>,
}

impl Model {
    /// Brings the units of some rows to hand.
    ///
    /// # Errors
    /// As [`Model::activation`]; [`ErrorKind::Memory`](crate::ErrorKind::Memory) where all rows at once need more than allowed.
    pub fn explorer(&self, rows: Vec<Row>) -> Result<Explorer, Error> {
        let graph = self.graph();
        let values = rows.iter().map(|row| graph.find(&row.value)).collect::<Result<Vec<_>, _>>()?;
        let mut wrt = values.clone();
        wrt.push(self.input());
        let mut read = values.clone();
        read.extend(self.scores_value().ok().filter(|scores| !values.contains(scores)));
        let shape = self.fed_shape_of_one().to_vec();
        let wanted = Wanted { shape, values: read, seeds: values.clone(), wrt };
        let ready = Arc::new(self.ready_once(&wanted)?);
        let ways = (0..rows.len()).map(|k| below(graph, ready.plan(), &values, k));
        let (below, flattened) = ways.map(|ways| ways.into_iter().unzip()).unzip();
        let (model, pool) = (self.clone(), self.pool().clone());
        Ok(Explorer { model, pool, rows, values, below, flattened, ready })
    }
}

impl Explorer {
    /// The same plan run by the calling thread alone: for work in the background, or several looks side by side.
    pub fn on_one_thread(&self) -> Explorer {
        Explorer { pool: Pool::single().clone(), ..self.clone() }
    }

    /// The network.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Its rows, from the input on.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows that a row reads with no other in between.
    pub fn below(&self, row: usize) -> &[usize] {
        &self.below[row]
    }

    /// For each of them, whether the way there lays positions out as numbers of a vector (Flatten).
    pub(super) fn flattened(&self, row: usize) -> &[bool] {
        &self.flattened[row]
    }

    /// Runs forward and gives what there is to see to `work`.
    ///
    /// # Errors
    /// Where the input's shape does not fit, and those of `work`.
    pub fn look<R, E: From<Error>>(
        &self,
        input: &Input,
        work: impl FnOnce(&mut Look<'_, '_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.look_at(input.tensor(), work)
    }

    /// The same without a picture, all inputs 0: for what depends on weights alone.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn look_at_nothing<R, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Look<'_, '_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.look_at(&Tensor::zeros(self.model.input_shape()), work)
    }

    fn look_at<R, E: From<Error>>(
        &self,
        input: &Tensor,
        work: impl FnOnce(&mut Look<'_, '_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.model.fed_shape(input)?;
        let worked = |activations: &mut Activations<'_>| Ok(work(&mut Look { explorer: self, activations }));
        self.model.run_on(&self.ready, &self.pool, input, worked)?
    }
}

/// The rows that row `k` reads with no other in between, in order, each with whether a flattening lies on the way.
fn below(graph: &Graph, plan: &Plan, values: &[ValueId], k: usize) -> Vec<(usize, bool)> {
    let mut found = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut open = vec![(values[k], false)];
    while let Some((value, flattened)) = open.pop() {
        let Some(producer) = graph.producer(value) else { continue };
        for &input in graph.node(producer).inputs.iter().flatten() {
            let flattened = flattened || flattens(plan, input, value);
            if !seen.insert((input, flattened)) {
                continue;
            }
            match values.iter().position(|&value| value == input) {
                Some(row) => *found.entry(row).or_default() |= flattened,
                None => open.push((input, flattened)),
            }
        }
    }
    found.into_iter().collect()
}

/// Whether a node that makes `to` of `from` lays a map's positions out as numbers of a vector.
fn flattens(plan: &Plan, from: ValueId, to: ValueId) -> bool {
    match (plan.shape(from), plan.shape(to)) {
        (Some(&[_, channels, height, width]), Some(&[_, numbers])) => {
            height * width > 1 && numbers == channels * height * width
        }
        _ => false,
    }
}
