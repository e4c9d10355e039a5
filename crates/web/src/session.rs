use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use inscape::atlas::Explorer;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::atlas::About;
use crate::gallery::{Limits, Named};
use crate::guard::Client;
use crate::views::VIEWS;

/// What a page has to know before it asks anything.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Session {
    version: &'static str,
    views: Vec<View>,
    model: SessionModel,
    /// Names of the classes, where they are known.
    labels: Vec<String>,
    /// Rows of units, from the input on.
    rows: Vec<SessionRow>,
    rules: Vec<Rule>,
    atlas: Option<About>,
    limits: Limits,
    /// Many clients on one server.
    classroom: bool,
    /// Only this machine can connect.
    loopback: bool,
    /// The server's pictures.
    pictures: Vec<Named>,
    /// The client's own.
    own: Vec<Named>,
}

/// A page.
#[derive(Clone, Serialize, ToSchema)]
struct View {
    name: &'static str,
    title: &'static str,
}

/// The network.
#[derive(Clone, Serialize, ToSchema)]
struct SessionModel {
    name: String,
    sha256: String,
    /// Channels, height and width of its input.
    input: Vec<usize>,
    parameters: u64,
    classes: Option<usize>,
}

/// A row of units.
#[derive(Clone, Serialize, ToSchema)]
struct SessionRow {
    index: usize,
    /// The value's name.
    value: String,
    /// The operator that makes it.
    operator: String,
    units: usize,
    /// Rows and columns of a unit's map.
    positions: [usize; 2],
    /// Whether its units are the classes.
    classes: bool,
    /// What a position sees of the input; `null` where that is all of it.
    field: Option<Field>,
    /// The rows it reads with no other in between.
    below: Vec<usize>,
}

/// A receptive field.
#[derive(Clone, Serialize, ToSchema)]
struct Field {
    size: [usize; 2],
    stride: [usize; 2],
    start: [isize; 2],
}

/// A backward rule.
#[derive(Clone, Serialize, ToSchema)]
struct Rule {
    name: &'static str,
    at_rectifiers: &'static str,
    source: &'static str,
}

impl Session {
    pub(crate) fn new(
        explorer: &Explorer,
        name: &str,
        atlas: Option<About>,
        limits: Limits,
        classroom: bool,
        loopback: bool,
    ) -> Result<Session, inscape::Error> {
        let model = explorer.model();
        let inspection = model.inspect()?;
        let operator = |value: &str| {
            let layer = inspection.layers.iter().find(|layer| layer.value == value);
            layer.map_or_else(String::new, |layer| layer.operator.clone())
        };
        let classes = model.class_count().ok();
        let labels = match model.labels() {
            Ok(Some(labels)) => (0..classes.unwrap_or(0))
                .map(|class| labels.name(class).unwrap_or_default().to_owned())
                .collect(),
            _ => Vec::new(),
        };
        let rows = explorer.rows().iter().enumerate().map(|(index, row)| SessionRow {
            index,
            value: row.value.clone(),
            operator: operator(&row.value),
            units: row.units,
            positions: row.positions,
            classes: row.classes,
            field: row.field.map(|f| Field { size: f.size, stride: f.stride, start: f.start }),
            below: explorer.below(index).to_vec(),
        });
        let rules = inscape_engine::RULES.iter().map(|row| Rule {
            name: row.name,
            at_rectifiers: row.at_rectifiers,
            source: row.source,
        });
        Ok(Session {
            version: env!("CARGO_PKG_VERSION"),
            views: VIEWS.iter().map(|row| View { name: row.name, title: row.title }).collect(),
            model: SessionModel {
                name: name.to_owned(),
                sha256: model.sha256().to_owned(),
                input: model.input_shape()[1..].to_vec(),
                parameters: inspection.parameters,
                classes,
            },
            labels,
            rows: rows.collect(),
            rules: rules.collect(),
            atlas,
            limits,
            classroom,
            loopback,
            pictures: Vec::new(),
            own: Vec::new(),
        })
    }
}

/// What a page has to know before it asks anything: the network, its rows, the pictures.
#[utoipa::path(get, path = "/api/session", responses((status = 200, body = Session)))]
pub(crate) async fn session(State(app): State<Arc<App>>, client: Client) -> Json<Session> {
    Json(Session { pictures: app.gallery.shared(), own: app.gallery.own(client), ..app.session.clone() })
}
