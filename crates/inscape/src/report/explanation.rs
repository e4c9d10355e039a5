use maud::{Markup, PreEscaped, html};

use super::comparison::Comparison;
use super::figure::{Figure, number};
use super::first_order::Linearity;
use super::page::page;

/// One explained picture, ready to be written as a page.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The picture's file name.
    pub picture: String,
    /// The model's file name.
    pub model: String,
    /// The picture as a person sees it.
    pub original: Figure,
    /// Saliency over the picture.
    pub overlay: Figure,
    /// Saliency alone.
    pub plain: Figure,
    /// What the network is given.
    pub seen: Seen,
    /// The strongest classes, the strongest first.
    pub classes: Vec<ClassRow>,
    /// The class the maps explain.
    pub class: ClassRow,
    /// Whether it was asked for, and not taken because it is the strongest.
    pub named: bool,
    /// The same unit under every backward rule.
    pub rules: Comparison,
    /// The difference of two scores.
    pub versus: Option<Versus>,
    /// The first-order argument, and how the rules differ by operator.
    pub relation: Option<Linearity>,
    /// What was done to the file on the way, of no harm, in sentences.
    pub notes: Vec<String>,
    /// What could mislead the reader, in sentences.
    pub warnings: Vec<String>,
    /// Facts that make the result again: name and value.
    pub facts: Vec<(String, String)>,
    /// The command line that makes it again.
    pub command: String,
}

/// The network's input, drawn, and how it was made.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The input drawn as a picture.
    pub figure: Figure,
    /// How it is to be read, in sentences.
    pub intro: &'static str,
    /// What was done to the picture, in order, in sentences.
    pub steps: Vec<String>,
    /// Name, least and greatest number of every channel.
    pub channels: Vec<(String, f32, f32)>,
}

/// One class and what the network thinks of it.
#[derive(Clone, Debug)]
pub struct ClassRow {
    /// Its index.
    pub index: usize,
    /// Its name, where the model has names.
    pub name: Option<String>,
    /// Its score, before any softmax.
    pub score: f32,
    /// Its probability.
    pub probability: f32,
}

/// The difference of two scores, explained.
#[derive(Clone, Debug)]
pub struct Versus {
    /// The other class, in words.
    pub other: String,
    /// The two scores: the target's, the other's.
    pub scores: [f32; 2],
    /// Where the difference comes from, over the picture.
    pub overlay: Figure,
    /// The map alone.
    pub plain: Figure,
}

const START: &str = "<!--article-->";
const END: &str = "<!--/article-->";

impl Explanation {
    /// The page: one HTML text with everything in it.
    pub fn page(&self) -> String {
        let article = html! { (PreEscaped(START)) (self.article()) (PreEscaped(END)) };
        page(&format!("{}: {}", self.picture, self.headline()), &article, &privacy())
    }

    /// What the network takes the picture for.
    pub fn headline(&self) -> String {
        self.classes.first().map_or_else(|| "no class".to_owned(), ClassRow::title)
    }

    fn article(&self) -> Markup {
        html! {
            article {
                h1 { (capitalized(&self.headline())) }
                p.lead { (self.lead()) }
                @for warning in &self.warnings { p.warning role="note" { b { "Mind: " } (marked(warning)) } }
                div.row.two { (self.original.markup()) (self.overlay.markup()) }
                (self.scores())
                (self.seen())
                (self.saliency())
                (self.rules.markup())
                @if let Some(versus) = &self.versus { (self.versus(versus)) }
                @if let Some(relation) = &self.relation { (relation.markup()) }
                (self.again())
            }
        }
    }

    fn lead(&self) -> Markup {
        let Some(first) = self.classes.first() else { return html! {} };
        let sure = match first.probability {
            p if p >= 0.9 => "and is all but certain",
            p if p >= 0.6 => "and is fairly sure",
            p if p >= 0.3 => "but is not sure",
            _ => "but hardly believes it",
        };
        html! {
            "is what " b { (self.model) } " takes " b { (self.picture) } " for, " (sure) ": probability "
            b { (percent(first.probability)) } "."
            @if self.named {
                " Explained here: " b { (self.class.title()) }
                @if self.class.index != first.index { ", to which it gives " b { (percent(self.class.probability)) } }
                "."
            }
        }
    }

    /// The strongest classes, and below them the one explained where it is not among them.
    fn rows(&self) -> impl Iterator<Item = &ClassRow> {
        let explained = |row: &&ClassRow| row.index == self.class.index;
        self.classes.iter().chain((!self.classes.iter().any(|row| explained(&row))).then_some(&self.class))
    }

