//! What evolution and ascent promise, on small networks built by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use inscape::{Ascent, Cancel, Card, Encoding, Error, ErrorKind, Evolution, Model, Options, Progress, Watch};
use inscape_engine::{Attribute, Dimension, GraphBuilder, InputType};
use inscape_tensor::{Constant, Element};
use inscape_testkit::noise;

const BRED: [&str; 2] = ["direct", "cppn"];

/// A convolution, a rectifier, a mean over positions and five classes, on pictures of `channels` × 9 × 7.
fn network(channels: usize, threads: usize, gain: f32) -> Model {
    let mut builder = GraphBuilder::default();
    let shape = [
        Dimension::Symbolic("n".into()),
        Dimension::Fixed(channels),
        Dimension::Fixed(9),
        Dimension::Fixed(7),
    ];
    builder.input("x", InputType { element: Element::F32, shape: Some(shape.to_vec()) });
    let mut weights = |name: &str, seed: u64, shape: &[usize]| {
        let values: Vec<f32> =
            noise(seed, shape.iter().product()).into_iter().map(|value| value * gain).collect();
        builder.constant(name, Constant::from_f32s(shape, values));
    };
    weights("w1", 1, &[6, channels, 3, 3]);
    weights("b1", 2, &[6]);
    weights("w2", 3, &[6, 5]);
    weights("b2", 4, &[5]);
    let none = HashMap::new;
    let axis = HashMap::from([("axis".to_owned(), Attribute::Int(1))]);
    builder.node("conv", "", "Conv", 17, &["x", "w1", "b1"], &["a"], none());
    builder.node("relu", "", "Relu", 17, &["a"], &["b"], none());
    builder.node("mean", "", "GlobalAveragePool", 17, &["b"], &["c"], none());
    builder.node("flat", "", "Flatten", 17, &["c"], &["d"], axis);
    builder.node("dense", "", "Gemm", 17, &["d", "w2", "b2"], &["s"], none());
    builder.output("s");
    Model::from_graph(builder.build().unwrap(), Options { card: Some(card()), threads, ..Options::default() })
        .unwrap()
}

/// Feeds pictures of the network's size as they are, on another scale per channel.
fn card() -> Card {
    Card::parse("preset = \"torchvision\"\nresize = \"stretch\"\n").unwrap()
}

fn evolution(name: &str, model: &Model, seed: u64) -> Evolution {
    Evolution::new(model, Encoding::named(name).unwrap(), 21, seed).unwrap()
}

fn bred(name: &str, model: &Model, generations: usize) -> Evolution {
    let mut evolution = evolution(name, model, 3);
    (0..generations).for_each(|_| evolution.advance(&Watch::default()).unwrap());
    evolution
}

#[test]
fn no_class_ever_becomes_less_probable() {
    let model = network(3, 1, 1.0);
    for name in BRED {
        let mut evolution = evolution(name, &model, 0);
        let mut before = evolution.best();
        let first = {
            evolution.advance(&Watch::default()).unwrap();
            evolution.best()
        };
        for _ in 0..40 {
            evolution.advance(&Watch::default()).unwrap();
            let best = evolution.best();
            assert!(best.iter().zip(&before).all(|(now, before)| now >= before), "{name}");
            before = best;
        }
        assert!(before.iter().zip(&first).all(|(last, first)| last > first), "{name}: {first:?} {before:?}");
        assert_eq!((evolution.generations(), evolution.evaluations(), evolution.classes()), (41, 41 * 21, 5));
    }
}

