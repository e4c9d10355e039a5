//! Checks an operator that moves numbers against its definition: which cell of its first input each output cell is.

use std::collections::HashMap;

use inscape_tensor::{Arena, Constant, Element, Pool, Slice, SliceMut, Slot, View, ViewMut, count, strides};

use super::find;
use crate::error::Refusal;
use crate::graph::{Attribute, Node, ValueId};
use crate::operator::{Backward, Built, Forward, Input, Operator, Site, Type};

/// A node by itself: its first input is an array of a shape, the others are given.
pub(super) struct Case {
    node: Node,
    shape: Vec<usize>,
    others: Vec<(Constant, bool)>,
}

impl Case {
    /// An operator on an array of a shape.
    pub(super) fn new(operator: &str, opset: i64, shape: &[usize]) -> Case {
        let node = Node {
            name: String::new(),
            domain: String::new(),
            operator: operator.into(),
            opset,
            inputs: Vec::new(),
            outputs: vec![Some(ValueId(9))],
            attributes: HashMap::new(),
        };
        Case { node, shape: shape.to_vec(), others: Vec::new() }
    }

    pub(super) fn int(mut self, name: &str, value: i64) -> Case {
        self.node.attributes.insert(name.into(), Attribute::Int(value));
        self
    }

    pub(super) fn ints(mut self, name: &str, values: &[i64]) -> Case {
        self.node.attributes.insert(name.into(), Attribute::Ints(values.to_vec()));
        self
    }

    pub(super) fn text(mut self, name: &str, value: &str) -> Case {
        self.node.attributes.insert(name.into(), Attribute::Text(value.into()));
        self
    }

    pub(super) fn outputs(mut self, n: usize) -> Case {
        self.node.outputs = vec![Some(ValueId(9)); n];
        self
    }

    /// A further input: a constant list of integers.
    pub(super) fn list(self, values: &[i64]) -> Case {
        let constant = Constant::from_i64s(&[values.len()], values);
        self.with(constant, true)
    }

    /// A further input, known when the operator is built or only when it runs.
    pub(super) fn with(mut self, constant: Constant, known: bool) -> Case {
        self.others.push((constant, known));
        self
    }

    /// What the row makes of it when the first input holds an element kind.
    pub(super) fn built(&self, element: Element) -> Result<Built, Refusal> {
        let mut inputs = vec![Some(Input { element, shape: &self.shape, constant: None })];
        inputs.extend(self.others.iter().map(|(constant, known)| {
            Some(Input {
                element: constant.element(),
                shape: constant.shape(),
                constant: known.then_some(constant),
            })
        }));
        let mut node = self.node.clone();
        node.inputs = vec![Some(ValueId(0)); inputs.len()];
        (find("", &self.node.operator).unwrap().build)(&Site { node: &node, inputs })
    }

    /// The reason it is refused.
    #[track_caller]
    pub(super) fn refusal(&self) -> String {
        match self.built(Element::F32) {
            Ok(_) => panic!("{} {:?} was not refused", self.node.operator, self.shape),
            Err(refusal) => refusal.0,
        }
    }

    /// Asserts the shape of the output, that each of its cells holds what `origin` says — a cell of the first input,
    /// or 0 where that is `None` — for every kind of element, and that relevance returns to those cells.
    #[track_caller]
    pub(super) fn check(&self, shape: &[usize], origin: impl Fn(&[usize]) -> Option<Vec<usize>>) {
        self.check_outputs(&[shape], |_, at| origin(at));
    }

