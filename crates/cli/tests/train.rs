//! Training, as a user does it, on a few generated pictures.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Pictures of rows or columns that are lit, by a simple sequence.
fn pictures(count: usize, side: usize, salt: u32) -> (Vec<u8>, Vec<u8>) {
    let mut state = salt;
    let mut bit = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 1
    };
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let label = bit();
        let lit: Vec<u8> = (0..side).map(|_| 255 * bit()).collect();
        let of = |i: usize| if label == 0 { lit[i / side] } else { lit[i % side] };
        pixels.extend((0..side * side).map(of));
        labels.push(label);
    }
    (pixels, labels)
}

fn idx(path: &Path, dimensions: &[usize], bytes: &[u8]) {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    dimensions.iter().for_each(|&n| file.extend((n as u32).to_be_bytes()));
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

const SIDE: usize = 6;

/// A folder `data` of IDX files.
fn with_data() -> TempDir {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    for (name, count, salt) in [("train", 400, 1), ("t10k", 100, 2)] {
        let (pixels, labels) = pictures(count, SIDE, salt);
        idx(&data.join(format!("{name}-images-idx3-ubyte")), &[count, SIDE, SIDE], &pixels);
        idx(&data.join(format!("{name}-labels-idx1-ubyte")), &[count], &labels);
    }
    folder
}

fn train(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.arg("train").args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

fn inscape(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inscape")).args(arguments).current_dir(folder).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn read(folder: &TempDir, file: &str) -> Vec<u8> {
    std::fs::read(folder.path().join("inscape-out").join(file)).unwrap()
}

fn json(folder: &TempDir, file: &str) -> Value {
    serde_json::from_slice(&read(folder, file)).unwrap()
}

const SMALL: [&str; 8] = ["--data", "data", "--layers", "20,10", "--epochs", "3", "--batch", "20"];

#[test]
fn both_kinds_are_trained_whole_and_the_other_commands_take_them() {
    let folder = with_data();
    for kind in ["dbn", "autoencoder"] {
        let output = train(folder.path(), &[&[kind], &SMALL[..]].concat()).output().unwrap();
        assert_eq!(code(&output), 0, "{}", err(&output));
        let told = err(&output);
        let first = told.lines().next().unwrap();
        assert!(
            first.contains(kind) && first.contains("20, 10") && first.contains("6 epochs, about"),
            "{first}"
        );
        for words in ["layer 1, epoch 1: reconstruction", "layer 2, epoch 3:", "gap ", "activation ", " left"]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
        let out = String::from_utf8(output.stdout).unwrap();
        for ending in ["safetensors", "onnx", "toml", "curves.svg", "gap.svg", "json"] {
            let file = format!("{kind}.{ending}");
            assert!(out.contains(&file) && folder.path().join("inscape-out").join(&file).is_file(), "{file}");
        }
        assert!(!folder.path().join(format!("inscape-out/{kind}.checkpoint")).exists());
        let record = json(&folder, &format!("{kind}.json"));
        assert_eq!(record["schema"], "inscape.training/1");
        assert_eq!(record["settings"]["recipe"]["layers"], serde_json::json!([20, 10]));
        assert_eq!(
            record["settings"]["recipe"]["rbm"]["spread"], 0.01,
            "numbers of the preset are recorded too"
        );
        assert_eq!(record["history"].as_array().unwrap().len(), 6);
        let text = serde_json::to_string(&record).unwrap();
        assert!(!text.contains(&folder.path().display().to_string()), "no path is recorded");
        let model = format!("inscape-out/{kind}.onnx");
        let seen = inscape(folder.path(), &["inspect", &model]);
        let shown = String::from_utf8_lossy(&seen.stdout).into_owned();
        assert!(code(&seen) == 0 && shown.contains("h2_in"), "{shown} {}", err(&seen));
        let again = train(folder.path(), &[&[kind], &SMALL[..]].concat()).output().unwrap();
        assert!(code(&again) == 0 && err(&again).contains("is there already and stays"), "{}", err(&again));
        let other =
            train(folder.path(), &[&[kind], &SMALL[..], &["--rate", "0.2"]].concat()).output().unwrap();
        assert!(code(&other) == 1 && err(&other).contains("nothing was overwritten"), "{}", err(&other));
    }
}

#[test]
fn with_labels_the_result_is_a_classifier() {
    let folder = with_data();
    let typed = "dbn --data data --layers 40 --epochs 10 --batch 10 --json --classify --linear-epochs 3 \
                 --tuning-epochs 100 --tuning-rate 0.3";
    let output = train(folder.path(), &typed.split_whitespace().collect::<Vec<_>>()).output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(record["test_error"].as_f64().unwrap() < 0.1, "{}", record["test_error"]);
    assert!(record["linear_error"].as_f64().is_some());
    assert!(err(&output).contains("fine-tuning, epoch 100:") && err(&output).contains("test error"));
    let picture = folder.path().join("rows.png");
    let lit: Vec<u8> =
        (0..SIDE * SIDE).flat_map(|i| [if (i / SIDE).is_multiple_of(2) { 255 } else { 0 }; 3]).collect();
    let image = inscape::Image::from_rgb8(SIDE, SIDE, lit).unwrap();
    std::fs::write(&picture, inscape::Picture::from_image(&image).png_bytes()).unwrap();
    let model = "inscape-out/dbn_classifier.onnx";
    let seen = inscape(folder.path(), &["classify", "rows.png", "--model", model, "--json"]);
    assert_eq!(code(&seen), 0, "{}", err(&seen));
    let seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
    assert_eq!(seen["results"][0]["classes"][0]["index"], 0, "{seen}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_loses_nothing_and_resuming_gives_the_same_bytes() {
    let [stopped, whole] = [with_data(), with_data()];
    let long = ["dbn", "--data", "data", "--layers", "60,30", "--epochs", "400", "--batch", "10"];
    let mut running = train(stopped.path(), &long).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("epoch 3:") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "it ended before it could be interrupted");
    }
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("saved in") && rest.contains("--resume goes on"), "{rest}");
    assert!(stopped.path().join("inscape-out/dbn.checkpoint").is_file());

    let unasked = train(stopped.path(), &long).output().unwrap();
    assert!(code(&unasked) == 1 && err(&unasked).contains("--resume goes on with it"), "{}", err(&unasked));
    let other = train(stopped.path(), &[&long[..], &["--resume", "--seed", "7"]].concat()).output().unwrap();
    assert!(code(&other) == 1 && err(&other).contains("other settings"), "{}", err(&other));

    let resumed = train(stopped.path(), &[&long[..], &["--resume"]].concat()).output().unwrap();
    assert_eq!(code(&resumed), 0, "{}", err(&resumed));
    assert!(err(&resumed).contains("of them done"));
    let threads = train(whole.path(), &[&long[..], &["--threads", "1"]].concat()).output().unwrap();
    assert_eq!(code(&threads), 0, "{}", err(&threads));
    for file in ["dbn.safetensors", "dbn.onnx", "dbn.toml"] {
        assert!(read(&stopped, file) == read(&whole, file), "{file}");
    }
}

