//! What the formulas promise, on small networks built by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod networks;

use std::collections::HashMap;

use inscape::{METHODS, Method, Model, Options, Parting, Settings, Target, Watch};
use inscape_engine::{Attribute, Dimension, GraphBuilder, InputType};
use inscape_tensor::{Constant, Element, Tensor};
use inscape_testkit::{assert_close, noise, relative_error};

use networks::{Layer, SHAPE, linear, network, picture, rectified};

#[test]
fn saliency_of_a_linear_network_is_the_largest_weight_whatever_the_picture() {
    let model = linear();
    let weights = noise(10, 360);
    for class in 0..4 {
        let expected: Vec<f32> = (0..30)
            .map(|at| (0..3).map(|c| weights[(c * 30 + at) * 4 + class].abs()).fold(0.0, f32::max))
            .collect();
        for seed in [1, 2] {
            let map =
                model.attribute(&picture(&model, seed), Method::Saliency, Target::Class(class)).unwrap();
            assert_eq!(map.shape(), [6, 5]);
            assert_close(map.values(), &expected, 1e-6);
        }
    }
}

#[test]
fn saliency_scales_with_the_absolute_factor_of_its_target() {
    let model = rectified();
    let input = picture(&model, 3);
    let plain = model.attribute(&input, Method::Saliency, Target::Class(1)).unwrap();
    let scaled = model.attribute(&input, Method::Saliency, model.target("-2*class:1").unwrap()).unwrap();
    let doubled: Vec<f32> = plain.values().iter().map(|value| 2.0 * value).collect();
    assert_close(scaled.values(), &doubled, 1e-6);
    assert!((scaled.score + 2.0 * plain.score).abs() < 1e-6);
}

#[test]
fn without_rectifiers_the_three_rules_coincide_exactly() {
    let model = network(&[
        ("Conv", &[&[4, 3, 3, 3], &[4]], &[]),
        ("Conv", &[&[5, 4, 2, 2], &[5]], &[]),
        ("GlobalAveragePool", &[], &[]),
        ("Flatten", &[], &[("axis", 1)]),
        ("Gemm", &[&[5, 4], &[4]], &[]),
    ]);
    let relation = model.relation(&picture(&model, 4), Target::Class(2)).unwrap();
    assert_eq!(relation.rectifiers, 0);
    assert_eq!(relation.maps[0].values(), relation.maps[1].values());
    assert_eq!(relation.maps[0].values(), relation.maps[2].values());
    assert!(relation.cosines.iter().flatten().all(|cosine| (cosine - 1.0).abs() < 1e-12));
}

#[test]
fn with_one_rectifier_the_rules_differ_by_its_mask_alone() {
    // S_c = Σ W relu(x): gradient W·1(x>0), DeconvNet W·1(W>0), guided W·1(x>0)·1(W>0).
    let model =
        network(&[("Relu", &[], &[]), ("Flatten", &[], &[("axis", 1)]), ("Gemm", &[&[90, 4], &[4]], &[])]);
    let input = picture(&model, 5);
    let weights: Vec<f32> = noise(20, 360).into_iter().skip(3).step_by(4).collect();
    let relation = model.relation(&input, Target::Class(3)).unwrap();
    for (i, (&w, &x)) in weights.iter().zip(input.tensor().values()).enumerate() {
        let masked = |pass: bool| if pass { w } else { 0.0 };
        assert_eq!(relation.maps[0].values()[i], masked(x > 0.0));
        assert_eq!(relation.maps[1].values()[i], masked(w > 0.0));
        assert_eq!(relation.maps[2].values()[i], masked(x > 0.0 && w > 0.0));
    }
    assert_eq!(relation.rectifiers, 1);
    let rows: Vec<&str> = relation.readings.iter().map(|row| row.operator.as_str()).collect();
    assert_eq!(rows, ["Flatten", "Gemm", "Relu"]);
}

