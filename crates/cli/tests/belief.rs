//! Units of belief networks, drawn as a user draws them.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::path::Path;
use std::process::{Command, Output};

use inscape_belief::{Dense, Kind, Layer, Network, Values};
use serde_json::Value;
use tempfile::TempDir;

/// A network of 6 × 6 pixels with 12, 10 and 8 units.
fn network(kind: Kind, visible: Values) -> Network {
    let mut random = inscape::Deviates::new(1, 0);
    let mut draw =
        |count: usize, scale: f64| (0..count).map(|_| (scale * random.normal()) as f32).collect::<Vec<_>>();
    let layers = [[36, 12], [12, 10], [10, 8]].map(|[inputs, outputs]| Layer {
        up: Dense { inputs, outputs, weights: draw(inputs * outputs, 1.0), bias: draw(outputs, 0.1) },
        visible_bias: draw(inputs, 0.1),
        down: None,
    });
    let (mean, deviation) = (Vec::new(), Vec::new());
    Network {
        kind,
        size: [6, 6],
        visible,
        mean,
        deviation,
        norm: 3.0,
        layers: layers.to_vec(),
        classifier: None,
    }
}

/// A folder with networks in it.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, network: Network| {
        std::fs::write(folder.path().join(name), network.bytes().unwrap()).unwrap();
    };
    write("dbn.safetensors", network(Kind::Dbn, Values::Unit));
    write("sdae.safetensors", network(Kind::Autoencoder, Values::Unit));
    write("patches.safetensors", network(Kind::Dbn, Values::Real));
    folder
}

