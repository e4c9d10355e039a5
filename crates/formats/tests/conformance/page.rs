//! The page of results.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::case::{Case, Outcome};

#[derive(Default)]
struct Tally {
    tests: usize,
    passed: usize,
    refused: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn count(&mut self, outcome: &Outcome) {
        self.tests += 1;
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Refused(reason) => *self.refused.entry(reason).or_default() += 1,
            Outcome::Failed(_) => {}
        }
    }

    fn row(&self, name: &str) -> String {
        let refused: Vec<String> = self.refused.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        format!("| {name} | {} | {} | {} |\n", self.tests, self.passed, refused.join(", "))
    }
}

/// The whole page.
pub fn written(cases: &[Case], outcomes: &[Outcome]) -> String {
    let mut inside: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut outside: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    for (case, outcome) in cases.iter().zip(outcomes) {
        let known = crate::scope::OPERATORS.contains(&case.operator.as_str());
        let table = if known { &mut inside } else { &mut outside };
        table.entry(&case.operator).or_default().count(outcome);
        all.count(outcome);
    }
    let mut page = String::from(
        "# ONNX conformance\n\n\
         The node tests of the [ONNX](https://onnx.ai) project, as its wheel onnx 1.17.0 holds them, run by\n\
         `crates/formats/tests/conformance`, which also makes this page (`INSCAPE_UPDATE_DOCS=1`) and fails where it\n\
         is no longer true. A test of an operator's expansion into simpler ones counts for that operator. Integers\n\
         and truth values are known when a plan is made, as are floats that an operator needs then; other floats\n\
         are fed when it runs. A number is right within 1e-3 of itself (1/128 for bfloat16) and 1e-7, ONNX's own\n\
         measure.\n\n",
    );
    let refused = all.tests - all.passed;
    let _ = writeln!(page, "{} tests: {} pass, {refused} are refused by name.\n", all.tests, all.passed);
    page.push_str(
        "The reasons: *data type*, what neither float32, int64 nor bool holds (strings, sequences,\n",
    );
    page.push_str("quantized types); *training mode*; *data-dependent output shape*, where a plan cannot know how large\n");
    page.push_str(
        "a result is; *unsupported rank*; *operator out of scope*, one that image classifiers do not need.\n",
    );
    for (title, table) in [("Operators in scope", inside), ("Other operators", outside)] {
        let _ = write!(page, "\n## {title}\n\n| operator | tests | passed | refused |\n|---|--:|--:|---|\n");
        table.iter().for_each(|(name, tally)| page.push_str(&tally.row(name)));
    }
    page
}
