//! Every command of the lab sheet runs as it stands there, with shortened settings.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What makes a command short, by its first words: options and their values.
const SHORTER: &[(&[&str], &[(&str, &str)])] = &[
    (&["visualize"], &[("--steps", "2")]),
    (&["train"], &[("--epochs", "1"), ("--linear-epochs", "1"), ("--tuning-epochs", "1")]),
    (&["belief", "report"], &[("--units", "4"), ("--starts", "2"), ("--steps", "3"), ("--samples", "3")]),
    (&["belief", "units"], &[("--starts", "2"), ("--steps", "3"), ("--samples", "3")]),
];

/// The words of a command line, with those in double quotes kept together.
fn words(line: &str) -> Vec<String> {
    let part = |(i, part): (usize, &str)| match i % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    };
    line.split('"').enumerate().flat_map(part).collect()
}

fn shorten(words: &mut Vec<String>) {
    let options =
        SHORTER.iter().filter(|(start, _)| words.iter().zip(*start).all(|(word, start)| word == start));
    for (option, value) in options.flat_map(|(_, options)| *options).collect::<Vec<_>>() {
        match words.iter().position(|word| word == option) {
            Some(at) => (*value).clone_into(&mut words[at + 1]),
            None => words.extend([(*option).to_owned(), (*value).to_owned()]),
        }
    }
}

#[test]
fn every_command_of_the_lab_sheet_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sheet = std::fs::read_to_string(root.join("docs/lab.md")).unwrap();
    let folder = TempDir::new().unwrap();
    let results = folder.path().to_str().unwrap();
    let commands: Vec<&str> = sheet.lines().filter_map(|line| line.strip_prefix("    inscape ")).collect();
    assert_eq!(sheet.matches("\n## ").count(), 9, "exercises");
    assert!(commands.len() >= 9, "{commands:?}");
    for line in commands {
        let mut words: Vec<String> =
            words(line).iter().map(|word| word.replace("inscape-out", results)).collect();
        shorten(&mut words);
        let output =
            Command::new(env!("CARGO_BIN_EXE_inscape")).args(&words).current_dir(&root).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "inscape {}\n{said}", words.join(" "));
        let printed = String::from_utf8_lossy(&output.stdout);
        for path in printed.lines().filter(|line| line.starts_with(results)) {
            assert!(std::fs::metadata(path).unwrap().len() > 0, "{path}");
        }
    }
}