fn belief(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inscape"))
        .arg("belief")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn ok(folder: &Path, arguments: &[&str]) -> Output {
    let output = belief(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    output
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Settings that are soon done.
const SHORT: [&str; 10] =
    ["--starts", "3", "--steps", "30", "--chains", "4", "--samples", "4", "--thinning", "2"];

#[test]
fn a_sheet_has_its_numbers_and_its_pictures_beside_it() {
    let folder = folder();
    let out = folder.path().join("inscape-out");
    let arguments =
        [&["units", "dbn.safetensors", "--layer", "2", "--units", "0..3,7", "--raw"][..], &SHORT].concat();
    let output = ok(folder.path(), &arguments);
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(listed.lines().count(), 5, "{listed}");
    let record = json(out.join("dbn.units.layer_2.all.json"));
    assert_eq!(record["schema"], "inscape.units/1");
    assert_eq!(record["settings"]["units"], serde_json::json!([0, 1, 2, 7]));
    assert_eq!(record["settings"]["norm"], 3.0);
    assert!(record["model"]["sha256"].as_str().unwrap().len() == 64);
    assert_eq!(record["maximization"].as_array().unwrap().len(), 4);
    assert!(record["agreement_with_maximization"]["sampling"]["centered"].is_f64());
    for method in ["maximization", "sampling", "linear-combination"] {
        let tensor = inscape::npy::read(out.join(format!("dbn.units.layer_2.all.{method}.npy"))).unwrap();
        assert_eq!(tensor.shape(), [4, 6, 6], "{method}");
    }
    // the optima lie on the sphere, and the network finds them as exciting as the record says
    let optima = inscape::npy::read(out.join("dbn.units.layer_2.all.maximization.npy")).unwrap();
    let made = network(Kind::Dbn, Values::Unit);
    let hidden = made.up(inscape_tensor::Pool::single(), optima.values(), 2);
    for (i, unit) in [0, 1, 2, 7].into_iter().enumerate() {
        let norm = optima.values()[i * 36..][..36].iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        assert!((norm - 3.0).abs() < 1e-5);
        let told = record["maximization"][i]["activation"].as_f64().unwrap();
        assert!((told - f64::from(hidden[i * 10 + unit])).abs() < 1e-5);
    }
    let sheet = std::fs::read(out.join("dbn.units.layer_2.all.png")).unwrap();
    assert!(sheet.starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(out.join("index.html")).unwrap().contains("dbn.units.layer_2.all.png"));
}

#[test]
fn the_same_command_stays_and_another_is_not_overwritten() {
    let folder = folder();
    let arguments = [&["units", "dbn.safetensors", "--units", "0..2", "--threads", "1"][..], &SHORT].concat();
    ok(folder.path(), &arguments);
    let sheet = folder.path().join("inscape-out/dbn.units.layer_1.all.png");
    let before = std::fs::read(&sheet).unwrap();
    assert!(err(&ok(folder.path(), &arguments)).contains("is there already and stays"));
    let other = [&["units", "dbn.safetensors", "--units", "0..3"][..], &SHORT].concat();
    let refused = belief(folder.path(), &other);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("--force") && std::fs::read(&sheet).unwrap() == before);
    // the same bytes from another number of threads
    let again = [&arguments[..4], &["--threads", "3", "--output", "again"], &SHORT].concat();
    ok(folder.path(), &again);
    assert_eq!(std::fs::read(folder.path().join("again/dbn.units.layer_1.all.png")).unwrap(), before);
}

#[test]
fn an_autoencoder_has_no_samples() {
    let folder = folder();
    let all = [&["units", "sdae.safetensors", "--layer", "3", "--json"][..], &SHORT].concat();
    let output = ok(folder.path(), &all);
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["settings"]["methods"], serde_json::json!(["maximization", "linear-combination"]));
    assert!(record["warnings"][0].as_str().unwrap().contains("nothing to sample from"));
    let asked = belief(folder.path(), &["units", "sdae.safetensors", "--method", "sampling"]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(err(&asked).contains("deep belief network"));
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let folder = folder();
    std::fs::write(folder.path().join("broken.safetensors"), b"no network").unwrap();
    std::fs::write(folder.path().join("model.onnx"), b"").unwrap();
    for (arguments, code, word) in [
        (&["units", "dbn.safetensors", "--layer", "4"][..], 2, "layers 1 to 3"),
        (&["units", "dbn.safetensors", "--units", "12"], 2, "0 to 11"),
        (&["units", "dbn.safetensors", "--units", "5..5"], 2, "0..36"),
        (&["units", "broken.safetensors"], 1, "safetensors"),
        (&["units", "absent.safetensors"], 1, "cannot be read"),
        (&["units", "model.onnx"], 2, "the way up alone"),
        (&["units", "dbn.safetensors", "--norm", "0"], 2, "above 0"),
        (&["report", "dbn.safetensors", "absent.safetensors"], 1, "absent"),
        (&["report", "dbn.safetensors", "--manifold", "8"], 2, "layer 3 has no unit 8; its units are 0 to 7"),
    ] {
        let output = belief(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(word), "{arguments:?}: {}", err(&output));
    }
    assert!(!folder.path().join("inscape-out").exists());
}

#[test]
fn a_report_holds_every_figure_and_says_why_one_is_missing() {
    let folder = folder();
    let networks = ["dbn.safetensors", "sdae.safetensors", "patches.safetensors"];
    let models = [&["report"][..], &networks, &["--units", "6", "--manifold", "7"]].concat();
    ok(folder.path(), &[&models[..], &SHORT].concat());
    let out = folder.path().join("inscape-out");
    let page = std::fs::read_to_string(out.join("dbn-sdae-patches.belief.html")).unwrap();
    for heading in [
        "What excites units most",
        "The same on natural patches",
        "Does the start matter?",
        "Do units answer to their own pictures?",
        "Three ways to see the same units",
        "What a unit does not mind",
    ] {
        assert!(page.contains(heading), "{heading}");
    }
    assert!(page.contains("nothing to sample from"));
    assert!(page.matches("<img").count() == page.matches("alt=\"").count());
    assert!(page.contains("--units 6 --manifold 7 --starts 3"));
    let record = json(out.join("dbn-sdae-patches.belief.json"));
    let networks = record["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 3);
    for network in networks {
        assert_eq!(network["layers"].as_array().unwrap().len(), 3);
        assert!(
            network["layers"][0]["starts_cosine"].as_f64().unwrap() > 0.999,
            "a linear unit has one optimum"
        );
        assert_eq!(network["manifold"]["unit"], 7);
        assert_eq!(network["manifold"]["points"].as_array().unwrap().len(), 21);
    }
    assert!(networks[1]["layers"][0]["sampling"].is_null());
    assert!(err(&ok(folder.path(), &[&models[..], &SHORT].concat())).contains("stays"));
}
