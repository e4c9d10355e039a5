//! Data sets, made as a user makes them.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use inscape::{Deviates, Image, Picture};
use serde_json::Value;
use tempfile::TempDir;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.arg("data").args(arguments).current_dir(folder);
    command
}

fn data(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn done(output: &Output) {
    assert_eq!(code(output), 0, "{}", err(output));
}

fn refused(output: &Output, expected: i32, words: &[&str]) {
    assert_eq!(code(output), expected, "{}", err(output));
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(err(output).contains(word), "{} does not say '{word}'", err(output));
    }
}

/// Numbers after the header of an IDX file with so many axes.
fn numbers(path: impl AsRef<Path>, axes: usize) -> Vec<u8> {
    std::fs::read(path).unwrap().split_off(4 + 4 * axes)
}

/// A folder with `mnist/`: 2 test and 3 training digits.
fn with_mnist() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mnist = folder.path().join("mnist");
    std::fs::create_dir(&mnist).unwrap();
    for (part, count) in [("t10k", 2u8), ("train", 3)] {
        let pixels = (0..usize::from(count) * 784).map(|i| (i % 251) as u8);
        let images = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28].into_iter().chain(pixels);
        std::fs::write(mnist.join(format!("{part}-images-idx3-ubyte")), images.collect::<Vec<u8>>()).unwrap();
        let labels = [0, 0, 8, 1, 0, 0, 0, count].into_iter().chain(5..5 + count);
        std::fs::write(mnist.join(format!("{part}-labels-idx1-ubyte")), labels.collect::<Vec<u8>>()).unwrap();
    }
    folder
}

const DIGITS: [&str; 3] = ["infinite-mnist", "--mnist", "mnist"];

fn digits(folder: &Path, arguments: &[&str]) -> Output {
    data(folder, &[&DIGITS, arguments].concat())
}

#[test]
fn the_first_digits_are_the_folder_s_own_and_a_record_stands_for_them() {
    let folder = with_mnist();
    let at = |file: &str| folder.path().join(file);
    let output = digits(folder.path(), &["--count", "9", "--first", "0"]);
    done(&output);
    let made = numbers(at("inscape-out/train-images-idx3-ubyte"), 3);
    let own =
        [numbers(at("mnist/t10k-images-idx3-ubyte"), 3), numbers(at("mnist/train-images-idx3-ubyte"), 3)];
    assert_eq!(made.len(), 9 * 784);
    assert_eq!(made[..5 * 784], own.concat());
    assert_ne!(made[5 * 784..8 * 784], own[1]);
    assert_eq!(numbers(at("inscape-out/train-labels-idx1-ubyte"), 1), [5, 6, 5, 6, 7, 5, 6, 7, 5]);
    let record = json(at("inscape-out/infinite-mnist.json"));
    assert_eq!(record["schema"], "inscape.data/1");
    assert_eq!((&record["originals"], &record["settings"]["count"]), (&5.into(), &9.into()));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("train-images-idx3-ubyte") && printed.contains("infinite-mnist.json"));
    // without a first index: from the training digits on, and the result is itself such a folder
    let output = digits(folder.path(), &["--count", "4", "--output", "some", "--quiet"]);
    done(&output);
    assert!(output.stderr.is_empty(), "{}", err(&output));
    assert_eq!(numbers(at("some/train-images-idx3-ubyte"), 3), made[2 * 784..6 * 784]);
    done(&data(folder.path(), &["infinite-mnist", "--mnist", "some", "--count", "4", "--output", "again"]));
    assert_eq!(numbers(at("again/train-images-idx3-ubyte"), 3), made[2 * 784..6 * 784]);
    let still = ["--count", "8", "--first", "2", "--strength", "0", "--output", "still"];
    done(&digits(folder.path(), &still));
}

