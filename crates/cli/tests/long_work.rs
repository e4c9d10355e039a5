//! Work that takes its time: what is told of it, and how it is stopped.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

fn inscape(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    let cat = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures/chelsea.jpg");
    command.args(["attribute"]).arg(cat).args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder.join("inscape-out")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn long_work_tells_how_far_it_is_and_an_interrupt_leaves_nothing_half_done() {
    let folder = TempDir::new().unwrap();
    assert!(inscape(folder.path(), &["--method", "gradient"]).output().unwrap().status.success());
    let before = files(folder.path());
    assert!(before.len() >= 4);

    let samples = "1000000";
    let mut running =
        inscape(folder.path(), &["--method", "smoothgrad", "--samples", samples, "--raw"]).spawn().unwrap();
    let mut told = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[0], "attributing", "{line}");
    let (done, total) = words[1].trim_end_matches(',').split_once('/').unwrap();
    assert_eq!(total, samples);
    let (done, rate): (f64, f64) = (done.parse().unwrap(), words[2].parse().unwrap());
    assert!(done > 0.0 && rate > 0.0);
    // The time left is the steps left at the rate so far, both as they are printed.
    let left: f64 = words[words.len() - 3].parse().unwrap();
    let expected = (1e6 - done) / rate;
    assert!((left - expected).abs() < 0.01 * expected + 1.0 + expected * 0.05 / rate, "{line}");

    let killed = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let status = running.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{status:?}");
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("error: interrupted"), "{rest}");
    let mut out = String::new();
    running.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out, "");
    assert!(files(folder.path()) == before, "the interrupted run left something behind");
}

#[test]
fn an_interrupted_run_still_indexes_what_it_finished() {
    let folder = TempDir::new().unwrap();
    let cat = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures/chelsea.jpg");
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    for i in 0..500 {
        std::fs::copy(&cat, folder.path().join(format!("photos/{i:03}.jpg"))).unwrap();
    }
    let mut running = inscape(folder.path(), &["photos", "--quiet"]).spawn().unwrap();
    // The picture named before the folder is the first to be done.
    let first = folder.path().join("inscape-out/chelsea.saliency.class_285.json");
    while !first.exists() {
        assert!(running.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(!folder.path().join("inscape-out/index.html").exists());
    let killed = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    let index = std::fs::read_to_string(folder.path().join("inscape-out/index.html")).unwrap();
    let records = files(folder.path()).into_iter().filter(|(name, _)| name.ends_with(".json")).count();
    assert!((1..500).contains(&records));
    assert_eq!(index.matches("<li>").count(), records, "every finished result is in the index");
    assert!(files(folder.path()).iter().all(|(name, _)| !name.ends_with(".part")));
}

#[test]
fn quiet_work_says_nothing_and_a_single_pass_neither() {
    let folder = TempDir::new().unwrap();
    let quiet = ["--method", "integrated-gradients", "--steps", "150", "--quiet"];
    for arguments in [&quiet[..], &["--method", "saliency"]] {
        let output = inscape(folder.path(), arguments).output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
    }
}
