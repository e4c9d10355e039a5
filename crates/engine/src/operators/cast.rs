use inscape_tensor::{Element, SliceMut, View};

use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Placement, Reach, Role, Site, Type};

/// The same numbers in another kind.
///
/// All floats are float32 here and all integers int64, so a narrower float target changes nothing, and a narrower
/// integer target only bounds the numbers. Floats are truncated toward zero, and held within the target's bounds.
struct Cast {
    from: Element,
    to: Target,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    F32,
    Bool,
    /// Integers within bounds.
    I64(i64, i64),
}

impl Target {
    /// By ONNX's number of the type.
    fn numbered(number: i64) -> Option<Target> {
        Some(match number {
            1 | 10 | 11 | 16 => Target::F32,
            2 => Target::I64(0, u8::MAX.into()),
            3 => Target::I64(i8::MIN.into(), i8::MAX.into()),
            4 => Target::I64(0, u16::MAX.into()),
            5 => Target::I64(i16::MIN.into(), i16::MAX.into()),
            6 => Target::I64(i32::MIN.into(), i32::MAX.into()),
            7 => Target::I64(i64::MIN, i64::MAX),
            9 => Target::Bool,
            12 => Target::I64(0, u32::MAX.into()),
            13 => Target::I64(0, i64::MAX),
            _ => return None,
        })
    }

    fn element(self) -> Element {
        match self {
            Target::F32 => Element::F32,
            Target::Bool => Element::Bool,
            Target::I64(..) => Element::I64,
        }
    }
}

/// To the type that attribute `to` names.
pub(super) fn cast(site: &Site<'_>) -> Result<Built, Refusal> {
    let number = site.int("to", 0)?;
    let to = Target::numbered(number);
    to.map_or_else(|| Err(Refusal(format!("a cast to type {number} is not supported"))), |to| built(site, to))
}

/// To the kind of the second input.
pub(super) fn cast_like(site: &Site<'_>) -> Result<Built, Refusal> {
    built(
        site,
        match site.required(1)?.element {
            Element::F32 => Target::F32,
            Element::I64 => Target::I64(i64::MIN, i64::MAX),
            Element::Bool => Target::Bool,
        },
    )
}

fn built(site: &Site<'_>, to: Target) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let outputs = vec![Type { element: to.element(), shape: input.shape.to_vec() }];
    Ok(Built::Kernel { outputs, operator: Box::new(Cast { from: input.element, to }) })
}

impl Operator for Cast {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn placement(&self) -> Placement {
        let whole = Target::I64(i64::MIN, i64::MAX);
        let same = self.from == self.to.element() && (self.from != Element::I64 || self.to == whole);
        if same { Placement::Alias } else { Placement::Separate }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let Some(source) = pass.inputs[0] else { return };
        match &mut pass.outputs[0].data {
            SliceMut::F32(y) => fill(y, source, |x| x, |x| x as f32, f32::from),
            SliceMut::I64(y) => {
                let Target::I64(low, high) = self.to else { return };
                fill(y, source, |x| (x as i64).clamp(low, high), |x| bounded(x, low, high), i64::from);
            }
            SliceMut::Bool(y) => fill(y, source, |x| (x != 0.0).into(), |x| (x != 0).into(), |x| x),
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let Some(gradient) = pass.gradients[0].as_deref_mut() else { return };
        match pass.relevance[0].as_deref() {
            // Only floats have relevance, and cast to floats they are the same numbers.
            Some(relevance) => gradient.copy_from_slice(relevance),
            None => gradient.fill(0.0),
        }
    }
}

/// An integer cut to its target's low bits, as C does.
fn bounded(x: i64, low: i64, high: i64) -> i64 {
    let size = i128::from(high) - i128::from(low) + 1;
    if low == 0 && high == i64::MAX {
        return x;
    }
    ((i128::from(x) - i128::from(low)).rem_euclid(size) + i128::from(low)) as i64
}

fn fill<T>(
    output: &mut [T],
    source: View<'_>,
    float: impl Fn(f32) -> T,
    integer: impl Fn(i64) -> T,
    truth: impl Fn(u8) -> T,
) {
    match source.element() {
        Element::F32 => output.iter_mut().zip(source.f32s()).for_each(|(y, &x)| *y = float(x)),
        Element::I64 => output.iter_mut().zip(source.i64s()).for_each(|(y, &x)| *y = integer(x)),
        Element::Bool => output.iter_mut().zip(source.bools()).for_each(|(y, &x)| *y = truth(x)),
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::{Constant, Element};
    use inscape_testkit::noise;

    use super::super::check::{Check, numbers};
    use crate::graph::Attribute;

    fn to(number: i64) -> Check {
        Check::new("Cast", 13).attribute("to", Attribute::Int(number))
    }

    #[test]
    fn floats_are_truncated_and_held_within_bounds() {
        let x = vec![2.9, -2.9, 1e30, f32::NAN, -1e30];
        let run = |number| numbers(&to(number).floats(&[5], x.clone()).run()[0]);
        assert_eq!(run(6), [2.0, -2.0, i32::MAX.into(), 0.0, i32::MIN.into()]);
        assert_eq!(run(2), [2.0, 0.0, 255.0, 0.0, 0.0]);
        assert_eq!(run(9), [1.0; 5]);
    }

    #[test]
    fn integers_wrap_and_truths_are_one() {
        let ints = Constant::from_i64s(&[3], vec![300, -1, 0]);
        assert_eq!(numbers(&to(2).constant(ints.clone()).run()[0]), [44.0, 255.0, 0.0]);
        assert_eq!(numbers(&to(3).constant(ints.clone()).run()[0]), [44.0, -1.0, 0.0]);
        assert_eq!(numbers(&to(9).constant(ints).run()[0]), [1.0, 1.0, 0.0]);
        let truths = Constant::from_bools(&[2], vec![0, 1]);
        let y = to(1).constant(truths).run();
        assert_eq!((y[0].element(), numbers(&y[0])), (Element::F32, vec![0.0, 1.0]));
    }

    #[test]
    fn floats_stay_what_they_are_and_pass_relevance() {
        to(10).floats(&[4], noise(1, 4)).agrees_with(|x| x[0].clone());
        let like = Check::new("CastLike", 15).floats(&[4], noise(1, 4)).floats(&[1], vec![0.0]);
        like.agrees_forward(|x| x[0].clone());
        assert!(to(8).floats(&[1], vec![0.0]).refusal().contains("type 8"));
    }
}
