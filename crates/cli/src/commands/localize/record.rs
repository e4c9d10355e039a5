use inscape::localization::{Basis, Localized, Mixture};
use inscape::report::{InputMark, Record, TargetMark};
use inscape::{Class, Image};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use super::job::Job;

/// What stands for the method in names of files.
pub(super) const METHOD: &str = "localize";

/// What is known of a result before it is computed.
pub(super) fn before(job: &Job<'_>, input: InputMark) -> Record {
    let entries = job.settings.entries().map(|(key, value)| (key.replace('-', "_"), json!(value)));
    let mut settings: Map<String, Value> = entries.collect();
    settings.insert("preprocessing".into(), Value::Object(job.opened.preprocessing()));
    Record {
        schema: "inscape.localization/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: "localize".to_owned(),
        settings,
        seed: job.settings.seed,
        kernels: Isa::current().name().to_owned(),
        model: job.opened.mark(),
        input: Some(input),
        method: Some(METHOD.to_owned()),
        source: Some(job.source.to_owned()),
        target: None,
        score: None,
        more: Map::new(),
        files: Vec::new(),
        warnings: job.opened.warnings.clone(),
    }
}

/// Adds what was found.
pub(super) fn complete(record: &mut Record, text: &str, classes: &[Class], image: &Image, found: &Localized) {
    let (target, region) = (&found.target, &found.region);
    record.score = Some(found.score);
    record.target = Some(TargetMark {
        text: text.to_owned(),
        kind: target.objective.kind().to_owned(),
        index: target.index,
        name: target.name.clone(),
        value: target.value.clone(),
        position: target.position.clone(),
    });
    let [height, width] = region.size;
    let full = image.height() * image.width();
    let inside = region.mask.iter().filter(|&&inside| inside).count();
    let class = classes.iter().find(|class| target.name.is_some() && Some(class.index) == target.index);
    let class = class
        .map(|c| json!({ "index": c.index, "name": c.name, "score": c.score, "probability": c.probability }));
    let mixtures = region.mixtures.as_ref().map(
        |[object, ground]| json!({ "foreground": components(object), "background": components(ground) }),
    );
    let more = &mut record.more;
    more.insert("box".into(), json!(region.bounds.corners()));
    more.insert("mask".into(), json!({ "pixels": inside, "share": inside as f64 / full.max(1) as f64 }));
    more.insert("class".into(), json!(class));
    more.insert("basis".into(), json!(basis(region.basis)));
    more.insert("energies".into(), json!(region.energies));
    more.insert("beta".into(), json!(region.beta));
    more.insert("mixtures".into(), json!(mixtures));
    more.insert(
        "segmented".into(),
        json!({ "height": height, "width": width, "reduced": height * width < full, "known": region.known.corners() }),
    );
    record.warnings.extend(region.warnings.iter().cloned());
}

fn components(mixture: &Mixture) -> Vec<Value> {
    let component = |g: &inscape::localization::Gaussian| json!({ "weight": g.weight, "mean": g.mean, "covariance": g.covariance });
    mixture.components().iter().map(component).collect()
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Cut => "cut",
        Basis::Threshold => "threshold",
        Basis::Seeds => "seeds",
        _ => "picture",
    }
}
