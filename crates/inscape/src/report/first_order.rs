use maud::{Markup, html};

use super::explanation::capitalized;
use super::figure::number;
use super::plot::Plot;
use crate::first_order::{FirstOrder, Line, Parting};
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
            section.whole {
            h2 { "How far a straight line goes" }
            p { "Near the picture I₀ the score is almost a linear function of the pixels, S(I) ≈ w·I + b, with w its gradient: that is why |w| ranks the pixels. Here "
                "S(I₀) = " b { (number(*score as f32)) } ", w·I₀ = " b { (number(*inner as f32)) } ", b = " b { (number(*offset as f32)) }
                " and ‖w‖ = " b { (number(*norm as f32)) } "." }
            p { "Walking away from the picture, S(I₀ + εd), the true score leaves the line. Dotted uprights mark the least distance at which, on either side, they part by a tenth of the linear change; ε is in the network's own numbers, ‖d‖ = 1." }
            div.row.two { @for line in lines { (plot(line).markup()) } }
            }
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
    let told = |distance: f64| number(distance as f32);
    let (parted, marks) = match line.parting {
        Parting::At(radius) => (
            format!("they part by a tenth at a distance of {}", told(radius)),
            vec![(-radius as f32, String::new()), (radius as f32, format!("ε = {}", told(radius)))],
        ),
        Parting::Beyond(reach) => {
            (format!("they do not part by a tenth up to a distance of {}", told(reach)), Vec::new())
        }
        Parting::Drowned(least) if least.is_finite() => {
            let clear = "a tenth of it stands clear of the score's rounding only beyond a distance of";
            (format!("the linear part is too small to compare: {clear} {}", told(least)), Vec::new())
        }
        Parting::Drowned(_) => ("there is no linear part: the slope is 0".to_owned(), Vec::new()),
    };
    Plot {
        title: format!("Along {along}"),
        alt: format!("The score and its first-order approximation along {along}; {parted}"),
        caption: format!("{}.", capitalized(&parted)),
        across: "distance ε from the picture".to_owned(),
        up: "score".to_owned(),
        points: line.points.iter().map(|point| point.map(|number| number as f32)).collect(),
        marks,
    }
}

#[cfg(test)]
mod tests {
    use super::plot;
    use crate::first_order::{Line, Parting};

    #[test]
    fn a_radius_is_marked_on_both_sides_and_never_where_there_is_none() {
        let line =
            |parting| Line { direction: "random", slope: 1.0, points: vec![[-4.0; 3], [4.0; 3]], parting };
        let at = plot(&line(Parting::At(2.0)));
        assert_eq!(at.marks, [(-2.0, String::new()), (2.0, "ε = 2.00".to_owned())]);
        assert!(at.caption.contains("at a distance of 2.00"), "{}", at.caption);
        for (parting, words) in [
            (Parting::Drowned(0.5), "rounding only beyond a distance of 0.500"),
            (Parting::Drowned(f64::INFINITY), "the slope is 0"),
            (Parting::Beyond(7.0), "do not part by a tenth up to a distance of 7.00"),
        ] {
            let plot = plot(&line(parting));
            assert!(plot.marks.is_empty() && plot.caption.contains(words), "{}", plot.caption);
        }
    }
}