#[test]
fn integrated_gradients_sum_to_the_change_of_the_target() {
    let model = rectified();
    let input = picture(&model, 6);
    let measure = |steps| {
        let settings = Settings { steps, ..Settings::default() };
        let map = model.attribute_with(
            &input,
            Method::IntegratedGradients,
            Target::Class(0),
            &settings,
            &Watch::default(),
        );
        let map = map.unwrap();
        let sum: f64 = map.values().iter().map(|&part| f64::from(part)).sum();
        let zero = model.input_of(Tensor::zeros(SHAPE)).unwrap();
        let change = f64::from(model.scores(&input).unwrap()[0]) - f64::from(model.scores(&zero).unwrap()[0]);
        (sum - change).abs() / change.abs()
    };
    assert!(measure(300) < 0.01, "{}", measure(300));
    let linear = linear();
    let input = picture(&linear, 6);
    let settings = Settings { steps: 1, ..Settings::default() };
    let once = linear.attribute_with(
        &input,
        Method::IntegratedGradients,
        Target::Class(0),
        &settings,
        &Watch::default(),
    );
    let product = linear.attribute(&input, Method::GradientTimesInput, Target::Class(0)).unwrap();
    assert_close(once.unwrap().values(), product.values(), 1e-6);
}

#[test]
fn smoothgrad_without_noise_is_the_gradient_and_with_noise_repeats() {
    let model = rectified();
    let input = picture(&model, 7);
    let smooth = |sigma, seed| {
        let settings = Settings { sigma, seed, samples: 13, ..Settings::default() };
        let map =
            model.attribute_with(&input, Method::SmoothGrad, Target::Class(1), &settings, &Watch::default());
        map.unwrap().values().to_vec()
    };
    let gradient = model.attribute(&input, Method::Gradient, Target::Class(1)).unwrap();
    assert_close(&smooth(0.0, 1), gradient.values(), 1e-6);
    assert_eq!(smooth(0.3, 1), smooth(0.3, 1));
    assert!(relative_error(&smooth(0.3, 1), &smooth(0.3, 2)) > 1e-3);
}

#[test]
fn grad_cam_of_pooling_and_a_dense_layer_is_the_class_activation_map() {
    let model = rectified();
    let input = picture(&model, 8);
    let map = model.attribute(&input, Method::GradCam, Target::Class(2)).unwrap();
    assert_eq!(map.value, "v3");
    let late = model.activation(input.tensor(), model.graph().find("v3").unwrap()).unwrap();
    let (area, weights) = (late.shape()[2] * late.shape()[3], noise(60, 20));
    let expected: Vec<f32> = (0..area)
        .map(|at| {
            let sum: f32 = (0..5).map(|c| weights[c * 4 + 2] * late.values()[c * area + at]).sum();
            sum.max(0.0) / area as f32
        })
        .collect();
    assert!(expected.iter().any(|&value| value > 0.0), "the example shows nothing");
    assert_close(map.values(), &expected, 1e-5);
}

#[test]
fn gradients_match_central_differences_of_the_scores() {
    let model = rectified();
    let input = picture(&model, 9);
    for text in
        ["class:1", "posterior:2", "unit:v2:1@1,1", "channel:v0:2", "layer:v4", "class:0 - 0.5*posterior:1"]
    {
        let target = model.target(text).unwrap();
        let map = model.attribute(&input, Method::Gradient, target.clone()).unwrap();
        for at in [0, 17, 44, 71, 89] {
            let moved = |by: f32| {
                let mut tensor = input.tensor().clone();
                tensor.values_mut()[at] += by;
                let input = model.input_of(tensor).unwrap();
                model.attribute(&input, Method::Gradient, target.clone()).unwrap().score
            };
            let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            assert!(
                (slope - f64::from(map.values()[at])).abs() < 2e-3,
                "{text} at {at}: {slope} {}",
                map.values()[at]
            );
        }
    }
}

