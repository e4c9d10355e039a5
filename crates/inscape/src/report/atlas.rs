use maud::{Markup, html};

use super::page::page;
use crate::atlas::{Row, Tally};

/// A row of an atlas as its pages show it.
#[derive(Clone, Debug)]
pub struct AtlasRow<'a> {
    /// The row.
    pub row: &'a Row,
    /// Its folder beside the page of all rows.
    pub folder: String,
    /// Its units.
    pub tallies: &'a [Tally],
}

/// The page of all rows of an atlas.
pub fn atlas_page(model: &str, pictures: usize, rows: &[AtlasRow<'_>], facts: &[(String, String)]) -> String {
    let units: usize = rows.iter().map(|row| row.row.units).sum();
    let content = html! {
        h1 { "The units of " (model) }
        p.lead { (units) " units in " (rows.len()) " rows, by the pictures that excite them most, of " (pictures) "." }
        div.scroll { table {
            thead { tr {
                th scope="col" { "Row" } th.n scope="col" { "Units" } th.n scope="col" { "Map" }
                th.n scope="col" { "Sees" } th.n scope="col" { "Silent" } th.n scope="col" { "Never active" }
            } }
            tbody { @for row in rows { tr {
                td { a href={ (row.folder) "/index.html" } { (row.row.value) } }
                td.n { (row.row.units) }
                td.n { (row.row.positions[0]) " × " (row.row.positions[1]) }
                td.n { (sees(row.row)) }
                td.n { (percent(mean(row.tallies.iter().map(Tally::silent)))) }
                td.n { (row.tallies.iter().filter(|tally| tally.zeros == tally.seen).count()) }
            } } }
        } }
        p { "Sees: the pixels of the input that one position depends on. Silent: positions at which a unit is not above 0, on average. Never \
             active: units that are so in no picture at all." }
        h2 { "Where this comes from" }
        dl { @for (name, value) in facts { dt { (name) } dd { (value) } } }
    };
    page(
        &format!("Atlas of {model} – inscape"),
        &content,
        &html! { p { "This page needs no network; its rows lie in folders beside it." } },
    )
}

/// The page of one row: a figure for every unit. `sprite` gives a unit's picture beside the page, `name` what it stands for, where that
/// is known; `shows` says what the picture's rows of tiles are.
pub fn row_page(
    row: &AtlasRow<'_>,
    pictures: &[String],
    shows: &[&str],
    sprite: impl Fn(usize) -> Option<String>,
    name: impl Fn(usize) -> Option<String>,
) -> String {
    let content = html! {
        p { a href="../index.html" { "All rows" } }
        h1 { (row.row.value) }
        p.lead {
            (row.row.units) " units, each a map of " (row.row.positions[0]) " × " (row.row.positions[1])
            " positions, each of which sees " (sees(row.row)) " of the input."
        }
        @if !shows.is_empty() {
            p { "Tiles from left to right: the pictures that excite the unit most, the strongest first, one position of each. Rows of tiles:" }
            ol { @for shows in shows { li { (shows) } } }
        }
        div.units { @for (unit, tally) in row.tallies.iter().enumerate() {
            figure id={ "unit-" (unit) } {
                @if let Some(file) = sprite(unit) {
                    img.fine src=(file) loading="lazy" alt={ "Tiles of unit " (unit) ": " (alt(tally, pictures)) };
                }
                figcaption {
                    b { "Unit " (unit) @if let Some(name) = name(unit) { ", " (name) } }
                    br; (activity(tally))
                    (histogram(tally))
                }
            }
        } }
    };
    page(
        &format!("{} – inscape", row.row.value),
        &content,
        &html! { p { "Numbers are in units.json beside this page." } },
    )
}

fn sees(row: &Row) -> String {
    row.field.map_or("all".to_owned(), |field| format!("{} × {}", field.size[0], field.size[1]))
}

fn activity(tally: &Tally) -> String {
    let most = tally.peaks.first().map_or(0.0, |peak| peak.activation);
    let silent = percent(tally.silent());
    format!("at most {most:.3}, {:.3} on average, silent at {silent} of positions", tally.mean())
}

fn alt(tally: &Tally, pictures: &[String]) -> String {
    let names = tally.peaks.iter().filter_map(|peak| pictures.get(peak.picture));
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Sizes of positive activations, two bars an octave.
fn histogram(tally: &Tally) -> Markup {
    let used = |count: &&u64| **count > 0;
    let first = tally.bins.iter().position(|count| *count > 0);
    let Some(first) = first else { return html! {} };
    let last = tally.bins.iter().rposition(|count| used(&count)).unwrap_or(first);
    let bins = &tally.bins[first..=last];
    let most = bins.iter().max().copied().unwrap_or(1) as f64;
    let (from, to) = (Tally::edge(first), Tally::edge(last + 1));
    html! {
        svg.spark viewBox={ "0 0 " (bins.len() * 4) " 24" } role="img"
            aria-label={ "Histogram of positive activations from " (from) " to " (to) } {
            @for (k, &count) in bins.iter().enumerate() {
                @let height = 24.0 * count as f64 / most;
                rect x=(k * 4) y=(format!("{:.1}", 24.0 - height)) width="3" height=(format!("{height:.1}")) {}
            }
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}
