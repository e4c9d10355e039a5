//! What an explorer shows of a picture, against the attributions and the networks' own weights.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

mod networks;

use std::collections::HashMap;

use inscape::atlas::{Drawing, EVIDENCE, Edges, Explorer, Look, Origin, Start, Survey};
use inscape::visualization::{Recipe, Request};
use inscape::{Cancel, ErrorKind, Method, Model, Options, Watch};
use inscape_engine::{Dimension, GraphBuilder, InputType};
use inscape_tensor::{Constant, Element};
use inscape_testkit::noise;
use networks::{SHAPE, picture, rectified};

fn explorer(model: &Model) -> Explorer {
    model.explorer(model.atlas_rows(&[]).unwrap()).unwrap()
}

fn seen<R>(explorer: &Explorer, work: impl FnOnce(&mut Look<'_, '_>) -> Result<R, inscape::Error>) -> R {
    explorer.look(&picture(explorer.model(), 5), work).unwrap()
}

#[test]
fn ways_back_are_the_attributions_of_the_unit() {
    let model = rectified();
    let explorer = explorer(&model);
    for rule in ["gradient", "deconvnet", "guided-backprop"] {
        for (row, unit) in [(0, 2), (1, 4), (2, 1)] {
            let back = seen(&explorer, |look| look.back(&Origin { row, unit, start: Start::Max }, rule));
            let target = format!("unit:{}:{unit}", explorer.rows()[row].value);
            let target = model.target(&target).unwrap();
            let map = model.attribute(&picture(&model, 5), Method::named(rule).unwrap(), target).unwrap();
            assert_eq!(back.relevance.values(), map.values(), "{rule} {row} {unit}");
        }
    }
}

#[test]
fn contributions_and_the_bias_make_the_activation() {
    let explorer = explorer(&rectified());
    let bias = noise(21, 5);
    let mut active = 0;
    for (unit, bias) in bias.iter().enumerate() {
        let (edges, peak, slopes, below) = seen(&explorer, |look| {
            let origin = Origin { row: 1, unit, start: Start::Max };
            Ok((
                look.contributions(1, unit)?,
                look.peaks(1)?[unit].0,
                look.slopes(&origin, 0)?,
                look.maps(0)?,
            ))
        });
        let sum: f32 = edges.iter().map(|edge| edge.weight).sum();
        if peak > 0.0 {
            active += 1;
            assert!((sum + bias - peak).abs() < 1e-5, "unit {unit}: {sum} + {bias} is not {peak}");
        } else {
            assert!(edges.is_empty());
        }
        for edge in edges {
            let pairs = slopes.of(edge.unit).iter().zip(below.of(edge.unit));
            let product: f32 = pairs.map(|(slope, activation)| slope * activation).sum();
            assert!((product - edge.weight).abs() < 1e-5);
        }
    }
    assert!(active > 1);
}

#[test]
fn a_start_by_the_map_is_the_map() {
    let explorer = explorer(&rectified());
    let (own, map, above) = seen(&explorer, |look| {
        let origin = Origin { row: 0, unit: 1, start: Start::Map };
        Ok((look.slopes(&origin, 0)?, look.maps(0)?, look.slopes(&origin, 1)?))
    });
    assert_eq!(own.of(1), map.of(1));
    assert!(own.of(0).iter().all(|&value| value == 0.0));
    assert!(above.values.iter().all(|&value| value == 0.0), "what lies above has no influence");
}

/// a = Ax, b = Ba, c = C(a + b), kernels of 1 × 1.
fn skipping() -> Model {
    let mut builder = GraphBuilder::default();
    let shape = Some(SHAPE.map(Dimension::Fixed).to_vec());
    builder.input("x", InputType { element: Element::F32, shape });
    for (name, units, channels) in [("A", 4, 3), ("B", 4, 4), ("C", 2, 4)] {
        let weights = noise(units as u64 * 10 + channels as u64, units * channels);
        builder.constant(name, Constant::from_f32s(&[units, channels, 1, 1], weights));
    }
    let nodes: [(&str, [&str; 2], &str); 4] = [
        ("Conv", ["x", "A"], "a"),
        ("Conv", ["a", "B"], "b"),
        ("Add", ["a", "b"], "s"),
        ("Conv", ["s", "C"], "c"),
    ];
    for (operator, inputs, output) in nodes {
        builder.node(output, "", operator, 17, &inputs, &[output], HashMap::new());
    }
    builder.output("c");
    Model::from_graph(builder.build().unwrap(), Options { threads: 1, ..Options::default() }).unwrap()
}

