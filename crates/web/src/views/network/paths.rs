use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use inscape::atlas::{Edge, Edges, Explorer, Look};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::edges::strongest;
use crate::answer::{Asked, Problem, Refusal};
use crate::app::App;
use crate::desk::Kind;
use crate::guard::{Client, Page};

/// Whose paths are wanted, and how many.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Query {
    row: usize,
    unit: usize,
    /// Edges followed from each unit.
    #[serde(default = "three")]
    #[param(minimum = 1, maximum = 8)]
    strongest: usize,
    /// What edges weigh.
    #[serde(default)]
    #[param(inline)]
    by: By,
    /// The picture, by contribution.
    #[serde(default)]
    #[param(example = "chelsea.jpg")]
    picture: Option<String>,
    /// The most units.
    #[serde(default = "limit")]
    #[param(minimum = 1, maximum = 1000)]
    limit: usize,
}

fn three() -> usize {
    3
}

fn limit() -> usize {
    400
}

/// What edges weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum By {
    /// The sum of the weights between two units.
    #[default]
    Weight,
    /// On a picture: activation times gradient.
    Contribution,
}

/// The paths that feed a unit and that it feeds.
#[derive(Serialize, ToSchema)]
pub(super) struct Paths {
    units: Vec<Lit>,
    edges: Vec<Path>,
    /// How many of all weights are traced, 0 to 1; until all are, no path leads on from the unit.
    traced: f64,
    milliseconds: f64,
}

/// A unit on a path.
#[derive(Clone, Serialize, ToSchema)]
struct Lit {
    row: usize,
    unit: usize,
    /// Steps from the chosen unit: below 0 towards the input.
    level: i32,
    /// The product along its strongest path of each edge's share among those followed: 1 at the chosen unit.
    strength: f32,
}

/// An edge of a path.
#[derive(Clone, Serialize, ToSchema)]
struct Path {
    from: At,
    to: At,
    weight: f32,
}

/// A unit's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
struct At {
    row: usize,
    unit: usize,
}

/// The paths that feed a unit and that it feeds, by the strongest edges.
#[utoipa::path(
    get,
    path = "/api/paths",
    params(Query),
    responses((status = 200, body = Paths), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(super) async fn paths(
    State(app): State<Arc<App>>,
    client: Client,
    page: Page,
    Asked(query): Asked<Query>,
) -> Result<Json<Paths>, Refusal> {
    let query = Query { strongest: query.strongest.clamp(1, 8), limit: query.limit.clamp(1, 1000), ..query };
    let seen = match (query.by, &query.picture) {
        (By::Contribution, None) => return Err(Refusal::wrong("contributions need a picture")),
        (By::Contribution, Some(id)) => {
            Some(app.gallery.seen(client, id, Default::default(), app.explorer.model()).await?)
        }
        (By::Weight, _) => None,
    };
    let worker = app.clone();
    let work = move || {
        let begun = Instant::now();
        let (known, traced) = worker.traced();
        let explorer = &worker.explorer;
        let mut found = match seen {
            Some(seen) => explorer.look(&seen.input, |look| found(explorer, look, known.as_deref(), &query)),
            None => explorer.look_at_nothing(|look| found(explorer, look, known.as_deref(), &query)),
        }?;
        found.traced = traced;
        found.milliseconds = (begun.elapsed().as_secs_f64() * 1e4).round() / 10.0;
        Ok::<_, Refusal>(found)
    };
    Ok(Json(app.slow.ask(client, page, Kind::Paths, work).await?))
}

/// Units of a level from which paths go on, for each edge that is followed.
const WIDTH: usize = 4;
/// Units of a row above, the strongest on the picture, that are asked what a unit contributes to them.
const ASKED: usize = 24;

/// The search for paths on one look.
struct Search<'s, 'e, 'm> {
    explorer: &'s Explorer,
    look: &'s mut Look<'e, 'm>,
    known: Option<&'s Edges>,
    query: &'s Query,
    lit: HashMap<At, Lit>,
    edges: Vec<Path>,
    /// Contributions that were asked for already.
    into: HashMap<At, Vec<Edge>>,
}

