use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use inscape::atlas::{Maps, Origin};
use inscape::{Channels, Class, Model};
use inscape_tensor::Tensor;
use serde::Serialize;
use utoipa::ToSchema;

use super::FRAME;
use super::query::{From, Query, Settled, Show};
use super::tiles::Tiles;
use crate::answer::{Asked, Problem, Refusal};
use crate::app::App;
use crate::bundle::{Bundle, Sent, Words};
use crate::desk::Kind;
use crate::gallery::{Named, Seen};
use crate::guard::{Client, Page};
use crate::views::pictures::body;
use crate::views::unit::{command, objective};

/// The words of a look. Arrays: `input` u8 [H, W, 3], what the network sees; `tiles` u8 [units, h, w], the row's maps made smaller; `peaks` f32 [units],
/// the largest number of each; `map` f32 [h, w], the chosen unit's; `back` i16 [C, H, W], with a rule.
#[derive(Serialize, ToSchema)]
struct LookWords {
    picture: Named,
    /// The part of the picture that the input shows: left, top, right, bottom as fractions of it.
    window: [f64; 4],
    /// The five strongest classes; none where the network is no classifier.
    top: Vec<Top>,
    row: usize,
    unit: usize,
    tiles: Levels,
    chosen: Chosen,
    /// What came back to the input, where a rule was named.
    back: Option<Back>,
    milliseconds: Milliseconds,
    /// The command line that makes the same, where there is one: not for a way back that begins with a map.
    command: Option<String>,
}

/// A class.
#[derive(Serialize, ToSchema)]
pub(crate) struct Top {
    index: usize,
    name: Option<String>,
    score: f32,
    probability: f64,
}

/// The numbers that the levels 0 and 255 stand for.
#[derive(Serialize, ToSchema)]
struct Levels {
    low: f32,
    high: f32,
}

/// The chosen unit's map in numbers.
#[derive(Serialize, ToSchema)]
struct Chosen {
    max: f32,
    /// Row and column of it.
    at: [usize; 2],
    mean: f32,
    /// The share of positions that are not above 0.
    silent: f32,
}

/// What came back to the input.
#[derive(Serialize, ToSchema)]
struct Back {
    rule: &'static str,
    from: &'static str,
    origin_row: usize,
    origin_unit: usize,
    /// The origin's strongest position.
    at: [usize; 2],
    /// The largest size of a number.
    largest: f32,
}

/// How long it took.
#[derive(Serialize, ToSchema)]
struct Milliseconds {
    forward: f64,
    backward: f64,
    all: f64,
}

