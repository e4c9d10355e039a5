//! The whole network: what each unit gives to others, by its weights or on a picture.

mod activity;
mod edges;
mod paths;
mod tracing;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) use tracing::Tracing;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(edges::edges))
        .routes(routes!(paths::paths))
        .routes(routes!(activity::activity))
}
