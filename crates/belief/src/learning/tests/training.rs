//! Whole trainings: their steps, their end, and what stops them.

use std::sync::atomic::{AtomicUsize, Ordering};

use inscape::{Cancel, ErrorKind, Progress, Watch};
use inscape_tensor::Pool;

use super::super::epoch::Stage;
use super::super::recipe::{AutoencoderRecipe, Negative, RbmRecipe, Recipe, Weights};
use super::super::state::State;
use super::super::training::Training;
use super::{Few, bars_and_stripes, normal, uniform};
use crate::examples::Values;
use crate::network::{Kind, Network};

fn recipe(kind: Kind) -> Recipe {
    let base = Recipe::preset("lab", kind).unwrap();
    let mut recipe = Recipe { layers: vec![12, 7], batch: 10, epochs: 3, momentum_epochs: 1, ..base };
    if let Some(classifier) = &mut recipe.classifier {
        (classifier.linear_epochs, classifier.epochs) = (2, 2);
    }
    recipe
}

fn whole(recipe: &Recipe, data: &Few, threads: usize) -> [Network; 2] {
    let pool = Pool::new(threads).unwrap();
    let mut training = Training::new(recipe, data, None, "key", 5, &pool).unwrap();
    while training.epoch(&Watch::default()).unwrap().is_some() {}
    [training.network(), training.classifier().unwrap()]
}

/// Recipes that between them use everything that is drawn or kept.
fn recipes() -> Vec<Recipe> {
    let (dbn, stack) = (recipe(Kind::Dbn), recipe(Kind::Autoencoder));
    let rbm = RbmRecipe {
        negative: Negative::Persistent,
        sparsity: 0.1,
        sparsity_cost: vec![0.1],
        ..dbn.rbm.clone()
    };
    let free = AutoencoderRecipe { weights: Weights::Free, ..stack.autoencoder.clone() };
    let (persistent, free) = (Recipe { rbm, ..dbn.clone() }, Recipe { autoencoder: free, ..stack.clone() });
    vec![dbn, persistent, stack, free]
}

#[test]
fn a_training_that_is_stopped_anywhere_and_gone_on_with_ends_as_one_that_was_not() {
    let data = bars_and_stripes(4, 90);
    for recipe in recipes() {
        let expected = whole(&recipe, &data, 2);
        let pool = Pool::new(2).unwrap();
        let mut training = Training::new(&recipe, &data, None, "key", 5, &pool).unwrap();
        let mut stops = 0;
        while !training.is_done() {
            let cancel = Cancel::default();
            let steps = AtomicUsize::new(0);
            let stop = |_: Progress| {
                if steps.fetch_add(1, Ordering::Relaxed) == 5 {
                    cancel.cancel();
                }
            };
            let watch = Watch { progress: Some(&stop), cancel: Some(&cancel) };
            match training.epoch(&watch) {
                Err(error) => assert_eq!(error.kind, ErrorKind::Cancelled),
                Ok(epoch) => assert!(epoch.is_some()),
            }
            stops += 1;
            let state = State::parse(&training.state().bytes()).unwrap();
            assert_eq!(state.key(), "key");
            training = Training::resume(&recipe, &data, None, state, 5, &pool).unwrap();
        }
        assert!(stops > 15, "{stops}");
        assert_eq!([training.network(), training.classifier().unwrap()], expected);
        assert!(training.epoch(&Watch::default()).unwrap().is_none());
    }
}

#[test]
fn threads_change_nothing() {
    let pictures: Vec<Vec<f32>> = (0..240).map(|i| uniform(i, 20 * 20)).collect();
    let labels = Some((0..240).map(|i| (i % 3) as u8).collect());
    let data = Few { size: [20, 20], values: Values::Unit, pictures, labels };
    for recipe in recipes() {
        let recipe = Recipe { layers: vec![130, 70], batch: 50, epochs: 2, ..recipe };
        let one = whole(&recipe, &data, 1);
        assert_eq!(one, whole(&recipe, &data, 2));
        assert_eq!(one, whole(&recipe, &data, 3));
    }
}

#[test]
fn another_seed_gives_other_weights() {
    let data = bars_and_stripes(3, 60);
    let of = |seed| {
        let mut training = Training::new(&recipe(Kind::Dbn), &data, None, "", seed, Pool::single()).unwrap();
        training.epoch(&Watch::default()).unwrap();
        training.state().bytes()
    };
    assert_ne!(of(1), of(2));
}

#[test]
fn validation_and_training_examples_have_the_same_free_energy_before_anything_is_learned() {
    let data = bars_and_stripes(4, 3000);
    let still = Recipe { rate: 1e-9, epochs: 1, classifier: None, ..recipe(Kind::Dbn) };
    let mut training = Training::new(&still, &data, None, "", 0, Pool::single()).unwrap();
    assert_eq!(training.examples(), [2500, 500]);
    let epoch = training.epoch(&Watch::default()).unwrap().unwrap();
    // Biases of half the pixels are near 0: energies differ by a few tenths, their means by far less.
    assert!(epoch.gap.unwrap().abs() < 0.05, "{epoch:?}");
    assert!((epoch.activation.unwrap() - 0.5).abs() < 0.05);
}

