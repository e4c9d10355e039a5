use inscape_tensor::{Element, View, ViewMut};

use super::arithmetic::shapes;
use super::broadcast::{Broadcast, common_shape};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Reach, Role, Site, Type};

/// A function of two arrays that has no gradient: arithmetic of shapes, comparisons, logic.
struct Pairwise<F> {
    function: F,
    lineup: Broadcast<2>,
}

/// A function of one number that has no gradient.
struct Single<F>(F);

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
pub(super) fn integers(site: &Site<'_>, function: fn(i64, i64) -> i64) -> Result<Built, Refusal> {
    pairwise(site, function)
}

/// Builds a function of two arrays.
pub(super) fn pairwise<A: Number, B: Number, Y: Number>(
    site: &Site<'_>,
    function: fn(A, B) -> Y,
) -> Result<Built, Refusal> {
    let found = [site.required(0)?.element, site.required(1)?.element];
    if found != [A::ELEMENT, B::ELEMENT] {
        let [a, b] = found;
        return Err(Refusal(format!(
            "operands of {a} and {b} are not supported; {} and {} are",
            A::ELEMENT,
            B::ELEMENT
        )));
    }
    let [a, b] = shapes(site)?;
    let output = common_shape(&[&a, &b])?;
    let lineup = Broadcast::new(&output, [&a, &b]);
    let operator: Box<dyn Operator> = Box::new(Pairwise { function, lineup });
    Ok(Built::Kernel { outputs: vec![Type { element: Y::ELEMENT, shape: output }], operator })
}

/// Builds a function of one number.
pub(super) fn single<T: Number, U: Number>(site: &Site<'_>, function: fn(T) -> U) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    if input.element != T::ELEMENT {
        return Err(Refusal(format!("inputs of {} are not supported; {} is", input.element, T::ELEMENT)));
    }
    let outputs = vec![Type { element: U::ELEMENT, shape: input.shape.to_vec() }];
    Ok(Built::Kernel { outputs, operator: Box::new(Single(function)) })
}

/// Refuses an integer divisor that is known to be zero.
pub(super) fn refuse_zeros(site: &Site<'_>, i: usize) -> Result<(), Refusal> {
    let constant = site.required(i)?.constant;
    match constant.and_then(|constant| constant.decoded().i64s().map(|values| values.contains(&0))) {
        Some(true) => Err(Refusal(format!("input {i} divides integers by zero"))),
        _ => Ok(()),
    }
}

impl<A: Number, B: Number, Y: Number> Operator for Pairwise<fn(A, B) -> Y> {
    fn role(&self) -> Role {
        Role::Product
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (Some(a), Some(b)) = (&pass.inputs[0], &pass.inputs[1]) else { return };
        let (a, b) = (A::read(a), B::read(b));
        let [step_a, step_b] = [0, 1].map(|i| usize::from(!self.lineup.still(i)));
        self.lineup.each(Y::write(&mut pass.outputs[0]), pass.pool, |cells, _, [at_a, at_b]| {
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

impl<T: Number, U: Number> Operator for Single<fn(T) -> U> {
    fn role(&self) -> Role {
        Role::Smooth
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let Some(source) = pass.inputs[0].as_ref().map(T::read) else { return };
        for (y, &x) in U::write(&mut pass.outputs[0]).iter_mut().zip(source) {
            *y = (self.0)(x);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        for gradient in pass.gradients.iter_mut().flatten() {
            gradient.fill(0.0);
        }
    }
}
