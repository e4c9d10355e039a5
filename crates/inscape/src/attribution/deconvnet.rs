use super::method::{Method, Reads};
use super::work::{Map, Work};
use crate::error::Error;

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The backward pass in which every rectifier hands on the positive part of the relevance, R·1(R>0), whatever its own
    /// input was; signed, shape (C, H, W).
    ///
    /// Zeiler and Fergus 2013.
    pub const DeconvNet: Method = Method {
        name: "deconvnet",
        aliases: &["Deconvolution"],
        computes: "the pattern in the input that a DeconvNet rebuilds from the target",
        formula: "gradient with R·1(R>0) at rectifiers",
        source: "Zeiler and Fergus 2013",
        captum: "Captum replaces ReLU modules only; here Clip from 0, LeakyRelu and PRelu are rectifiers too",
        settings: &[],
        signed: true,
        reads: Reads::Input,
        passes: |_| 1,
        run,
    };
}

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    let relevance = work.relevance("deconvnet")?;
    Ok(Map::of_input(work, relevance))
}