#[test]
fn a_few_examples_that_are_learned_by_heart_widen_the_gap() {
    let pictures: Vec<Vec<f32>> =
        (0..60).map(|i| uniform(i, 64).iter().map(|u| u.round()).collect()).collect();
    let data = Few { size: [8, 8], values: Values::Unit, pictures, labels: None };
    let by_heart = Recipe {
        layers: vec![100],
        epochs: 300,
        validation: Some(30),
        weight_cost: 0.0,
        classifier: None,
        ..recipe(Kind::Dbn)
    };
    let mut training = Training::new(&by_heart, &data, None, "", 0, Pool::single()).unwrap();
    while training.epoch(&Watch::default()).unwrap().is_some() {}
    let gaps: Vec<f64> = training.history().iter().filter_map(|epoch| epoch.gap).collect();
    assert!(gaps[299] > gaps[0] + 5.0, "{} {}", gaps[0], gaps[299]);
}

#[test]
fn a_classifier_learns_to_tell_rows_from_columns() {
    let (data, test) = (bars_and_stripes(4, 600), bars_and_stripes(4, 200));
    // A picture all lit or all dark has no direction: one in eight is a guess.
    for kind in [Kind::Dbn, Kind::Autoencoder] {
        let mut recipe = Recipe { layers: vec![30, 20], epochs: 10, ..recipe(kind) };
        if let Some(classifier) = &mut recipe.classifier {
            (classifier.linear_epochs, classifier.epochs) = (5, 60);
        }
        let mut training = Training::new(&recipe, &data, Some(&test), "", 0, Pool::single()).unwrap();
        while training.epoch(&Watch::default()).unwrap().is_some() {}
        let history = training.history();
        assert_eq!(history.len(), 85);
        let last = history.last().unwrap();
        assert_eq!((last.stage, last.epoch), (Stage::Tuning, 60));
        assert!(last.test_error.unwrap() < 0.12, "{last:?}");
        let network = training.classifier().unwrap();
        assert_eq!(network.classifier.unwrap().outputs, 2);
        assert!(network.layers.iter().all(|layer| layer.down.is_some()));
    }
}

#[test]
fn real_numbers_are_standardized_and_too_large_a_rate_is_named() {
    let pictures: Vec<Vec<f32>> =
        (0..400).map(|i| normal(i, 36, 0.3).iter().map(|x| x + 2.0).collect()).collect();
    let data = Few { size: [6, 6], values: Values::Real, pictures, labels: None };
    let recipe = Recipe { layers: vec![50], classifier: None, ..recipe(Kind::Dbn) };
    let mut training = Training::new(&recipe, &data, None, "", 0, Pool::single()).unwrap();
    while training.epoch(&Watch::default()).unwrap().is_some() {}
    let network = training.network();
    assert!(network.mean.iter().all(|mean| (mean - 2.0).abs() < 0.1));
    assert!(network.deviation.iter().all(|deviation| (deviation - 0.3).abs() < 0.05));
    assert!((network.norm - 12.0).abs() < 0.3, "{}", network.norm);

    let wild = Recipe { real_rate: 5.0, epochs: 50, ..recipe };
    let mut training = Training::new(&wild, &data, None, "", 0, Pool::single()).unwrap();
    let error = loop {
        match training.epoch(&Watch::default()) {
            Ok(epoch) => assert!(epoch.is_some(), "it did not diverge"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, ErrorKind::Setting);
    assert!(error.context.contains("--real-rate 0.5"), "{error}");
}

#[test]
fn what_cannot_be_learned_from_is_refused_before_anything_is_learned() {
    let refused = |recipe: &Recipe, data: &Few| {
        let error = Training::new(recipe, data, None, "", 0, Pool::single()).err().unwrap();
        (error.kind, error.context)
    };
    let dbn = recipe(Kind::Dbn);
    let plain = Recipe { classifier: None, ..dbn.clone() };
    let mut data = bars_and_stripes(3, 40);
    data.pictures[17][4] = f32::NAN;
    let (kind, context) = refused(&plain, &data);
    assert!(
        kind == ErrorKind::Data && context.contains("example 17") && context.contains("NaN"),
        "{context}"
    );
    data.pictures[17][4] = 1.5;
    assert_eq!(refused(&plain, &data).0, ErrorKind::Data);
    data.pictures[17][4] = 0.5;
    data.labels = None;
    let (kind, context) = refused(&dbn, &data);
    assert!(kind == ErrorKind::Data && context.contains("no labels"), "{context}");
    for wrong in [
        Recipe { batch: 41, ..plain.clone() },
        Recipe { validation: Some(40), ..plain.clone() },
        Recipe { layers: vec![], ..plain.clone() },
        Recipe { layers: vec![5, 0], ..plain.clone() },
        Recipe { rate: f64::NAN, ..plain.clone() },
        Recipe { final_momentum: 1.0, ..plain.clone() },
        Recipe { epochs: 0, ..plain.clone() },
        Recipe { batch: 0, ..plain.clone() },
    ] {
        assert_eq!(refused(&wrong, &data).0, ErrorKind::Setting, "{wrong:?}");
    }
    let state = Training::new(&plain, &data, None, "", 0, Pool::single()).unwrap().state();
    let other = Recipe { layers: vec![9], ..plain };
    let error = Training::resume(&other, &data, None, state, 0, Pool::single()).err().unwrap();
    assert_eq!(error.kind, ErrorKind::File);
}
