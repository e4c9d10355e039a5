//! Checks one operator against its definition, straight through the [`Operator`] trait, as a plan would run it.

use std::collections::HashMap;

use inscape_tensor::{Arena, Constant, Element, Pool, Slot, ViewMut};
use inscape_testkit::{assert_close, central_vjp, noise};

use super::find;
use crate::error::Refusal;
use crate::graph::{Attribute, Node, ValueId};
use crate::operator::{Backward, Built, Forward, Input, Operator, Placement, Site, Type};

/// A node to be built and run: its attributes, and its inputs with their numbers.
pub(super) struct Check {
    node: Node,
    inputs: Vec<Option<Operand>>,
}

struct Operand {
    value: Constant,
    known: bool,
}

impl Check {
    /// A node with one output and no inputs yet.
    pub fn new(operator: &str, opset: i64) -> Check {
        let node = Node {
            name: "checked".into(),
            domain: String::new(),
            operator: operator.into(),
            opset,
            inputs: Vec::new(),
            outputs: vec![Some(ValueId(1000))],
            attributes: HashMap::new(),
        };
        Check { node, inputs: Vec::new() }
    }

    pub fn attribute(mut self, name: &str, attribute: Attribute) -> Check {
        self.node.attributes.insert(name.into(), attribute);
        self
    }

    /// The number of outputs, where it is not one.
    pub fn outputs(mut self, count: usize) -> Check {
        self.node.outputs = (0..count).map(|i| Some(ValueId(1000 + i as u32))).collect();
        self
    }

    /// Floats that are known only when the network runs.
    pub fn floats(self, shape: &[usize], values: Vec<f32>) -> Check {
        self.run_time(Constant::from_f32s(shape, values))
    }

    /// Any numbers that are known only when the network runs.
    pub fn run_time(self, value: Constant) -> Check {
        self.operand(Some(Operand { value: value.decoded(), known: false }))
    }

    /// An input known when the operator is built.
    pub fn constant(self, value: Constant) -> Check {
        self.operand(Some(Operand { value: value.decoded(), known: true }))
    }

    /// An optional input left out.
    pub fn absent(self) -> Check {
        self.operand(None)
    }

    fn operand(mut self, operand: Option<Operand>) -> Check {
        self.node.inputs.push(operand.as_ref().map(|_| ValueId(self.inputs.len() as u32)));
        self.inputs.push(operand);
        self
    }

    pub fn build(&self) -> Result<Built, Refusal> {
        let inputs = self.inputs.iter().map(|operand| {
            let Operand { value, known } = operand.as_ref()?;
            let constant = known.then_some(value);
            Some(Input { element: value.element(), shape: value.shape(), constant })
        });
        let site = Site { node: &self.node, inputs: inputs.collect() };
        (find("", &self.node.operator).expect("a row in OPERATORS").build)(&site)
    }

    /// Why it cannot be built.
    #[track_caller]
    pub fn refusal(&self) -> String {
        match self.build() {
            Err(refusal) => refusal.0,
            Ok(_) => panic!("{} was built", self.node.operator),
        }
    }

    /// Builds and runs it forward.
    #[track_caller]
    pub fn run(&self) -> Vec<Constant> {
        match self.build().unwrap() {
            Built::Constants(constants) => constants,
            Built::Kernel { outputs, operator } => {
                Running::new(self, prepared(operator), &outputs).forward(Pool::single(), false)
            }
        }
    }

    /// Builds it and hands relevance back through it: one entry per output (an empty one for none), and one gradient
    /// per input that is a run-time float.
    #[track_caller]
    pub fn gradients(&self, relevance: &[Vec<f32>]) -> Vec<Option<Vec<f32>>> {
        let Built::Kernel { outputs, operator } = self.build().unwrap() else { panic!("nothing runs") };
        let mut running = Running::new(self, prepared(operator), &outputs);
        running.forward(Pool::single(), false);
        running.backward(Pool::single(), relevance, &self.differentiable())
    }

