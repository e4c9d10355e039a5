//! Graphs of vision networks: what their nodes are, how they run forward and how relevance runs backward.
//!
//! A [`Graph`] comes from `inscape-formats`. A [`Plan`] fixes it for given input shapes and for what is asked of it;
//! [`Plan::forward`] gives [`Activations`], and [`Activations::backward`] passes relevance from any value to any
//! other by a [`Rule`].

mod error;
mod graph;
mod operator;
mod operators;
mod plan;
mod rules;

pub use error::{Error, ErrorKind, Refusal};
pub use graph::{Attribute, Dimension, Graph, GraphBuilder, InputType, Node, NodeId, ValueId, edit_distance};
pub use operator::{
    Backward, Built, Forward, Input, Keeps, Linear, Operator, Placement, Reach, Role, Site, Type, Work,
};
pub use operators::{OPERATORS, OperatorRow};
pub use plan::{Activations, Ask, Memory, Plan, Seed, StepTime};
pub use rules::{
    DeconvNet, Gradient, GuidedBackprop, Passing, RULES, RedirectedRelu, Rule, RuleRow, Straight,
};
