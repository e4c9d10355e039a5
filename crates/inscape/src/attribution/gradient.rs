use super::method::{Method, Reads};
use super::work::{Map, Work};
use crate::error::Error;

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The derivative of the target with respect to the input, ∂S/∂I, signed, shape (C, H, W).
    ///
    /// Simonyan, Vedaldi and Zisserman 2014.
    pub const Gradient: Method = Method {
        name: "gradient",
        aliases: &[],
        computes: "how the target changes with each number of the input",
        formula: "∂S/∂I",
        source: "Simonyan et al. 2014",
        captum: "",
        settings: &[],
        signed: true,
        reads: Reads::Input,
        passes: |_| 1,
        run,
    };
}

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    let gradient = work.relevance("gradient")?;
    Ok(Map::of_input(work, gradient))
}
