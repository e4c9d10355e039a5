//! `inscape visualize`, run as a user runs it.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn visualize(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.arg("visualize").args(arguments).current_dir(folder).output().unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = visualize(folder, arguments);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    said
}

fn refused(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = visualize(folder, arguments);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_class_gives_a_picture_and_all_that_made_it() {
    let folder = TempDir::new().unwrap();
    let said = done(folder.path(), &["flamingo", "--steps", "6", "--frames", "--raw"]);
    assert!(said.lines().any(|line| line.contains("6 steps, about")), "{said}");
    let out = folder.path().join("inscape-out");
    for ending in ["png", "json", "gif", "curve.svg", "curve.csv", "npy"] {
        assert!(out.join(format!("class_130.{ending}")).is_file(), "{ending}");
    }
    let record = json(out.join("class_130.json"));
    assert_eq!(record["schema"], "inscape.visualization/1");
    assert_eq!(record["target"]["name"], "flamingo");
    assert_eq!(record["settings"]["recipe"]["steps"], 6);
    assert_eq!(record["steps"], 6);
    assert!(record["score_last"].as_f64().unwrap() > record["score_first"].as_f64().unwrap());
    let picture = inscape::Image::open(out.join("class_130.png")).unwrap();
    assert_eq!((picture.height(), picture.width()), (227, 227));

    // the same again stays, other settings are refused before anything is computed, and the record is a recipe
    let before = std::fs::read(out.join("class_130.png")).unwrap();
    let said = done(folder.path(), &["flamingo", "--steps", "6", "--frames", "--raw"]);
    assert!(said.contains("is there already and stays"), "{said}");
    let said = refused(folder.path(), &["flamingo", "--steps", "7"], 1);
    assert!(said.contains("--force"), "{said}");
    done(folder.path(), &["flamingo", "--recipe", "inscape-out/class_130.json", "-o", "again"]);
    assert_eq!(std::fs::read(folder.path().join("again/class_130.png")).unwrap(), before);
}

#[test]
fn a_gallery_a_comparison_and_a_dream() {
    let folder = TempDir::new().unwrap();
    let output = visualize(
        folder.path(),
        &["hen", "unit:fire2/Concat:3", "--steps", "3", "--sheet", "--json", "-o", "g"],
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "inscape.visualize/1");
    assert_eq!(document["results"].as_array().unwrap().len(), 2);
    assert!(folder.path().join("g/sheet.png").is_file());

    done(folder.path(), &["hen", "--compare", "score,posterior", "--steps", "8", "-o", "c"]);
    let figure = std::fs::read_to_string(folder.path().join("c/class_8.compare.svg")).unwrap();
    assert!(figure.contains("maximizing the probability") && figure.contains("maximizing the score"));
    assert_eq!(json(folder.path().join("c/posterior_8.json"))["method"], "simonyan");
    let again = done(folder.path(), &["hen", "--compare", "score,posterior", "--steps", "8", "-o", "c"]);
    assert_eq!(again.matches("is there already and stays").count(), 2, "{again}");

    let cat = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures/chelsea.jpg");
    let dream = ["layer:fire2/Concat", "--recipe", "deepdream", "--steps", "1", "-o", "d", "--from"];
    let arguments: Vec<&str> = dream.into_iter().chain([cat.to_str().unwrap()]).collect();
    done(folder.path(), &arguments);
    let record = std::fs::read_dir(folder.path().join("d")).unwrap().flatten().map(|entry| entry.path());
    let record =
        record.filter(|path| path.extension().is_some_and(|e| e == "json")).map(json).next().unwrap();
    assert!(record["score_last"].as_f64() > record["score_first"].as_f64());
    assert_eq!(record["settings"]["from"]["file"], "chelsea.jpg");
}

#[test]
fn mistakes_are_explained() {
    let folder = TempDir::new().unwrap();
    for (arguments, code, words) in [
        (&["klass:hen"][..], 2, "^^^"),
        (&["unit:fire2/Concat:9999"], 2, "0 to 127"),
        (&["hen", "--recipe", "olaf"], 2, "olah"),
        (&["hen", "--recipe", "erhan"], 2, "--norm-from"),
        (&["hen", "--recipe", "deepdream"], 2, "--from"),
        (&["layer:fire2/Concat", "--compare", "score,posterior"], 2, "no class"),
        (&["hen", "--sizes", "100,100"], 1, "227"),
    ] {
        let said = refused(folder.path(), arguments, code);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert!(!folder.path().join("inscape-out").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_resume_goes_on_to_the_same_picture() {
    let folder = TempDir::new().unwrap();
    let arguments = ["hen", "--steps", "60", "--recipe", "simonyan"];
    done(folder.path(), &[&arguments[..], &["-o", "whole"]].concat());
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.arg("visualize").args(arguments).current_dir(folder.path());
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    // the line with the expected time comes after the first steps
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    while !said.contains("about") && std::io::BufRead::read_line(&mut lines, &mut said).unwrap() > 0 {}
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    std::io::Read::read_to_string(&mut lines, &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("--resume"), "{said}");
    assert_eq!(json(folder.path().join("inscape-out/class_8.json"))["finished"], false);
    let said = done(folder.path(), &[&arguments[..], &["--resume"]].concat());
    assert!(said.contains("going on from step"), "{said}");
    let picture = |name: &str| std::fs::read(folder.path().join(name).join("class_8.png")).unwrap();
    assert_eq!(picture("inscape-out"), picture("whole"));
}