#[test]
fn the_network_finds_in_the_saved_image_the_probability_it_was_bred_for() {
    for channels in [1, 3] {
        let model = network(channels, 1, 1.0);
        for name in BRED {
            let evolution = bred(name, &model, 5);
            for class in 0..5 {
                let champion = evolution.champion(class).unwrap().unwrap();
                assert_eq!((champion.image.width(), champion.image.height()), (7, 9));
                let seen = model.classify(&model.prepare(&champion.image).unwrap()).unwrap();
                let p = seen.iter().find(|seen| seen.index == class).unwrap().probability;
                assert!(
                    (p - champion.probability).abs() < 1e-6,
                    "{name} {class}: {p} {}",
                    champion.probability
                );
                assert_eq!(champion.probability, evolution.best()[class]);
                assert!(champion.generation < 5);
            }
            assert!(evolution.champion(5).unwrap().is_none());
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_any_number_of_threads() {
    for name in BRED {
        let bytes = |threads| bred(name, &network(3, threads, 1.0), 6).bytes();
        assert!(bytes(1) == bytes(2) && bytes(1) == bytes(3), "{name}");
        let mut other = evolution(name, &network(3, 1, 1.0), 4);
        (0..6).for_each(|_| other.advance(&Watch::default()).unwrap());
        assert_ne!(other.best(), bred(name, &network(3, 1, 1.0), 6).best());
    }
}

#[test]
fn an_evolution_opened_again_goes_on_as_if_it_had_never_stopped() {
    let model = network(1, 2, 1.0);
    for name in BRED {
        let encoding = Encoding::named(name).unwrap();
        let whole = bred(name, &model, 12);
        let mut again = bred(name, &model, 5);
        for goal in [5, 6, 12] {
            again = Evolution::open(&model, encoding, 21, 3, &again.bytes()).unwrap();
            while again.generations() < goal {
                again.advance(&Watch::default()).unwrap();
            }
        }
        assert!(again.bytes() == whole.bytes(), "{name}");
        assert_eq!(again.moments(), whole.moments());
    }
}

#[test]
fn a_generation_that_is_stopped_leaves_no_trace() {
    let model = network(3, 1, 1.0);
    let mut evolution = bred("direct", &model, 3);
    let before = evolution.bytes();
    let cancel = Cancel::default();
    let half = |Progress { done, total }: Progress| {
        if done * 2 > total {
            cancel.cancel();
        }
    };
    let stopped = evolution.advance(&Watch { progress: Some(&half), cancel: Some(&cancel) });
    assert_eq!(stopped.unwrap_err().kind, ErrorKind::Cancelled);
    assert!(evolution.bytes() == before);
    evolution.advance(&Watch::default()).unwrap();
    assert!(evolution.bytes() == bred("direct", &model, 4).bytes());
}

#[test]
fn damaged_archives_and_those_of_another_evolution_are_refused() {
    let model = network(3, 1, 1.0);
    let [direct, cppn] = BRED.map(|name| Encoding::named(name).unwrap());
    let bytes = bred("direct", &model, 2).bytes();
    let kind = |opened: Result<Evolution, Error>| opened.err().map(|error| error.kind);
    assert_eq!(kind(Evolution::open(&model, direct, 21, 3, &bytes)), None);
    let other = network(1, 1, 1.0);
    for (model, encoding, population, seed) in
        [(&model, cppn, 21, 3), (&model, direct, 22, 3), (&model, direct, 21, 4), (&other, direct, 21, 3)]
    {
        assert_eq!(kind(Evolution::open(model, encoding, population, seed, &bytes)), Some(ErrorKind::File));
    }
    for damaged in [&bytes[..bytes.len() - 1], &bytes[1..], b"", &[0; 200]] {
        assert_eq!(kind(Evolution::open(&model, direct, 21, 3, damaged)), Some(ErrorKind::File));
    }
    assert_eq!(kind(Evolution::new(&model, direct, 1, 0)), Some(ErrorKind::Setting));
    assert_eq!(
        kind(Evolution::new(&model, Encoding::named("gradient").unwrap(), 20, 0)),
        Some(ErrorKind::Setting)
    );
}

#[test]
fn a_network_that_takes_one_input_at_a_time_breeds_too() {
    // A Reshape that fixes the batch, as many files do.
    let mut builder = GraphBuilder::default();
    let shape = [1, 3, 2, 2].map(Dimension::Fixed).to_vec();
    builder.input("x", InputType { element: Element::F32, shape: Some(shape) });
    builder.constant("to", Constant::from_i64s(&[2], vec![1, 12]));
    builder.constant("w", Constant::from_f32s(&[12, 3], noise(1, 36)));
    builder.node("reshape", "", "Reshape", 17, &["x", "to"], &["a"], HashMap::new());
    builder.node("dense", "", "MatMul", 17, &["a", "w"], &["s"], HashMap::new());
    builder.output("s");
    let model =
        Model::from_graph(builder.build().unwrap(), Options { card: Some(card()), ..Options::default() })
            .unwrap();
    let mut evolution = evolution("direct", &model, 0);
    evolution.advance(&Watch::default()).unwrap();
    let champion = evolution.champion(2).unwrap().unwrap();
    let seen = model.classify(&model.prepare(&champion.image).unwrap()).unwrap();
    let p = seen.iter().find(|seen| seen.index == 2).unwrap().probability;
    assert!((p - champion.probability).abs() < 1e-6);
}

#[test]
fn the_probability_rises_with_every_small_step() {
    for channels in [1, 3] {
        let model = network(channels, 1, 1.0);
        let ascent = Ascent { steps: 60, decay: 0.0, early: 1e-4, late: 1e-3, ..Ascent::default() };
        for class in 0..5 {
            let climbed = model.ascend(class, &ascent, &Watch::default()).unwrap();
            let p = &climbed.probabilities;
            assert_eq!(p.len(), 61);
            let fallen = p.windows(2).filter(|pair| pair[1] <= pair[0]).count();
            assert_eq!(fallen, 0, "{channels} channels, class {class}: {p:?}");
            assert_eq!(climbed.step, 60);
        }
    }
}

#[test]
fn a_step_rises_by_what_was_wanted_where_the_network_is_nearly_linear() {
    let model = network(3, 1, 1.0);
    let ascent = Ascent { steps: 10, decay: 0.0, early: 1e-4, late: 1.0, ..Ascent::default() };
    let climbed = model.ascend(1, &ascent, &Watch::default()).unwrap();
    let rise = climbed.probabilities[10] - climbed.probabilities[0];
    // Ten steps of early; kinks and curvature take a part.
    assert!((rise / 1e-3 - 1.0).abs() < 0.1, "{rise}");
}

#[test]
fn without_a_gradient_the_ascent_ends_at_once_and_says_so() {
    // No gain: scores do not depend on the image, the gradient is zero at the start.
    let model = network(3, 1, 0.0);
    let climbed = model.ascend(0, &Ascent::default(), &Watch::default()).unwrap();
    assert_eq!((climbed.probabilities.len(), climbed.step), (1, 0));
    assert!((climbed.probability - 0.2).abs() < 1e-9);
    assert!(climbed.warnings[0].contains("gradient is zero at step 0"), "{:?}", climbed.warnings);
    assert!(climbed.warnings[1].contains("never reached 0.5"), "{:?}", climbed.warnings);
}

#[test]
fn an_ascent_depends_on_its_seed_and_class_alone() {
    let ascent = Ascent { steps: 20, seed: 5, ..Ascent::default() };
    let image = |threads, class, ascent: &Ascent| {
        network(3, threads, 1.0).ascend(class, ascent, &Watch::default()).unwrap().image.rgb().to_vec()
    };
    assert_eq!(image(1, 2, &ascent), image(3, 2, &ascent));
    assert_ne!(image(1, 2, &ascent), image(1, 2, &Ascent { seed: 6, ..ascent }));
    let refused = |ascent: Ascent, class| {
        network(3, 1, 1.0).ascend(class, &ascent, &Watch::default()).map(|_| ()).unwrap_err().kind
    };
    assert_eq!(refused(Ascent { steps: 0, ..ascent }, 0), ErrorKind::Setting);
    assert_eq!(refused(Ascent { decay: 1.0, ..ascent }, 0), ErrorKind::Setting);
    assert_eq!(refused(Ascent { early: f64::NAN, ..ascent }, 0), ErrorKind::Setting);
    assert_eq!(refused(ascent, 5), ErrorKind::Target);
}
