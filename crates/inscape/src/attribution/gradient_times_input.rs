use super::method::{Method, Reads};
use super::work::{Map, Work};
use crate::error::Error;

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The gradient times the input, I·∂S/∂I, signed, shape (C, H, W). Its sum is w·I, the linear part of the first-order
    /// expansion of the target at the input.
    ///
    /// Shrikumar, Greenside, Shcherbina and Kundaje 2016.
    pub const GradientTimesInput: Method = Method {
        name: "gradient-times-input",
        aliases: &["InputXGradient", "input-times-gradient"],
        computes: "what each number of the input adds to the target's linear part",
        formula: "I · ∂S/∂I",
        source: "Shrikumar et al. 2016",
        captum: "",
        settings: &[],
        signed: true,
        reads: Reads::Input,
        passes: |_| 1,
        run,
    };
}

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    let mut product = work.relevance("gradient")?;
    for (value, x) in product.values_mut().iter_mut().zip(work.input.tensor().values()) {
        *value *= x;
    }
    Ok(Map::of_input(work, product))
}
