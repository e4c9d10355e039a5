//! Conv and ConvTranspose as nodes of a graph: attributes, absorbed scales, refusals.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::Arc;

use inscape_engine::{Ask, Attribute, Dimension, Error, Gradient, GraphBuilder, InputType, Plan, Seed};
use inscape_tensor::conv::{ConvShape, reference};
use inscape_tensor::{Constant, Element, Pool, Tensor};
use inscape_testkit::{assert_close, noise};

/// y and dx of one node with seeded weights, for a seeded x and dy.
struct Run {
    y: Tensor,
    dx: Tensor,
}

fn run(
    operator: &str,
    x: &[usize],
    w: &[usize],
    bias: usize,
    settings: &[(&str, &[i64])],
) -> Result<Run, Error> {
    run_padded(operator, x, w, bias, settings, "NOTSET")
}

fn run_padded(
    operator: &str,
    x: &[usize],
    w: &[usize],
    bias: usize,
    settings: &[(&str, &[i64])],
    auto_pad: &str,
) -> Result<Run, Error> {
    let mut attributes: HashMap<String, Attribute> = settings
        .iter()
        .map(|&(name, values)| {
            let value = match name {
                "group" => Attribute::Int(values[0]),
                _ => Attribute::Ints(values.to_vec()),
            };
            (name.to_owned(), value)
        })
        .collect();
    attributes.insert("auto_pad".into(), Attribute::Text(auto_pad.into()));
    let mut builder = GraphBuilder::default();
    let shape = Some(x.iter().map(|&n| Dimension::Fixed(n)).collect());
    builder.input("x", InputType { element: Element::F32, shape });
    builder.constant("w", Constant::from_f32s(w, noise(1, w.iter().product())));
    builder.constant("b", Constant::from_f32s(&[bias], noise(2, bias)));
    builder.node("n", "", operator, 17, &["x", "w", "b"], &["y"], attributes);
    builder.output("y");
    let graph = Arc::new(builder.build()?);
    let (from, to) = (graph.find("x")?, graph.find("y")?);
    let ask = Ask {
        shapes: vec![(from, x.to_vec())],
        values: vec![to],
        seeds: vec![to],
        wrt: vec![from],
        ..Ask::default()
    };
    let plan = Plan::new(&graph, ask)?;
    let mut memory = plan.memory();
    let input = Tensor::new(x, noise(3, x.iter().product()));
    let mut run = plan.forward(&mut memory, Pool::single(), &[input.view()])?;
    let y = Tensor::new(plan.shape(to).unwrap(), run.value(to)?.f32s().to_vec());
    let relevance = Tensor::new(y.shape(), noise(4, y.values().len()));
    let dx = run.backward(&Gradient, &[Seed { value: to, relevance }])?.remove(0);
    Ok(Run { y, dx })
}

fn conv_shape(x: &[usize], y: &[usize], kernel: [usize; 2], pad: [[usize; 2]; 2]) -> ConvShape {
    ConvShape {
        batch: x[0],
        groups: 1,
        in_channels: x[1],
        out_channels: y[1],
        input: [x[2], x[3]],
        output: [y[2], y[3]],
        kernel,
        stride: [1, 1],
        dilation: [1, 1],
        pad,
    }
}

fn check_conv(run: &Run, shape: &ConvShape) {
    let (w, b) = (noise(1, shape.weights_len()), noise(2, shape.out_channels));
    let mut y = vec![0.0; shape.output_len()];
    reference::forward(shape, &w, Some(&b), &noise(3, shape.input_len()), &mut y);
    assert_close(run.y.values(), &y, 1e-5);
    let mut dx = vec![0.0; shape.input_len()];
    reference::backward_data(shape, &w, &noise(4, shape.output_len()), &mut dx);
    assert_close(run.dx.values(), &dx, 1e-5);
}

#[test]
fn automatic_pads_put_the_odd_zero_where_their_name_says() {
    for (stride, size, upper) in [(2, 7usize, [1, 2]), (2, 8, [1, 1]), (1, 5, [1, 2])] {
        let strides: (&str, &[i64]) = ("strides", &[stride, stride]);
        let places = size.div_ceil(stride as usize);
        let (x, w) = ([1, 3, size, size], [4, 3, 4, 4]);
        let lower = [upper[1], upper[0]];
        for (name, pad) in [("SAME_UPPER", upper), ("SAME_LOWER", lower)] {
            let run = run_padded("Conv", &x, &w, 4, &[strides], name).unwrap();
            assert_eq!(run.y.shape(), [1, 4, places, places]);
            let stride = [stride as usize; 2];
            check_conv(&run, &ConvShape { stride, ..conv_shape(&x, run.y.shape(), [4, 4], [pad; 2]) });
        }
    }
}

