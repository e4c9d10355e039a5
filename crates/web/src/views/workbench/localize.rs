use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use inscape::localization::{Basis, Localization, Localized, OPTIONS, PRESETS, Pointed};
use inscape::{Image, METHODS, Picture, Target, Watch};
use inscape_tensor::Tensor;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Asked, Problem, Refusal};
use crate::app::App;
use crate::bundle::{Bundle, Sent, Words};
use crate::desk::Kind;
use crate::guard::{Client, Page};
use crate::views::npy::npy;
use crate::views::unit::command;

/// Where the object of a class is wanted; any other key is a setting of `/api/localization`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wish {
    #[param(example = "chelsea.jpg")]
    picture: String,
    /// A class, or another target.
    #[serde(default = "top1")]
    target: String,
    #[serde(default = "default")]
    preset: String,
    /// The longest side of the pictures that show the stages.
    #[serde(default = "side")]
    #[param(minimum = 16, maximum = 1024)]
    side: usize,
}

fn top1() -> String {
    "top1".to_owned()
}

fn default() -> String {
    "default".to_owned()
}

fn side() -> usize {
    512
}

/// What is segmented of a large picture unless more is asked for, so that a mask follows its sliders.
const MEGAPIXELS: f64 = 0.3;

/// Keys that are no settings.
const OWN: &[&str] = &["picture", "target", "preset", "side"];

/// Presets and settings of localization.
#[derive(Serialize, ToSchema)]
pub(super) struct LocalizationSettings {
    presets: Vec<PresetWords>,
    options: Vec<OptionWords>,
}

/// A named bundle of settings.
#[derive(Serialize, ToSchema)]
struct PresetWords {
    name: &'static str,
    about: &'static str,
    source: &'static str,
    /// Every setting's value, by its key.
    values: std::collections::BTreeMap<&'static str, String>,
}

/// A setting.
#[derive(Serialize, ToSchema)]
struct OptionWords {
    key: &'static str,
    about: &'static str,
    /// What it takes, as the command line says it.
    takes: &'static str,
    /// The words it takes, where it takes words.
    choices: Vec<&'static str>,
    minimum: Option<f64>,
    maximum: Option<f64>,
}

/// Where the object of a class is. Arrays: `stage-0`, … u8 [h, w, 3]: pictures of the stages; `mask` u8 [h, w];
/// `picture` u8 [h, w, 3], the picture alone.
#[derive(Serialize, ToSchema)]
struct LocalizeWords {
    target: TargetWords,
    score: f64,
    /// Left, top, right, bottom in the picture's own pixels, half-open.
    #[serde(rename = "box")]
    corners: [usize; 4],
    /// Height and width of the mask.
    size: [usize; 2],
    /// What the mask rests on: `cut`, `threshold`, `seeds`, `picture`.
    basis: &'static str,
    warnings: Vec<String>,
    stages: Vec<StageWords>,
    milliseconds: f64,
    command: String,
}

/// What was looked for.
#[derive(Serialize, ToSchema)]
struct TargetWords {
    text: String,
    index: Option<usize>,
    name: Option<String>,
}

/// A stage.
#[derive(Serialize, ToSchema)]
struct StageWords {
    name: &'static str,
    words: String,
}

/// Presets and settings of localization.
#[utoipa::path(get, path = "/api/localization", responses((status = 200, body = LocalizationSettings)))]
pub(super) async fn settings() -> Json<LocalizationSettings> {
    let presets = PRESETS.iter().map(|row| PresetWords {
        name: row.name,
        about: row.means,
        source: row.source,
        values: (row.make)().entries().map(|(key, value)| (key, value.to_string())).collect(),
    });
    let options = OPTIONS.iter().map(|row| {
        let words = row.takes.contains('|') && !row.takes.contains(|c: char| c.is_ascii_uppercase());
        let quantile = row.takes == "Q";
        OptionWords {
            key: row.key,
            about: row.means,
            takes: row.takes,
            choices: match row.takes {
                "METHOD" => METHODS.iter().map(|method| method.name).collect(),
                takes if words => takes.split('|').collect(),
                _ => Vec::new(),
            },
            minimum: quantile.then_some(0.0),
            maximum: quantile.then_some(1.0),
        }
    });
    Json(LocalizationSettings { presets: presets.collect(), options: options.collect() })
}

/// Where the object of a class is in a picture, with every stage. The class's map is kept, so that settings of later stages are quick to
/// change.
#[utoipa::path(
    get,
    path = "/api/localize",
    params(Wish),
    responses(
        (status = 200, body = Words<LocalizeWords>, content_type = "application/vnd.inscape.bundle"),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem),
        (status = 422, body = Problem)
    )
)]
pub(super) async fn localize(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(wish): Asked<Wish>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Sent, Refusal> {
    let asked = Question::new(&app, client, wish, pairs).await?;
    let worker = app.clone();
    let work = move || {
        let begun = Instant::now();
        let (pointed, found) = asked.located(&worker)?;
        shown(&found, pointed.image(), asked.wish.side.clamp(16, 1024), begun, asked.command(&worker))
    };
    Ok(Sent(app.slow.ask(client, page, Kind::Localize, work).await?))
}

/// The map that the object is found by, where it was segmented: float32 .npy (h, w).
#[utoipa::path(
    get,
    path = "/api/raw/localization.npy",
    params(Wish),
    responses((status = 200, description = ".npy"), (status = 400, body = Problem), (status = 404, body = Problem))
)]
pub(super) async fn raw(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(wish): Asked<Wish>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let asked = Question::new(&app, client, wish, pairs).await?;
    let worker = app.clone();
    let work = move || Ok(asked.located(&worker)?.1.region);
    let region = app.slow.ask(client, page, Kind::Raw, work).await?;
    Ok(npy(&Tensor::new(region.size, region.map), "localization.npy"))
}

