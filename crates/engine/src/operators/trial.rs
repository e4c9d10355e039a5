//! Runs one operator alone, for the tests beside the operators.

use std::collections::HashMap;

use inscape_tensor::{Constant, Element, Pool, Slice, SliceMut, Tensor, View, ViewMut, count};
use inscape_testkit::{assert_close, central_vjp, noise};

use super::find;
use crate::error::Refusal;
use crate::graph::{Attribute, Node, ValueId};
use crate::operator::{Backward, Built, Forward, Input, Operator, Placement, Role, Site, Type};

/// An operator with its attributes and what it is fed.
pub(super) struct Trial {
    node: Node,
    operands: Vec<Option<Operand>>,
}

enum Operand {
    Fed(Tensor),
    Known(Constant),
}

impl Trial {
    pub(super) fn of(operator: &str, opset: i64) -> Trial {
        let node = Node {
            name: "node".into(),
            domain: String::new(),
            operator: operator.into(),
            opset,
            inputs: vec![],
            outputs: vec![Some(ValueId(0))],
            attributes: HashMap::new(),
        };
        Trial { node, operands: vec![] }
    }

    pub(super) fn set(mut self, name: &str, attribute: Attribute) -> Trial {
        self.node.attributes.insert(name.into(), attribute);
        self
    }

    pub(super) fn int(self, name: &str, value: i64) -> Trial {
        self.set(name, Attribute::Int(value))
    }

    pub(super) fn ints(self, name: &str, values: &[i64]) -> Trial {
        self.set(name, Attribute::Ints(values.to_vec()))
    }

    pub(super) fn float(self, name: &str, value: f32) -> Trial {
        self.set(name, Attribute::Float(value))
    }

    pub(super) fn text(self, name: &str, value: &str) -> Trial {
        self.set(name, Attribute::Text(value.into()))
    }

    pub(super) fn outputs(mut self, n: u32) -> Trial {
        self.node.outputs = (0..n).map(|i| Some(ValueId(i))).collect();
        self
    }

    pub(super) fn fed(self, shape: &[usize], values: Vec<f32>) -> Trial {
        self.operand(Some(Operand::Fed(Tensor::new(shape, values))))
    }

    /// An input of noise that differs from input to input.
    pub(super) fn noisy(self, shape: &[usize]) -> Trial {
        let values = noise(self.operands.len() as u64 + 1, count(shape).unwrap());
        self.fed(shape, values)
    }

    pub(super) fn known(self, constant: Constant) -> Trial {
        self.operand(Some(Operand::Known(constant)))
    }

    pub(super) fn absent(self) -> Trial {
        self.operand(None)
    }

    fn operand(mut self, operand: Option<Operand>) -> Trial {
        self.node.inputs.push(operand.is_some().then_some(ValueId(100 + self.operands.len() as u32)));
        self.operands.push(operand);
        self
    }

    fn build(&self) -> Result<(Vec<Type>, Box<dyn Operator>), Refusal> {
        let inputs = self.operands.iter().map(|operand| match operand.as_ref()? {
            Operand::Fed(t) => Some(Input { element: Element::F32, shape: t.shape(), constant: None }),
            Operand::Known(c) => Some(Input { element: c.element(), shape: c.shape(), constant: Some(c) }),
        });
        let site = Site { node: &self.node, inputs: inputs.collect() };
        match (find("", &self.node.operator).unwrap().build)(&site)? {
            Built::Kernel { outputs, mut operator } => {
                if let Some(linear) = operator.linear() {
                    linear.prepare(true);
                }
                Ok((outputs, operator))
            }
            Built::Constants(_) => panic!("nothing to run"),
        }
    }

    pub(super) fn refusal(&self) -> String {
        match self.build() {
            Err(Refusal(why)) => why,
            Ok(_) => panic!("not refused"),
        }
    }

    pub(super) fn role(&self) -> Role {
        self.build().unwrap().1.role()
    }

    /// Runs forward with and without notes, backward from noise, in place too where that is allowed.
    pub(super) fn run(&self) -> Ran {
        let (types, operator) = self.build().unwrap();
        let pool = Pool::new(2).unwrap();
        let known: Vec<_> = self
            .operands
            .iter()
            .map(|operand| match operand {
                Some(Operand::Known(constant)) => Some(constant.decoded()),
                _ => None,
            })
            .collect();
        let view = |i: usize| match self.operands[i].as_ref()? {
            Operand::Fed(tensor) => Some(tensor.view()),
            Operand::Known(_) => known[i].as_ref().map(Constant::view),
        };
        let inputs: Vec<_> = (0..self.operands.len()).map(view).collect();
        let forward = |saved: Option<&mut [u32]>| {
            let mut outputs: Vec<_> = types.iter().map(Numbers::of).collect();
            let views = outputs.iter_mut().zip(&types).map(|(numbers, ty)| numbers.lent(ty)).collect();
            operator.forward(&mut Forward { inputs: inputs.clone(), outputs: views, saved, pool: &pool });
            outputs
        };
        let mut saved = vec![0xdead_beef; operator.keeps().words];
        let outputs = forward(Some(&mut saved));
        assert_eq!(outputs, forward(None), "notes change the outcome");

        let keeps = operator.keeps();
        let kept = |bits: u32, i: usize| bits >> i & 1 == 1;
        let relevance: Vec<_> = types
            .iter()
            .enumerate()
            .map(|(i, ty)| noise(1000 + i as u64, count(&ty.shape).unwrap()))
            .collect();
        let mut gradients: Vec<_> = self
            .operands
            .iter()
            .map(|operand| match operand {
                Some(Operand::Fed(tensor)) => Some(vec![f32::NAN; tensor.values().len()]),
                _ => None,
            })
            .collect();
        let mut lent = relevance.clone();
        operator.backward(&mut Backward {
            inputs: (0..inputs.len())
                .map(|i| inputs[i].filter(|_| kept(keeps.inputs, i) || known[i].is_some()))
                .collect(),
            outputs: (0..outputs.len())
                .map(|i| Some(outputs[i].view(&types[i])).filter(|_| kept(keeps.outputs, i)))
                .collect(),
            saved: &saved,
            relevance: lent
                .iter_mut()
                .enumerate()
                .map(|(i, r)| (i == 0).then_some(r.as_mut_slice()))
                .collect(),
            gradients: gradients.iter_mut().map(|g| g.as_deref_mut()).collect(),
            pool: &pool,
        });
        let ran = Ran {
            outputs,
            gradients,
            relevance: relevance.into_iter().next().unwrap(),
            shape: types[0].shape.clone(),
        };
        if operator.placement() == Placement::InPlace {
            self.run_in_place(&*operator, &types, &inputs, &ran, &pool);
        }
        ran
    }

