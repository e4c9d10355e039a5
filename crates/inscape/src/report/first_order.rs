use maud::{Markup, html};

use super::figure::number;
use super::plot::Plot;

/// Simonyan's first-order argument at work, and how the rules differ at each operator of the network.
#[derive(Clone, Debug)]
pub struct FirstOrder {
    /// S(I₀), the score at the picture.
    pub score: f32,
    /// w·I₀, with w = ∂S/∂I at I₀.
    pub inner: f32,
    /// b = S(I₀) − w·I₀.
    pub offset: f32,
    /// The score along lines through the picture.
    pub plots: Vec<Plot>,
    /// Operator, how many nodes, and what each rule does there.
    pub operators: Vec<OperatorRow>,
}

/// What the rules do at one kind of operator.
#[derive(Clone, Debug)]
pub struct OperatorRow {
    /// The operator.
    pub operator: String,
    /// How many nodes of it the network has.
    pub count: usize,
    /// What the gradient, DeconvNet and guided backpropagation do there.
    pub rules: [String; 3],
}

impl FirstOrder {
    pub(super) fn markup(&self) -> Markup {
        html! {
            h2 { "How far a straight line goes" }
            p { "Near the picture I₀ the score is almost a linear function of the pixels, S(I) ≈ w·I + b, with w its gradient: that is why |w| ranks the pixels. Here "
                "S(I₀) = " b { (number(self.score)) } ", w·I₀ = " b { (number(self.inner)) } " and b = " b { (number(self.offset)) } "." }
            p { "Walking away from the picture, the true score leaves the line. A marked radius is where they part by a tenth of the linear change." }
            div.row.two { @for plot in &self.plots { (plot.markup()) } }
            h2 { "What each rule does, operator by operator" }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Operator" } th.n scope="col" { "Nodes" } th scope="col" { "Gradient" }
                    th scope="col" { "DeconvNet" } th scope="col" { "Guided" }
                } }
                tbody { @for row in &self.operators {
                    tr {
                        td.mono { (row.operator) } td.n { (row.count) }
                        @for rule in &row.rules { td { (rule) } }
                    }
                } }
            } }
        }
    }
}
