use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inscape::atlas::Edge;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::tracing::STRONGEST;
use crate::answer::{Asked, Problem, Refusal};
use crate::app::App;
use crate::desk::Kind;
use crate::guard::{Client, Page};

/// A unit.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Unit {
    row: usize,
    unit: usize,
}

/// The strongest weights into and out of a unit.
#[derive(Serialize, ToSchema)]
pub(super) struct UnitEdges {
    /// From units of the rows just below, the strongest first.
    inputs: Vec<Link>,
    /// To units of the rows just above; none until all weights are traced.
    outputs: Vec<Link>,
    /// How many of all weights are traced, 0 to 1.
    traced: f64,
}

/// A weight from or to another unit.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Link {
    row: usize,
    unit: usize,
    weight: f32,
}

/// The strongest weights into and out of a unit.
#[utoipa::path(
    get,
    path = "/api/edges",
    params(Unit),
    responses((status = 200, body = UnitEdges), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(super) async fn edges(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(Unit { row, unit }): Asked<Unit>,
) -> Result<Json<UnitEdges>, Refusal> {
    let worker = app.clone();
    let work = move || {
        let (known, traced) = worker.traced();
        let explorer = &worker.explorer;
        let found = |edges: Vec<Edge>| edges.iter().map(link).collect();
        match known {
            Some(known) if explorer.rows().get(row).is_some_and(|row| unit < row.units) => Ok(UnitEdges {
                inputs: found(known.inputs[row][unit].clone()),
                outputs: found(known.outputs[row][unit].clone()),
                traced,
            }),
            _ => {
                let mut inputs = explorer.look_at_nothing(|look| look.weights(row, unit))?;
                strongest(&mut inputs, STRONGEST);
                Ok::<_, Refusal>(UnitEdges { inputs: found(inputs), outputs: Vec::new(), traced })
            }
        }
    };
    Ok(Json(app.desk.ask(client, page, Kind::Edges, work).await?))
}

fn link(edge: &Edge) -> Link {
    Link { row: edge.row, unit: edge.unit, weight: edge.weight }
}

/// Keeps the edges of the largest size, the largest first.
pub(super) fn strongest(edges: &mut Vec<Edge>, most: usize) {
    edges.sort_by(|a, b| {
        b.weight.abs().total_cmp(&a.weight.abs()).then((a.row, a.unit).cmp(&(b.row, b.unit)))
    });
    edges.truncate(most);
}
