//! Gradient, DeconvNet and guided backpropagation of one target beside each other (Simonyan et al. 2014, section 4).

use std::collections::BTreeMap;

use inscape_engine::{RULES, Role};

use crate::attribution::{Attribution, Method, Settings};
use crate::error::Error;
use crate::model::{Input, Model, Wanted};
use crate::target::Target;
use crate::watch::Watch;

/// One target under the three rules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Relation {
    /// The maps: gradient, DeconvNet, guided backpropagation.
    pub maps: Vec<Attribution>,
    /// Cosine similarity of every pair, by row and column in the order of `maps`.
    pub cosines: Vec<Vec<f64>>,
    /// How many rectifiers the network has; with none the three coincide.
    pub rectifiers: usize,
    /// What every rule does at every kind of operator in the network.
    pub readings: Vec<Reading>,
}

/// What the rules do at one kind of operator.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// The operator.
    pub operator: String,
    /// Its part in the network.
    pub role: Role,
    /// How many nodes of it there are.
    pub nodes: usize,
    /// What each rule makes of the relevance R, in the order of [`RULES`].
    pub rules: Vec<&'static str>,
}

impl Model {
    /// The maps of one target under gradient, DeconvNet and guided backpropagation, and how alike they are.
    ///
    /// # Errors
    /// As [`Model::attribute`].
    pub fn relation(&self, input: &Input, target: impl Into<Target>) -> Result<Relation, Error> {
        let methods = [Method::Gradient, Method::DeconvNet, Method::GuidedBackprop];
        let maps =
            self.attribute_many(input, &methods, &[target.into()], &Settings::default(), &Watch::default())?;
        let cosine = |a: &Attribution, b: &Attribution| cosine(a.values(), b.values());
        let cosines = maps.iter().map(|a| maps.iter().map(|b| cosine(a, b)).collect()).collect();
        let readings = self.readings()?;
        let rectifiers = readings.iter().filter(|row| row.role == Role::Rectifier).map(|row| row.nodes).sum();
        Ok(Relation { maps, cosines, rectifiers, readings })
    }

    /// What every rule does at every kind of operator between the input and the class scores.
    ///
    /// # Errors
    /// Where the network is not supported.
    pub fn readings(&self) -> Result<Vec<Reading>, Error> {
        let values = match self.scores_value() {
            Ok(scores) => vec![scores],
            Err(_) => self.graph().outputs().to_vec(),
        };
        let ready = self.ready(&Wanted::forward(self.fed_shape_of_one(), &values))?;
        let mut rows: BTreeMap<(&str, &str), Reading> = BTreeMap::new();
        for &(node, role) in ready.plan().roles() {
            let operator = self.graph().node(node).operator.as_str();
            let rules = rules_at(role, operator);
            let row = rows.entry((operator, rules[0])).or_insert_with(|| Reading {
                operator: operator.to_owned(),
                role,
                nodes: 0,
                rules,
            });
            row.nodes += 1;
        }
        Ok(rows.into_values().collect())
    }
}

/// What the rules, in the order of [`RULES`], make of the relevance R at an operator of a role.
fn rules_at(role: Role, operator: &str) -> Vec<&'static str> {
    let same = match (role, operator) {
        (Role::Rectifier, _) => return RULES.iter().map(|row| row.at_rectifiers).collect(),
        (Role::Linear, "AveragePool" | "GlobalAveragePool" | "ReduceMean") => {
            "R in equal parts to the cells averaged"
        }
        (Role::Linear, "Conv" | "ConvTranspose" | "Gemm" | "MatMul") => "R through the transposed weights",
        (Role::Linear, "Mul" | "Div" | "BatchNormalization") => "R times the constant factor",
        (Role::Smooth, _) => "R·f′(x)",
        (Role::Pooling, _) => "R to the cell that was picked forward",
        (Role::Product, _) => "R times the other factor",
        (Role::Sum, _) => "R to every summand",
        (Role::Reshape, _) => "R back to where the number came from",
        _ => "R through the transposed Jacobian",
    };
    vec![same; RULES.len()]
}

/// The cosine of the angle between two maps: ⟨a, b⟩/(‖a‖·‖b‖); 0 where one of them is zero.
///
/// ```
/// use inscape::cosine;
/// assert_eq!(cosine(&[1.0, 0.0], &[3.0, 0.0]), 1.0);
/// assert_eq!(cosine(&[1.0, 0.0], &[0.0, 1.0]), 0.0);
/// ```
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum() };
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    if norms > 0.0 { (dot(a, b) / norms).clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{RULES, Role, rules_at};

    #[test]
    fn only_what_has_weights_is_said_to_transpose_them() {
        assert!(rules_at(Role::Linear, "Conv").iter().all(|rule| rule.contains("weights")));
        for operator in
            ["AveragePool", "GlobalAveragePool", "ReduceMean", "BatchNormalization", "Resize", "Neg"]
        {
            let rules = rules_at(Role::Linear, operator);
            assert_eq!(rules.len(), RULES.len());
            assert!(rules.iter().all(|rule| !rule.contains("weights")), "{operator}: {rules:?}");
        }
    }
}