#[test]
fn several_maps_from_one_pass_equal_those_made_alone() {
    let model = rectified();
    let input = picture(&model, 10);
    let targets = [Target::Top(2), model.target("unit:v1:3").unwrap()];
    let settings = Settings { steps: 7, samples: 11, ..Settings::default() };
    let together = model.attribute_many(&input, METHODS, &targets, &settings, &Watch::default()).unwrap();
    assert_eq!(together.len(), 3 * METHODS.len());
    for map in &together {
        let target = Target::from(map.target.objective.clone());
        let alone = model.attribute_with(&input, map.method, target, &settings, &Watch::default()).unwrap();
        assert_eq!(alone.shape(), map.shape());
        assert_close(alone.values(), map.values(), 1e-6);
    }
    let top = &model.classify(&input).unwrap()[0];
    assert_eq!(together[0].target.index, Some(top.index));
}

#[test]
fn long_work_tells_its_progress_and_can_be_stopped() {
    let model = rectified();
    let input = picture(&model, 11);
    let cancel = inscape::Cancel::default();
    let seen = std::sync::Mutex::new(Vec::new());
    let progress = |progress: inscape::Progress| {
        seen.lock().unwrap().push(progress.done);
        if progress.done >= 20 {
            cancel.cancel();
        }
    };
    let watch = Watch { progress: Some(&progress), cancel: Some(&cancel) };
    let settings = Settings { samples: 50, ..Settings::default() };
    let error =
        model.attribute_with(&input, Method::SmoothGrad, Target::Class(0), &settings, &watch).unwrap_err();
    assert_eq!(error.kind, inscape::ErrorKind::Cancelled);
    assert_eq!(seen.lock().unwrap().last(), Some(&20));
}

#[test]
fn progress_over_several_maps_counts_the_passes_of_all_of_them() {
    let model = rectified();
    let input = picture(&model, 11);
    let seen = std::sync::Mutex::new(Vec::new());
    let progress = |progress: inscape::Progress| seen.lock().unwrap().push((progress.done, progress.total));
    let watch = Watch { progress: Some(&progress), cancel: None };
    let settings = Settings { samples: 25, steps: 14, ..Settings::default() };
    let methods = [Method::Gradient, Method::SmoothGrad, Method::IntegratedGradients];
    let targets = [Target::Class(0), Target::Top(2)];
    model.attribute_many(&input, &methods, &targets, &settings, &watch).unwrap();
    let seen = seen.into_inner().unwrap();
    let total = 3 * (1 + 25 + 14);
    assert_eq!((seen[0], *seen.last().unwrap()), ((0, total), (total, total)));
    assert!(seen.iter().all(|step| step.1 == total) && seen.is_sorted());
    assert!(seen.windows(2).all(|pair| pair[1].0 - pair[0].0 <= 5), "progress jumps: {seen:?}");
}

#[test]
fn the_first_order_argument_is_exact_on_a_linear_network() {
    let model = linear();
    let input = picture(&model, 12);
    let order = model.first_order(&input, Target::Class(1), 0, &Watch::default()).unwrap();
    let bias = f64::from(noise(11, 4)[1]);
    assert!((order.offset - bias).abs() < 1e-5, "{} {bias}", order.offset);
    assert!((order.lines[0].slope - order.norm).abs() < 1e-9);
    for line in &order.lines {
        assert!(matches!(line.parting, Parting::Beyond(_)), "{}: {:?}", line.direction, line.parting);
        for [step, score, linear] in &line.points {
            assert!((score - linear).abs() < 1e-4 * score.abs().max(1.0), "{step}: {score} {linear}");
        }
    }
}

