use inscape_tensor::{Constant, Element, count, strides};

use super::{Check, Operand, Running};
use crate::operator::{Built, Type};

/// For every output cell, the cell of the first input it is, or `None` for one that holds 0.
type Origins = Vec<Vec<Option<usize>>>;

impl Check {
    /// Asserts of an operator that moves numbers the shape of the output, that each of its cells holds what `origin` says —
    /// a cell of the first input, or 0 where that is `None` — for every kind of element, and that relevance returns to
    /// those cells. Of the first input only the shape counts.
    #[track_caller]
    pub(in crate::operators) fn moves(
        &self,
        shape: &[usize],
        origin: impl Fn(&[usize]) -> Option<Vec<usize>>,
    ) {
        self.moves_into(&[shape], |_, at| origin(at));
    }

    /// The same for several outputs, each by its number.
    #[track_caller]
    pub(in crate::operators) fn moves_into(
        &self,
        shapes: &[&[usize]],
        origin: impl Fn(usize, &[usize]) -> Option<Vec<usize>>,
    ) {
        let from = self.inputs[0].as_ref().unwrap().value.shape().to_vec();
        let origins: Origins = shapes
            .iter()
            .enumerate()
            .map(|(k, shape)| indices(shape).map(|at| origin(k, &at).map(|at| place(&from, &at))).collect())
            .collect();
        let n = count(&from).unwrap();
        // The low bit of numbers above 0, so that truth values tell cells apart too.
        let numbers: Vec<i64> = (0..n as i64).map(|i| i % 5 % 2 + 2 * i + 1).collect();
        let truths: Vec<u8> = (0..n).map(|i| u8::from(i % 5 % 2 == 0)).collect();
        let floats: Vec<f32> = numbers.iter().map(|&i| i as f32).collect();
        for first in [
            Constant::from_f32s(&from, floats.clone()),
            Constant::from_i64s(&from, numbers.clone()),
            Constant::from_bools(&from, truths.clone()),
        ] {
            let element = first.element();
            let mut check = self.clone();
            check.inputs[0] = Some(Operand { value: first, known: false });
            let Built::Kernel { outputs, operator } = check.build().unwrap() else {
                panic!("{} is known without running", self.node.operator);
            };
            let kinds: Vec<Type> =
                shapes.iter().map(|&shape| Type { element, shape: shape.to_vec() }).collect();
            assert_eq!(outputs, kinds);
            let mut running = Running::new(&check.inputs, operator, outputs);
            let actual = &running.forward().outputs;
            match element {
                Element::F32 => {
                    let actual: Vec<_> = actual.iter().map(|y| y.f32s().unwrap().into_owned()).collect();
                    assert_eq!(actual, picked(&origins, &floats));
                    check_return(&running, &origins, n);
                }
                Element::I64 => {
                    let actual: Vec<_> = actual.iter().map(|y| y.i64s().unwrap().to_vec()).collect();
                    assert_eq!(actual, picked(&origins, &numbers));
                }
                Element::Bool => {
                    let actual: Vec<_> = actual.iter().map(|y| y.bools().unwrap().to_vec()).collect();
                    assert_eq!(actual, picked(&origins, &truths));
                }
            }
        }
    }
}

/// Relevance of small whole numbers, whose sums are exact in any order, returns to where the cells came from.
#[track_caller]
fn check_return(running: &Running<'_>, origins: &Origins, n: usize) {
    let relevance: Vec<Vec<f32>> =
        origins.iter().map(|cells| (0..cells.len()).map(|i| (i % 11) as f32 - 4.0).collect()).collect();
    let mut expected = vec![0.0; n];
    for (cells, relevance) in origins.iter().zip(&relevance) {
        for (cell, r) in cells.iter().zip(relevance) {
            if let Some(cell) = cell {
                expected[*cell] += r;
            }
        }
    }
    assert_eq!(running.backward(&relevance)[0].as_ref(), Some(&expected));
}

fn picked<T: Copy + Default>(origins: &Origins, data: &[T]) -> Vec<Vec<T>> {
    let value = |cell: &Option<usize>| cell.map_or(T::default(), |cell| data[cell]);
    origins.iter().map(|cells| cells.iter().map(value).collect()).collect()
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