    /// The same for several outputs, each by its number.
    #[track_caller]
    pub(super) fn check_outputs(
        &self,
        shapes: &[&[usize]],
        origin: impl Fn(usize, &[usize]) -> Option<Vec<usize>>,
    ) {
        let origins: Vec<Vec<Option<usize>>> = shapes
            .iter()
            .enumerate()
            .map(|(k, shape)| {
                indices(shape).map(|at| origin(k, &at).map(|at| place(&self.shape, &at))).collect()
            })
            .collect();
        let n = count(&self.shape).unwrap();
        for element in [Element::F32, Element::I64, Element::Bool] {
            let Built::Kernel { outputs, operator } = self.built(element).unwrap() else {
                panic!("{} is known without running", self.node.operator);
            };
            let types: Vec<Type> =
                shapes.iter().map(|&shape| Type { element, shape: shape.to_vec() }).collect();
            assert_eq!(outputs, types);
            // the low bit of numbers above 0, so that truth values tell cells apart too
            let numbers: Vec<i64> = (0..n as i64).map(|i| i % 5 % 2 + 2 * i + 1).collect();
            let truths: Vec<u8> = (0..n).map(|i| u8::from(i % 5 % 2 == 0)).collect();
            let floats: Vec<f32> = numbers.iter().map(|&i| i as f32).collect();
            match element {
                Element::F32 => {
                    let expected = pick(&origins, &floats);
                    let mut actual = written(&origins, f32::NAN);
                    let slots = actual.iter_mut().map(|slot| SliceMut::F32(slot)).collect();
                    self.forward(&*operator, shapes, Slice::F32(&floats), slots);
                    assert_eq!(actual, expected);
                    self.check_backward(&*operator, &origins, &floats);
                }
                Element::I64 => {
                    let mut actual = written(&origins, i64::MIN);
                    let slots = actual.iter_mut().map(|slot| SliceMut::I64(slot)).collect();
                    self.forward(&*operator, shapes, Slice::I64(&numbers), slots);
                    assert_eq!(actual, pick(&origins, &numbers));
                }
                Element::Bool => {
                    let mut actual = written(&origins, 7);
                    let slots = actual.iter_mut().map(|slot| SliceMut::Bool(slot)).collect();
                    self.forward(&*operator, shapes, Slice::Bool(&truths), slots);
                    assert_eq!(actual, pick(&origins, &truths));
                }
            }
        }
    }

    fn forward(
        &self,
        operator: &dyn Operator,
        shapes: &[&[usize]],
        data: Slice<'_>,
        slots: Vec<SliceMut<'_>>,
    ) {
        let mut inputs = vec![Some(View { shape: &self.shape, data })];
        inputs.extend(self.others.iter().map(|(constant, _)| Some(constant.view())));
        let outputs = slots.into_iter().zip(shapes).map(|(data, shape)| ViewMut { shape, data }).collect();
        operator.forward(&mut Forward { inputs, outputs, saved: None, pool: &Pool::new(2).unwrap() });
    }

    #[track_caller]
    fn check_backward(&self, operator: &dyn Operator, origins: &[Vec<Option<usize>>], floats: &[f32]) {
        let kept = operator.keeps().inputs;
        let mut inputs =
            vec![(kept & 1 == 1).then_some(View { shape: &self.shape, data: Slice::F32(floats) })];
        inputs.extend(
            self.others
                .iter()
                .enumerate()
                .map(|(i, (constant, known))| (*known || kept >> (i + 1) & 1 == 1).then(|| constant.view())),
        );
        let mut relevance: Vec<Vec<f32>> =
            origins.iter().map(|cells| (0..cells.len()).map(|i| (i % 11) as f32 - 4.0).collect()).collect();
        let mut expected = vec![0.0; floats.len()];
        for (cells, relevance) in origins.iter().zip(&relevance) {
            for (cell, r) in cells.iter().zip(relevance) {
                if let Some(cell) = cell {
                    expected[*cell] += r;
                }
            }
        }
        let mut gradient = vec![f32::NAN; floats.len()];
        let mut gradients: Vec<Option<&mut [f32]>> = vec![Some(&mut gradient)];
        gradients.extend(self.others.iter().map(|_| None));
        operator.backward(&mut Backward {
            inputs,
            outputs: origins.iter().map(|_| None).collect(),
            saved: &[],
            relevance: relevance.iter_mut().map(|r| Some(&mut r[..])).collect(),
            gradients,
            pool: &Pool::new(2).unwrap(),
        });
        assert_eq!(gradient, expected);
    }
}

/// What an operator makes of constants.
pub(super) fn run(
    operator: &str,
    opset: i64,
    attributes: &[(&str, Attribute)],
    inputs: &[Constant],
) -> Result<Vec<Constant>, Refusal> {
    match built(operator, opset, attributes, inputs, true)? {
        Built::Constants(constants) => Ok(constants),
        Built::Kernel { outputs, operator } => Ok(forward(&*operator, &outputs, inputs)),
    }
}