    /// Asserts that the first output is the definition's (to 1e-5), that every gradient is its derivative's (to 1e-4),
    /// and that neither depends on threads, placement, or which gradients are wanted.
    ///
    /// The definition is given all inputs as f64, empty where left out.
    #[track_caller]
    pub fn agrees_with(&self, definition: impl Fn(&[Vec<f64>]) -> Vec<f64>) {
        self.agrees_forward(&definition);
        let Built::Kernel { outputs, operator } = self.build().unwrap() else { return };
        let mut running = Running::new(self, prepared(operator), &outputs);
        running.forward(Pool::single(), false);
        let count = outputs[0].shape.iter().product();
        let mut relevance = vec![noise(count as u64 + 1, count)];
        relevance.extend(outputs[1..].iter().map(|_| Vec::new()));
        let wanted = self.differentiable();
        let gradients = running.backward(Pool::single(), &relevance, &wanted);
        let threaded = running.backward(&Pool::new(3).unwrap(), &relevance, &wanted);
        assert!(gradients == threaded, "gradients depend on the number of threads");
        let r: Vec<f64> = relevance[0].iter().map(|&r| r.into()).collect();
        for (i, gradient) in gradients.iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let inputs = self.numbers();
            let moved = |x: &[f64]| {
                let mut inputs = inputs.clone();
                inputs[i] = x.to_vec();
                definition(&inputs)
            };
            let expected: Vec<f32> =
                central_vjp(moved, &inputs[i], &r).into_iter().map(|g| g as f32).collect();
            assert_close(gradient, &expected, 1e-4);
            let mut alone = vec![false; wanted.len()];
            alone[i] = true;
            let single = running.backward(Pool::single(), &relevance, &alone);
            assert_close(single[i].as_ref().unwrap(), gradient, 1e-6);
        }
    }

    /// The forward half of [`Check::agrees_with`].
    #[track_caller]
    pub fn agrees_forward(&self, definition: impl Fn(&[Vec<f64>]) -> Vec<f64>) {
        let output = self.run().swap_remove(0);
        let expected: Vec<f32> = definition(&self.numbers()).into_iter().map(|y| y as f32).collect();
        let actual: Vec<f32> = numbers(&output).into_iter().map(|y| y as f32).collect();
        assert_close(&actual, &expected, 1e-5);
        let Built::Kernel { outputs, operator } = self.build().unwrap() else { return };
        assert_eq!(outputs[0].shape, output.shape());
        let mut running = Running::new(self, prepared(operator), &outputs);
        let threaded = running.forward(&Pool::new(3).unwrap(), false);
        assert_eq!(numbers(&threaded[0]), numbers(&output), "the output depends on the number of threads");
        if running.may_overwrite() {
            let over = running.forward(Pool::single(), true);
            assert_eq!(numbers(&over[0]), numbers(&output), "written over its input, it gives other numbers");
        }
    }

    fn differentiable(&self) -> Vec<bool> {
        let float = |operand: &Operand| !operand.known && operand.value.element() == Element::F32;
        self.inputs.iter().map(|operand| operand.as_ref().is_some_and(float)).collect()
    }

    fn numbers(&self) -> Vec<Vec<f64>> {
        let given = |operand: &Option<Operand>| operand.as_ref().map(|operand| numbers(&operand.value));
        self.inputs.iter().map(|operand| given(operand).unwrap_or_default()).collect()
    }
}

/// The numbers of an array of any kind.
pub(super) fn numbers(constant: &Constant) -> Vec<f64> {
    match constant.element() {
        Element::F32 => constant.f32s().unwrap().iter().map(|&x| x.into()).collect(),
        Element::I64 => constant.i64s().unwrap().iter().map(|&x| x as f64).collect(),
        Element::Bool => constant.bools().unwrap().iter().map(|&x| x.into()).collect(),
    }
}

fn prepared(mut operator: Box<dyn Operator>) -> Box<dyn Operator> {
    if let Some(linear) = operator.linear() {
        linear.prepare(true);
    }
    operator
}

struct Running<'c> {
    check: &'c Check,
    operator: Box<dyn Operator>,
    kinds: Vec<Type>,
    outputs: Vec<Constant>,
    saved: Vec<u32>,
}

