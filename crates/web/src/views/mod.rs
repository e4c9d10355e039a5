//! The pages' questions: each view's own, and pictures, which all share.

mod live;
pub(crate) mod network;
mod npy;
mod pictures;
mod unit;
pub(crate) mod workbench;

use std::sync::Arc;

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::{atlas, session};

/// A view: a page and what it asks the server.
pub struct ViewRow {
    /// Its address and its folders here and among the pages.
    pub name: &'static str,
    /// Its name in words.
    pub title: &'static str,
    routes: fn() -> OpenApiRouter<Arc<App>>,
}

/// Every view there is. To add one: a folder here and one among the pages, one row.
pub const VIEWS: &[ViewRow] = &[
    ViewRow { name: "live", title: "Live", routes: live::routes },
    ViewRow { name: "network", title: "Network", routes: network::routes },
    ViewRow { name: "workbench", title: "Workbench", routes: workbench::routes },
];

#[derive(OpenApi)]
#[openapi(info(
    title = "inscape",
    description = "What the pages of `inscape serve` ask the server. Binary answers are bundles: a u32 length, JSON words, zero bytes up to a \
                   multiple of eight, then the arrays that the words list, each padded to eight bytes; little-endian."
))]
struct Api;

/// What there is to ask, without the pages.
pub(crate) fn api() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    let shared = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(session::session))
        .routes(routes!(atlas::file))
        .merge(pictures::routes());
    VIEWS.iter().fold(shared, |all, view| all.merge((view.routes)())).split_for_parts()
}

/// The OpenAPI description of the server, as JSON; the pages' types are made from it.
pub fn openapi() -> String {
    let (_, description) = api();
    let mut text = description.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