/// The gradients of all float inputs of an operator, none of which is known beforehand except the integers.
pub(super) fn gradients(
    operator: &str,
    opset: i64,
    attributes: &[(&str, Attribute)],
    inputs: &[Constant],
    relevance: &[f32],
) -> Vec<Vec<f32>> {
    let Ok(Built::Kernel { outputs, operator }) = built(operator, opset, attributes, inputs, false) else {
        panic!("{operator} does not run");
    };
    let results = forward(&*operator, &outputs, inputs);
    let keeps = operator.keeps();
    let held = kept(keeps.inputs | integers(inputs), inputs);
    let made = kept(keeps.outputs, &results);
    let mut gradients: Vec<Option<Vec<f32>>> =
        inputs.iter().map(|input| input.f32s().map(|values| vec![f32::NAN; values.len()])).collect();
    let mut relevance = relevance.to_vec();
    operator.backward(&mut Backward {
        inputs: held,
        outputs: made,
        saved: &[],
        relevance: vec![Some(&mut relevance)],
        gradients: gradients.iter_mut().map(Option::as_deref_mut).collect(),
        pool: Pool::single(),
    });
    gradients.into_iter().flatten().collect()
}

fn kept(bits: u32, constants: &[Constant]) -> Vec<Option<View<'_>>> {
    constants.iter().enumerate().map(|(i, constant)| (bits >> i & 1 == 1).then(|| constant.view())).collect()
}

fn integers(constants: &[Constant]) -> u32 {
    let bits = constants.iter().enumerate().map(|(i, c)| u32::from(c.element() != Element::F32) << i);
    bits.sum()
}

fn built(
    operator: &str,
    opset: i64,
    attributes: &[(&str, Attribute)],
    inputs: &[Constant],
    known: bool,
) -> Result<Built, Refusal> {
    let mut case = Case::new(operator, opset, &[]);
    case.node.attributes.extend(attributes.iter().map(|(name, value)| ((*name).into(), value.clone())));
    case.node.inputs = vec![Some(ValueId(0)); inputs.len()];
    let inputs = inputs.iter().map(|constant| {
        let (element, shape) = (constant.element(), constant.shape());
        Some(Input { element, shape, constant: (known || element != Element::F32).then_some(constant) })
    });
    (find("", operator).unwrap().build)(&Site { node: &case.node, inputs: inputs.collect() })
}

fn forward(operator: &dyn Operator, outputs: &[Type], inputs: &[Constant]) -> Vec<Constant> {
    let empty = |kind: &Type| Arena::new(kind.bytes().unwrap());
    let mut arenas: Vec<Arena> = outputs.iter().map(empty).collect();
    let whole = |kind: &Type| Slot { offset: 0, len: kind.bytes().unwrap() };
    let views = arenas.iter_mut().zip(outputs).map(|(arena, kind)| {
        let bytes = arena.lend(&[], &[whole(kind)]).1.remove(0);
        bytes.fill(u8::from(kind.element != Element::Bool) * 0x55);
        ViewMut::over(bytes, kind.element, &kind.shape)
    });
    operator.forward(&mut Forward {
        inputs: inputs.iter().map(|constant| Some(constant.view())).collect(),
        outputs: views.collect(),
        saved: None,
        pool: Pool::single(),
    });
    arenas.iter().zip(outputs).map(|(arena, kind)| kind.constant(arena.read(whole(kind)))).collect()
}

fn pick<T: Copy + Default>(origins: &[Vec<Option<usize>>], data: &[T]) -> Vec<Vec<T>> {
    let value = |cell: &Option<usize>| cell.map_or(T::default(), |cell| data[cell]);
    origins.iter().map(|cells| cells.iter().map(value).collect()).collect()
}

fn written<T: Clone>(origins: &[Vec<Option<usize>>], value: T) -> Vec<Vec<T>> {
    origins.iter().map(|cells| vec![value.clone(); cells.len()]).collect()
}

fn place(shape: &[usize], at: &[usize]) -> usize {
    assert!(at.len() == shape.len() && at.iter().zip(shape).all(|(at, size)| at < size));
    at.iter().zip(strides(shape)).map(|(at, stride)| at * stride).sum()
}

fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let strides = strides(shape);
    (0..count(shape).unwrap())
        .map(move |i| strides.iter().zip(shape).map(|(stride, size)| i / stride % size).collect())
}
