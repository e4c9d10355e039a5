use std::collections::HashMap;

use super::budget::Budget;
use super::opset::Opsets;
use super::proto::{AttributeProto, FunctionProto, GraphProto};
use crate::{Error, ErrorKind};

/// What names mean in one body of the file: the main graph, a call of a function, a branch of an If.
pub(crate) struct Scope<'s, 'm> {
    /// Names of this body that the graph knows by another name.
    names: HashMap<&'m str, String>,
    outer: Outer<'s, 'm>,
    /// Goes before every node's name, and before a value's where the body is a function's.
    pub(crate) prefix: String,
    /// Operator sets in force.
    pub(crate) opsets: &'s Opsets,
    depth: usize,
}

enum Outer<'s, 'm> {
    Nothing,
    /// A function sees nothing of its caller but what it is given.
    Call {
        caller: &'s Scope<'s, 'm>,
        function: &'m FunctionProto,
        given: HashMap<&'m str, &'m AttributeProto>,
    },
    /// A branch sees everything around it.
    Branch(&'s Scope<'s, 'm>),
}

/// Functions and branches inside one another.
const DEEPEST: usize = 48;

impl<'s, 'm> Scope<'s, 'm> {
    /// The main graph, whose names are the graph's.
    pub(crate) fn root(opsets: &'s Opsets) -> Scope<'s, 'm> {
        Scope { names: HashMap::new(), outer: Outer::Nothing, prefix: String::new(), opsets, depth: 0 }
    }

    /// The body of a function, called from a scope with given attributes.
    pub(crate) fn call(
        caller: &'s Scope<'s, 'm>,
        function: &'m FunctionProto,
        given: HashMap<&'m str, &'m AttributeProto>,
        opsets: &'s Opsets,
        prefix: String,
    ) -> Result<Scope<'s, 'm>, Error> {
        if caller.calls(function) {
            return Err(Error::malformed(format!("function '{}' calls itself", function.name())));
        }
        let outer = Outer::Call { caller, function, given };
        caller.deeper(Scope { names: HashMap::new(), outer, prefix, opsets, depth: 0 })
    }

    /// A branch inside a scope.
    pub(crate) fn branch(around: &'s Scope<'s, 'm>, prefix: String) -> Result<Scope<'s, 'm>, Error> {
        let outer = Outer::Branch(around);
        around.deeper(Scope { names: HashMap::new(), outer, prefix, opsets: around.opsets, depth: 0 })
    }

    /// Whether this is the main graph.
    pub(crate) fn is_root(&self) -> bool {
        matches!(self.outer, Outer::Nothing)
    }

    /// Makes a name of this body stand for a name of the graph.
    pub(crate) fn bind(&mut self, name: &'m str, known: String) {
        self.names.insert(name, known);
    }

    /// Whether a name of this body is bound already.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Gives a value made in this body a name of its own in the graph: its own where that is free and the body is no
    /// function's, else with the prefix.
    pub(crate) fn declare(
        &mut self,
        name: &'m str,
        taken: &mut Names,
        budget: &mut Budget,
    ) -> Result<(), Error> {
        if name.is_empty() || self.is_root() || self.binds(name) {
            return Ok(());
        }
        let prefixed = join(&self.prefix, name);
        let wished = if self.inside_function() || taken.contains(name) { prefixed } else { name.to_owned() };
        budget.spend(2 * (wished.len() + size_of::<String>()))?;
        let fresh = taken.fresh(wished);
        self.bind(name, fresh);
        Ok(())
    }

    /// The graph's name of a name in this body; empty stays empty.
    pub(crate) fn resolve(&self, name: &str) -> String {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        match &self.outer {
            _ if name.is_empty() => String::new(),
            Outer::Nothing => name.to_owned(),
            Outer::Call { .. } => join(&self.prefix, name),
            Outer::Branch(around) => around.resolve(name),
        }
    }

    /// The attribute itself, or what the caller gave for the one it refers to; `None` where the caller gave nothing.
    pub(crate) fn concrete(&self, attribute: &'m AttributeProto) -> Option<&'m AttributeProto> {
        match attribute.ref_attr_name() {
            "" => Some(attribute),
            name => self.given(name),
        }
    }

    fn given(&self, name: &str) -> Option<&'m AttributeProto> {
        match &self.outer {
            Outer::Nothing => None,
            Outer::Call { given, .. } => given.get(name).copied(),
            Outer::Branch(around) => around.given(name),
        }
    }

    fn inside_function(&self) -> bool {
        match &self.outer {
            Outer::Nothing => false,
            Outer::Call { .. } => true,
            Outer::Branch(around) => around.inside_function(),
        }
    }

    fn calls(&self, wanted: &FunctionProto) -> bool {
        match &self.outer {
            Outer::Nothing => false,
            Outer::Call { caller, function, .. } => std::ptr::eq(*function, wanted) || caller.calls(wanted),
            Outer::Branch(around) => around.calls(wanted),
        }
    }

    fn deeper<'t>(&self, inner: Scope<'t, 'm>) -> Result<Scope<'t, 'm>, Error> {
        if self.depth >= DEEPEST {
            let context = format!("functions and branches lie more than {DEEPEST} deep in one another");
            return Err(Error::new(ErrorKind::Excessive, context));
        }
        Ok(Scope { depth: self.depth + 1, ..inner })
    }
}

/// Every name of the graph, so that new ones do not clash.
#[derive(Default)]
pub(crate) struct Names {
    /// With the number last put behind it to make a new name.
    taken: HashMap<String, u32>,
}

impl Names {
    /// All names that the main graph mentions.
    pub(crate) fn of(graph: &GraphProto) -> Names {
        let mut names = Names::default();
        let ends = graph.input.iter().chain(&graph.output).map(|value| value.name());
        let constants = graph.initializer.iter().map(|tensor| tensor.name());
        let read =
            graph.node.iter().flat_map(|node| node.input.iter().chain(&node.output).map(String::as_str));
        for name in ends.chain(constants).chain(read) {
            names.take(name);
        }
        names
    }

    fn take(&mut self, name: &str) {
        if !self.contains(name) {
            self.taken.insert(name.to_owned(), 1);
        }
    }

    fn contains(&self, name: &str) -> bool {
        self.taken.contains_key(name)
    }

    /// The wished name, or that with the next free number.
    fn fresh(&mut self, wished: String) -> String {
        let Some(&last) = self.taken.get(&wished) else {
            self.taken.insert(wished.clone(), 1);
            return wished;
        };
        let mut number = last;
        let name = loop {
            number = number.saturating_add(1);
            let name = format!("{wished}_{number}");
            if !self.contains(&name) {
                break name;
            }
        };
        self.taken.insert(wished, number);
        self.taken.insert(name.clone(), 1);
        name
    }
}

/// A name behind a prefix; an empty one stays empty.
pub(crate) fn join(prefix: &str, name: &str) -> String {
    match (prefix, name) {
        ("", _) | (_, "") => name.to_owned(),
        _ => format!("{prefix}/{name}"),
    }
}
