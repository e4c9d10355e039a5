//! Optimized inputs against closed forms, and what every ascent promises, on small networks built by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod networks;

use inscape::visualization::{Fitting, L2, Recipe, Regularizer, Request, Sphere, State, Trial, Visualized};
use inscape::{Cancel, ErrorKind, Model, Objective, Options, Term, Watch};
use inscape_testkit::{assert_close, noise};

use networks::{Layer, linear, network, rectified};

fn made(model: &Model, objectives: &[&str], request: &Request) -> Visualized {
    let objectives: Vec<Objective> = objectives.iter().map(|text| model.objective(text).unwrap()).collect();
    model.visualize(&objectives, request, &Watch::default(), None).unwrap()
}

fn request(recipe: &str, change: impl FnOnce(&mut Recipe)) -> Request {
    let mut recipe = Recipe::named(recipe).unwrap();
    change(&mut recipe);
    Request::new(recipe)
}

/// Row `class` of the weights of [`linear`], in the order of the input.
fn weights_of(class: usize) -> Vec<f32> {
    noise(10, 360).into_iter().skip(class).step_by(4).collect()
}

/// x = factor·(pixel − mean): the card's map from mean-subtracted pixels, by cell.
fn factors(model: &Model) -> Vec<f64> {
    let card = model.preprocessing().unwrap();
    card.std.iter().flat_map(|std| vec![card.scale / std; 30]).collect()
}

#[test]
fn the_class_model_of_a_linear_network_is_w_over_two_lambda() {
    let model = linear();
    let lambda = 1e-4;
    let request = request("simonyan", |recipe| {
        recipe.regularizers = vec![Regularizer::L2(L2 { lambda: Some(lambda), amplitude: 1.0 })];
        recipe.steps = 3000;
    });
    for class in [0, 3] {
        let made = made(&model, &[&format!("class:{class}")], &request);
        // in mean-subtracted pixels I* = w'/(2λ) with w' = w·factor, and the network sees I*·factor
        let expected: Vec<f32> = weights_of(class)
            .iter()
            .zip(factors(&model))
            .map(|(&w, factor)| (f64::from(w) * factor * factor / (2.0 * lambda)) as f32)
            .collect();
        assert_close(made.visualizations[0].rendering.image.values(), &expected, 1e-4);
    }
}

#[test]
fn a_larger_lambda_gives_a_smaller_image() {
    let model = rectified();
    let norm = |lambda: f64| {
        let request = request("simonyan", |recipe| {
            recipe.regularizers = vec![Regularizer::L2(L2 { lambda: Some(lambda), amplitude: 1.0 })];
        });
        let image = made(&model, &["class:1"], &request).visualizations[0].rendering.image.clone();
        image.values().iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>()
    };
    let norms: Vec<f64> = [1e-6, 1e-5, 1e-4, 1e-3].map(norm).to_vec();
    assert!(norms.is_sorted_by(|a, b| a >= b), "{norms:?}");
}

#[test]
fn on_the_sphere_a_linear_unit_looks_like_its_weights() {
    let model = linear();
    let norm = 7.5;
    let request = request("erhan", |recipe| {
        recipe.regularizers = vec![Regularizer::Sphere(Sphere { norm: Some(norm) })];
        recipe.restarts = 4;
    });
    let frames = Request { frames_every: 1, ..request };
    let made = made(&model, &["class:2"], &frames);
    let rendering = &made.visualizations[0].rendering;
    let weights = weights_of(2);
    let length = weights.iter().map(|&w| f64::from(w) * f64::from(w)).sum::<f64>().sqrt();
    let expected: Vec<f32> = weights.iter().map(|&w| (f64::from(w) * norm / length) as f32).collect();
    assert_close(rendering.image.values(), &expected, 1e-4);
    let activation = norm * length + f64::from(noise(11, 4)[2]);
    assert!((rendering.score_last - activation).abs() < 1e-4 * activation.abs());
    for frame in &rendering.frames {
        let now = frame.values().iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
        assert!((now - norm).abs() < 1e-6 * norm, "{now}");
    }
    let restarts = made.visualizations[0].restarts.as_ref().unwrap();
    assert!(restarts.cosine > 0.9999);
    for score in &restarts.scores {
        assert!((score - activation).abs() < 1e-4 * activation.abs(), "{score} {activation}");
    }
}

#[test]
fn the_sphere_needs_a_norm() {
    let model = linear();
    let objective = [Objective::from(Term::Class(0))];
    let request = request("erhan", |_| ());
    let error = model.visualize(&objective, &request, &Watch::default(), None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Setting);
    assert!(error.context.contains("norm"), "{error}");
}

