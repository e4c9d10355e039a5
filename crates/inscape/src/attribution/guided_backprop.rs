use super::method::{Method, Reads};
use super::work::{Map, Work};
use crate::error::Error;

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The backward pass in which every rectifier hands on only positive relevance, and only where its own input was
    /// positive, R·1(x>0)·1(R>0); signed, shape (C, H, W).
    ///
    /// Springenberg, Dosovitskiy, Brox and Riedmiller 2015.
    pub const GuidedBackprop: Method = Method {
        name: "guided-backprop",
        aliases: &["GuidedBackprop", "guided-backpropagation", "guided"],
        computes: "the gradient along ways that stay positive",
        formula: "gradient with R·1(x>0)·1(R>0) at rectifiers",
        source: "Springenberg et al. 2015",
        captum: "Captum replaces ReLU modules only; here Clip from 0, LeakyRelu and PRelu are rectifiers too",
        settings: &[],
        signed: true,
        reads: Reads::Input,
        passes: |_| 1,
        run,
    };
}

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    let relevance = work.relevance("guided-backprop")?;
    Ok(Map::of_input(work, relevance))
}