/// What a picture is in the network.
#[utoipa::path(
    get,
    path = "/api/look",
    params(Query),
    responses(
        (status = 200, body = Words<LookWords>, content_type = "application/vnd.inscape.bundle"),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(super) async fn look(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(query): Asked<Query>,
) -> Result<Sent, Refusal> {
    let id = query.picture.as_deref().ok_or_else(|| Refusal::wrong("name a picture"))?;
    let seen = app.gallery.seen(client, id, query.fit, app.explorer.model()).await?;
    answer(&app, client, page, query, seen).await
}

/// The same of a frame that is sent along, looked at once and not kept.
#[utoipa::path(
    post,
    path = "/api/look",
    params(Query),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "a picture's file"),
    responses(
        (status = 200, body = Words<LookWords>, content_type = "application/vnd.inscape.bundle"),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem),
        (status = 413, body = Problem),
        (status = 422, body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(super) async fn look_at_frame(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(query): Asked<Query>,
    content: Result<Bytes, BytesRejection>,
) -> Result<Sent, Refusal> {
    let content = body(content, FRAME)?;
    let seen = app.gallery.frame(Arc::from(&content[..]), query.fit, app.explorer.model()).await?;
    answer(&app, client, page, query, seen).await
}

async fn answer(
    app: &Arc<App>,
    client: Client,
    page: Page,
    query: Query,
    seen: Arc<Seen>,
) -> Result<Sent, Refusal> {
    let worker = app.clone();
    let bytes = app.desk.ask(client, page, Kind::Look, move || looked(&worker, &query, &seen)).await?;
    Ok(Sent(bytes))
}

fn looked(app: &App, query: &Query, seen: &Seen) -> Result<Vec<u8>, Refusal> {
    let explorer = &app.explorer;
    let begun = Instant::now();
    let (forward, backward, settled, top, maps, back) = explorer.look(&seen.input, |look| {
        let forward = begun.elapsed();
        let settled = query.settled(look, explorer.rows())?;
        let top = look.classes()?;
        let at = Instant::now();
        let maps = match query.show {
            Show::Activations => look.maps(settled.row)?,
            Show::Slopes => look.slopes(&settled.origin, settled.row)?,
        };
        if settled.unit >= maps.units {
            return Err(no_unit(settled.row, settled.unit, maps.units));
        }
        let back = query.rule.name().map(|rule| look.back(&settled.origin, rule)).transpose()?;
        Ok((forward, at.elapsed(), settled, top, maps, back))
    })?;
    let tiles = match query.show {
        Show::Activations => Tiles::of(&maps, query.side),
        Show::Slopes => Tiles::signed(&maps, query.side),
    };
    let [height, width] = [seen.shown.height(), seen.shown.width()];
    let chosen = maps.of(settled.unit);
    let mut bundle = Bundle::new()
        .bytes("input", &[height, width, 3], seen.shown.rgb())
        .bytes("tiles", &tiles.shape, &tiles.levels)
        .floats("peaks", &[maps.units], &peaks(&maps, query.show))
        .floats("map", &[maps.height, maps.width], chosen);
    let mut words = LookWords {
        picture: seen.named.clone(),
        window: seen.window,
        top: tops(&top),
        row: settled.row,
        unit: settled.unit,
        tiles: Levels { low: tiles.low, high: tiles.high },
        chosen: about(chosen, maps.width),
        back: None,
        milliseconds: Milliseconds { forward: ms(forward), backward: ms(backward), all: 0.0 },
        command: command_of(app, query, &settled, &seen.named.name),
    };
    if let (Some(back), Some(rule)) = (back, query.rule.name()) {
        let relevance = in_rgb(app.explorer.model(), &back.relevance);
        bundle = bundle.rounded("back", relevance.shape(), relevance.values());
        let Origin { row, unit, .. } = settled.origin;
        let largest = relevance.values().iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let from = if query.from == From::Max { "max" } else { "map" };
        words.back = Some(Back { rule, from, origin_row: row, origin_unit: unit, at: back.at, largest });
    }
    words.milliseconds.all = ms(begun.elapsed());
    Ok(bundle.with(words))
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}

pub(super) fn no_unit(row: usize, unit: usize, units: usize) -> Refusal {
    Refusal::missing(format!("row {row} has no unit {unit}; its units are 0 to {}", units.saturating_sub(1)))
}

/// The first five.
pub(crate) fn tops(classes: &[Class]) -> Vec<Top> {
    let top = |class: &Class| Top {
        index: class.index,
        name: class.name.clone(),
        score: class.score,
        probability: class.probability,
    };
    classes.iter().take(5).map(top).collect()
}

/// The largest number of each map; of slopes the one of the largest size.
fn peaks(maps: &Maps, show: Show) -> Vec<f32> {
    let larger = |best: f32, value: f32| match show {
        Show::Activations => value > best,
        Show::Slopes => value.abs() > best.abs(),
    };
    let start = if show == Show::Activations { f32::NEG_INFINITY } else { 0.0 };
    let peak = |unit: usize| {
        maps.of(unit).iter().fold(start, |best, &value| if larger(best, value) { value } else { best })
    };
    (0..maps.units).map(peak).collect()
}

fn about(map: &[f32], width: usize) -> Chosen {
    let at = (0..map.len()).fold(0, |best, i| if map[i] > map[best] { i } else { best });
    let count = map.len().max(1) as f32;
    Chosen {
        max: map.get(at).copied().unwrap_or(0.0),
        at: [at / width.max(1), at % width.max(1)],
        mean: map.iter().sum::<f32>() / count,
        silent: map.iter().filter(|&&value| value <= 0.0).count() as f32 / count,
    }
}

/// Channels in the order red, green, blue, as pictures have them.
fn in_rgb(model: &Model, map: &Tensor) -> Tensor {
    let bgr = model.preprocessing().is_ok_and(|settings| settings.channels == Channels::Bgr);
    let area: usize = map.shape()[1..].iter().product();
    match bgr {
        true => Tensor::new(map.shape(), map.values().chunks(area).rev().flatten().copied().collect()),
        false => map.clone(),
    }
}

fn command_of(app: &App, query: &Query, settled: &Settled, picture: &str) -> Option<String> {
    let Origin { row, unit, .. } = settled.origin;
    match (query.rule.name(), query.from) {
        (Some(rule), From::Max) => {
            let target = objective(&app.explorer.rows()[row], unit);
            Some(command(app, &["attribute", picture, "--method", rule, "--target", &target, "--raw"]))
        }
        (Some(_), From::Map) => None,
        (None, _) => Some(command(app, &["classify", picture])),
    }
}