    fn scores(&self) -> Markup {
        html! {
            h2 { "What it answers" }
            p { "The classes the network finds most likely. The score is its raw answer; the probability is the softmax of all scores, so it tells how one class stands against all the others." }
            table {
                thead { tr {
                    th scope="col" { "Class" } th scope="col" { span.meter { "Probability" } } th.n scope="col" { "" }
                    th.n scope="col" { "Score" } th.n scope="col" { "Index" }
                } }
                tbody {
                    @for (rank, row) in self.rows().enumerate() {
                        tr.first[rank == 0] {
                            td { (row.title()) @if self.named && row.index == self.class.index { small { " explained here" } } }
                            td.meter { i style={ "width:" (format!("{:.2}", 100.0 * row.probability)) "%" } {} }
                            td.n { (percent(row.probability)) }
                            td.n { (number(row.score)) }
                            td.n { (row.index) }
                        }
                    }
                }
            }
        }
    }

    fn seen(&self) -> Markup {
        html! {
            h2 { "What the network really sees" }
            div.row.aside {
                (self.seen.figure.markup())
                div {
                    p { (self.seen.intro) }
                    ol {
                        @for note in &self.notes { li { (capitalized(note)) "." } }
                        @for step in &self.seen.steps { li { (step) } }
                    }
                    table {
                        thead { tr { th scope="col" { "Channel" } th.n scope="col" { "Least" } th.n scope="col" { "Greatest" } } }
                        tbody { @for (name, low, high) in &self.seen.channels {
                            tr { td { (name) } td.n { (number(*low)) } td.n { (number(*high)) } }
                        } }
                    }
                }
            }
        }
    }

    fn saliency(&self) -> Markup {
        html! {
            h2 { "Which pixels decide" }
            div.row.aside {
                (self.plain.markup())
                div {
                    p { "Bright cells are those where the smallest change of color would change the score of " b { (self.class.title()) }
                        " most: the largest absolute derivative over the channels (Simonyan, Vedaldi and Zisserman 2014)." }
                    p { "It tells where the network is sensitive, not whether a pixel speaks for or against the class. Single cells are noisy, and a grid may show: the strides of the first layers visit some cells more often than others." @if self.softened() { " The overlay above is therefore softened a little." } }
                    p { "The map is drawn as the network's input lies, " (self.seen.figure.size[0]) " × " (self.seen.figure.size[1])
                        " cells. The brightest color stands for everything above the number at the right end of the bar." }
                }
            }
        }
    }

    fn softened(&self) -> bool {
        self.overlay.bar.as_ref().is_some_and(|bar| bar.blur > 0.0)
    }

    fn versus(&self, versus: &Versus) -> Markup {
        let [ours, theirs] = versus.scores;
        html! {
            h2 { "Why not " (versus.other) "?" }
            p { "The score of " b { (self.class.title()) } " is " (number(ours)) ", that of " b { (versus.other) } " is " (number(theirs))
                ". Shown is the derivative of their difference, " (number(ours - theirs)) ": the pixels that tip the balance between the two." }
            div.row.two { (versus.plain.markup()) (versus.overlay.markup()) }
        }
    }

    fn again(&self) -> Markup {
        html! {
            section.whole {
                h2 { "Make it again" }
                p { "The same command on the same files gives the same numbers." }
                pre { code { (self.command) } }
                dl { @for (name, value) in &self.facts { dt { (name) } dd { (value) } } }
            }
        }
    }
}

impl ClassRow {
    /// Its name, or its index.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("class {}", self.index))
    }
}

/// The article inside a page written by [`Explanation::page`], to stand in an index of several.
pub fn article_of(page: &str) -> Option<&str> {
    let start = page.find(START)? + START.len();
    let end = start + page.get(start..)?.rfind(END)?;
    page.get(start..end)
}

/// The address of the overlay, the second picture of such an article, to stand for it in an index.
pub fn overlay_of(article: &str) -> Option<&str> {
    article.split("<img ").nth(2)?.split_once("src=\"")?.1.split('"').next()
}

pub(super) fn privacy() -> Markup {
    html! {
        p { "This page contains the pictures. It loads nothing from anywhere, so it can be kept, mailed or printed as it is; think of that before you share it." }
        p { "Made by inscape " (env!("CARGO_PKG_VERSION")) "." }
    }
}

fn percent(probability: f32) -> String {
    match 100.0 * probability {
        p if p >= 99.95 => ">\u{a0}99.9\u{a0}%".to_owned(),
        p if p < 0.05 => "<\u{a0}0.1\u{a0}%".to_owned(),
        p => format!("{p:.1}\u{a0}%"),
    }
}

/// Words in which what stands between backticks is set as code.
fn marked(words: &str) -> Markup {
    html! {
        @for (i, part) in words.split('`').enumerate() { @if i % 2 == 1 { code { (part) } } @else { (part) } }
    }
}

pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
