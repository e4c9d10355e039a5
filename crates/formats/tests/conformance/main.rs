//! The ONNX project's own node tests: every one passes, or is refused for a reason that is allowed.
//!
//! `INSCAPE_ONNX_TESTS` names the folder `onnx/backend/test/data` of the unpacked wheel onnx 1.17.0. With
//! `INSCAPE_UPDATE_DOCS=1` the page `docs/conformance.md` is written; otherwise it must be what the tests give.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod case;
mod page;
mod scope;
mod wire;

use std::path::{Path, PathBuf};

use case::{Case, Outcome};

#[test]
fn node_tests_pass_or_are_refused_for_a_stated_reason() {
    let Some(folder) = std::env::var_os("INSCAPE_ONNX_TESTS") else {
        let required = std::env::var("INSCAPE_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(!required, "INSCAPE_ONNX_TESTS does not say where the ONNX node tests are");
        println!("skipped: INSCAPE_ONNX_TESTS does not say where the ONNX node tests are");
        return;
    };
    let cases = cases(&Path::new(&folder).join("node"));
    assert!(cases.len() > 1000, "the node tests of onnx 1.17.0 number more than 1000, not {}", cases.len());
    let outcomes: Vec<Outcome> = cases.iter().map(Case::outcome).collect();
    let failed: Vec<String> = cases
        .iter()
        .zip(&outcomes)
        .filter_map(|(case, outcome)| match outcome {
            Outcome::Failed(why) => Some(format!("{} ({}): {why}", case.name, case.operator)),
            _ => None,
        })
        .collect();
    let n = failed.len();
    assert!(failed.is_empty(), "{n} of {} node tests fail:\n{}", cases.len(), failed.join("\n"));

    let made = page::written(&cases, &outcomes);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
    if std::env::var("INSCAPE_UPDATE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
    } else {
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == made,
            "docs/conformance.md is not what the tests give; run with INSCAPE_UPDATE_DOCS=1"
        );
    }
}

/// All tests of a folder by name; a test of an operator's expansion counts for that operator.
fn cases(folder: &Path) -> Vec<Case> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut cases: Vec<Case> = paths.iter().map(|path| Case::read(path)).collect();
    for i in 0..cases.len() {
        let Some((whole, _)) = cases[i].name.split_once("_expanded") else { continue };
        if let Some(whole) = cases.iter().find(|case| case.name == whole) {
            cases[i].operator = whole.operator.clone();
        }
    }
    cases
}
