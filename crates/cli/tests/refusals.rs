//! Models and pictures that cannot be answered for: what the user is told, where, and how the program ends.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The wire format of ONNX files, as far as small networks need it.
mod onnx {
    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value > 127 {
            bytes.push(value as u8 | 128);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    fn number(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3), varint(value)].concat()
    }

    fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
        [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
    }

    fn text(field: u64, content: &str) -> Vec<u8> {
        bytes(field, content.as_bytes())
    }

    pub(super) fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
        let mut node: Vec<u8> = inputs.iter().flat_map(|input| text(1, input)).collect();
        node.extend([text(2, output), text(3, output), text(4, operator)].concat());
        bytes(1, &node)
    }

    fn value(field: u64, name: &str, shape: &[u64]) -> Vec<u8> {
        let sizes: Vec<u8> = shape.iter().flat_map(|&size| bytes(1, &number(1, size))).collect();
        let tensor = [number(1, 1), bytes(2, &sizes)].concat();
        bytes(field, &[text(1, name), bytes(2, &bytes(1, &tensor))].concat())
    }

    /// A network of the input `x` (1, 3, side, side).
    pub(super) fn model(side: u64, nodes: &[Vec<u8>], output: &str) -> Vec<u8> {
        let output = bytes(12, &text(1, output));
        let graph = [nodes.concat(), text(2, "g"), value(11, "x", &[1, 3, side, side]), output].concat();
        [number(1, 8), bytes(7, &graph), bytes(8, &number(2, 17))].concat()
    }
}

fn inscape(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inscape")).args(arguments).current_dir(folder).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with two small pictures.
fn pictures() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, level) in [("a.png", 200), ("b.png", 20)] {
        let image = inscape::Image::from_rgb8(8, 8, vec![level; 192]).unwrap();
        inscape::Picture::from_image(&image).save(folder.path().join(name)).unwrap();
    }
    folder
}

fn averaging() -> Vec<Vec<u8>> {
    vec![onnx::node("Relu", &["x"], "r"), onnx::node("GlobalAveragePool", &["r"], "y")]
}

#[test]
fn a_network_that_cannot_run_is_told_once_and_leaves_no_index() {
    let folder = pictures();
    let nodes = [
        onnx::node("Relu", &["x"], "r"),
        onnx::node("Loopy", &["r"], "l"),
        onnx::node("Loopier", &["l"], "y"),
    ];
    std::fs::write(folder.path().join("odd.onnx"), onnx::model(8, &nodes, "y")).unwrap();
    for command in ["classify", "explain", "attribute"] {
        let output = inscape(folder.path(), &[command, "a.png", "b.png", "--model", "odd.onnx"]);
        assert_eq!(code(&output), 1, "{}", err(&output));
        assert_eq!(err(&output).matches("error:").count(), 1, "{}", err(&output));
        assert!(err(&output).contains("Loopy") && err(&output).contains("Loopier"), "{}", err(&output));
        assert!(!folder.path().join("inscape-out").exists());
    }
    let output = inscape(folder.path(), &["inspect", "odd.onnx"]);
    assert_eq!(code(&output), 1);
    assert!(out(&output).lines().any(|line| line.contains("Relu") && line.contains("1×3×8×8")));
}

