use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use inscape::atlas::Look;
use inscape_tensor::Tensor;

use super::look::no_unit;
use super::query::{Query, Settled, Show};
use crate::answer::{Asked, Problem, Refusal};
use crate::app::App;
use crate::desk::Kind;
use crate::guard::{Client, Page};
use crate::views::npy::npy;

/// The chosen unit's map: float32 .npy (h, w).
#[utoipa::path(
    get,
    path = "/api/raw/map.npy",
    params(Query),
    responses((status = 200, description = ".npy"), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(super) async fn map(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(query): Asked<Query>,
) -> Result<Response, Refusal> {
    sent(app, client, page, query, "map.npy", |look, query, settled| {
        let maps = maps(look, query, settled)?;
        match settled.unit < maps.shape()[0] {
            true => {
                let [_, height, width] = *maps.shape() else { return Ok(maps) };
                let map = maps.values()[settled.unit * height * width..][..height * width].to_vec();
                Ok(Tensor::new([height, width], map))
            }
            false => Err(no_unit(settled.row, settled.unit, maps.shape()[0])),
        }
    })
    .await
}

/// All maps of the row: float32 .npy (units, h, w).
#[utoipa::path(
    get,
    path = "/api/raw/row.npy",
    params(Query),
    responses((status = 200, description = ".npy"), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(super) async fn row(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(query): Asked<Query>,
) -> Result<Response, Refusal> {
    sent(app, client, page, query, "row.npy", maps).await
}

/// What comes back to the input: float32 .npy (C, H, W), channels in the network's order.
#[utoipa::path(
    get,
    path = "/api/raw/back.npy",
    params(Query),
    responses((status = 200, description = ".npy"), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(super) async fn back(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(query): Asked<Query>,
) -> Result<Response, Refusal> {
    query.rule()?;
    sent(app, client, page, query, "back.npy", |look, query, settled| {
        Ok(look.back(&settled.origin, query.rule()?)?.relevance)
    })
    .await
}

fn maps(look: &mut Look<'_, '_>, query: &Query, settled: &Settled) -> Result<Tensor, Refusal> {
    let maps = match query.show {
        Show::Activations => look.maps(settled.row)?,
        Show::Slopes => look.slopes(&settled.origin, settled.row)?,
    };
    Ok(Tensor::new([maps.units, maps.height, maps.width], maps.values))
}

async fn sent(
    app: Arc<App>,
    client: Client,
    page: Page,
    query: Query,
    name: &str,
    read: impl FnOnce(&mut Look<'_, '_>, &Query, &Settled) -> Result<Tensor, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let id = query.picture.as_deref().ok_or_else(|| Refusal::wrong("name a picture"))?;
    let seen = app.gallery.seen(client, id, query.fit, app.explorer.model()).await?;
    let worker = app.clone();
    let work = move || {
        let explorer = &worker.explorer;
        explorer.look(&seen.input, |look| {
            let settled = query.settled(look, explorer.rows())?;
            read(look, &query, &settled)
        })
    };
    Ok(npy(&app.desk.ask(client, page, Kind::Raw, work).await?, name))
}
