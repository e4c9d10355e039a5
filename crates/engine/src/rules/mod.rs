mod deconvnet;
mod gradient;
mod guided;
mod passing;
mod redirected;
mod straight;

pub use deconvnet::DeconvNet;
pub use gradient::Gradient;
pub use guided::GuidedBackprop;
pub use passing::Passing;
pub use redirected::RedirectedRelu;
pub use straight::Straight;

/// How one node passes relevance from its outputs to its inputs.
///
/// A rule knows an operator's [`Role`](crate::Role), never its name, and acts per node. A value's relevance is the
/// finished sum over all its consumers before its producer's rule runs.
pub trait Rule: Send + Sync {
    /// Turns the relevance of the node's outputs into that of its inputs.
    fn pass(&self, node: &mut Passing<'_, '_>);

    /// Whether it reads the numbers of a node's inputs and outputs; the plan then has to keep them all
    /// ([`Ask::keep_values`](crate::Ask)).
    fn reads_values(&self) -> bool {
        false
    }
}

/// A row of the table of rules.
pub struct RuleRow {
    /// Its name on command lines.
    pub name: &'static str,
    /// The rule.
    pub rule: &'static dyn Rule,
    /// What it does at a rectifier with input x, output relevance R and derivative f′(x).
    pub at_rectifiers: &'static str,
    /// Author and year.
    pub source: &'static str,
}

/// Every rule there is. To add one: one file here, one row.
pub const RULES: &[RuleRow] = &[
    RuleRow {
        name: "gradient", rule: &Gradient, at_rectifiers: "R·f′(x)", source: "Simonyan et al. 2014"
    },
    RuleRow {
        name: "deconvnet",
        rule: &DeconvNet,
        at_rectifiers: "R·1(R>0)",
        source: "Zeiler and Fergus 2013",
    },
    RuleRow {
        name: "guided-backprop",
        rule: &GuidedBackprop,
        at_rectifiers: "R·f′(x)·1(R>0)",
        source: "Springenberg et al. 2015",
    },
];