#[test]
fn one_logit_makes_two_classes() {
    let model =
        network(&[("Flatten", &[], &[("axis", 1)]), ("Gemm", &[&[90, 1], &[1]], &[]), ("Sigmoid", &[], &[])]);
    let input = picture(&model, 13);
    let classes = model.classify(&input).unwrap();
    assert_eq!(classes.len(), 2);
    assert!((classes[0].probability + classes[1].probability - 1.0).abs() < 1e-12);
    assert!((classes[0].probability - 1.0 / (1.0 + f64::from(-classes[0].score).exp())).abs() < 1e-12);
    let zero = model.attribute(&input, Method::Gradient, Target::Class(0)).unwrap();
    let one = model.attribute(&input, Method::Gradient, Target::Class(1)).unwrap();
    let negated: Vec<f32> = one.values().iter().map(|value| -value).collect();
    assert_eq!(zero.values(), negated);
}

#[test]
fn a_trailing_softmax_is_seen_through() {
    let layers: [Layer<'_>; 3] = [
        ("Flatten", &[], &[("axis", 1)]),
        ("Gemm", &[&[90, 4], &[4]], &[]),
        ("Softmax", &[], &[("axis", 1)]),
    ];
    let (with, without) = (network(&layers), network(&layers[..2]));
    let input = picture(&with, 14);
    assert_eq!(with.scores(&input).unwrap(), without.scores(&input).unwrap());
    assert_eq!(with.classify(&input).unwrap(), without.classify(&input).unwrap());
    let posterior = with.activation(input.tensor(), with.graph().outputs()[0]).unwrap();
    for class in with.classify(&input).unwrap() {
        assert!((class.probability - f64::from(posterior.values()[class.index])).abs() < 1e-6);
    }
}

#[test]
fn layers_have_shapes_windows_parameters_and_work() {
    let inspection = rectified().inspect().unwrap();
    let conv = &inspection.layers[2];
    assert_eq!((conv.operator.as_str(), &conv.shape[..]), ("Conv", &[1, 5, 3, 2][..]));
    assert_eq!(conv.receptive_field.map(|field| (field.size, field.stride)), Some(([4, 4], [1, 1])));
    assert_eq!(conv.parameters, 5 * 4 * 2 * 2 + 5);
    assert_eq!(conv.multiply_adds, 5 * 3 * 2 * 4 * 2 * 2);
    assert_eq!(inspection.layers[6].multiply_adds, 20);
    assert_eq!(inspection.layers[6].receptive_field, None);
    assert_eq!(inspection.parameters, (4 * 27 + 4) + (5 * 16 + 5) + (20 + 4));
    let odd = network(&[("Foo", &[], &[]), ("Bar", &[], &[])]).inspect().unwrap();
    assert!(odd.unsupported.is_some_and(|text| text.contains("Foo")));
    let half = network(&[("Relu", &[], &[]), ("Foo", &[], &[]), ("Bar", &[], &[])]).inspect().unwrap();
    assert!(half.unsupported.is_some_and(|text| text.contains("Foo") && text.contains("Bar")));
    let shapes: Vec<&[usize]> = half.layers.iter().map(|layer| &layer.shape[..]).collect();
    assert_eq!(shapes, [&SHAPE[..], &[], &[]]);
}

/// Rows and columns that a gradient reaches, first and last; `None` where it is zero.
fn support(gradient: &[f32], width: usize) -> Option<[[isize; 2]; 2]> {
    let reached = |side: usize| {
        let cells = gradient.iter().enumerate().filter(|(_, g)| **g != 0.0);
        let places = cells.map(move |(i, _)| [i / width, i % width][side] as isize);
        Some([places.clone().min()?, places.max()?])
    };
    Some([reached(0)?, reached(1)?])
}

