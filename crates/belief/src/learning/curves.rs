use inscape::report::{Curves, Series};

use super::epoch::{Epoch, Stage};

/// One number of an epoch.
type Number = fn(&Epoch) -> Option<f64>;

/// What is drawn: a file's ending, a title, what the vertical axis measures, and the number.
const CHARTS: &[(&str, &str, &str, Number)] = &[
    ("curves", "Reconstruction", "mean squared error per unit", |epoch| epoch.reconstruction),
    ("gap", "Validation less training", "gap", |epoch| epoch.gap),
    ("error", "Classification", "error on the test set", |epoch| epoch.test_error),
];

/// The charts of a history, each with the ending of its file; those without numbers are left out.
pub fn curves(history: &[Epoch]) -> Vec<(&'static str, Curves)> {
    let mut stages: Vec<Stage> = Vec::new();
    for epoch in history {
        if !stages.contains(&epoch.stage) {
            stages.push(epoch.stage);
        }
    }
    let chart = |&(ending, title, up, number): &(&'static str, &str, &str, Number)| {
        let series = stages.iter().map(|&stage| {
            let points = history.iter().filter(|epoch| epoch.stage == stage);
            let points = points.filter_map(|epoch| Some([epoch.epoch as f64, number(epoch)?]));
            Series { name: stage.to_string(), points: points.collect() }
        });
        let series: Vec<Series> = series.filter(|series| !series.points.is_empty()).collect();
        let drawn = Curves { title: title.to_owned(), across: "epoch".to_owned(), up: up.to_owned(), series };
        (!drawn.series.is_empty()).then_some((ending, drawn))
    };
    CHARTS.iter().filter_map(chart).collect()
}
