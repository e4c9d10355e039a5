use inscape::report::{FileMark, Record, TargetMark};
use inscape::visualization::{Request, Visualization};
use inscape::{Objective, Term};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use super::expand::Wanted;
use crate::opening::Opened;

/// What is known of a result before it is computed.
pub(super) fn before(opened: &Opened, request: &Request, copy: usize) -> Record {
    let mut settings = Map::new();
    settings.insert("recipe".into(), serde_json::to_value(&request.recipe).unwrap_or_default());
    let picture = request.picture.as_ref().map(|image| FileMark {
        file: image.name().unwrap_or_default().to_owned(),
        sha256: image.sha256().to_owned(),
    });
    settings.insert("from".into(), json!(picture));
    let diversity = request.diversity.as_ref().map(
        |(value, count, weight)| json!({ "value": value, "count": count, "weight": weight, "copy": copy }),
    );
    settings.insert("diversity".into(), json!(diversity));
    settings.insert("norm".into(), json!(request.norm.or(opened.model.card().norm)));
    settings.insert("preprocessing".into(), Value::Object(opened.preprocessing()));
    Record {
        schema: "inscape.visualization/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: "visualize".to_owned(),
        settings,
        seed: request.seed,
        kernels: Isa::current().name().to_owned(),
        model: opened.mark(),
        input: None,
        method: Some(request.recipe.name.clone()),
        source: Some(request.recipe.source.clone()),
        target: None,
        score: None,
        more: Map::new(),
        files: Vec::new(),
        warnings: opened.warnings.clone(),
    }
}

/// Adds what the work found.
pub(super) fn complete(
    record: &mut Record,
    opened: &Opened,
    wanted: &Wanted,
    made: &Visualization,
    finished: bool,
) {
    let rendering = &made.rendering;
    record.target = Some(target(opened, wanted, rendering.position.clone()));
    record.score = Some(rendering.score_last);
    let more = &mut record.more;
    more.insert("score_first".into(), json!(rendering.score_first));
    more.insert("score_last".into(), json!(rendering.score_last));
    more.insert("steps".into(), json!(rendering.steps));
    more.insert("finished".into(), json!(finished));
    if let Some([score, probability]) = rendering.class {
        more.insert("class".into(), json!({ "score": score, "probability": probability }));
    }
    let settled: Map<String, Value> =
        rendering.settled.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    more.insert("settled".into(), Value::Object(settled));
    if let Some(restarts) = &made.restarts {
        more.insert("restarts".into(), json!({ "scores": restarts.scores, "mean_cosine": restarts.cosine }));
    }
    let [height, width] = [made.image.height(), made.image.width()];
    more.insert("size".into(), json!([height, width]));
    record.warnings.extend(rendering.warnings.iter().cloned());
}

fn target(opened: &Opened, wanted: &Wanted, position: Option<Vec<usize>>) -> TargetMark {
    let term = match &wanted.objective.terms[..] {
        [(_, term)] => Some(term),
        _ => None,
    };
    TargetMark {
        text: wanted.text.clone(),
        kind: wanted.objective.kind().to_owned(),
        index: term.and_then(Term::index),
        name: class_name(opened, &wanted.objective),
        value: term.and_then(Term::value).map(str::to_owned),
        position,
    }
}

fn class_name(opened: &Opened, objective: &Objective) -> Option<String> {
    match objective.terms[..] {
        [(_, Term::Class(index) | Term::Posterior(index))] => opened.model.class_name(index),
        _ => None,
    }
}

/// What stands under an image on a sheet: its name, and what became of its objective.
pub(super) fn words(record: &Value) -> [String; 2] {
    let target = &record["target"];
    let text = target["text"].as_str().unwrap_or_default();
    let name = match (target["kind"].as_str(), target["name"].as_str()) {
        (Some(kind @ "posterior"), Some(name)) => format!("{kind} of {name}"),
        (_, Some(name)) => name.to_owned(),
        (_, None) => text.to_owned(),
    };
    let number = |value: &Value| value.as_f64().map_or_else(String::new, |v| format!("{v:.4}"));
    let second = match &record["class"] {
        Value::Object(class) => {
            let probability = class["probability"].as_f64().unwrap_or(0.0) * 100.0;
            format!("score {:.1}, p {probability:.1} %", class["score"].as_f64().unwrap_or(0.0))
        }
        _ => number(&record["score_last"]),
    };
    [name, second]
}
