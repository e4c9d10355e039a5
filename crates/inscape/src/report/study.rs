use maud::{Markup, html};

use super::curves::Curves;
use super::figure::Figure;
use super::page::page;

/// A page of figures with what is said about them.
#[derive(Clone, Debug)]
pub struct Study {
    /// What it is about, in a few words.
    pub title: String,
    /// What it found, in a sentence or two.
    pub lead: String,
    /// What could mislead, in sentences.
    pub warnings: Vec<String>,
    /// Its parts, in order.
    pub parts: Vec<StudyPart>,
    /// Where the numbers come from, by name.
    pub facts: Vec<(String, String)>,
    /// The command that makes it again.
    pub command: String,
}

/// A part under a heading of its own.
#[derive(Clone, Debug)]
pub struct StudyPart {
    /// The heading.
    pub title: String,
    /// Paragraphs before the figures.
    pub before: Vec<String>,
    /// The figures.
    pub rows: Vec<StudyRow>,
    /// Numbers by name: the heads of the columns, then rows whose first cell names them.
    pub table: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// Paragraphs after the figures: what is seen.
    pub after: Vec<String>,
}

/// What stands side by side.
#[derive(Clone, Debug)]
pub enum StudyRow {
    /// Figures, under a heading where it is not empty; `None` where there is none, with the reason.
    Figures(String, Vec<Result<Figure, String>>),
    /// A chart over the whole width, with its caption.
    Chart(Curves, String),
}

impl Study {
    /// The whole page; it needs no other file.
    pub fn html(&self) -> String {
        let content = html! {
            section {
                h1 { (self.title) }
                p.lead { (self.lead) }
                @for warning in &self.warnings { div.warning role="note" { (warning) } }
                @for part in &self.parts { (part.markup()) }
                h2 { "Where this comes from" }
                dl { @for (name, value) in &self.facts { dt { (name) } dd { (value) } } }
                @if !self.command.is_empty() { pre { (self.command) } }
            }
        };
        let foot = html! { p { "This page needs no other file and no network." } };
        page(&format!("{} – inscape", self.title), &content, &foot)
    }
}

impl StudyPart {
    fn markup(&self) -> Markup {
        html! {
            h2 { (self.title) }
            @for words in &self.before { p { (words) } }
            @for row in &self.rows { (row.markup()) }
            @if let Some((heads, rows)) = &self.table {
                div.scroll { table {
                    thead { tr { @for (i, head) in heads.iter().enumerate() { th.n[i > 0] scope="col" { (head) } } } }
                    tbody { @for row in rows { tr {
                        @for (i, cell) in row.iter().enumerate() { td.n[i > 0] { (cell) } }
                    } } }
                } }
            }
            @for words in &self.after { p { (words) } }
        }
    }
}

impl StudyRow {
    fn markup(&self) -> Markup {
        match self {
            StudyRow::Figures(title, figures) => {
                let columns = match figures.len() {
                    1 => "row",
                    2 | 4 => "row two",
                    _ => "row three",
                };
                html! {
                    @if !title.is_empty() { h3 { (title) } }
                    div class=(columns) {
                        @for figure in figures {
                            @match figure {
                                Ok(figure) => { (figure.markup()) }
                                Err(reason) => { div.warning role="note" { (reason) } }
                            }
                        }
                    }
                }
            }
            StudyRow::Chart(curves, caption) => html! {
                div.row { figure {
                    (curves.placed([0.0, 0.0]))
                    figcaption { (caption) }
                } }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Series;

    #[test]
    fn a_page_escapes_its_words_and_says_why_a_figure_is_missing() {
        let curves = Curves {
            title: "curve".into(),
            across: "x".into(),
            up: "y".into(),
            series: vec![Series { name: "a".into(), points: vec![[0.0, 1.0], [1.0, 2.0]] }],
        };
        let part = StudyPart {
            title: "Part <1>".into(),
            before: vec!["a & b".into()],
            rows: vec![
                StudyRow::Figures(String::new(), vec![Err("no <model>".into())]),
                StudyRow::Chart(curves, "falls".into()),
            ],
            table: Some((vec!["of".into(), "n".into()], vec![vec!["layer 1".into(), "0.5".into()]])),
            after: vec![],
        };
        let study = Study {
            title: "t".into(),
            lead: "l".into(),
            warnings: vec!["w".into()],
            parts: vec![part],
            facts: vec![("model".into(), "m".into())],
            command: "inscape belief report".into(),
        };
        let html = study.html();
        assert!(
            html.contains("Part &lt;1&gt;") && html.contains("no &lt;model&gt;") && html.contains("<path d=")
        );
        assert!(html.contains("<td class=\"n\">0.5</td>"));
        assert!(!["https://", "<script"].iter().any(|need| html.contains(need)));
    }
}
