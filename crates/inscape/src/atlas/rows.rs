use std::collections::HashMap;

use inscape_engine::{Graph, Role, ValueId};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::inspection::{Layer, ReceptiveField};
use crate::model::Model;
use crate::target::Axes;

/// The units of a convolution or a matrix product, after the normalization and the activation that belong to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The value's name: what a target calls it.
    pub value: String,
    /// How many units it has: its channels.
    pub units: usize,
    /// Rows and columns of a unit's map.
    pub positions: [usize; 2],
    /// What a position sees of the input; `None` where that is all of it.
    #[serde(skip)]
    pub field: Option<ReceptiveField>,
    /// Whether its units are the classes: nothing but pooling lies between them and the scores.
    pub classes: bool,
}

/// Operators that begin a row.
const UNITS: &[&str] = &["Conv", "ConvTranspose", "Gemm", "MatMul"];
/// Operators that make class scores of a map for each class.
const POOLED: &[&str] = &["GlobalAveragePool", "AveragePool", "ReduceMean"];

impl Model {
    /// The rows of a network, from the input on: the outputs of its convolutions and matrix products with constant weights, each
    /// followed to the end of what works on its numbers one at a time and nowhere else. With names, these values instead.
    ///
    /// # Errors
    /// As [`Model::inspect`]; [`ErrorKind::Target`](crate::ErrorKind::Target) for a name that is none, or a value without units.
    pub fn atlas_rows(&self, names: &[String]) -> Result<Vec<Row>, Error> {
        let inspection = self.inspect()?;
        if let Some(reason) = inspection.unsupported {
            return Err(Error::new(ErrorKind::Model, reason));
        }
        let layers: HashMap<&str, &Layer> =
            inspection.layers.iter().map(|layer| (&layer.value[..], layer)).collect();
        let graph = self.graph();
        if !names.is_empty() {
            let row = |name: &String| {
                let value = graph.name(graph.find(name)?);
                let layer = layers.get(value).ok_or_else(|| {
                    Error::new(ErrorKind::Target, format!("'{value}' does not depend on the input"))
                })?;
                self.atlas_row(&layers, layer)
            };
            return names.iter().map(row).collect();
        }
        let starts = inspection
            .layers
            .iter()
            .filter(|layer| UNITS.contains(&&layer.operator[..]) && layer.role == Some(Role::Linear));
        let mut rows: Vec<Row> = Vec::new();
        for layer in starts {
            let own = |layer: &Layer| {
                let scaled = layer.operator == "BatchNormalization";
                scaled || matches!(layer.role, Some(Role::Rectifier | Role::Smooth))
            };
            let end = graph.find(&layer.value).map(|value| graph.name(passed(graph, &layers, value, own)));
            // what has no channel axis has no units
            if let Some(row) = end.ok().and_then(|end| self.atlas_row(&layers, layers.get(end)?).ok()) {
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return Err(Error::new(
                ErrorKind::Target,
                "the network has no convolution and no matrix product",
            ));
        }
        Ok(rows)
    }

    fn atlas_row(&self, layers: &HashMap<&str, &Layer>, layer: &Layer) -> Result<Row, Error> {
        let axes = Axes::of(layer.shape.get(1..).unwrap_or_default(), &layer.value)?;
        let field = layer.receptive_field.filter(|_| axes.positions() > 1);
        let pooled =
            |layer: &Layer| layer.role == Some(Role::Reshape) || POOLED.contains(&&layer.operator[..]);
        let end = passed(self.graph(), layers, self.graph().find(&layer.value)?, pooled);
        let classes = self.scores_value().is_ok_and(|scores| scores == end);
        Ok(Row {
            value: layer.value.clone(),
            units: axes.channels,
            positions: [axes.height, axes.width],
            field,
            classes,
        })
    }
}

/// The value at the end of a row of nodes of a kind, each of which alone reads the one before.
fn passed(
    graph: &Graph,
    layers: &HashMap<&str, &Layer>,
    start: ValueId,
    kind: impl Fn(&Layer) -> bool,
) -> ValueId {
    let mut value = start;
    loop {
        let mut consumers = graph.consumers(value);
        let (Some(only), None) = (consumers.next(), consumers.next()) else { return value };
        let Some(next) = graph.node(only).outputs.first().copied().flatten() else { return value };
        if !layers.get(graph.name(next)).is_some_and(|layer| kind(layer)) {
            return value;
        }
        value = next;
    }
}
