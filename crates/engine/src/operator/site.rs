use inscape_tensor::{Constant, Element};

use crate::error::Refusal;
use crate::graph::{Attribute, Node};

/// One input of a node in a plan.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The kind of number.
    pub element: Element,
    /// Sizes by axis.
    pub shape: &'a [usize],
    /// The numbers, where they are known before anything runs.
    pub constant: Option<&'a Constant>,
}

/// What a row of the operator table sees when it builds: the node and what is known of its inputs.
pub struct Site<'a> {
    /// The node.
    pub node: &'a Node,
    /// Its inputs; `None` where left out.
    pub inputs: Vec<Option<Input<'a>>>,
}

type Answer<T> = Result<T, Refusal>;

impl<'a> Site<'a> {
    /// The version of the operator set.
    pub fn opset(&self) -> i64 {
        self.node.opset
    }

    /// An input, where it is given.
    pub fn input(&self, i: usize) -> Option<Input<'a>> {
        self.inputs.get(i).copied().flatten()
    }

    /// An input that must be given.
    pub fn required(&self, i: usize) -> Answer<Input<'a>> {
        self.input(i).ok_or_else(|| Refusal(format!("input {i} is missing")))
    }

    /// The shape of a float input that must be given.
    pub fn shape(&self, i: usize) -> Answer<&'a [usize]> {
        let input = self.required(i)?;
        match input.element {
            Element::F32 => Ok(input.shape),
            other => Err(Refusal(format!("input {i} holds {other}; only float32 is supported here"))),
        }
    }

    /// The constant behind an input, where the input is given. A given input that is not constant is refused.
    pub fn constant(&self, i: usize) -> Answer<Option<&'a Constant>> {
        match self.input(i) {
            None => Ok(None),
            Some(Input { constant: Some(constant), .. }) => Ok(Some(constant)),
            Some(_) => Err(Refusal(format!(
                "input {i} must be known before the network runs, but depends on its input"
            ))),
        }
    }

    /// Integers of a constant input, where the input is given.
    pub fn constant_i64s(&self, i: usize) -> Answer<Option<Vec<i64>>> {
        let Some(constant) = self.constant(i)? else { return Ok(None) };
        match constant.i64s() {
            Some(values) => Ok(Some(values.to_vec())),
            None => Err(Refusal(format!("input {i} holds {}, not integers", constant.element()))),
        }
    }

    /// Floats of a constant input, where the input is given.
    pub fn constant_f32s(&self, i: usize) -> Answer<Option<Vec<f32>>> {
        let Some(constant) = self.constant(i)? else { return Ok(None) };
        match constant.f32s() {
            Some(values) => Ok(Some(values.into_owned())),
            None => Err(Refusal(format!("input {i} holds {}, not floats", constant.element()))),
        }
    }

    /// A whole-number attribute, or its default.
    pub fn int(&self, name: &str, default: i64) -> Answer<i64> {
        match self.node.attributes.get(name) {
            None => Ok(default),
            Some(Attribute::Int(value)) => Ok(*value),
            Some(_) => Err(wrong_kind(name, "an integer")),
        }
    }

    /// A flag attribute (0 or 1), or its default.
    pub fn flag(&self, name: &str, default: bool) -> Answer<bool> {
        Ok(self.int(name, default.into())? != 0)
    }

    /// A real attribute, or its default.
    pub fn float(&self, name: &str, default: f32) -> Answer<f32> {
        match self.node.attributes.get(name) {
            None => Ok(default),
            Some(Attribute::Float(value)) => Ok(*value),
            Some(_) => Err(wrong_kind(name, "a float")),
        }
    }

    /// A text attribute, or its default.
    pub fn text(&self, name: &str, default: &'a str) -> Answer<&'a str> {
        match self.node.attributes.get(name) {
            None => Ok(default),
            Some(Attribute::Text(value)) => Ok(value),
            Some(_) => Err(wrong_kind(name, "a string")),
        }
    }

    /// A list of whole numbers, where given.
    pub fn ints(&self, name: &str) -> Answer<Option<&'a [i64]>> {
        match self.node.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Ints(values)) => Ok(Some(values)),
            Some(_) => Err(wrong_kind(name, "a list of integers")),
        }
    }

    /// A list of reals, where given.
    pub fn floats(&self, name: &str) -> Answer<Option<&'a [f32]>> {
        match self.node.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Floats(values)) => Ok(Some(values)),
            Some(_) => Err(wrong_kind(name, "a list of floats")),
        }
    }

    /// An array attribute, where given.
    pub fn tensor(&self, name: &str) -> Answer<Option<&'a Constant>> {
        match self.node.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Tensor(constant)) => Ok(Some(constant)),
            Some(_) => Err(wrong_kind(name, "a tensor")),
        }
    }

    /// The integers that newer operator sets take as input `i` and older ones as attribute `name`.
    pub fn ints_from(&self, i: usize, name: &str) -> Answer<Option<Vec<i64>>> {
        match self.constant_i64s(i)? {
            Some(values) => Ok(Some(values)),
            None => Ok(self.ints(name)?.map(<[i64]>::to_vec)),
        }
    }

    /// The axis attribute's value as a place in a shape of the given rank, negative ones counted from the end.
    pub fn axis(&self, name: &str, default: i64, rank: usize) -> Answer<usize> {
        normalized_axis(self.int(name, default)?, rank)
    }
}

/// An axis as a place in a shape of the given rank; negative ones are counted from the end.
pub(crate) fn normalized_axis(axis: i64, rank: usize) -> Answer<usize> {
    let from_start = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    from_start
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| Refusal(format!("axis {axis} is outside a shape of rank {rank}")))
}

fn wrong_kind(name: &str, wanted: &str) -> Refusal {
    Refusal(format!("attribute '{name}' is not {wanted}"))
}
