use inscape::report::{FileMark, Record};
use inscape_tensor::Isa;
use serde_json::{Map, Value};

use crate::run::Run;

/// What is known of a result before it is computed.
pub(super) fn before(
    run: &Run,
    [schema, command]: [&str; 2],
    settings: Map<String, Value>,
    model: FileMark,
) -> Record {
    Record {
        schema: schema.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_owned(),
        settings,
        seed: run.everywhere.seed,
        kernels: Isa::current().name().to_owned(),
        model,
        input: None,
        method: None,
        source: Some("Erhan et al. 2009".to_owned()),
        target: None,
        score: None,
        more: Map::new(),
        files: Vec::new(),
        warnings: Vec::new(),
    }
}