/// What is looked for in which picture, with nothing left open.
struct Question {
    wish: Wish,
    target: Target,
    settings: Localization,
    /// Settings that are not the preset's.
    changes: Vec<(String, String)>,
    image: Image,
    /// By which the map is kept.
    key: String,
    client: Client,
}

impl Question {
    async fn new(
        app: &App,
        client: Client,
        wish: Wish,
        pairs: Vec<(String, String)>,
    ) -> Result<Question, Refusal> {
        let mut settings = Localization::named(&wish.preset)?;
        let mut changes: Vec<(String, String)> =
            pairs.into_iter().filter(|(key, _)| !OWN.contains(&&key[..])).collect();
        for (key, value) in &changes {
            settings.set(key, value)?;
        }
        let target = app.explorer.model().target(&wish.target)?;
        app.gallery.touch(client, &wish.picture)?;
        let key = map_key(client, &wish, &settings);
        let image = match app.bench.pointed(&key) {
            Some(pointed) => pointed.image().clone(),
            None => app.gallery.image(client, &wish.picture).await?,
        };
        let large = (image.width() * image.height()) as f64 > MEGAPIXELS * 1e6;
        if large && settings.megapixels > MEGAPIXELS && !changes.iter().any(|(key, _)| key == "megapixels") {
            settings.megapixels = MEGAPIXELS;
            changes.push(("megapixels".to_owned(), MEGAPIXELS.to_string()));
        }
        Ok(Question { wish, target, settings, changes, image, key, client })
    }

    fn located(&self, app: &App) -> Result<(Arc<Pointed>, Localized), Refusal> {
        let pointed = match app.bench.pointed(&self.key) {
            Some(pointed) => pointed,
            None => {
                let pointed = Arc::new(pointed(app, &self.image, &self.target, &self.settings)?);
                let (picture, key) = (self.wish.picture.clone(), self.key.clone());
                app.bench.keep(self.client, picture, key, pointed.clone());
                pointed
            }
        };
        let found = pointed.located(&self.settings);
        Ok((pointed, found))
    }

    fn command(&self, app: &App) -> String {
        let (name, wish) = (self.image.name().unwrap_or_default(), &self.wish);
        let mut words = vec!["localize", name, "--target", &wish.target];
        if wish.preset != "default" {
            words.extend(["--preset", &wish.preset]);
        }
        let changes: Vec<String> = self.changes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        words.extend(changes.iter().flat_map(|change| ["--option", change]));
        words.push("--stages");
        command(app, &words)
    }
}

/// What the map depends on.
fn map_key(client: Client, wish: &Wish, s: &Localization) -> String {
    let joined = s.grad_cam > 0.0;
    format!(
        "{client:?} {:?} {:?} {:?} {:?} {:?} {} {} {joined} {}",
        wish.picture, wish.target, s.map, s.attribution, s.views, s.copies, s.noise, s.seed
    )
}

fn pointed(app: &App, image: &Image, target: &Target, settings: &Localization) -> Result<Pointed, Refusal> {
    let model = app.explorer.model();
    let input = model.prepare(image)?;
    let mut found = model.pointed(&input, std::slice::from_ref(target), settings, &Watch::default())?;
    match (found.pop(), found.is_empty()) {
        (Some(pointed), true) => Ok(pointed),
        _ => Err(Refusal::wrong("this target stands for several classes; name one")),
    }
}

fn shown(
    found: &Localized,
    image: &Image,
    side: usize,
    begun: Instant,
    command: String,
) -> Result<Vec<u8>, Refusal> {
    let image_of = |picture: &Picture| {
        Image::from_rgb8(picture.width(), picture.height(), picture.rgb().to_vec()).map(|i| i.within(side))
    };
    let mut bundle = Bundle::new();
    let mut stages = Vec::new();
    let mut add = |bundle: Bundle, name, words: String, picture: &Picture| {
        let image = image_of(picture)?;
        let array = format!("stage-{}", stages.len());
        stages.push(StageWords { name, words });
        Ok::<_, inscape::Error>(bundle.bytes(&array, &[image.height(), image.width(), 3], image.rgb()))
    };
    for stage in found.stages(image)? {
        bundle = add(bundle, stage.name, stage.words, &stage.picture)?;
    }
    bundle = add(bundle, "box", "mask and box".to_owned(), &found.overlay(image))?;
    let levels = found.region.mask.iter().flat_map(|&inside| [if inside { 255 } else { 0 }; 3]).collect();
    let mask = Image::from_rgb8(image.width(), image.height(), levels)?.within(side);
    let size = [mask.height(), mask.width()];
    let plain = image.within(side);
    let cells: Vec<u8> = mask.rgb().chunks_exact(3).map(|pixel| pixel[0]).collect();
    bundle = bundle.bytes("mask", &size, &cells).bytes("picture", &[size[0], size[1], 3], plain.rgb());
    let target = &found.target;
    Ok(bundle.with(LocalizeWords {
        target: TargetWords {
            text: target.objective.to_string(),
            index: target.objective.terms.first().and_then(|(_, term)| term.index()),
            name: target.name.clone(),
        },
        score: found.score,
        corners: found.region.bounds.corners(),
        size,
        basis: match found.region.basis {
            Basis::Cut => "cut",
            Basis::Threshold => "threshold",
            Basis::Seeds => "seeds",
            _ => "picture",
        },
        warnings: found.region.warnings.clone(),
        stages,
        milliseconds: (begun.elapsed().as_secs_f64() * 1e4).round() / 10.0,
        command,
    }))
}