#[test]
fn one_axis_is_a_picture_of_height_one() {
    let settings: &[(&str, &[i64])] =
        &[("strides", &[2]), ("pads", &[2, 1]), ("dilations", &[2]), ("group", &[2])];
    let run = run("Conv", &[2, 4, 11], &[6, 2, 3], 6, settings).unwrap();
    assert_eq!(run.y.shape(), [2, 6, 5]);
    let shape = ConvShape {
        groups: 2,
        stride: [1, 2],
        dilation: [1, 2],
        ..conv_shape(&[2, 4, 1, 11], &[2, 6, 1, 5], [1, 3], [[0, 0], [2, 1]])
    };
    check_conv(&run, &shape);
}

#[test]
fn a_transposed_convolution_is_the_backward_pass_of_one() {
    // (settings, output, pads of the convolution back)
    type Case<'a> = (&'a [(&'a str, &'a [i64])], &'a str, [usize; 2], [[usize; 2]; 2]);
    let cases: [Case<'_>; 5] = [
        (&[("strides", &[3, 2])], "NOTSET", [9, 7], [[0; 2]; 2]),
        (&[("strides", &[3, 2]), ("output_padding", &[1, 1])], "NOTSET", [10, 8], [[0; 2]; 2]),
        (&[("strides", &[3, 2]), ("output_shape", &[10, 8])], "NOTSET", [10, 8], [[0; 2]; 2]),
        (&[("strides", &[3, 2]), ("pads", &[1, 2, 1, 2])], "NOTSET", [7, 3], [[1, 1], [2, 2]]),
        (&[("strides", &[2, 2])], "SAME_UPPER", [6, 6], [[0, 1], [0, 1]]),
    ];
    for (settings, auto_pad, output, pad) in cases {
        let run = run_padded("ConvTranspose", &[1, 2, 3, 3], &[2, 4, 3, 3], 4, settings, auto_pad).unwrap();
        assert_eq!(run.y.shape(), [1, 4, output[0], output[1]]);
        let stride = [settings[0].1[0] as usize, settings[0].1[1] as usize];
        let shape =
            ConvShape { stride, ..conv_shape(&[1, 4, output[0], output[1]], &[1, 2, 3, 3], [3, 3], pad) };
        let mut y = vec![0.0; shape.input_len()];
        reference::backward_data(&shape, &noise(1, 72), &noise(3, shape.output_len()), &mut y);
        let places = output[0] * output[1];
        y.iter_mut().enumerate().for_each(|(i, y)| *y += noise(2, 4)[i / places]);
        assert_close(run.y.values(), &y, 1e-5);
        let mut dx = vec![0.0; shape.output_len()];
        reference::forward(&shape, &noise(1, 72), None, &noise(4, shape.input_len()), &mut dx);
        assert_close(run.dx.values(), &dx, 1e-5);
    }
}

#[test]
fn hostile_attributes_are_refused() {
    let most: &[i64] = &[i64::MAX, i64::MAX];
    let attempts: [(&str, &[i64]); 12] = [
        ("strides", &[0, 1]),
        ("strides", &[-1, 1]),
        ("strides", &[1]),
        ("dilations", most),
        ("dilations", &[0, 0]),
        ("pads", &[-1, 0, 0, 0]),
        ("pads", &[i64::MAX, i64::MAX, i64::MAX, i64::MAX]),
        ("pads", &[1, 1]),
        ("group", &[0]),
        ("group", &[-3]),
        ("group", &[2]),
        ("kernel_shape", &[2, 2]),
    ];
    for operator in ["Conv", "ConvTranspose"] {
        for attempt in attempts {
            assert!(
                run(operator, &[1, 3, 8, 8], &[3, 3, 3, 3], 3, &[attempt]).is_err(),
                "{operator} {attempt:?}"
            );
        }
        assert!(run(operator, &[1, 3, 8, 8], &[3, 3, 3, 3], 5, &[]).is_err(), "a bias of another length");
        assert!(run(operator, &[1, 4, 8, 8], &[3, 3, 3, 3], 3, &[]).is_err(), "other channels");
        let deep = run(operator, &[1, 3, 8, 8, 8], &[3, 3, 3, 3, 3], 3, &[]);
        assert!(deep.is_err_and(|error| error.context.contains("unsupported rank")));
    }
    for attempt in
        [("output_padding", most), ("output_shape", most), ("output_shape", &[-1, 2]), ("strides", most)]
    {
        assert!(run("ConvTranspose", &[1, 3, 8, 8], &[3, 3, 3, 3], 3, &[attempt]).is_err(), "{attempt:?}");
    }
    assert!(run("Conv", &[1, 3, 2, 2], &[3, 3, 3, 3], 3, &[]).is_err(), "a kernel larger than the picture");
}
