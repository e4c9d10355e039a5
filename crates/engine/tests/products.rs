//! Gemm and MatMul against their definition, with constant and with run-time operands.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::Arc;

use inscape_engine::{Ask, Attribute, Dimension, Error, Gradient, GraphBuilder, InputType, Plan, Seed};
use inscape_tensor::{Constant, Element, Pool, Tensor, broadcast, strides};
use inscape_testkit::{assert_close, noise};

/// One node: its operands (the shape, and whether it is a constant) and attributes.
struct Case<'a> {
    operator: &'a str,
    operands: &'a [(&'a [usize], bool)],
    attributes: &'a [(&'a str, Attribute)],
}

impl Case<'_> {
    fn values(&self, i: usize) -> Vec<f32> {
        noise(i as u64 + 1, self.operands[i].0.iter().product())
    }

    /// The output, and the gradient of every run-time operand for a relevance of noise(9).
    fn run(&self) -> Result<(Tensor, Vec<Tensor>), Error> {
        let names: Vec<String> = (0..self.operands.len()).map(|i| format!("i{i}")).collect();
        let mut builder = GraphBuilder::default();
        for (i, (name, (shape, constant))) in names.iter().zip(self.operands).enumerate() {
            if *constant {
                builder.constant(name, Constant::from_f32s(shape, self.values(i)));
            } else {
                let shape = Some(shape.iter().map(|&n| Dimension::Fixed(n)).collect());
                builder.input(name, InputType { element: Element::F32, shape });
            }
        }
        let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
        let attributes: HashMap<String, Attribute> =
            self.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        builder.node("n", "", self.operator, 13, &inputs, &["y"], attributes);
        builder.output("y");
        let graph = Arc::new(builder.build()?);
        let y = graph.find("y")?;
        let fed: Vec<usize> = (0..names.len()).filter(|&i| !self.operands[i].1).collect();
        let ids = fed.iter().map(|&i| graph.find(&names[i])).collect::<Result<Vec<_>, _>>()?;
        let ask = Ask {
            shapes: ids.iter().zip(&fed).map(|(&id, &i)| (id, self.operands[i].0.to_vec())).collect(),
            values: vec![y],
            seeds: vec![y],
            wrt: ids,
            ..Ask::default()
        };
        let plan = Plan::new(&graph, ask)?;
        let mut memory = plan.memory();
        let tensors: Vec<Tensor> =
            fed.iter().map(|&i| Tensor::new(self.operands[i].0, self.values(i))).collect();
        let views: Vec<_> = tensors.iter().map(Tensor::view).collect();
        let mut run = plan.forward(&mut memory, Pool::single(), &views)?;
        let output = Tensor::new(plan.shape(y).unwrap(), run.value(y)?.f32s().to_vec());
        let relevance = Tensor::new(output.shape(), noise(9, output.values().len()));
        let gradients = run.backward(&Gradient, &[Seed { value: y, relevance }])?;
        Ok((output, gradients))
    }

    /// Compares with a definition that is linear in every operand by itself (with the others fixed), up to a constant.
    fn check(&self, shape: &[usize], definition: impl Fn(&[Vec<f32>]) -> Vec<f32>) {
        let (y, gradients) = self.run().unwrap();
        assert_eq!(y.shape(), shape);
        let values: Vec<Vec<f32>> = (0..self.operands.len()).map(|i| self.values(i)).collect();
        let expected = definition(&values);
        assert_close(y.values(), &expected, 1e-5);
        let relevance = noise(9, expected.len());
        let fed = (0..self.operands.len()).filter(|&i| !self.operands[i].1);
        for (i, gradient) in fed.zip(gradients) {
            let direction = noise(20 + i as u64, values[i].len());
            let mut moved = values.clone();
            moved[i].iter_mut().zip(&direction).for_each(|(value, d)| *value += d);
            let change = definition(&moved);
            let by = expected.iter().zip(&change).zip(&relevance).map(|((a, b), r)| f64::from((b - a) * r));
            let along = gradient.values().iter().zip(&direction).map(|(g, d)| f64::from(g * d));
            let (by, along) = (by.sum::<f64>(), along.sum::<f64>());
            assert!((by - along).abs() < 1e-4 * (1.0 + by.abs()), "operand {i}: {by} is not {along}");
        }
    }
}

/// A·B by NumPy's rules for operands of rank 2 and more.
fn product(a: (&[usize], &[f32]), b: (&[usize], &[f32]), batch: &[usize]) -> Vec<f32> {
    let (m, k, n) = (a.0[a.0.len() - 2], a.0[a.0.len() - 1], b.0[b.0.len() - 1]);
    let pick = |shape: &[usize], item: usize| {
        let own = &shape[..shape.len() - 2];
        let missing = batch.len() - own.len();
        let at = |axis: usize| item / strides(batch)[axis + missing] % batch[axis + missing] % own[axis];
        (0..own.len()).map(|axis| at(axis) * strides(own)[axis]).sum::<usize>()
    };
    let mut y = Vec::new();
    for item in 0..batch.iter().product() {
        let (a, b) = (&a.1[pick(a.0, item) * m * k..], &b.1[pick(b.0, item) * k * n..]);
        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
            y.push((0..k).map(|t| f64::from(a[i * k + t]) * f64::from(b[t * n + j])).sum::<f64>() as f32);
        }
    }
    y
}