fn found(
    explorer: &Explorer,
    look: &mut Look<'_, '_>,
    known: Option<&Edges>,
    query: &Query,
) -> Result<Paths, Refusal> {
    let (lit, edges, into) = Default::default();
    let start = At { row: query.row, unit: query.unit };
    let mut search = Search { explorer, look, known, query, lit, edges, into };
    // also says whether there is such a unit
    search.inputs(start)?;
    search.lit.insert(start, Lit { row: start.row, unit: start.unit, level: 0, strength: 1.0 });
    search.follow(start, -1, |search, at| search.inputs(at))?;
    search.follow(start, 1, |search, at| search.outputs(at))?;
    let mut units: Vec<Lit> = search.lit.into_values().collect();
    units.sort_by_key(|lit| (lit.row, lit.unit));
    Ok(Paths { units, edges: search.edges, traced: 0.0, milliseconds: 0.0 })
}

impl Search<'_, '_, '_> {
    /// Goes on from a unit in one direction, level by level.
    fn follow(
        &mut self,
        start: At,
        step: i32,
        next: impl Fn(&mut Self, At) -> Result<Vec<Edge>, Refusal>,
    ) -> Result<(), Refusal> {
        let mut level = 0;
        let mut front = vec![(start, 1.0f32)];
        while !front.is_empty() && self.lit.len() < self.query.limit {
            level += step;
            let mut reached: HashMap<At, f32> = HashMap::new();
            for (at, strength) in front {
                let mut edges = next(self, at)?;
                strongest(&mut edges, self.query.strongest);
                let all: f32 = edges.iter().map(|edge| edge.weight.abs()).sum();
                for edge in edges {
                    let other = At { row: edge.row, unit: edge.unit };
                    let (from, to) = if step < 0 { (other, at) } else { (at, other) };
                    self.edges.push(Path { from, to, weight: edge.weight });
                    let share = strength * edge.weight.abs() / all;
                    if !self.lit.contains_key(&other) {
                        let best = reached.entry(other).or_default();
                        *best = best.max(share);
                    }
                }
            }
            front = reached.into_iter().collect();
            front.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let kept = front.len().min(WIDTH * self.query.strongest);
            let kept = kept.min(self.query.limit.saturating_sub(self.lit.len()));
            front.truncate(kept);
            for &(At { row, unit }, strength) in &front {
                self.lit.insert(At { row, unit }, Lit { row, unit, level, strength });
            }
        }
        let lit = &self.lit;
        self.edges.retain(|edge| lit.contains_key(&edge.from) && lit.contains_key(&edge.to));
        Ok(())
    }

    fn inputs(&mut self, at: At) -> Result<Vec<Edge>, Refusal> {
        match (self.query.by, self.known) {
            (By::Weight, Some(known)) if self.is_there(at) => Ok(known.inputs[at.row][at.unit].clone()),
            (By::Weight, _) => Ok(self.look.weights(at.row, at.unit)?),
            (By::Contribution, _) => self.contributions(at),
        }
    }

    fn outputs(&mut self, at: At) -> Result<Vec<Edge>, Refusal> {
        if self.query.by == By::Weight {
            return Ok(self.known.map_or_else(Vec::new, |known| known.outputs[at.row][at.unit].clone()));
        }
        let rows = self.explorer.rows().len();
        let above = (at.row + 1..rows).filter(|&row| self.explorer.below(row).contains(&at.row));
        let mut edges = Vec::new();
        for row in above {
            let peaks = self.look.peaks(row)?;
            let mut units: Vec<usize> = (0..peaks.len()).filter(|&unit| peaks[unit].0 > 0.0).collect();
            units.sort_by(|&a, &b| peaks[b].0.total_cmp(&peaks[a].0).then(a.cmp(&b)));
            for unit in units.into_iter().take(ASKED) {
                let into = self.contributions(At { row, unit })?;
                let own = into.iter().filter(|edge| edge.row == at.row && edge.unit == at.unit);
                edges.extend(own.map(|edge| Edge { row, unit, weight: edge.weight }));
            }
        }
        Ok(edges)
    }

    fn contributions(&mut self, at: At) -> Result<Vec<Edge>, Refusal> {
        if let Some(known) = self.into.get(&at) {
            return Ok(known.clone());
        }
        let found = self.look.contributions(at.row, at.unit)?;
        self.into.insert(at, found.clone());
        Ok(found)
    }

    fn is_there(&self, at: At) -> bool {
        self.explorer.rows().get(at.row).is_some_and(|row| at.unit < row.units)
    }
}
