//! Two real networks on two real pictures against PyTorch: scores, every rule, integrated gradients, Grad-CAM.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use inscape::{Attribution, Input, Method, Model, Objective, Settings, Target, Term, Watch};
use inscape_tensor::Tensor;
use inscape_testkit::{Arrays, assert_close, npz, shared};

struct Network {
    name: &'static str,
    /// The value and the unit's value that the references look into.
    middle: &'static str,
    last: &'static str,
}

const NETWORKS: [Network; 2] = [
    Network { name: "squeezenet1_1", middle: "/fire5/Concat_output_0", last: "/fire9/Concat_output_0" },
    Network {
        name: "efficientnet-lite0",
        middle: "/_blocks.8/_project_conv/Conv_output_0",
        last: "/_conv_head/Conv_output_0",
    },
];

const PICTURES: [&str; 2] = ["ILSVRC2012_val_00002514", "ILSVRC2012_val_00005946"];

/// A network, a picture's input, and what PyTorch makes of them.
struct Case<'a> {
    network: &'a Network,
    model: &'a Model,
    arrays: &'a Arrays,
    input: &'a Input,
}

/// Calls `check` for every network and picture, where the references are at hand.
fn on_each(check: impl Fn(&Case<'_>)) {
    for network in &NETWORKS {
        let Some(path) = shared(&format!("models/{}.onnx", network.name)) else { return };
        let model = Model::open(path).unwrap();
        for picture in PICTURES {
            let Some(path) = shared(&format!("goldens/{}-{picture}.npz", network.name)) else { return };
            let arrays = npz(path);
            let (shape, values) = arrays["input"].clone();
            let input = model.input_of(Tensor::new(shape, values)).unwrap();
            check(&Case { network, model: &model, arrays: &arrays, input: &input });
        }
    }
}

fn class(arrays: &Arrays) -> usize {
    arrays["target"].1[0] as usize
}

fn compare(map: &Attribution, arrays: &Arrays, key: &str, tolerance: f64) {
    let (shape, values) = &arrays[key];
    let shape = if shape.len() == 4 { &shape[1..] } else { &shape[..] };
    assert_eq!(map.shape(), shape, "{key}");
    assert_close(map.values(), values, tolerance);
}

#[test]
fn scores_and_classes_are_pytorchs() {
    on_each(|case| {
        let Case { model, arrays, input, .. } = *case;
        assert_close(&model.scores(input).unwrap(), &arrays["scores"].1, 1e-5);
        let classes = model.classify(input).unwrap();
        assert_eq!(classes[0].index, class(arrays));
        let total: f64 = classes.iter().map(|class| class.probability).sum();
        assert!((total - 1.0).abs() < 1e-12);
    });
}

#[test]
fn maps_of_all_rules_are_pytorchs_from_one_forward_pass() {
    on_each(|case| {
        let Case { network, model, arrays, input, .. } = *case;
        let methods =
            [Method::Gradient, Method::DeconvNet, Method::GuidedBackprop, Method::Saliency, Method::GradCam];
        let settings = Settings { value: Some(network.last.into()), ..Settings::default() };
        let targets = [Target::Top(1)];
        let maps = model.attribute_many(input, &methods, &targets, &settings, &Watch::default()).unwrap();
        for (map, key) in maps.iter().zip(["gradient", "deconvnet", "guided"]) {
            assert_eq!(map.target.index, Some(class(arrays)));
            compare(map, arrays, key, 1e-4);
        }
        let gradient = maps[0].values();
        let plane = gradient.len() / 3;
        let strongest: Vec<f32> = (0..plane)
            .map(|at| gradient.iter().skip(at).step_by(plane).fold(0.0f32, |most, g| most.max(g.abs())))
            .collect();
        assert_close(maps[3].values(), &strongest, 0.0);
        assert_eq!(maps[4].value, network.last);
        compare(&maps[4], arrays, "gradcam", 1e-4);
    });
}

#[test]
fn grad_cam_finds_the_last_value_with_positions_by_itself() {
    let Some(path) = shared("models/squeezenet1_1.onnx") else { return };
    let model = Model::open(path).unwrap();
    let input = model.input_of(Tensor::zeros(model.input_shape())).unwrap();
    let map = model.attribute(&input, Method::GradCam, Target::Class(0)).unwrap();
    assert_eq!(map.value, "/fire9/Concat_output_0");
}

#[test]
fn posterior_gradients_are_pytorchs() {
    on_each(|case| {
        let Case { model, arrays, input, .. } = *case;
        let objective = Objective::from(Term::Posterior(class(arrays)));
        let map = model.attribute(input, Method::Gradient, objective).unwrap();
        compare(&map, arrays, "posterior_gradient", 1e-4);
    });
}

#[test]
fn a_unit_inside_has_pytorchs_activation_and_gradient() {
    on_each(|case| {
        let Case { network, model, arrays, input, .. } = *case;
        let unit = &arrays["mid_unit"].1;
        let value = model.graph().find(network.middle).unwrap();
        let activation = model.activation(input.tensor(), value).unwrap();
        let shape: Vec<usize> = arrays["mid_shape"].1.iter().map(|&size| size as usize).collect();
        assert_eq!(activation.shape(), shape);
        let plane = shape[2] * shape[3];
        let channel = unit[0] as usize;
        assert_close(&activation.values()[channel * plane..][..plane], &arrays["mid_activation"].1, 1e-5);
        let target =
            model.target(&format!("unit:{}:{}@{},{}", network.middle, unit[0], unit[1], unit[2])).unwrap();
        let map = model.attribute(input, Method::Gradient, target).unwrap();
        compare(&map, arrays, "mid_unit_gradient", 1e-4);
        assert_eq!(map.target.position.as_deref(), Some(&[channel, unit[1] as usize, unit[2] as usize][..]));
    });
}

#[test]
fn integrated_gradients_are_pytorchs_and_their_gap_is_told() {
    on_each(|case| {
        let Case { model, arrays, input, .. } = *case;
        let map = model.attribute(input, Method::IntegratedGradients, Target::Class(class(arrays))).unwrap();
        let key = "integrated_gradients_zero_50_midpoint";
        compare(&map, arrays, key, 1e-2);
        let measure = |wanted| map.measures.iter().find(|measure| measure.0 == wanted).unwrap().1;
        let sum: f64 = arrays[key].1.iter().map(|&part| f64::from(part)).sum();
        let gap = measure("completeness_gap");
        assert!((measure("sum") - sum).abs() <= 1e-2 * sum.abs(), "{:?} {sum}", map.measures);
        assert!((gap - (1.0 - measure("sum") / measure("difference")).abs()).abs() < 1e-9);
        assert_eq!(map.warnings.is_empty(), gap <= 0.05);
    });
}
