use maud::{Markup, html};

use super::figure::Figure;

/// One unit under several backward rules, side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The rules' maps.
    pub maps: Vec<RuleMap>,
    /// Cosine similarity of every pair, by row and column in the order of `maps`.
    pub cosines: Vec<Vec<f64>>,
    /// Whether the network has rectifiers, where alone the maps come to differ.
    pub apart: bool,
}

/// A rule and the map it makes.
#[derive(Clone, Debug)]
pub struct RuleMap {
    /// The rule's name.
    pub name: String,
    /// What it does at a rectifier.
    pub at_rectifiers: String,
    /// Author and year.
    pub source: String,
    /// Its map.
    pub figure: Figure,
}

impl Comparison {
    pub(super) fn markup(&self) -> Markup {
        html! {
            h2 { "Three ways back through the network" }
            @if self.apart {
                p { "All three carry the score back to the pixels, and treat every convolution and pooling alike. They part only at the rectifiers, which let positive numbers through. The "
                    b { "gradient" } " stops where the picture had switched a rectifier off. "
                    b { "DeconvNet" } " ignores that and drops what is negative on the way back. "
                    b { "Guided backpropagation" } " does both, which gives the cleanest drawing and the one that depends least on the class." }
            } @else {
                p { "This network has no rectifier, and rectifiers are where the three differ: the maps coincide." }
            }
            p { "In the gradient, warm pixels push the score up when they grow brighter and blue ones push it down. In the other two the colors are only the sign of what arrives: they draw a pattern, not an effect on the score." }
            div.row.three { @for map in &self.maps { (map.figure.markup()) } }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Rule" } th scope="col" { "At a rectifier" } th scope="col" { "Source" }
                    @for map in &self.maps { th.n scope="col" { "cos to " (map.name) } }
                } }
                tbody { @for (map, cosines) in self.maps.iter().zip(&self.cosines) {
                    tr {
                        td { (map.name) } td { (map.at_rectifiers) } td { (map.source) }
                        @for cosine in cosines { td.n { (format!("{cosine:.3}").replace('-', "−")) } }
                    }
                } }
            } }
            p { "Read: R is what arrives from above, x what the rectifier was given, f′ its slope, 1(·) one where true and zero elsewhere. A cosine of 1 means the same map up to a factor, 0 unrelated maps." }
        }
    }
}