impl<'c> Running<'c> {
    fn new(check: &'c Check, operator: Box<dyn Operator>, kinds: &[Type]) -> Running<'c> {
        let saved = vec![0; operator.keeps().words];
        Running { check, operator, kinds: kinds.to_vec(), outputs: Vec::new(), saved }
    }

    fn may_overwrite(&self) -> bool {
        let first = self.check.inputs.first().and_then(Option::as_ref);
        self.operator.placement() == Placement::InPlace && first.is_some_and(|operand| !operand.known)
    }

    fn forward(&mut self, pool: &Pool, over: bool) -> Vec<Constant> {
        if self.operator.placement() == Placement::Alias {
            let first = self.check.inputs[0].as_ref().unwrap();
            self.outputs = vec![first.value.reshaped(&self.kinds[0].shape)];
            return self.outputs.clone();
        }
        let whole = |kind: &Type| Slot { offset: 0, len: kind.bytes().unwrap() };
        let mut arenas: Vec<Arena> =
            self.kinds.iter().map(|kind| Arena::new(kind.bytes().unwrap())).collect();
        for (arena, kind) in arenas.iter_mut().zip(&self.kinds) {
            // What is not written shows as NaN.
            arena.lend(&[], &[whole(kind)]).1[0].fill(if kind.element == Element::Bool { 7 } else { 0xFF });
        }
        if over {
            let first = self.check.inputs[0].as_ref().unwrap().value.f32s().unwrap();
            arenas[0].lend(&[], &[whole(&self.kinds[0])]).1[0].copy_from_slice(bytemuck::cast_slice(&first));
        }
        let owned = self.operator.owned();
        let inputs = self.check.inputs.iter().enumerate().map(|(i, operand)| {
            let operand = operand.as_ref()?;
            let hidden = (operand.known && owned >> i & 1 == 1) || (over && i == 0);
            (!hidden).then(|| operand.value.view())
        });
        let outputs = arenas.iter_mut().zip(&self.kinds).flat_map(|(arena, kind)| {
            let (_, writes) = arena.lend(&[], &[whole(kind)]);
            writes.into_iter().map(|bytes| ViewMut::over(bytes, kind.element, &kind.shape))
        });
        let mut pass = Forward {
            inputs: inputs.collect(),
            outputs: outputs.collect(),
            saved: Some(&mut self.saved),
            pool,
        };
        self.operator.forward(&mut pass);
        self.outputs = arenas
            .iter()
            .zip(&self.kinds)
            .map(|(arena, kind)| kind.constant(arena.read(whole(kind))))
            .collect();
        self.outputs.clone()
    }

    fn backward(&self, pool: &Pool, relevance: &[Vec<f32>], wanted: &[bool]) -> Vec<Option<Vec<f32>>> {
        let operands = &self.check.inputs;
        let shape = |i: usize| operands[i].as_ref().unwrap().value.len();
        let gradient = |(i, &wanted): (usize, &bool)| wanted.then(|| vec![f32::NAN; shape(i)]);
        let mut gradients: Vec<Option<Vec<f32>>> = wanted.iter().enumerate().map(gradient).collect();
        if self.operator.placement() == Placement::Alias {
            gradients[0] = Some(relevance[0].clone());
            return gradients;
        }
        let keeps = self.operator.keeps();
        let mut relevance: Vec<Option<Vec<f32>>> = relevance
            .iter()
            .zip(&self.kinds)
            .map(|(values, kind)| (values.len() == kind.shape.iter().product()).then(|| values.clone()))
            .collect();
        let shared = self.operator.placement() == Placement::InPlace
            && wanted[0]
            && wanted.iter().filter(|&&wanted| wanted).count() == 1;
        if shared {
            gradients[0] = relevance[0].take();
        }
        let inputs = operands.iter().enumerate().map(|(i, operand)| {
            let operand = operand.as_ref()?;
            let owned = operand.known && self.operator.owned() >> i & 1 == 1;
            (!owned && (operand.known || keeps.inputs >> i & 1 == 1)).then(|| operand.value.view())
        });
        let outputs = self.outputs.iter().enumerate();
        let outputs = outputs.map(|(i, output)| (keeps.outputs >> i & 1 == 1).then(|| output.view()));
        let mut pass = Backward {
            inputs: inputs.collect(),
            outputs: outputs.collect(),
            saved: &self.saved,
            relevance: relevance.iter_mut().map(Option::as_deref_mut).collect(),
            gradients: gradients.iter_mut().map(Option::as_deref_mut).collect(),
            pool,
        };
        self.operator.backward(&mut pass);
        gradients
    }
}
