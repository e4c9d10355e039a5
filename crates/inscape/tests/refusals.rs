//! What cannot be answered is refused in words, before much is computed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use inscape::{Card, ErrorKind, Image, Method, Model, Options, Settings, Target, Watch};
use inscape_engine::{Attribute, Dimension, GraphBuilder, InputType};
use inscape_tensor::{Constant, Element, Tensor};
use inscape_testkit::noise;

/// Two convolutions, the second beside a branch of its own, and a dense classifier; of an input of any side.
fn network(side: usize, memory: Option<usize>) -> Model {
    let mut builder = GraphBuilder::default();
    let shape = Some([1, 3, side, side].map(Dimension::Fixed).to_vec());
    builder.input("x", InputType { element: Element::F32, shape });
    let mut weights = |name: &str, shape: &[usize]| {
        builder.constant(name, Constant::from_f32s(shape, noise(shape.len() as u64, shape.iter().product())));
    };
    weights("w1", &[4, 3, 3, 3]);
    weights("w2", &[4, 4, 3, 3]);
    weights("dense", &[4, 5]);
    let mut node = |operator: &str, inputs: &[&str], output: &str| {
        let axis = HashMap::from([("axis".to_owned(), Attribute::Int(1))]);
        let attributes = if operator == "Flatten" { axis } else { HashMap::new() };
        builder.node(output, "", operator, 17, inputs, &[output], attributes);
    };
    node("Conv", &["x", "w1"], "c1");
    node("Relu", &["c1"], "r1");
    node("Conv", &["r1", "w2"], "c2");
    node("Relu", &["c2"], "r2");
    node("GlobalAveragePool", &["r2"], "p");
    node("Flatten", &["p"], "f");
    node("Gemm", &["f", "dense"], "y");
    builder.output("y");
    let options = Options { threads: 1, memory, ..Options::default() };
    Model::from_graph(builder.build().unwrap(), options).unwrap()
}

fn white() -> Image {
    Image::from_rgb8(2, 2, vec![255; 12]).unwrap()
}

#[test]
fn an_input_above_the_memory_is_refused_before_the_picture_is_made_as_large() {
    let error = network(30_000, Some(100 << 20)).prepare(&white()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Memory);
    assert!(error.context.contains("30000") && error.context.contains("100 MiB"), "{error}");
    assert!(network(8, Some(100 << 20)).prepare(&white()).is_ok());
}

#[test]
fn scores_that_are_no_numbers_are_refused() {
    let model = network(8, None);
    for bad in [f32::NAN, f32::INFINITY] {
        let mut values = noise(3, 192);
        values[77] = bad;
        let input = model.input_of(Tensor::new([1, 3, 8, 8], values)).unwrap();
        let errors = [
            model.classify(&input).unwrap_err(),
            model.scores(&input).unwrap_err(),
            model.attribute(&input, Method::Saliency, Target::Top(1)).unwrap_err(),
            model.attribute(&input, Method::Gradient, Target::Class(1)).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind, ErrorKind::Model);
            assert!(error.context.contains("no number"), "{error}");
        }
    }
}

#[test]
fn grad_cam_looks_before_its_target_or_refuses() {
    let model = network(8, None);
    let input = model.input_of(Tensor::new([1, 3, 8, 8], noise(3, 192))).unwrap();
    let map = |target: &str, value: Option<&str>| {
        let settings = Settings { value: value.map(str::to_owned), ..Settings::default() };
        let target = model.target(target).unwrap();
        model.attribute_with(&input, Method::GradCam, target, &settings, &Watch::default())
    };
    assert_eq!(map("1", None).unwrap().value, "r2");
    assert_eq!(map("channel:c2:1", None).unwrap().value, "r1");
    assert_eq!(map("channel:c1:1", None).unwrap().value, "x");
    assert_eq!(map("channel:c2:1", Some("c1")).unwrap().value, "c1");
    let error = map("channel:c1:1", Some("r2")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Setting);
    assert!(error.context.contains("'r2'") && error.context.contains("'c1'"), "{error}");
    // Several targets at once each have a value of their own.
    let targets = [model.target("1").unwrap(), model.target("channel:c2:1").unwrap()];
    let maps =
        model.attribute_many(&input, &[Method::GradCam], &targets, &Settings::default(), &Watch::default());
    let values: Vec<String> = maps.unwrap().into_iter().map(|map| map.value).collect();
    assert_eq!(values, ["r2", "r1"]);
}

#[test]
fn a_map_of_zeros_names_its_method_and_target() {
    let model = network(8, None);
    // A rectifier's unit that is shut has no gradient.
    let input = model.input_of(Tensor::new([1, 3, 8, 8], vec![0.0; 192])).unwrap();
    let map = model.attribute(&input, Method::Saliency, model.target("unit:r1:1@0,0").unwrap()).unwrap();
    assert!(map.warnings[0].contains("saliency") && map.warnings[0].contains("r1"), "{:?}", map.warnings);
}

#[test]
fn a_preset_set_later_takes_the_place_of_the_cards_numbers() {
    let mut card =
        Card::parse("channels = 'BGR'\nmean = [1, 2, 3]\nscale = 1\nresize = 'pad'\nsize = 64").unwrap();
    assert!(!card.assumes_numbers());
    card.set("preset", "torchvision").unwrap();
    assert_eq!((card.mean.as_ref(), card.scale, card.channels, card.resize), (None, None, None, None));
    assert_eq!(card.size, Some([64, 64]));
    card.set("std", "[2]").unwrap();
    assert_eq!(card.std.as_deref(), Some(&[2.0][..]));
    assert!(Card::parse("scores = 'y'\nchannels = 'BGR'").unwrap().assumes_numbers());
}