#[test]
fn a_weight_past_a_row_leaves_out_the_way_through_it() {
    let model = skipping();
    let explorer = explorer(&model);
    assert_eq!([0, 1, 2].map(|row| explorer.below(row).to_vec()), [vec![], vec![0], vec![0, 1]]);
    let weights = noise(24, 8);
    let edges = Edges::of(&explorer, 8, 2, &Watch::default()).unwrap();
    for unit in 0..2 {
        let all = explorer.look_at_nothing(|look| look.weights(2, unit)).unwrap();
        for edge in &all {
            assert!((edge.weight - weights[unit * 4 + edge.unit]).abs() < 1e-6, "{edge:?}");
        }
        assert_eq!(all.len(), 8);
        let mut found = edges.inputs[2][unit].clone();
        found.sort_by_key(|edge| (edge.row, edge.unit));
        assert_eq!(found, all);
    }
}

#[test]
fn behind_a_flattening_the_mean_size_of_the_weights_counts() {
    let layers: [networks::Layer<'_>; 4] = [
        ("Conv", &[&[4, 3, 3, 3]], &[]),
        ("Relu", &[], &[]),
        ("Flatten", &[], &[("axis", 1)]),
        ("Gemm", &[&[48, 3]], &[]),
    ];
    let explorer = explorer(&networks::network(&layers));
    let weights = noise(30, 48 * 3);
    for unit in 0..3 {
        let edges = explorer.look_at_nothing(|look| look.weights(1, unit)).unwrap();
        for edge in &edges {
            let sizes = (0..12).map(|at| weights[(edge.unit * 12 + at) * 3 + unit].abs());
            assert!((edge.weight - sizes.sum::<f32>() / 12.0).abs() < 1e-6, "{edge:?}");
        }
        assert_eq!(edges.len(), 4);
    }
}

#[test]
fn an_optimized_image_stands_first_in_its_line_whatever_the_threads() {
    let model = rectified();
    let explorer = explorer(&model);
    let row = &explorer.rows()[1];
    let recipe = Recipe { steps: 2, ..Recipe::named("clear").unwrap() };
    let kinds = EVIDENCE.iter().filter(|kind| ["top", "optimized"].contains(&kind.name)).copied().collect();
    let drawing = Drawing { kinds, columns: 2, side: 8, request: Request::new(recipe) };
    let mut survey = Survey::new(std::slice::from_ref(row), 2);
    let rows = std::slice::from_ref(row);
    let read = |seed: usize| Ok(picture(&model, seed as u64));
    survey.look(&model, rows, 2, 1, &read, &mut |_, became| became).unwrap();
    let drawn = |threads: usize, units: std::ops::Range<usize>| {
        drawing.sprites(&model, row, &survey.tallies[0], units, threads, &read, &Cancel::default()).unwrap()
    };
    let sprites = drawn(1, 0..5);
    let pixel = |y: usize, x: usize| &sprites[3].rgb()[(y * sprites[3].width() + x) * 3..][..3];
    assert_eq!([sprites[3].height(), sprites[3].width()], [18, 18]);
    assert!((10..18).any(|y| (0..8).any(|x| pixel(y, x) != [128; 3])), "the image");
    assert!((10..18).all(|y| (10..18).all(|x| pixel(y, x) == [128; 3])), "nothing beside it");
    for (one, other) in sprites[2..4].iter().zip(drawn(2, 2..4)) {
        assert_eq!(one.rgb(), other.rgb());
    }
    let cancel = Cancel::default();
    cancel.cancel();
    let stopped = drawing.sprites(&model, row, &survey.tallies[0], 0..1, 1, &read, &cancel);
    assert_eq!(stopped.unwrap_err().kind, ErrorKind::Cancelled);
}

#[test]
fn what_is_not_there_is_said() {
    let explorer = explorer(&rectified());
    let refused = |row, unit, rule: &str| {
        let origin = Origin { row, unit, start: Start::Max };
        let error =
            explorer.look(&picture(explorer.model(), 5), |look| look.back(&origin, rule)).unwrap_err();
        (error.kind, error.context)
    };
    assert_eq!(
        refused(9, 0, "gradient"),
        (ErrorKind::Target, "there is no row 9; the rows are 0 to 2".into())
    );
    let (kind, context) = refused(1, 5, "gradient");
    assert_eq!(
        (kind, context),
        (ErrorKind::Target, "row 1 ('v3') has no unit 5; its units are 0 to 4".into())
    );
    assert_eq!(refused(1, 0, "magic").0, ErrorKind::Setting);
}
