use maud::{Markup, html};

use super::figure::number;
use super::plot::Plot;
use crate::first_order::{FirstOrder, Line};
use crate::relation::Reading;

/// Simonyan's first-order argument at work, and how the rules differ at each operator of the network.
#[derive(Clone, Debug)]
pub struct Linearity {
    /// The score along lines through the picture.
    pub first_order: FirstOrder,
    /// What each rule does at each kind of operator.
    pub readings: Vec<Reading>,
}

impl Linearity {
    pub(super) fn markup(&self) -> Markup {
        let FirstOrder { score, inner, offset, norm, lines, .. } = &self.first_order;
        html! {
            h2 { "How far a straight line goes" }
            p { "Near the picture I₀ the score is almost a linear function of the pixels, S(I) ≈ w·I + b, with w its gradient: that is why |w| ranks the pixels. Here "
                "S(I₀) = " b { (number(*score as f32)) } ", w·I₀ = " b { (number(*inner as f32)) } ", b = " b { (number(*offset as f32)) }
                " and ‖w‖ = " b { (number(*norm as f32)) } "." }
            p { "Walking away from the picture, S(I₀ + εd), the true score leaves the line. A dotted upright marks the radius at which they part by a tenth of the linear change; ε is in the network's own numbers, ‖d‖ = 1." }
            div.row.two { @for line in lines { (plot(line).markup()) } }
            h2 { "What each rule does, operator by operator" }
            p { "R is the relevance that arrives from above, x what the operator was given, f′ its slope." }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Operator" } th.n scope="col" { "Nodes" } th scope="col" { "Gradient" }
                    th scope="col" { "DeconvNet" } th scope="col" { "Guided backpropagation" }
                } }
                tbody { @for row in &self.readings {
                    tr {
                        td.mono { (row.operator) } td.n { (row.nodes) }
                        @if row.rules.windows(2).all(|pair| pair[0] == pair[1]) {
                            td { (row.rules.first().copied().unwrap_or_default()) } td.soft { "the same" } td.soft { "the same" }
                        } @else {
                            @for rule in &row.rules { td { b { (rule) } } }
                        }
                    }
                } }
            } }
        }
    }
}

fn plot(line: &Line) -> Plot {
    let along = if line.direction == "gradient" { "the gradient" } else { "a random direction" };
    let parted = line.radius.map_or_else(
        || "they do not part by a tenth within the plot".to_owned(),
        |radius| format!("they part by a tenth at a distance of {}", number(radius as f32)),
    );
    Plot {
        title: format!("Along {along}."),
        alt: format!("The score and its first-order approximation along {along}; {parted}"),
        across: "distance ε from the picture".to_owned(),
        points: line.points.iter().map(|point| point.map(|number| number as f32)).collect(),
        mark: line.radius.map(|radius| (radius as f32, format!("ε = {}", number(radius as f32)))),
    }
}
