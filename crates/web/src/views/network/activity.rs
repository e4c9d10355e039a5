use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Asked, Problem, Refusal};
use crate::app::App;
use crate::bundle::{Bundle, Sent, Words};
use crate::desk::Kind;
use crate::guard::{Client, Page};
use crate::views::live::{Top, tops};

/// A picture.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    #[param(example = "chelsea.jpg")]
    picture: String,
}

/// How active all units are on a picture. Arrays: `peaks-0`, `peaks-1`, …: f32 [units], the largest activation of each unit of each row.
#[derive(Serialize, ToSchema)]
struct Activity {
    top: Vec<Top>,
    rows: Vec<Range>,
}

/// The smallest and largest of a row's peaks.
#[derive(Serialize, ToSchema)]
struct Range {
    row: usize,
    low: f32,
    high: f32,
}

/// How active all units are on a picture.
#[utoipa::path(
    get,
    path = "/api/activity",
    params(Of),
    responses(
        (status = 200, body = Words<Activity>, content_type = "application/vnd.inscape.bundle"),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem)
    )
)]
pub(super) async fn activity(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(of): Asked<Of>,
) -> Result<Sent, Refusal> {
    let seen = app.gallery.seen(client, &of.picture, Default::default(), app.explorer.model()).await?;
    let worker = app.clone();
    let work = move || {
        let explorer = &worker.explorer;
        explorer.look(&seen.input, |look| {
            let mut bundle = Bundle::new();
            let mut rows = Vec::new();
            for row in 0..explorer.rows().len() {
                let peaks: Vec<f32> = look.peaks(row)?.into_iter().map(|(value, _)| value).collect();
                let low = peaks.iter().copied().fold(f32::INFINITY, f32::min);
                let high = peaks.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                rows.push(Range { row, low, high });
                bundle = bundle.floats(&format!("peaks-{row}"), &[peaks.len()], &peaks);
            }
            Ok::<_, Refusal>(bundle.with(Activity { top: tops(&look.classes()?), rows }))
        })
    };
    Ok(Sent(app.desk.ask(client, page, Kind::Activity, work).await?))
}