#[test]
fn what_cannot_be_trained_is_refused_at_once() {
    let folder = with_data();
    let data = folder.path().join("data");
    let refused = |arguments: &[&str], status: i32, words: &str| {
        let output = train(folder.path(), arguments).output().unwrap();
        assert!(code(&output) == status && err(&output).contains(words), "{arguments:?}: {}", err(&output));
        assert!(!folder.path().join("inscape-out").exists(), "{arguments:?} wrote something");
    };
    refused(&["dbn", "--data", "nowhere"], 1, "nowhere");
    refused(&["dbn", "--data", "data", "--layers", "5,0"], 2, "whole number");
    refused(&["dbn", "--data", "data", "--noise", "masking"], 2, "autoencoder");
    refused(&["autoencoder", "--data", "data", "--steps", "2"], 2, "dbn");
    refused(&["dbn", "--data", "data", "--tuning-rate", "1"], 2, "--classify");
    refused(&["dbn", "--data", "data", "--batch", "1000"], 2, "batch");
    refused(&["dbn", "--data", "data", "--rate", "1000"], 2, "rate");
    refused(
        &["autoencoder", "--data", "data", "--loss", "cross-entropy", "--decoder", "linear"],
        2,
        "sigmoid",
    );
    refused(&["dbn", "--data", "data", "--name", "../x"], 2, "letters");
    refused(&["dbn", "--data", "infinite-mnist:100"], 2, "MNIST");
    idx(&data.join("t10k-images-idx3-ubyte"), &[100, 5, 5], &vec![0; 2500]);
    refused(&["dbn", "--data", "data"], 1, "5");
    std::fs::write(data.join("train-images-idx3-ubyte"), b"\0\0\x09\x03 not idx").unwrap();
    refused(&["dbn", "--data", "data"], 1, "train-images");
}
