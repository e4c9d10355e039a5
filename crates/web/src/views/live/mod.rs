//! A picture in the network: one row's maps, one unit, the way back from it, the classes.

mod look;
mod query;
mod raw;
mod tiles;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(super) use look::{Top, tops};

/// Bytes of a frame of a webcam.
const FRAME: usize = 8 << 20;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(look::look, look::look_at_frame))
        .layer(DefaultBodyLimit::max(FRAME))
        .routes(routes!(raw::map))
        .routes(routes!(raw::row))
        .routes(routes!(raw::back))
}
