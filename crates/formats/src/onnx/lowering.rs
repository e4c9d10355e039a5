use std::collections::{HashMap, HashSet};

use inscape_engine::{Attribute, Graph, GraphBuilder};
use inscape_tensor::{Element, Encoding};

use super::budget::Budget;
use super::function::Functions;
use super::integer_input::{Readers, first_casts};
use super::opset::{Opsets, domain};
use super::proto::{GraphProto, NodeProto};
use super::scope::{Names, Scope, join};
use super::weights::Weights;
use super::{attribute, element, input};
use crate::{Error, ErrorKind, Folder};

/// Turns the parsed file into a graph, body by body.
pub(crate) struct Lowering<'m, 'f> {
    pub(crate) names: Names,
    pub(crate) budget: Budget,
    /// Calls of functions that were inlined.
    pub(crate) inlined: usize,
    builder: GraphBuilder,
    functions: &'m Functions<'m>,
    weights: Weights<'f>,
    /// Outputs of the Cast nodes that become identities.
    identities: HashSet<&'m str>,
}

impl<'m, 'f> Lowering<'m, 'f> {
    pub(crate) fn new(functions: &'m Functions<'m>, folder: &'f mut Folder, file: usize) -> Lowering<'m, 'f> {
        Lowering {
            names: Names::default(),
            budget: Budget::new(file),
            inlined: 0,
            builder: GraphBuilder::default(),
            functions,
            weights: Weights::new(folder),
            identities: HashSet::new(),
        }
    }

    /// The graph of a model.
    pub(crate) fn lower(mut self, graph: &'m GraphProto, opsets: &Opsets) -> Result<Graph, Error> {
        self.names = Names::of(graph);
        let mut scope = Scope::root(opsets);
        self.constants(graph, &scope)?;
        self.inputs(graph)?;
        self.body(&graph.node, &mut scope)?;
        for output in &graph.output {
            if output.name().is_empty() {
                return Err(Error::malformed("an output without a name"));
            }
            self.builder.output(output.name());
        }
        for note in self.weights.notes() {
            self.builder.note(note);
        }
        if self.inlined > 0 {
            self.builder.note(format!("{} calls of the model's own functions inlined", self.inlined));
        }
        self.builder.build().map_err(|error| Error::malformed(error.context))
    }

    /// The constants of a body.
    pub(crate) fn constants(&mut self, graph: &'m GraphProto, scope: &Scope<'_, 'm>) -> Result<(), Error> {
        if let Some(sparse) = graph.sparse_initializer.first() {
            let name = sparse.values.as_ref().map_or("", |values| values.name());
            return Err(Error::unsupported(format!("initializer '{name}' is sparse; store it densely")));
        }
        let mut seen = HashSet::new();
        for tensor in &graph.initializer {
            let within = |error: Error| error.within(&format!("initializer '{}'", tensor.name()));
            if tensor.name().is_empty() || !seen.insert(tensor.name()) {
                return Err(within(Error::malformed("has no name of its own")));
            }
            let constant = self.weights.constant(tensor, &mut self.budget).map_err(within)?;
            self.builder.constant(&scope.resolve(tensor.name()), constant);
        }
        Ok(())
    }

    /// The nodes of a body.
    pub(crate) fn body(&mut self, nodes: &'m [NodeProto], scope: &mut Scope<'_, 'm>) -> Result<(), Error> {
        for output in nodes.iter().flat_map(|node| &node.output) {
            scope.declare(output, &mut self.names, &mut self.budget)?;
        }
        for node in nodes {
            let name = node.name();
            let within = |error: Error| match error.kind {
                ErrorKind::Excessive => error,
                _ => error.within(&format!("node '{name}' ({})", node.op_type())),
            };
            self.node(node, scope).map_err(within)?;
        }
        Ok(())
    }

    /// A node that gives a value a second name.
    pub(crate) fn identity(&mut self, from: &str, to: &str, scope: &Scope<'_, 'm>) -> Result<(), Error> {
        let opset = scope.opsets.default_version();
        self.add("", "", "Identity", opset, &[from.to_owned()], &[to.to_owned()], HashMap::new())
    }

    /// Adds a node to the graph.
    pub(crate) fn add(
        &mut self,
        name: &str,
        domain: &str,
        operator: &str,
        opset: i64,
        inputs: &[String],
        outputs: &[String],
        attributes: HashMap<String, Attribute>,
    ) -> Result<(), Error> {
        if outputs.iter().all(String::is_empty) {
            return Err(Error::malformed("gives no output"));
        }
        let values = inputs.iter().chain(outputs).map(|name| name.len() + size_of::<String>());
        self.budget.spend_node()?;
        self.budget.spend(name.len() + operator.len() + values.sum::<usize>())?;
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        self.builder.node(name, domain, operator, opset, &inputs, &outputs, attributes);
        Ok(())
    }

    fn node(&mut self, node: &'m NodeProto, scope: &Scope<'_, 'm>) -> Result<(), Error> {
        if let Some((function, opsets)) = self.functions.called(node) {
            return self.inline(node, function, opsets, scope);
        }
        let (domain, operator) = (domain(node.domain()), node.op_type());
        if domain.is_empty() && operator == "If" {
            return self.choose(node, scope);
        }
        let opset = scope.opsets.version_of(domain, operator)?;
        let name = join(&scope.prefix, node.name());
        let inputs: Vec<String> = node.input.iter().map(|name| scope.resolve(name)).collect();
        let outputs: Vec<String> = node.output.iter().map(|name| scope.resolve(name)).collect();
        let first = outputs.first().map_or("", String::as_str);
        if scope.is_root() && self.identities.contains(first) {
            return self.add(&name, domain, "Identity", opset, &inputs, &outputs, HashMap::new());
        }
        let mut attributes = HashMap::new();
        for found in &node.attribute {
            let within = |error: Error| error.within(&format!("attribute '{}'", found.name()));
            let Some(concrete) = scope.concrete(found) else { continue };
            let lowered =
                attribute::lowered(concrete, &mut self.weights, &mut self.budget).map_err(within)?;
            if attributes.insert(found.name().to_owned(), lowered).is_some() {
                return Err(within(Error::malformed("is given twice")));
            }
        }
        self.add(&name, domain, operator, opset, &inputs, &outputs, attributes)
    }

    fn inputs(&mut self, graph: &'m GraphProto) -> Result<(), Error> {
        let constants: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name()).collect();
        let readers = Readers::new(graph);
        let mut seen = HashSet::new();
        for value in &graph.input {
            let name = value.name();
            if constants.contains(name) {
                continue;
            }
            if name.is_empty() || !seen.insert(name) {
                return Err(Error::malformed(format!("input '{name}' has no name of its own")));
            }
            let (mut kind, encoding) = input::typed(value)?;
            let spelled = element::name(encoding);
            if kind.element == Element::I64
                && let Some(casts) = first_casts(name, &readers)
            {
                kind.element = Element::F32;
                self.identities.extend(casts);
                self.builder.note(format!(
                    "input '{name}' is {spelled} in the file; it takes float32 here, from before its Cast on"
                ));
            } else if kind.element == Element::F32 && encoding != Encoding::F32 {
                self.builder.note(format!("input '{name}' is {spelled} in the file; it takes float32 here"));
            }
            self.builder.input(name, kind);
        }
        Ok(())
    }
}
