//! Fooling images, made as a user makes them.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// `inscape fool` with two images a generation, which is soon done.
fn fool(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.arg("fool").args(arguments).current_dir(folder);
    command
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

const SMALL: [&str; 2] = ["--population", "2"];

#[test]
fn every_class_asked_for_has_an_image_that_the_network_finds_as_probable_as_its_record_says() {
    for encoding in ["direct", "cppn"] {
        let folder = TempDir::new().unwrap();
        let arguments = ["flamingo", "281", "--encoding", encoding, "--evaluations", "7"];
        let output = fool(folder.path(), &[&arguments[..], &SMALL].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(err(&output).contains("images a second") && err(&output).contains("the published size"));
        let out = folder.path().join("inscape-out");
        let summary = json(out.join(format!("fool_{encoding}.json")));
        assert_eq!(summary["schema"], "inscape.evolution/1");
        assert_eq!((&summary["generations"], &summary["evaluations"]), (&4.into(), &8.into()));
        assert_eq!(summary["curve"].as_array().unwrap().len(), 4);
        for file in summary["files"].as_array().unwrap() {
            assert!(out.join(file.as_str().unwrap()).is_file(), "{file}");
        }
        for class in [130, 281] {
            let record = json(out.join(format!("fool_{encoding}.class_{class}.json")));
            assert_eq!((&record["target"]["index"], &record["method"]), (&class.into(), &encoding.into()));
            assert!(record.get("input").is_none());
            let picture = format!("inscape-out/fool_{encoding}.class_{class}.png");
            let seen = Command::new(env!("CARGO_BIN_EXE_inscape"))
                .args(["classify", &picture, "--top", "1000", "--json"])
                .current_dir(folder.path())
                .output()
                .unwrap();
            let seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
            let classes = seen["results"][0]["classes"].as_array().unwrap();
            let found = classes.iter().find(|row| row["index"] == class).unwrap();
            let (p, expected) = (found["probability"].as_f64().unwrap(), record["score"].as_f64().unwrap());
            assert!((p - expected).abs() <= 1e-5 * expected, "{class}: {p} {expected}");
        }
        let index = std::fs::read_to_string(out.join("index.html")).unwrap();
        assert!(index.contains("flamingo"));
    }
}

#[test]
fn the_same_command_stays_and_a_larger_one_goes_on_to_the_same_bytes() {
    let [stepwise, whole] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let at =
        |folder: &TempDir, file: &str| std::fs::read(folder.path().join("inscape-out").join(file)).unwrap();
    let run = |folder: &TempDir, count: &str| {
        let output = fool(folder.path(), &[&["--evaluations", count][..], &SMALL].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        err(&output)
    };
    run(&stepwise, "4");
    let before = at(&stepwise, "fool_direct.archive");
    assert!(run(&stepwise, "4").contains("there already and stay"));
    assert!(at(&stepwise, "fool_direct.archive") == before);
    run(&stepwise, "8");
    run(&whole, "8");
    for file in ["fool_direct.archive", "fool_direct.curve.svg", "fool_direct.sheet.png", "fool_direct.json"]
    {
        assert!(at(&stepwise, file) == at(&whole, file), "{file}");
    }
    let other = ["--evaluations", "4", "--seed", "1"];
    let refused = fool(whole.path(), &[&other[..], &SMALL].concat());
    assert_eq!(code(&refused), 1);
    assert!(err(&refused).contains("another seed"), "{}", err(&refused));
    let forced = fool(whole.path(), &[&other[..], &SMALL, &["--force"]].concat());
    assert_eq!(code(&forced), 0, "{}", err(&forced));
    assert_eq!(json(whole.path().join("inscape-out/fool_direct.json"))["seed"], 1);
}

#[cfg(unix)]
#[test]
fn an_interrupted_evolution_is_saved_and_goes_on() {
    let [cut, whole] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let many = [&["--evaluations", "100000"][..], &SMALL].concat();
    let mut running =
        command(cut.path(), &many).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("the published size")));
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("the same command goes on from there")), "{rest:?}");
    let reached = json(cut.path().join("inscape-out/fool_direct.json"))["generations"].as_u64().unwrap();
    let goal = (2 * (reached + 2)).to_string();
    for folder in [&cut, &whole] {
        let output = fool(folder.path(), &[&["--evaluations", &goal][..], &SMALL].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
    }
    let archive =
        |folder: &TempDir| std::fs::read(folder.path().join("inscape-out/fool_direct.archive")).unwrap();
    assert!(archive(&cut) == archive(&whole));
}

#[test]
fn an_ascent_writes_its_curve_and_stays() {
    let folder = TempDir::new().unwrap();
    let arguments = ["130", "--encoding", "gradient", "--steps", "12"];
    let output = fool(folder.path(), &arguments);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(err(&output).contains("1 class by gradient: 12 steps, about"), "{}", err(&output));
    let out = folder.path().join("inscape-out");
    let record = json(out.join("fool_gradient.class_130.json"));
    assert_eq!(record["probabilities"].as_array().unwrap().len(), 13);
    assert_eq!(record["settings"]["decay"], 0.01);
    assert!(
        std::fs::read_to_string(out.join("fool_gradient.class_130.curve.svg")).unwrap().contains("flamingo")
    );
    assert!(err(&fool(folder.path(), &arguments)).contains("there already and stays"));
    let other = fool(folder.path(), &["130", "--encoding", "gradient", "--steps", "13"]);
    assert_eq!(code(&other), 1);
    assert!(err(&other).contains("other settings"));
}

#[test]
fn mistakes_are_answered_before_anything_is_bred() {
    let folder = TempDir::new().unwrap();
    for (arguments, said) in [
        (&["--encoding", "gradient"][..], "name the classes"),
        (&["1000"], "0 to 999"),
        (&["unit:/fire5/Concat_output_0:1"], "is no class"),
        (&["--population", "1"], "population is 1"),
        (&["--encoding", "genes"], "direct, cppn, gradient"),
        (&["3", "--encoding", "gradient", "--decay", "1"], "decay is 1"),
    ] {
        let output = fool(folder.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
    }
    assert!(!folder.path().join("inscape-out").exists());
}