    fn run_in_place(
        &self,
        operator: &dyn Operator,
        types: &[Type],
        inputs: &[Option<View<'_>>],
        ran: &Ran,
        pool: &Pool,
    ) {
        let mut numbers = Numbers::F32(inputs[0].unwrap().f32s().to_vec());
        let mut saved = vec![0; operator.keeps().words];
        let mut inputs = inputs.to_vec();
        inputs[0] = None;
        let outputs = vec![numbers.lent(&types[0])];
        operator.forward(&mut Forward { inputs: inputs.clone(), outputs, saved: Some(&mut saved), pool });
        assert_eq!(numbers, ran.outputs[0], "in place");
        let mut gradient = ran.relevance.clone();
        let mut gradients: Vec<Option<&mut [f32]>> = vec![Some(&mut gradient)];
        gradients.extend((1..inputs.len()).map(|_| None));
        let outputs = vec![Some(numbers.view(&types[0]))];
        operator.backward(&mut Backward {
            inputs,
            outputs,
            saved: &saved,
            relevance: vec![None],
            gradients,
            pool,
        });
        assert_eq!(Some(&gradient), ran.gradients[0].as_ref(), "in place");
    }

    /// Compares forward with `definition`, a function of all fed inputs in f64, and backward with its central
    /// differences.
    #[track_caller]
    pub(super) fn check(&self, definition: impl Fn(&[Vec<f64>]) -> Vec<f64>) -> Ran {
        let ran = self.run();
        let fed: Vec<Vec<f64>> = self
            .operands
            .iter()
            .filter_map(|operand| match operand {
                Some(Operand::Fed(tensor)) => Some(tensor.values().iter().map(|&v| v.into()).collect()),
                _ => None,
            })
            .collect();
        let narrow = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect::<Vec<_>>();
        assert_close(ran.output(), &narrow(definition(&fed)), 2e-5);
        let relevance: Vec<f64> = ran.relevance.iter().map(|&r| r.into()).collect();
        for (i, gradient) in ran.gradients.iter().flatten().enumerate() {
            let moved = |x: &[f64]| {
                let mut fed = fed.clone();
                fed[i] = x.to_vec();
                definition(&fed)
            };
            assert_close(gradient, &narrow(central_vjp(moved, &fed[i], &relevance)), 1e-4);
        }
        ran
    }
}

/// What came of a trial.
pub(super) struct Ran {
    pub(super) outputs: Vec<Numbers>,
    pub(super) gradients: Vec<Option<Vec<f32>>>,
    pub(super) relevance: Vec<f32>,
    pub(super) shape: Vec<usize>,
}

impl Ran {
    pub(super) fn output(&self) -> &[f32] {
        match &self.outputs[0] {
            Numbers::F32(values) => values,
            other => panic!("{other:?}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Numbers {
    F32(Vec<f32>),
    I64(Vec<i64>),
    Bool(Vec<u8>),
}

impl Numbers {
    fn of(ty: &Type) -> Numbers {
        let n = count(&ty.shape).unwrap();
        match ty.element {
            Element::F32 => Numbers::F32(vec![f32::NAN; n]),
            Element::I64 => Numbers::I64(vec![-1; n]),
            Element::Bool => Numbers::Bool(vec![7; n]),
        }
    }

    fn lent<'a>(&'a mut self, ty: &'a Type) -> ViewMut<'a> {
        let data = match self {
            Numbers::F32(values) => SliceMut::F32(values),
            Numbers::I64(values) => SliceMut::I64(values),
            Numbers::Bool(values) => SliceMut::Bool(values),
        };
        ViewMut { shape: &ty.shape, data }
    }

    fn view<'a>(&'a self, ty: &'a Type) -> View<'a> {
        let data = match self {
            Numbers::F32(values) => Slice::F32(values),
            Numbers::I64(values) => Slice::I64(values),
            Numbers::Bool(values) => Slice::Bool(values),
        };
        View { shape: &ty.shape, data }
    }
}