#[test]
fn what_is_there_stays_and_is_never_overwritten_by_surprise() {
    let folder = with_mnist();
    let out = folder.path().join("inscape-out");
    done(&digits(folder.path(), &["--count", "30"]));
    let before = std::fs::read(out.join("train-images-idx3-ubyte")).unwrap();
    let output = digits(folder.path(), &["--count", "30", "--contact-sheet", "--json"]);
    done(&output);
    assert!(err(&output).contains("is there already and stays"), "{}", err(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document, json(out.join("infinite-mnist.json")));
    assert_eq!(document["files"][2], "infinite-mnist.sheet.png");
    assert!(Image::open(out.join("infinite-mnist.sheet.png")).is_ok());
    assert!(std::fs::read_to_string(out.join("index.html")).unwrap().contains("infinite-mnist"));
    // a sheet that is there stays, asked for or not
    done(&digits(folder.path(), &["--count", "30"]));
    assert_eq!(json(out.join("infinite-mnist.json")), document);
    refused(
        &digits(folder.path(), &["--count", "31"]),
        1,
        &["other settings", "count 30, now 31", "--force"],
    );
    assert!(std::fs::read(out.join("train-images-idx3-ubyte")).unwrap() == before);
    done(&digits(folder.path(), &["--count", "31", "--force"]));
    assert_eq!(json(out.join("infinite-mnist.json"))["settings"]["count"], 31);
    // MNIST itself is nobody's to overwrite
    let own = std::fs::read(folder.path().join("mnist/train-images-idx3-ubyte")).unwrap();
    let into = ["--count", "3", "--output", "mnist"];
    refused(&digits(folder.path(), &into), 1, &["train-images-idx3-ubyte", "not made by this command"]);
    assert!(std::fs::read(folder.path().join("mnist/train-images-idx3-ubyte")).unwrap() == own);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_half_written() {
    let folder = with_mnist();
    let mut running = command(folder.path(), &[&DIGITS[..], &["--count", "2000000"]].concat())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("2000000 digits of 28×28")));
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{rest:?}");
    let left = std::fs::read_dir(folder.path().join("inscape-out")).into_iter().flatten();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn damaged_digits_are_refused_before_anything_is_made() {
    let folder = with_mnist();
    let file = folder.path().join("mnist/train-images-idx3-ubyte");
    let whole = std::fs::read(&file).unwrap();
    let with = |content: &[u8], words: &[&str]| {
        std::fs::write(&file, content).unwrap();
        refused(&digits(folder.path(), &["--count", "9"]), 1, words);
    };
    with(&whole[..whole.len() - 1], &["train-images-idx3-ubyte", "2352 bytes", "truncated"]);
    with(&[&whole[..3], &[1], &whole[4..]].concat(), &["train-images-idx3-ubyte"]);
    with(&[&whole[..7], &[2], &whole[8..16 + 2 * 784]].concat(), &["3 labels for 2 pictures"]);
    with(b"\x89PNG\r\n\x1a\n", &["0x89504e47"]);
    std::fs::write(&file, &whole).unwrap();
    assert!(!folder.path().join("inscape-out").exists());
    refused(&digits(folder.path(), &["--count", "0"]), 2, &["--count"]);
    refused(&digits(folder.path(), &["--count", "9", "--strength", "99"]), 2, &["99", "between 0 and 16"]);
    refused(&digits(folder.path(), &["--count", "9", "--first", "4294967295"]), 2, &["none beyond"]);
    refused(&data(folder.path(), &["infinite-mnist", "--count", "9"]), 2, &["--mnist"]);
    refused(&data(folder.path(), &[]), 2, &["patches"]);
}

/// A folder with `photos/`: two pictures of structured noise.
fn with_photos() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    for (name, height, width) in [("a.png", 40, 50), ("b.png", 33, 64)] {
        let mut deviates = Deviates::new(height as u64, 0);
        let levels = (0..height * width).map(|i| (deviates.below(80) + 3 * (i % width) % 170) as u8);
        let rgb = levels.flat_map(|level| [level; 3]).collect();
        let picture = Picture::from_image(&Image::from_rgb8(width, height, rgb).unwrap());
        picture.save(folder.path().join("photos").join(name)).unwrap();
    }
    folder
}

#[test]
fn patches_are_a_npy_file_with_its_record_whatever_the_threads() {
    let folder = with_photos();
    let base = ["patches", "photos", "--count", "70", "--contact-sheet"];
    let with = |more: &[&str]| {
        let output = data(folder.path(), &[&base, more].concat());
        done(&output);
        output
    };
    with(&["--size", "6", "--threads", "1"]);
    let file = folder.path().join("inscape-out/patches.npy");
    let tensor = inscape::npy::read(&file).unwrap();
    assert_eq!(tensor.shape(), [70, 6, 6]);
    let record = json(folder.path().join("inscape-out/patches.json"));
    assert_eq!((&record["schema"], &record["command"]), (&"inscape.data/1".into(), &"data patches".into()));
    assert_eq!(record["settings"]["pictures"][1]["file"], "b.png");
    assert_eq!(record["settings"]["size"], serde_json::json!([6, 6]));
    assert!(Image::open(folder.path().join("inscape-out/patches.sheet.png")).is_ok());
    with(&["--size", "6", "--threads", "2", "--output", "other"]);
    assert!(std::fs::read(folder.path().join("other/patches.npy")).unwrap() == std::fs::read(&file).unwrap());
    let again = with(&["--size", "6"]);
    assert!(err(&again).contains("is there already and stays"));
    with(&["--size", "4,9", "--seed", "3", "--output", "third"]);
    let third = inscape::npy::read(folder.path().join("third/patches.npy")).unwrap();
    assert_eq!(third.shape(), [70, 4, 9]);
    let other = data(folder.path(), &[&base[..], &["--size", "6", "--seed", "1"]].concat());
    refused(&other, 1, &["another seed", "--force"]);
    // twelve by twelve is what nobody has to ask for
    with(&["--output", "default"]);
    assert_eq!(inscape::npy::read(folder.path().join("default/patches.npy")).unwrap().shape(), [70, 12, 12]);
}

#[test]
fn pictures_that_give_no_patches_are_named_and_nothing_is_made() {
    let folder = with_photos();
    let with = |expected: i32, arguments: &[&str], words: &[&str]| {
        refused(&data(folder.path(), &[&["patches"], arguments].concat()), expected, words);
        assert!(!folder.path().join("inscape-out").exists());
    };
    with(1, &["photos", "--size", "26"], &["b.png", "33×64", "34×34"]);
    with(2, &["photos", "--size", "0"], &["--size"]);
    with(2, &["photos", "--cutoff", "0"], &["cutoff"]);
    with(1, &["none.jpg"], &["none.jpg"]);
    with(2, &[], &["FOLDER"]);
    std::fs::write(folder.path().join("photos/c.jpg"), b"\xff\xd8\xff no picture").unwrap();
    with(1, &["photos"], &["c.jpg"]);
}
