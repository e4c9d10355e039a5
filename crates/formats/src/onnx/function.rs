use std::collections::HashMap;

use super::lowering::Lowering;
use super::opset::{Opsets, domain};
use super::proto::{AttributeProto, FunctionProto, NodeProto};
use super::scope::{Scope, join};
use crate::Error;

/// The functions that a model defines for itself.
pub(crate) struct Functions<'m>(HashMap<Key<'m>, (&'m FunctionProto, Opsets)>);

/// Domain, name and overload.
type Key<'m> = (&'m str, &'m str, &'m str);

impl<'m> Functions<'m> {
    pub(crate) fn new(functions: &'m [FunctionProto]) -> Result<Functions<'m>, Error> {
        let mut known = HashMap::new();
        for function in functions {
            let within = |error: Error| error.within(&format!("function '{}'", function.name()));
            let opsets = Opsets::new(&function.opset_import).map_err(within)?;
            let key = (domain(function.domain()), function.name(), function.overload());
            if known.insert(key, (function, opsets)).is_some() {
                return Err(Error::malformed(format!("function '{}' is defined twice", function.name())));
            }
        }
        Ok(Functions(known))
    }

    /// The function a node calls, if it calls one.
    pub(crate) fn called(&'m self, node: &'m NodeProto) -> Option<(&'m FunctionProto, &'m Opsets)> {
        let key = (domain(node.domain()), node.op_type(), node.overload());
        self.0.get(&key).map(|(function, opsets)| (*function, opsets))
    }
}

impl<'m> Lowering<'m, '_> {
    /// Puts the body of a function in the place of its call.
    pub(crate) fn inline(
        &mut self,
        node: &'m NodeProto,
        function: &'m FunctionProto,
        opsets: &Opsets,
        caller: &Scope<'_, 'm>,
    ) -> Result<(), Error> {
        if node.input.len() > function.input.len() || node.output.len() > function.output.len() {
            let context = format!("call of function '{}' with too many inputs or outputs", function.name());
            return Err(Error::malformed(context));
        }
        let label = if node.name().is_empty() { function.name() } else { node.name() };
        let prefix = join(&caller.prefix, label);
        self.budget.spend(prefix.len() + size_of::<Scope>())?;
        let given = given(node, function, caller);
        self.budget.spend(given.len() * size_of::<AttributeProto>())?;
        let mut scope = Scope::call(caller, function, given, opsets, prefix)?;
        let mut actual = node.input.iter();
        for formal in &function.input {
            let known = actual.next().map_or(String::new(), |name| caller.resolve(name));
            self.budget.spend(known.len() + size_of::<String>())?;
            scope.bind(formal, known);
        }
        let mut passed = Vec::new();
        for (formal, actual) in
            function.output.iter().zip(&node.output).filter(|(_, actual)| !actual.is_empty())
        {
            let known = caller.resolve(actual);
            self.budget.spend(known.len() + size_of::<String>())?;
            match scope.binds(formal) {
                true => passed.push((scope.resolve(formal), known)),
                false => scope.bind(formal, known),
            }
        }
        self.body(&function.node, &mut scope)?;
        for (from, to) in passed {
            self.identity(&from, &to, &scope)?;
        }
        self.inlined += 1;
        Ok(())
    }
}

/// The function's attributes as this call sets them: given, or by default.
fn given<'m>(
    node: &'m NodeProto,
    function: &'m FunctionProto,
    caller: &Scope<'_, 'm>,
) -> HashMap<&'m str, &'m AttributeProto> {
    let defaults = function.attribute_proto.iter().map(|attribute| (attribute.name(), attribute));
    let set =
        node.attribute.iter().filter_map(|attribute| Some((attribute.name(), caller.concrete(attribute)?)));
    defaults.chain(set).collect()
}
