use inscape::report::{Curves, Series};
use inscape::visualization::Visualization;

use super::expand::Wanted;

/// The curve of one image: its objective, and for a class the score or probability beside it.
pub(super) fn curve(wanted: &Wanted, made: &Visualization) -> Curves {
    let points = |pick: &dyn Fn(&inscape::visualization::CurvePoint) -> Option<f64>| {
        let curve = made.rendering.curve.iter();
        curve.filter_map(|point| Some([point.step as f64, pick(point)?])).collect()
    };
    Curves {
        title: wanted.objective.to_string(),
        across: "step".into(),
        up: "objective".into(),
        series: vec![Series { name: "objective".into(), points: points(&|point| Some(point.objective)) }],
    }
}

/// The curves of a comparison: the class's score, or its probability, under every objective.
pub(super) fn curves(title: &str, made: &[(&Wanted, &Visualization)], up: &str) -> Curves {
    let pick = if up == "score" { 0 } else { 1 };
    let series = made.iter().map(|(wanted, made)| {
        let points = made.rendering.curve.iter().filter_map(|p| Some([p.step as f64, p.class?[pick]]));
        let kind = if wanted.objective.kind() == "posterior" { "posterior" } else { "score" };
        Series { name: format!("maximizing {kind}"), points: points.collect() }
    });
    Curves { title: title.to_owned(), across: "step".into(), up: up.to_owned(), series: series.collect() }
}

/// The curve as comma-separated values.
pub(super) fn table(made: &Visualization) -> String {
    let mut text = String::from("step,objective,score,probability\n");
    for point in &made.rendering.curve {
        let [score, probability] =
            point.class.map_or([String::new(), String::new()], |c| c.map(|v| v.to_string()));
        text.push_str(&format!("{},{},{score},{probability}\n", point.step, point.objective));
    }
    text
}

/// Sides of a chart in a figure.
const CHART: [usize; 2] = [400, 720];

/// One figure as an SVG file: the images of a class under each objective, over the curves of its score and probability.
pub(super) fn figure(title: &str, made: &[(&Wanted, &Visualization)]) -> String {
    use std::fmt::Write;
    let (side, top) = (330, 64);
    let width = 2 * CHART[1];
    let height = top + side + 56 + CHART[0];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         role=\"img\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><text x=\"{}\" y=\"40\" font-size=\"24\" \
         text-anchor=\"middle\">{}</text>",
        width / 2,
        escaped(title)
    );
    let count = made.len().max(1);
    for (i, (wanted, made)) in made.iter().enumerate() {
        let middle = (2 * i + 1) * width / (2 * count);
        let picture = inscape::Picture::from_image(&made.image).png_bytes();
        let kind = if wanted.objective.kind() == "posterior" { "posterior P" } else { "score S" };
        let result = made.rendering.class.map_or_else(String::new, |[score, probability]| {
            format!(": score {score:.1}, probability {:.1} %", 100.0 * probability)
        });
        let _ = write!(
            svg,
            "<image x=\"{}\" y=\"{top}\" width=\"{side}\" height=\"{side}\" href=\"{}\"/><text x=\"{middle}\" y=\"{}\" \
             font-size=\"17\" text-anchor=\"middle\">maximizing the {kind}{result}</text>",
            middle - side / 2,
            inscape::report::data_address("image/png", &picture),
            top + side + 28,
        );
    }
    for (i, up) in ["score", "probability"].into_iter().enumerate() {
        let chart = curves(&format!("{up} at each step"), made, up).svg();
        let place = format!(
            "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" ",
            i * CHART[1],
            top + side + 56,
            CHART[1],
            CHART[0]
        );
        svg.push_str(&chart.replacen("<svg ", &place, 1));
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
