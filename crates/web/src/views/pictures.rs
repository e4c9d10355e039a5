use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Asked, Problem, Refusal};
use crate::app::App;
use crate::gallery::Named;
use crate::guard::Client;

/// More than any limit on pictures, so that a picture too large is refused in words.
const BODY: usize = 96 << 20;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, keep))
        .routes(routes!(forget))
        .routes(routes!(thumbnail))
        .layer(DefaultBodyLimit::max(BODY))
}

/// The pictures there are.
#[derive(Serialize, ToSchema)]
struct Pictures {
    /// The server's, for all.
    pictures: Vec<Named>,
    /// The client's own, the newest first.
    own: Vec<Named>,
}

/// What a picture is called.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Name {
    /// Its file name.
    #[serde(default)]
    name: String,
}

/// The pictures there are.
#[utoipa::path(get, path = "/api/pictures", responses((status = 200, body = Pictures)))]
async fn list(State(app): State<Arc<App>>, client: Client) -> Json<Pictures> {
    Json(Pictures { pictures: app.gallery.shared(), own: app.gallery.own(client) })
}

/// Keeps a picture in memory, for this client alone.
#[utoipa::path(
    post,
    path = "/api/pictures",
    params(Name),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the picture's file"),
    responses(
        (status = 201, body = Named),
        (status = 400, body = Problem),
        (status = 413, body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn keep(
    State(app): State<Arc<App>>,
    client: Client,
    Asked(name): Asked<Name>,
    content: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Named>), Refusal> {
    let content = body(content, app.gallery.limits.picture_bytes)?;
    let named = app.gallery.keep(client, &name.name, Arc::from(&content[..])).await?;
    Ok((StatusCode::CREATED, Json(named)))
}

/// A body that is small enough.
pub(super) fn body(content: Result<Bytes, BytesRejection>, most: usize) -> Result<Bytes, Refusal> {
    let content = content.map_err(|rejection| Refusal::new(rejection.status(), rejection.body_text()))?;
    if content.len() > most {
        let error = format!("the picture has {} bytes; {most} is the most here", content.len());
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error));
    }
    Ok(content)
}

/// Forgets one of the client's own pictures.
#[utoipa::path(
    delete,
    path = "/api/pictures/{id}",
    params(("id" = String, Path, description = "the picture")),
    responses((status = 204), (status = 404, body = Problem))
)]
async fn forget(
    State(app): State<Arc<App>>,
    client: Client,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    app.gallery.forget(client, &id)?;
    app.tidy();
    Ok(StatusCode::NO_CONTENT)
}

/// A small JPEG of a picture.
#[utoipa::path(
    get,
    path = "/api/pictures/{id}/thumbnail",
    params(("id" = String, Path, description = "the picture")),
    responses((status = 200, description = "JPEG", content_type = "image/jpeg"), (status = 404, body = Problem))
)]
async fn thumbnail(
    State(app): State<Arc<App>>,
    client: Client,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let jpeg = app.gallery.thumbnail(client, &id).await?;
    Ok(([(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, "private, max-age=600")], jpeg).into_response())
}
