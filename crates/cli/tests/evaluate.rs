//! `inscape evaluate localization`, run as a user runs it, on small data sets made of free pictures.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The cheapest localization that has all stages of the command.
const QUICK: &[&str] =
    &["--preset", "simonyan", "--option", "segmentation=threshold", "--option", "blur=0.03"];

fn evaluate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.args(["evaluate", "localization"]).args(QUICK).args(arguments).current_dir(folder);
    command.output().unwrap()
}

fn told(output: &Output, code: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn write(path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn picture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures").join(name)).unwrap()
}

fn object(class: &str, corners: [u32; 4], difficult: u8) -> String {
    let [xmin, ymin, xmax, ymax] = corners;
    format!(
        "<object><name>{class}</name><difficult>{difficult}</difficult><bndbox><xmin>{xmin}</xmin><ymin>{ymin}</ymin>\
         <xmax>{xmax}</xmax><ymax>{ymax}</ymax></bndbox></object>"
    )
}

fn xml(objects: &[String]) -> String {
    format!("<annotation>{}</annotation>", objects.concat())
}

/// Two pictures in ILSVRC's layout: a cat (chelsea.jpg, an Egyptian cat) and an espresso.
fn ilsvrc(root: &Path) {
    let (data, notes) = (root.join("Data/CLS-LOC/val"), root.join("Annotations/CLS-LOC/val"));
    write(data.join("cat.JPEG"), picture("chelsea.jpg"));
    write(data.join("cup.JPEG"), picture("coffee.jpg"));
    write(notes.join("cat.xml"), xml(&[object("n02124075", [60, 1, 451, 300], 0)]));
    write(
        notes.join("cup.xml"),
        xml(&[object("n07920052", [160, 60, 460, 330], 0), object("n07920052", [1, 1, 9, 9], 0)]),
    );
    write(root.join("ImageSets/CLS-LOC/val.txt"), "cup 1\ncat 2\n");
}

#[test]
fn an_evaluation_has_all_files_and_the_same_again_is_kept() {
    let folder = TempDir::new().unwrap();
    ilsvrc(&folder.path().join("set"));
    let output = evaluate(folder.path(), &["--dataset", "set"]);
    let said = told(&output, 0);
    assert!(said.contains("Localization error, top 5") && said.contains("centered box"), "{said}");
    let out = folder.path().join("inscape-out");
    let paths = String::from_utf8(output.stdout).unwrap();
    assert_eq!(paths.lines().count(), 4);
    assert!(paths.lines().all(|path| folder.path().join(path).is_file()), "{paths}");

    let summary = json(out.join("summary.json"));
    assert_eq!(summary["schema"], "inscape.evaluation/1");
    assert_eq!(
        (&summary["pictures"], &summary["failed"], &summary["matched"]),
        (&2.into(), &0.into(), &2.into())
    );
    // printf 'cat\ncup\n' | sha256sum
    let hash = "cada9847afb50219b3acac63c3e0003849232cf9d973becaa658b55a8a4e099e";
    assert_eq!(summary["pictures_sha256"], hash);
    let interval = |value: &Value| {
        let [value, low, high] = ["value", "low", "high"].map(|key| value[key].as_f64().unwrap());
        assert!((0.0..=1.0).contains(&value) && low <= value && value <= high);
        value
    };
    for of in ["classification_error", "localization_error"] {
        assert!(interval(&summary[of]["top5"]) <= interval(&summary[of]["top1"]));
    }
    for of in [&summary, &summary["controls"]["whole_picture"], &summary["controls"]["centred_box"]] {
        interval(&of["localization_error"]["top5"]);
        for key in ["gt_known_error", "max_box_acc", "max_box_acc_v2", "pointing_game", "mean_iou"] {
            interval(&of[key]);
        }
    }
    assert!(summary["controls"]["whole_picture"]["classification_error"].is_null());
    assert!((0.01..=1.0).contains(&summary["controls"]["centred_box"]["fraction"].as_f64().unwrap()));
    assert_eq!(summary["bootstrap"]["resamples"], 2000);
    assert_eq!(summary["settings"]["localization"]["segmentation"], "threshold");
    assert_eq!(summary["classification_error"]["top5"]["value"], 0.0, "the bundled network knows both");

    let page = text(out.join("report.html"));
    assert_eq!(page.matches("data:image/jpeg;base64,").count(), page.matches("<image ").count());
    assert!(page.matches("<image ").count() >= 2 && page.contains("contains the pictures"));
    assert!(!["http://", "https://", "<script"].iter().any(|need| page.contains(need)));
    let here = folder.path().display().to_string();
    for file in [
        "summary.json",
        "pictures.csv",
        "submission.csv",
        "report.html",
        "localization.journal",
        "index.html",
    ] {
        assert!(!text(out.join(file)).contains(&here), "{file} names a folder");
    }

    let made = out.join("summary.json").metadata().unwrap().modified().unwrap();
    let again = evaluate(folder.path(), &["--dataset", "set", "--json"]);
    assert!(told(&again, 0).contains("stays"));
    assert_eq!(serde_json::from_slice::<Value>(&again.stdout).unwrap(), summary);
    assert_eq!(out.join("summary.json").metadata().unwrap().modified().unwrap(), made);
    let other = evaluate(folder.path(), &["--dataset", "set", "--option", "floor=2"]);
    let said = told(&other, 1);
    assert!(said.contains("--force") && said.contains("floor 1.0, now 2.0"), "{said}");
    assert_eq!(
        told(&evaluate(folder.path(), &["--dataset", "set", "--option", "floor=2", "--force", "--quiet"]), 0),
        ""
    );
}

#[test]
fn the_tables_give_the_summary() {
    let folder = TempDir::new().unwrap();
    ilsvrc(&folder.path().join("set"));
    told(&evaluate(folder.path(), &["--dataset", "set"]), 0);
    let out = folder.path().join("inscape-out");
    let submission = text(out.join("submission.csv"));
    let truths = [
        ("cat", "n02124075", vec![[60.0, 1.0, 451.0, 300.0]]),
        ("cup", "n07920052", vec![[160.0, 60.0, 460.0, 330.0], [1.0, 1.0, 9.0, 9.0]]),
    ];
    let mut right = 0;
    for (line, (name, class, boxes)) in submission.lines().skip(1).zip(&truths) {
        let (id, guesses) = line.split_once(',').unwrap();
        assert_eq!(id, *name);
        let words: Vec<&str> = guesses.split(' ').collect();
        assert_eq!(words.len(), 25);
        // The devkit's rule, from the submission and the annotations alone.
        right += usize::from(words.chunks(5).any(|guess| {
            let b: Vec<f64> = guess[1..].iter().map(|word| word.parse().unwrap()).collect();
            guess[0] == *class
                && boxes.iter().any(|t| {
                    let area = |b: &[f64]| (b[2] - b[0] + 1.0) * (b[3] - b[1] + 1.0);
                    let w = b[2].min(t[2]) - b[0].max(t[0]) + 1.0;
                    let h = b[3].min(t[3]) - b[1].max(t[1]) + 1.0;
                    w > 0.0 && h > 0.0 && w * h / (area(&b) + area(t) - w * h) >= 0.5
                })
        }));
    }
    let summary = json(out.join("summary.json"));
    assert_eq!(summary["localization_error"]["top5"]["value"], 1.0 - right as f64 / 2.0);
    let pictures = text(out.join("pictures.csv"));
    let header: Vec<&str> = pictures.lines().next().unwrap().split(',').collect();
    let at = header.iter().position(|name| *name == "iou").unwrap();
    let overlaps: Vec<f64> =
        pictures.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().parse().unwrap()).collect();
    let mean = overlaps.iter().sum::<f64>() / 2.0;
    assert!((summary["mean_iou"]["value"].as_f64().unwrap() - mean).abs() < 1e-12);
    // A table of pictures is a table of boxes too.
    let again = evaluate(folder.path(), &["--dataset", "inscape-out/pictures.csv", "-o", "again"]);
    assert!(told(&again, 1).contains("could be judged"), "its pictures are not beside it");
}

