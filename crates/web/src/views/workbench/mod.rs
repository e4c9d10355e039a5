//! An image that climbs while one watches, and an object cut out while one turns the settings.

mod bench;
mod climb;
mod localize;
mod optimize;
mod recipes;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) use bench::Bench;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(recipes::recipes))
        .routes(routes!(optimize::optimize))
        .routes(routes!(localize::settings))
        .routes(routes!(localize::localize))
        .routes(routes!(localize::raw))
}
