use inscape::Picture;
use inscape::report::{Curves, Series, SideBySide};
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
fn curves(title: &str, made: &[(&Wanted, &Visualization)], up: &str) -> Curves {
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

/// The figure of a class: its images under each objective over the curves of its score and probability.
pub(super) fn figure(title: &str, made: &[(&Wanted, &Visualization)]) -> SideBySide {
    let pictures = made.iter().map(|(wanted, made)| {
        let kind = if wanted.objective.kind() == "posterior" { "probability" } else { "score" };
        let result = made.rendering.class.map_or_else(String::new, |[score, probability]| {
            format!(": score {score:.1}, probability {:.1} %", 100.0 * probability)
        });
        (Picture::from_image(&made.image), format!("maximizing the {kind}{result}"))
    });
    let charts = ["score", "probability"].map(|up| curves(&format!("{up} at each step"), made, up));
    SideBySide { title: title.to_owned(), pictures: pictures.collect(), charts }
}