#[test]
fn broken_pictures_and_annotations_are_told_counted_and_tried_again() {
    let folder = TempDir::new().unwrap();
    let set = folder.path().join("set");
    ilsvrc(&set);
    write(set.join("ImageSets/CLS-LOC/val.txt"), "cup\ncat\nbroken\nmissing\nunnoted\nempty\nodd\noutside\n");
    let (data, notes) = (set.join("Data/CLS-LOC/val"), set.join("Annotations/CLS-LOC/val"));
    let cat = object("n02124075", [60, 1, 451, 300], 0);
    for name in ["broken", "missing", "odd"] {
        write(notes.join(format!("{name}.xml")), xml(std::slice::from_ref(&cat)));
    }
    write(data.join("broken.JPEG"), &picture("chelsea.jpg")[..300]);
    for name in ["unnoted", "empty", "odd", "outside"] {
        write(data.join(format!("{name}.JPEG")), picture("chelsea.jpg"));
    }
    write(notes.join("empty.xml"), xml(&[]));
    write(notes.join("odd.xml"), "<annotation><object>");
    write(notes.join("outside.xml"), xml(&[object("n02124075", [5000, 1, 6000, 300], 0)]));
    let said = told(&evaluate(folder.path(), &["--dataset", "set"]), 1);
    let reasons = [
        ("missing: ", "cannot be opened"),
        ("unnoted: ", "no annotation unnoted.xml"),
        ("empty: ", "names no object"),
        ("odd: ", "odd.xml"),
        ("outside: ", "outside the picture"),
        ("broken: ", "JPEG"),
    ];
    for (name, reason) in reasons {
        assert!(
            said.lines().any(|line| line.contains(name) && line.contains(reason)),
            "{name} {reason}: {said}"
        );
    }
    let out = folder.path().join("inscape-out");
    let summary = json(out.join("summary.json"));
    assert_eq!(
        (&summary["pictures"], &summary["failed"], &summary["judged"]),
        (&8.into(), &6.into(), &2.into())
    );
    assert_eq!(text(out.join("submission.csv")).lines().count(), 9, "every picture has its line");
    let pictures = text(out.join("pictures.csv"));
    assert_eq!(pictures.lines().filter(|line| line.ends_with(',')).count(), 2, "{pictures}");
    assert!(text(out.join("report.html")).contains("6 pictures"));

    // What was mended counts, and what was right is not done again.
    write(data.join("broken.JPEG"), picture("chelsea.jpg"));
    let said = told(&evaluate(folder.path(), &["--dataset", "set"]), 1);
    assert!(said.contains("going on: 2 of 8"), "{said}");
    assert_eq!(json(out.join("summary.json"))["failed"], 5);
}

