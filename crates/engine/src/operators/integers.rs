use inscape_tensor::{Element, View, ViewMut};

use super::arithmetic::shapes;
use super::broadcast::{Broadcast, common_shape};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Role, Site, Type};

/// A function of two arrays of which at least one side holds no floats: arithmetic of shapes, comparisons, logic.
/// It has no gradient.
struct Discrete<F> {
    function: F,
    lineup: Broadcast<2>,
}

/// How numbers of one kind are read from and written to arrays.
pub(super) trait Number: Copy + Send + Sync + 'static {
    const ELEMENT: Element;
    fn read<'a>(view: &View<'a>) -> &'a [Self];
    fn write<'v>(view: &'v mut ViewMut<'_>) -> &'v mut [Self];
}

impl Number for f32 {
    const ELEMENT: Element = Element::F32;

    fn read<'a>(view: &View<'a>) -> &'a [f32] {
        view.f32s()
    }

    fn write<'v>(view: &'v mut ViewMut<'_>) -> &'v mut [f32] {
        view.f32s()
    }
}

impl Number for i64 {
    const ELEMENT: Element = Element::I64;

    fn read<'a>(view: &View<'a>) -> &'a [i64] {
        view.i64s()
    }

    fn write<'v>(view: &'v mut ViewMut<'_>) -> &'v mut [i64] {
        view.i64s()
    }
}

impl Number for u8 {
    const ELEMENT: Element = Element::Bool;

    fn read<'a>(view: &View<'a>) -> &'a [u8] {
        view.bools()
    }

    fn write<'v>(view: &'v mut ViewMut<'_>) -> &'v mut [u8] {
        view.bools()
    }
}

/// Builds a function of two integer arrays.
pub(super) fn binary(site: &Site<'_>, function: fn(i64, i64) -> i64) -> Result<Built, Refusal> {
    discrete::<i64, i64>(site, function)
}

/// Builds a function of two arrays of one kind that gives another kind.
pub(super) fn discrete<T: Number, U: Number>(
    site: &Site<'_>,
    function: fn(T, T) -> U,
) -> Result<Built, Refusal> {
    let [a, b] = shapes(site)?;
    let element = site.required(0)?.element;
    if element != T::ELEMENT {
        return Err(Refusal(format!("inputs of {element} are not supported; {} is", T::ELEMENT)));
    }
    let output = common_shape(&[&a, &b])?;
    let lineup = Broadcast::new(&output, [&a, &b]);
    let operator: Box<dyn Operator> = Box::new(Discrete { function, lineup });
    Ok(Built::Kernel { outputs: vec![Type { element: U::ELEMENT, shape: output }], operator })
}

/// Refuses an integer divisor that is known to be zero.
pub(super) fn refuse_zeros(site: &Site<'_>, i: usize) -> Result<(), Refusal> {
    let constant = site.required(i)?.constant;
    match constant.and_then(|constant| constant.decoded().i64s().map(|values| values.contains(&0))) {
        Some(true) => Err(Refusal(format!("input {i} divides integers by zero"))),
        _ => Ok(()),
    }
}

impl<T: Number, U: Number> Operator for Discrete<fn(T, T) -> U> {
    fn role(&self) -> Role {
        Role::Product
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let [Some(a), Some(b)] = [0, 1].map(|i| pass.inputs[i].as_ref().map(T::read)) else { return };
        let [step_a, step_b] = [0, 1].map(|i| usize::from(!self.lineup.still(i)));
        self.lineup.each(U::write(&mut pass.outputs[0]), pass.pool, |cells, _, [at_a, at_b]| {
            for (i, cell) in cells.iter_mut().enumerate() {
                *cell = (self.function)(a[at_a + i * step_a], b[at_b + i * step_b]);
            }
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        for gradient in pass.gradients.iter_mut().flatten() {
            gradient.fill(0.0);
        }
    }
}