#[test]
fn a_document_is_printed_also_where_the_only_picture_fails() {
    let folder = pictures();
    let missing = folder.path().join("missing.png").display().to_string();
    for command in ["classify", "explain", "attribute"] {
        let output = inscape(folder.path(), &[command, &missing, "--json"]);
        assert_eq!(code(&output), 1);
        let document: Value = serde_json::from_str(&out(&output)).unwrap();
        assert_eq!(document["results"], serde_json::json!([]));
        assert_eq!(document["failed"][0]["file"], "missing.png");
        let told = document["failed"][0]["error"].as_str().unwrap();
        assert!(told.contains("missing.png") && !told.contains('/'), "{told}");
        assert!(!folder.path().join("inscape-out").exists());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_anything_is_computed() {
    let folder = pictures();
    for command in ["explain", "attribute"] {
        let output = inscape(folder.path(), &[command, "a.png", "b.png", "--output", "a.png/maps"]);
        assert_eq!(code(&output), 1);
        assert_eq!(err(&output).matches("error:").count(), 1, "{}", err(&output));
        assert!(err(&output).contains("--output"), "{}", err(&output));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left of the trial");
}

#[test]
fn a_model_may_come_from_standard_input() {
    let folder = pictures();
    std::fs::write(folder.path().join("net.onnx"), onnx::model(8, &averaging(), "y")).unwrap();
    let streamed = Command::new(env!("CARGO_BIN_EXE_inscape"))
        .args(["classify", "a.png", "--model", "-", "--json"])
        .current_dir(folder.path())
        .stdin(Stdio::from(std::fs::File::open(folder.path().join("net.onnx")).unwrap()))
        .output()
        .unwrap();
    assert_eq!(code(&streamed), 0, "{}", err(&streamed));
    let named = inscape(folder.path(), &["classify", "a.png", "--model", "net.onnx", "--json"]);
    let [streamed, named]: [Value; 2] =
        [&streamed, &named].map(|output| serde_json::from_str(&out(output)).unwrap());
    assert_eq!(streamed["results"], named["results"]);
    assert_eq!(streamed["model"]["sha256"], named["model"]["sha256"]);
}

#[test]
fn assumed_numbers_are_told_whatever_else_the_card_says() {
    let folder = pictures();
    let model =
        |name: &str| std::fs::write(folder.path().join(name), onnx::model(8, &averaging(), "y")).unwrap();
    ["bare.onnx", "carded.onnx"].into_iter().for_each(model);
    std::fs::write(folder.path().join("carded.toml"), "scores = \"y\"\n").unwrap();
    let warns = |more: &[&str]| {
        let output = inscape(folder.path(), &[&["classify", "a.png"], more].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        err(&output).contains("assumed")
    };
    assert!(warns(&["--model", "bare.onnx"]));
    assert!(warns(&["--model", "bare.onnx", "--set", "channels=BGR"]));
    assert!(warns(&["--model", "carded.onnx"]));
    assert!(!warns(&["--model", "carded.onnx", "--set", "mean=[1,2,3]"]));
    assert!(!warns(&["--model", "carded.onnx", "--set", "preset=none"]));
    assert!(!warns(&[]));
}

#[test]
fn a_preset_replaces_the_bundled_cards_numbers_but_not_those_typed_with_it() {
    let folder = pictures();
    let settings = |more: &[&str]| -> Value {
        let output = inscape(folder.path(), &[&["classify", "a.png", "--json"], more].concat());
        serde_json::from_str::<Value>(&out(&output)).unwrap()["settings"].clone()
    };
    assert_eq!(settings(&[])["channels"], "BGR");
    let torchvision = settings(&["--set", "preset=torchvision"]);
    assert_eq!((&torchvision["channels"], &torchvision["mean"][0]), (&"RGB".into(), &0.485.into()));
    let own = settings(&["--set", "channels=BGR", "--set", "preset=torchvision"]);
    assert_eq!((&own["channels"], &own["mean"][0]), (&"BGR".into(), &0.485.into()));
}

#[test]
fn names_from_a_file_do_not_command_the_terminal() {
    let folder = pictures();
    let nodes = [
        onnx::node("Relu", &["x"], "\x1b[31mred\nnose"),
        onnx::node("GlobalAveragePool", &["\x1b[31mred\nnose"], "y"),
    ];
    std::fs::write(folder.path().join("red.onnx"), onnx::model(8, &nodes, "y")).unwrap();
    for arguments in [&["inspect", "red.onnx"][..], &["inspect", "red.onnx", "--json"]] {
        let output = inscape(folder.path(), arguments);
        assert!(!out(&output).lines().any(|line| line.starts_with("nose")), "{}", out(&output));
        assert!(
            !out(&output).contains('\x1b') && out(&output).contains("\\u001b[31mred"),
            "{}",
            out(&output)
        );
    }
}

#[test]
fn a_network_without_scores_is_a_failure_and_mistakes_in_what_was_typed_are_usage() {
    let folder = pictures();
    let nodes = [averaging(), vec![onnx::node("ArgMax", &["y"], "best")]].concat();
    std::fs::write(folder.path().join("best.onnx"), onnx::model(8, &nodes, "best")).unwrap();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["classify", "a.png", "--model", "best.onnx"], 1, "int64"),
        (&["classify", "a.png", "--threads", "100000"], 2, "1024"),
        (&["classify", "a.png", "--size", "64,64"], 1, "is asked for"),
        (&["attribute", "a.png", "--method", "gradient", "--crops", "10"], 2, "saliency"),
        (&["attribute", "a.png", "--value", "fire5/Concat"], 2, "grad-cam"),
    ];
    for (arguments, expected, word) in cases {
        let output = inscape(folder.path(), arguments);
        assert_eq!(code(&output), *expected, "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(word), "{arguments:?}: {}", err(&output));
    }
    let mut odd = Command::new(env!("CARGO_BIN_EXE_inscape"));
    let output = odd.args(["licenses"]).env("INSCAPE_ISA", "bogus").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("portable"), "{}", err(&output));
}

#[test]
fn settings_that_a_method_does_not_read_do_not_make_another_result() {
    let folder = pictures();
    let run = |more: &[&str]| {
        let output = inscape(folder.path(), &[&["attribute", "a.png", "--target", "281"], more].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        output
    };
    let first = run(&["--target", "tabby", "--method", "saliency", "--method", "Saliency"]);
    assert_eq!(out(&first).lines().count(), 3, "each file once: {}", out(&first));
    let again =
        run(&["--method", "saliency", "--method", "integrated-gradients", "--steps", "2", "--seed", "5"]);
    assert!(err(&again).contains("stays"), "{}", err(&again));
    let more = ["--method", "integrated-gradients", "--steps", "3"];
    let other = inscape(folder.path(), &[&["attribute", "a.png", "--target", "281"], &more[..]].concat());
    assert_eq!(code(&other), 1);
    assert!(err(&other).contains("steps 2, now 3"), "{}", err(&other));
}

#[test]
fn what_the_program_suggests_works() {
    let folder = pictures();
    let output = inscape(folder.path(), &[]);
    let help = inscape(folder.path(), &["--help"]);
    for told in [err(&output), out(&help)] {
        let line = told.lines().find(|line| line.contains("--versus")).unwrap().to_owned();
        let (_, class) = line.split_once("--versus '").unwrap();
        let (class, _) = class.split_once('\'').unwrap();
        assert!(inscape::Labels::imagenet().find(class).is_ok(), "{line}");
        assert!(!line.contains("--model"), "another model has other names: {line}");
    }
}