/// A dense network whose first class does not change when `other` does.
fn with_other_class(other: u64) -> Model {
    use inscape_engine::{Dimension, GraphBuilder, InputType};
    use inscape_tensor::{Constant, Element};
    let mut builder = GraphBuilder::default();
    let shape = Some(networks::SHAPE.map(Dimension::Fixed).to_vec());
    builder.input("x", InputType { element: Element::F32, shape });
    let mut weights = noise(3, 180);
    weights[90..].copy_from_slice(&noise(other, 90));
    builder.constant("w", Constant::from_f32s(&[2, 90], weights));
    builder.node("flatten", "", "Flatten", 17, &["x"], &["flat"], Default::default());
    let transposed = [("transB".to_owned(), inscape_engine::Attribute::Int(1))].into();
    builder.node("dense", "", "Gemm", 17, &["flat", "w"], &["y"], transposed);
    builder.output("y");
    Model::from_graph(builder.build().unwrap(), Options { threads: 1, ..Options::default() }).unwrap()
}

#[test]
fn other_classes_move_the_posterior_but_not_the_score() {
    let request = request("simonyan", |recipe| recipe.steps = 20);
    let image = |other: u64, objective: &str| {
        made(&with_other_class(other), &[objective], &request).visualizations[0].rendering.image.clone()
    };
    assert_eq!(image(4, "class:0"), image(5, "class:0"));
    assert_ne!(image(4, "posterior:0"), image(5, "posterior:0"));
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_any_number_of_threads() {
    let request = request("olah", |recipe| recipe.steps = 12);
    let image = |threads: usize, seed: u64| {
        let model = networks::rectified_on(threads);
        let request = Request { seed, ..request.clone() };
        made(&model, &["class:0"], &request).visualizations[0].rendering.image.clone()
    };
    assert_eq!(image(1, 7), image(3, 7));
    assert_ne!(image(1, 7), image(1, 8));
}

#[test]
fn a_gallery_is_its_members() {
    let model = rectified();
    let request = request("olah", |recipe| recipe.steps = 8);
    let names = ["class:0", "class:1", "channel:v1:2", "unit:v1:3@1,1", "layer:v3"];
    let gallery = made(&model, &names, &request);
    for (name, member) in names.iter().zip(&gallery.visualizations) {
        let alone = made(&model, &[name], &request).visualizations[0].rendering.clone();
        assert_eq!(alone.position, member.rendering.position);
        assert_close(member.rendering.image.values(), alone.image.values(), 1e-5);
    }
}

#[test]
fn an_ascent_that_was_stopped_goes_on_as_if_it_had_not_been() {
    let model = rectified();
    for recipe in ["olah", "yosinski-3", "simonyan"] {
        let request = request(recipe, |recipe| recipe.steps = 14);
        let names = ["class:1", "channel:v1:0", "unit:v1:2@max"];
        let objectives = names.map(|name| model.objective(name).unwrap());
        let whole = model.visualize(&objectives, &request, &Watch::default(), None).unwrap();
        let cancel = Cancel::default();
        let stop = |told: &inscape::visualization::Told<'_>| {
            if told.step == 5 {
                cancel.cancel();
            }
        };
        let watch = Watch { cancel: Some(&cancel), ..Watch::default() };
        let part = model.visualize(&objectives, &request, &watch, Some(&stop)).unwrap();
        let state = State::parse(&part.unfinished.unwrap().bytes()).unwrap();
        assert_eq!(state.step(), 5);
        let rest = Request { from: Some(state.clone()), ..request.clone() };
        let rest = model.visualize(&objectives, &rest, &Watch::default(), None).unwrap();
        for (a, b) in whole.visualizations.iter().zip(&rest.visualizations) {
            assert_eq!(a.rendering.image, b.rendering.image, "{recipe}");
            assert_eq!(a.rendering.position, b.rendering.position);
            assert_eq!(a.rendering.curve, b.rendering.curve);
            assert_eq!(a.rendering.score_first, b.rendering.score_first);
        }
        let other = Request { seed: 9, from: Some(state), ..request };
        assert!(model.visualize(&objectives, &other, &Watch::default(), None).is_err());
    }
}

#[test]
fn a_dead_start_is_handled_and_said() {
    // without biases, every rectifier is shut at the zero image
    let layers: [Layer<'_>; 6] = [
        ("Conv", &[&[4, 3, 3, 3]], &[]),
        ("Relu", &[], &[]),
        ("Conv", &[&[5, 4, 2, 2]], &[]),
        ("Relu", &[], &[]),
        ("GlobalAveragePool", &[], &[]),
        ("Flatten", &[], &[("axis", 1)]),
    ];
    let model = network(&layers);
    for class in 0..5 {
        let request = request("simonyan", |recipe| recipe.steps = 50);
        let made = made(&model, &[&format!("class:{class}")], &request);
        let rendering = &made.visualizations[0].rendering;
        assert_eq!(rendering.score_first, 0.0);
        assert!(rendering.score_last > 0.0, "class {class}");
        assert!(
            rendering.warnings.iter().any(|warning| warning.contains("gradient")),
            "{:?}",
            rendering.warnings
        );
    }
}