#[test]
fn a_receptive_field_is_where_the_gradient_of_a_unit_reaches() {
    let (height, width) = (37, 41);
    let mut builder = GraphBuilder::default();
    let shape = Some([1, 1, height, width].map(Dimension::Fixed).to_vec());
    builder.input("x", InputType { element: Element::F32, shape });
    // Positive weights everywhere, so that no gradient cancels.
    let ints = |name: &str, values: &[i64]| (name.to_owned(), Attribute::Ints(values.to_vec()));
    let mut conv = |from: &str, to: &str, size: usize, attributes: Vec<(String, Attribute)>| {
        let name = format!("weights of {to}");
        builder.constant(&name, Constant::from_f32s(&[1, 1, size, size], vec![0.5; size * size]));
        builder.node(to, "", "Conv", 17, &[from, &name], &[to], attributes.into_iter().collect());
    };
    conv("x", "a", 3, vec![ints("strides", &[2, 2]), ints("pads", &[1, 0, 1, 1])]);
    conv("a", "narrow", 1, vec![]);
    conv("a", "wide", 3, vec![ints("dilations", &[2, 1]), ints("pads", &[2, 0, 2, 2])]);
    let attributes = HashMap::from([("axis".to_owned(), Attribute::Int(1))]);
    builder.node("joined", "", "Concat", 17, &["narrow", "wide"], &["joined"], attributes);
    builder.constant("pads", Constant::from_i64s(&[8], [0, 0, 1, -2, 0, 0, 0, 1]));
    builder.node("padded", "", "Pad", 17, &["joined", "pads"], &["padded"], HashMap::new());
    let attributes = HashMap::from([ints("kernel_shape", &[2, 3]), ints("strides", &[3, 2])]);
    builder.node("pooled", "", "AveragePool", 17, &["padded"], &["pooled"], attributes);
    builder.node("y", "", "Sigmoid", 17, &["pooled"], &["y"], HashMap::new());
    builder.output("y");
    let options = Options { threads: 1, ..Options::default() };
    let model = Model::from_graph(builder.build().unwrap(), options).unwrap();
    let input = model.input_of(Tensor::new([1, 1, height, width], noise(3, height * width))).unwrap();
    let layers = model.inspect().unwrap().layers;
    let mut compared = 0;
    for layer in &layers {
        let field = layer.receptive_field.unwrap();
        let (rows, columns) = (layer.shape[2], layer.shape[3]);
        for (y, x) in [(0, 0), (1, 2), (rows / 2, columns / 2), (rows - 1, columns - 1)] {
            // Concat's last channel is the wider branch; single channels of it see no more than the whole.
            let channels = if layer.value == "a" || layer.shape[1] == 1 { 1 } else { 2 };
            let terms: Vec<String> =
                (0..channels).map(|c| format!("unit:{}:{c}@{y},{x}", layer.value)).collect();
            let target = model.target(&terms.join(" + ")).unwrap();
            let map = model.attribute(&input, Method::Gradient, target).unwrap();
            let window = [(0, y), (1, x)].map(|(side, at)| {
                let first = field.start[side] + (at * field.stride[side]) as isize;
                [first, first + field.size[side] as isize - 1]
            });
            let Some(seen) = support(map.values(), width) else {
                let outside = y == 0 || x == columns - 1;
                assert!(layer.value == "padded" && outside, "{} at {y}, {x} sees nothing", layer.value);
                continue;
            };
            for (side, length) in [height, width].into_iter().enumerate() {
                let ([first, last], [from, to]) = (seen[side], window[side]);
                // Where a window overlaps the padding of a value inside, it sees less of the input.
                let within = from <= first && last <= to;
                let exact = (first, last) == (from, to) || from < 0 || to >= length as isize;
                assert!(within && exact, "{} at {y}, {x}: {seen:?} {window:?}", layer.value);
                compared += usize::from((first, last) == (from, to));
            }
        }
    }
    assert!(layers.len() == 7 && compared >= 28, "{compared} sides of {} layers are exact", layers.len());
}

#[test]
fn check_finds_the_place_that_differs_most() {
    let model = linear();
    let input = picture(&model, 15);
    let mut expected = Tensor::new([4], model.scores(&input).unwrap());
    assert_eq!(model.check(&input, None, &expected).unwrap().relative_error, 0.0);
    expected.values_mut()[2] += 1.0;
    let check = model.check(&input, None, &expected).unwrap();
    assert_eq!(check.at, [2]);
    assert!(model.check(&input, Some("x"), &expected).is_err());
}
