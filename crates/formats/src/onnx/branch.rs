use std::collections::HashMap;

use super::lowering::Lowering;
use super::proto::{GraphProto, NodeProto};
use super::scope::{Scope, join};
use crate::Error;

impl<'m> Lowering<'m, '_> {
    /// Lays both branches of an If into the graph, beside one another, and chooses between their outputs by a node
    /// "If" that reads the condition, the outputs of the first branch, then those of the second.
    ///
    /// A graph is run from what is asked back to its inputs, so once the condition is known the nodes of the other
    /// branch are never reached.
    pub(crate) fn choose(&mut self, node: &'m NodeProto, scope: &Scope<'_, 'm>) -> Result<(), Error> {
        let mut inputs = Vec::new();
        match node.input.as_slice() {
            [condition] => inputs.push(scope.resolve(condition)),
            _ => return Err(Error::malformed("If takes one condition")),
        }
        for (attribute, label) in [("then_branch", "then"), ("else_branch", "else")] {
            let branch = node.attribute.iter().find(|found| found.name() == attribute);
            let Some(branch) = branch.and_then(|found| found.g.as_deref()) else {
                return Err(Error::malformed(format!("If without {attribute}")));
            };
            if branch.output.len() != node.output.len() {
                return Err(Error::malformed(format!(
                    "{attribute} has another number of outputs than its If"
                )));
            }
            let name = if node.name().is_empty() { "If" } else { node.name() };
            self.branch(branch, scope, join(&join(&scope.prefix, name), label), &mut inputs)?;
        }
        let opset = scope.opsets.version("")?;
        let outputs: Vec<String> = node.output.iter().map(|name| scope.resolve(name)).collect();
        self.add(&join(&scope.prefix, node.name()), "", "If", opset, &inputs, &outputs, HashMap::new())
    }

    fn branch(
        &mut self,
        graph: &'m GraphProto,
        around: &Scope<'_, 'm>,
        prefix: String,
        outputs: &mut Vec<String>,
    ) -> Result<(), Error> {
        if !graph.input.is_empty() {
            return Err(Error::malformed("a branch of an If takes no inputs"));
        }
        self.budget.spend(prefix.len() + size_of::<Scope>())?;
        let mut scope = Scope::branch(around, prefix)?;
        for tensor in &graph.initializer {
            scope.declare(tensor.name(), &mut self.names, &mut self.budget)?;
        }
        self.constants(graph, &scope)?;
        self.body(&graph.node, &mut scope)?;
        outputs.extend(graph.output.iter().map(|output| scope.resolve(output.name())));
        Ok(())
    }
}