#[test]
fn numbers_beyond_all_bounds_stop_at_the_last_good_image() {
    let layers: [Layer<'_>; 4] = [
        ("Flatten", &[], &[("axis", 1)]),
        ("Gemm", &[&[90, 4], &[4]], &[]),
        ("Exp", &[], &[]),
        ("Exp", &[], &[]),
    ];
    let model = network(&layers);
    let request = request("simonyan", |recipe| recipe.regularizers.clear());
    let rendering = made(&model, &["unit:v3:0"], &request).visualizations[0].rendering.clone();
    assert!(rendering.image.values().iter().all(|v| v.is_finite()));
    assert!(rendering.score_last.is_finite() && rendering.score_last > rendering.score_first);
    assert!(rendering.warnings.iter().any(|warning| warning.contains("last good image")));
}

#[test]
fn images_that_are_kept_apart_are_less_alike() {
    let model = rectified();
    let alike = |weight: f64| {
        let mut request = request("simonyan", |recipe| recipe.steps = 60);
        request.recipe.parametrization = Recipe::named("yosinski-3").unwrap().parametrization;
        request.diversity = Some(("v3".into(), 3, weight));
        let made = made(&model, &["class:1"], &request);
        assert_eq!(made.visualizations.len(), 3);
        let value = model.graph().find("v3").unwrap();
        let grams: Vec<Vec<f32>> = made
            .visualizations
            .iter()
            .map(|v| {
                let a = model.activation(&v.rendering.image, value).unwrap();
                let area = a.shape()[2] * a.shape()[3];
                let row = |c: usize| &a.values()[c * area..][..area];
                let dot = |i: usize, j: usize| row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum::<f32>();
                (0..25).map(|k| dot(k / 5, k % 5)).collect()
            })
            .collect();
        let cosine = |a: &[f32], b: &[f32]| {
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        cosine(&grams[0], &grams[1]) + cosine(&grams[0], &grams[2]) + cosine(&grams[1], &grams[2])
    };
    let (apart, together) = (alike(2.0), alike(0.0));
    assert!(apart < together, "{apart} {together}");
}

#[test]
fn recipes_survive_their_json_and_unknown_words_are_refused() {
    for row in inscape::visualization::RECIPES {
        let recipe = (row.recipe)();
        assert_eq!(recipe.name, row.name);
        recipe.check().unwrap();
        assert_eq!(Recipe::parse(&recipe.to_json()).unwrap(), recipe);
    }
    let json = Recipe::named("clear").unwrap().to_json();
    assert!(Recipe::parse(&json.replace("\"rate\"", "\"rade\"")).is_err());
    let error = Recipe::named("yosinsky-3").unwrap_err();
    assert!(error.context.contains("yosinski-3"), "{error}");
    let pixels_only = json.replace("\"regularizers\": []", "\"regularizers\": [{\"name\": \"clip\"}]");
    assert!(Recipe::parse(&pixels_only).is_err() || !json.contains("\"regularizers\": []"));
}

#[test]
fn a_trial_finds_what_shows_through_noise() {
    let fitting = linear().fitting(&Watch::default()).unwrap();
    let Fitting::Tried(trial) = &fitting else { panic!("{fitting}") };
    assert_eq!(trial.classes, [0, 1, 2, 3]);
    assert!((0.0..Trial::LIMIT).contains(&trial.surprise), "{}", trial.surprise);
    assert_eq!(fitting, linear().fitting(&Watch::default()).unwrap());
    let stopped = Cancel::default();
    stopped.cancel();
    let error = linear().fitting(&Watch { cancel: Some(&stopped), progress: None }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[test]
fn the_default_recipe_is_the_networks() {
    let features = network(&[("Conv", &[&[4, 3, 3, 3], &[4]], &[]), ("Relu", &[], &[])]);
    assert_eq!(features.fitting(&Watch::default()).unwrap(), Fitting::Untried);
    let tried = |surprise| Fitting::Tried(Trial { classes: vec![0], surprise });
    for (fitting, name) in [
        (Fitting::Grey, "strokes"),
        (Fitting::Untried, "clear"),
        (tried(0.0), "smoothed"),
        (tried(Trial::LIMIT), "clear"),
    ] {
        assert_eq!(fitting.recipe().unwrap().name, name, "{fitting}");
    }
}