#[test]
fn matrices_multiply_by_numpys_rules() {
    let pairs: [(&[usize], &[usize], &[usize]); 10] = [
        (&[3, 5], &[5, 4], &[3, 4]),
        (&[1, 300], &[300, 70], &[1, 70]),
        (&[37, 65], &[65, 130], &[37, 130]),
        (&[2, 3, 5, 7], &[2, 3, 7, 4], &[2, 3, 5, 4]),
        (&[2, 1, 5, 7], &[3, 7, 4], &[2, 3, 5, 4]),
        (&[6, 5, 7], &[7, 4], &[6, 5, 4]),
        (&[5, 7], &[4, 7, 3], &[4, 5, 3]),
        (&[7], &[7, 4], &[4]),
        (&[2, 5, 7], &[7], &[2, 5]),
        (&[7], &[7], &[]),
    ];
    for (a, b, y) in pairs {
        for constants in [[false, false], [false, true], [true, false]] {
            let operands = [(a, constants[0]), (b, constants[1])];
            Case { operator: "MatMul", operands: &operands, attributes: &[] }.check(y, |values| {
                let a = if a.len() == 1 { vec![1, a[0]] } else { a.to_vec() };
                let b = if b.len() == 1 { vec![b[0], 1] } else { b.to_vec() };
                let batch = broadcast(&a[..a.len() - 2], &b[..b.len() - 2]).unwrap();
                product((&a, &values[0]), (&b, &values[1]), &batch)
            });
        }
    }
}

#[test]
fn gemm_takes_transposes_factors_and_any_addend() {
    let (m, k, n) = (9, 33, 21);
    for (m, trans_a, trans_b) in [(m, 0, 0), (m, 0, 1), (m, 1, 0), (m, 1, 1), (1, 0, 0), (1, 0, 1)] {
        let a: &[usize] = if trans_a == 1 { &[k, m] } else { &[m, k] };
        let b: &[usize] = if trans_b == 1 { &[n, k] } else { &[k, n] };
        let addends: [&[usize]; 6] = [&[], &[1], &[n], &[1, n], &[m, 1], &[m, n]];
        for c in addends {
            for constants in [[false, false, false], [false, true, true], [false, true, false]] {
                let operands = [(a, constants[0]), (b, constants[1]), (c, constants[2])];
                let attributes = [
                    ("alpha", Attribute::Float(0.5)),
                    ("beta", Attribute::Float(-1.5)),
                    ("transA", Attribute::Int(trans_a)),
                    ("transB", Attribute::Int(trans_b)),
                ];
                let case = Case { operator: "Gemm", operands: &operands, attributes: &attributes };
                case.check(&[m, n], |values| {
                    let turn = |values: &[f32], rows: usize, columns: usize, turned: i64| -> Vec<f32> {
                        let at =
                            |i: usize, j: usize| if turned == 1 { j * rows + i } else { i * columns + j };
                        (0..rows * columns).map(|p| values[at(p / columns, p % columns)]).collect()
                    };
                    let (a, b) = (turn(&values[0], m, k, trans_a), turn(&values[1], k, n, trans_b));
                    let mut y = product((&[m, k], &a), (&[k, n], &b), &[]);
                    for (p, y) in y.iter_mut().enumerate() {
                        let (i, j) = (p / n, p % n);
                        let at = match *c {
                            [rows, columns] => (i % rows) * columns + j % columns,
                            [columns] => j % columns,
                            _ => 0,
                        };
                        *y = 0.5 * *y - 1.5 * values[2][at];
                    }
                    y
                });
            }
        }
    }
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let refused = |operator, operands: &[(&[usize], bool)]| {
        Case { operator, operands, attributes: &[] }.run().unwrap_err().context
    };
    assert!(refused("MatMul", &[(&[3, 4], false), (&[5, 4], true)]).contains("do not fit each other"));
    assert!(refused("MatMul", &[(&[2, 3, 4], false), (&[3, 4, 4], false)]).contains("do not fit each other"));
    assert!(refused("MatMul", &[(&[], false), (&[1, 4], false)]).contains("do not fit each other"));
    assert!(refused("Gemm", &[(&[3, 4], false), (&[5, 4], true)]).contains("do not fit each other"));
    assert!(refused("Gemm", &[(&[2, 3, 4], false), (&[4, 4], true)]).contains("is no matrix"));
    assert!(refused("Gemm", &[(&[3, 4], false), (&[4, 5], true), (&[2, 5], true)]).contains("broadcast"));
}