#[test]
fn work_goes_on_where_it_stopped_and_ends_the_same() {
    let folder = TempDir::new().unwrap();
    ilsvrc(&folder.path().join("set"));
    told(&evaluate(folder.path(), &["--dataset", "set", "-o", "whole"]), 0);
    told(&evaluate(folder.path(), &["--dataset", "set", "-o", "parts", "--limit", "1"]), 0);
    let journal = folder.path().join("parts/localization.journal");
    let part = json(folder.path().join("parts/summary.json"));
    assert_eq!(
        (&part["pictures"], &part["warnings"][0]),
        (&1.into(), &"only the first 1 of 2 pictures were taken".into())
    );
    // As if it had been killed while writing.
    let mut half = text(&journal);
    half.push_str("{\"judged\":{\"image\":\"cu");
    write(&journal, half);
    let said = told(&evaluate(folder.path(), &["--dataset", "set", "-o", "parts", "--threads", "2"]), 0);
    assert!(said.contains("going on: 1 of 2"), "{said}");
    for file in ["summary.json", "pictures.csv", "submission.csv", "report.html"] {
        let [whole, parts] = ["whole", "parts"].map(|of| text(folder.path().join(of).join(file)));
        assert!(whole == parts, "{file}");
    }
    let lines = text(&journal);
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let said = told(&evaluate(folder.path(), &["--dataset", "set", "-o", "parts", "--seed", "7"]), 1);
    assert!(said.contains("another seed"), "{said}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_is_done() {
    let folder = TempDir::new().unwrap();
    let set = folder.path().join("set");
    let names: Vec<String> = (0..60).map(|i| format!("{i:02}")).collect();
    for name in &names {
        write(set.join(format!("Data/CLS-LOC/val/{name}.JPEG")), picture("chelsea.jpg"));
        write(
            set.join(format!("Annotations/CLS-LOC/val/{name}.xml")),
            xml(&[object("n02124075", [60, 1, 451, 300], 0)]),
        );
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.args(["evaluate", "localization", "--dataset", "set"]).args(QUICK).current_dir(folder.path());
    let mut running = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let journal = folder.path().join("inscape-out/localization.journal");
    let lines = || std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    while lines() < 3 {
        assert!(running.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    let done = lines() - 1;
    assert!((2..60).contains(&done));
    assert!(!folder.path().join("inscape-out/summary.json").exists());
    let said = told(&evaluate(folder.path(), &["--dataset", "set"]), 0);
    assert!(said.contains(&format!("going on: {done} of 60")), "{said}");
    assert!(said.contains("no ImageSets/CLS-LOC/val.txt"), "{said}");
    assert_eq!(json(folder.path().join("inscape-out/summary.json"))["judged"], 60);
}

#[test]
fn voc_and_its_classes_meet_by_a_map_and_difficult_ones_are_not_asked_for() {
    let folder = TempDir::new().unwrap();
    let set = folder.path().join("voc");
    write(set.join("JPEGImages/1.jpg"), picture("chelsea.jpg"));
    write(set.join("JPEGImages/2.jpg"), picture("coffee.jpg"));
    let cat = |difficult| object("kitty", [60, 1, 451, 300], difficult);
    write(set.join("Annotations/1.xml"), xml(&[cat(0), object("thing", [1, 1, 20, 20], 0)]));
    write(set.join("Annotations/2.xml"), xml(&[cat(1)]));
    write(set.join("ImageSets/Main/val.txt"), "1\n2\n");
    let said = told(&evaluate(folder.path(), &["--dataset", "voc", "-o", "bare"]), 0);
    assert!(said.contains("2 classes of the data set are none of the network's (kitty, thing)"), "{said}");
    assert!(said.contains("1 pictures have difficult objects alone"), "{said}");
    let bare = json(folder.path().join("bare/summary.json"));
    assert!(bare["localization_error"]["top5"].is_null() && bare["matched"] == 0);
    assert!(bare["gt_known_error"]["value"].is_f64() && bare["mean_iou"]["value"].is_f64());

    write(folder.path().join("map.csv"), "kitty,tabby\nkitty,n02124075\n");
    let mapped = ["--dataset", "voc", "--class-map", "map.csv", "-o", "mapped"];
    let said = told(&evaluate(folder.path(), &mapped), 0);
    assert!(said.contains("1 classes of the data set are none") && said.contains("(thing)"), "{said}");
    let mapped = json(folder.path().join("mapped/summary.json"));
    assert_eq!(mapped["matched"], 1);
    assert_eq!(mapped["classification_error"]["top1"]["value"], 0.0);
    assert_eq!(mapped["settings"]["class_map"]["kitty"], serde_json::json!([281, 285]));
    let refused = evaluate(folder.path(), &["--dataset", "voc", "--class-map", "map.csv", "-o", "bare"]);
    assert!(told(&refused, 1).contains("--force"));
}

#[test]
fn a_table_of_boxes_with_quoted_names_is_a_data_set() {
    let folder = TempDir::new().unwrap();
    write(folder.path().join("my set/a, cat.jpg"), picture("chelsea.jpg"));
    let table = "image,class,xmin,ymin,xmax,ymax\n\"a, cat.jpg\",Egyptian cat,59,0,900,300\n";
    write(folder.path().join("my set/boxes.csv"), table);
    let output = evaluate(folder.path(), &["--dataset", "my set", "--json"]);
    let said = told(&output, 0);
    assert!(said.contains("1 boxes reach out"), "{said}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&summary["pictures"], &summary["matched"]), (&1.into(), &1.into()));
    let pictures = text(folder.path().join("inscape-out/pictures.csv"));
    assert!(pictures.lines().nth(1).unwrap().starts_with("\"a, cat.jpg\",Egyptian cat,"), "{pictures}");
}

#[test]
fn mistakes_are_told_before_anything_is_computed() {
    let folder = TempDir::new().unwrap();
    ilsvrc(&folder.path().join("set"));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    write(folder.path().join("bad.csv"), "kitty\n");
    for (arguments, code, words) in [
        (&[][..], 2, "--dataset"),
        (&["--dataset", "none"], 1, "does not exist"),
        (&["--dataset", "empty"], 1, "has no layout that is read"),
        (&["--dataset", "set", "--limit", "0"], 2, "from 1 on"),
        (&["--dataset", "set", "--split", "test"], 1, "has no layout"),
        (&["--dataset", "set", "--class-map", "none.csv"], 1, "none.csv"),
        (&["--dataset", "set", "--class-map", "bad.csv"], 1, "line 1"),
        (&["--dataset", "set", "--option", "gamma=much"], 2, "gamma"),
        (&["--dataset", "set", "--model", "none.onnx"], 1, "none.onnx"),
    ] {
        let said = told(&evaluate(folder.path(), arguments), code);
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!folder.path().join("inscape-out").exists(), "{arguments:?} left something");
    }
}
