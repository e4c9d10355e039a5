//! The program, run as a user runs it.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use inscape_testkit::{assert_close, npz, shared};
use serde_json::Value;
use tempfile::TempDir;

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

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A folder with the cat in it.
fn folder_with_cat() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let cat = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures/chelsea.jpg");
    std::fs::copy(cat, folder.path().join("cat.jpg")).unwrap();
    (folder, "cat.jpg".to_owned())
}

fn npy(path: &Path, shape: &[usize], values: &[f32]) {
    inscape::npy::write(path, &inscape_tensor::Tensor::new(shape, values.to_vec())).unwrap();
}

#[test]
fn without_a_command_a_report_is_written() {
    let folder = TempDir::new().unwrap();
    let output = inscape(folder.path(), &[]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(out(&output).trim(), Path::new("inscape-out").join("index.html").display().to_string());
    assert!(err(&output).contains("inscape explain"));
    let page = std::fs::read_to_string(folder.path().join("inscape-out/index.html")).unwrap();
    assert!(page.contains("Egyptian cat") && page.contains("guided-backprop"));
    let needs = ["http://", "https://", "<script", "src=\"./", "url("];
    assert!(needs.iter().all(|need| !page.contains(need)), "the page needs nothing else");
    assert_eq!(page.matches("<img").count(), page.matches(" alt=\"").count());
    let record = json(folder.path().join("inscape-out/chelsea.explain.json"));
    assert_eq!(record["schema"], "inscape.explanation/1");
    assert_eq!(record["target"]["index"], 285);
    assert!(!record.to_string().contains(&folder.path().display().to_string()));
}

#[test]
fn raw_maps_of_the_golden_inputs_are_pytorchs() {
    let Some(golden) = shared("goldens/squeezenet1_1-ILSVRC2012_val_00002514.npz") else { return };
    let golden = npz(golden);
    let folder = TempDir::new().unwrap();
    let (shape, input) = &golden["input"];
    npy(&folder.path().join("x.npy"), shape, input);
    let methods = [("gradient", "gradient"), ("deconvnet", "deconvnet"), ("guided-backprop", "guided")];
    let mut arguments = vec!["attribute", "x.npy", "--raw", "--method", "saliency"];
    methods.iter().for_each(|(method, _)| arguments.extend(["--method", method]));
    let output = inscape(folder.path(), &arguments);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let target = golden["target"].1[0];
    let raw = |method: &str| {
        inscape::npy::read(folder.path().join(format!("inscape-out/x.{method}.class_{target}.npy"))).unwrap()
    };
    for (method, key) in methods {
        assert_eq!(raw(method).shape(), &shape[1..]);
        assert_close(raw(method).values(), &golden[key].1, 1e-4);
    }
    let area = shape[2] * shape[3];
    let gradient = &golden["gradient"].1;
    let most = (0..area).map(|i| (0..3).fold(0.0, |most, c| f32::max(most, gradient[c * area + i].abs())));
    assert_eq!(raw("saliency").shape(), &shape[2..]);
    assert_close(raw("saliency").values(), &most.collect::<Vec<_>>(), 1e-4);

    npy(&folder.path().join("scores.npy"), &golden["scores"].0, &golden["scores"].1);
    let check = ["check", "--input", "x.npy", "--expect", "scores.npy", "--tolerance"];
    assert_eq!(code(&inscape(folder.path(), &[&check[..], &["1e-5"]].concat())), 0);
    let output = inscape(folder.path(), &[&check[..], &["0", "--json"]].concat());
    assert_eq!(code(&output), 1);
    assert_eq!(serde_json::from_str::<Value>(&out(&output)).unwrap()["within"], false);
}

#[test]
fn the_same_again_is_kept_and_other_settings_are_refused() {
    let (folder, cat) = folder_with_cat();
    let run = |more: &[&str]| inscape(folder.path(), &[&["attribute", cat.as_str()], more].concat());
    assert_eq!(code(&run(&[])), 0);
    let map = folder.path().join("inscape-out/cat.saliency.class_285.png");
    let made = map.metadata().unwrap().modified().unwrap();
    let again = run(&[]);
    assert_eq!(code(&again), 0);
    assert!(err(&again).contains("stays"), "{}", err(&again));
    assert_eq!(map.metadata().unwrap().modified().unwrap(), made);

    let other = run(&["--crops", "10"]);
    assert_eq!(code(&other), 1);
    assert!(err(&other).contains("--force"), "{}", err(&other));
    assert_eq!(map.metadata().unwrap().modified().unwrap(), made);

    let forced = run(&["--crops", "10", "--force"]);
    assert_eq!(code(&forced), 0, "{}", err(&forced));
    let record = json(folder.path().join("inscape-out/cat.saliency.class_285.json"));
    assert_eq!(record["settings"]["crops"], 10);
    let index = std::fs::read_to_string(folder.path().join("inscape-out/index.html")).unwrap();
    assert!(index.contains("cat.jpg") && index.contains("saliency, Egyptian cat"));
}

#[test]
fn a_tensor_is_explained_as_the_picture_it_was_made_from() {
    let (folder, cat) = folder_with_cat();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/squeezenet1_1.onnx");
    let read = inscape::Model::open(model).unwrap().read(folder.path().join(&cat)).unwrap();
    let (shape, values) = (read.tensor().shape(), read.tensor().values());
    npy(&folder.path().join("same.npy"), &shape[1..], values);
    npy(&folder.path().join("pale.npy"), shape, &values.iter().map(|x| 5.0 * x).collect::<Vec<_>>());
    let output = inscape(folder.path(), &["explain", &cat, "same.npy", "pale.npy", "--versus", "tabby"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let record = |stem: &str| json(folder.path().join(format!("inscape-out/{stem}.explain.json")));
    let page = |stem: &str| {
        std::fs::read_to_string(folder.path().join(format!("inscape-out/{stem}.explain.html"))).unwrap()
    };
    assert_eq!(record("same")["classes"], record("cat")["classes"]);
    assert_eq!(record("same")["input"]["height"], shape[2]);
    // Pixels survive the way into model space and back, so both pages draw the network's input by the same bytes.
    let drawn = |page: &str| {
        let (before, _) = page.split_once("\" alt=\"The network's input").unwrap();
        before.rsplit_once("src=\"").unwrap().1.to_owned()
    };
    assert!(drawn(&page("cat")).starts_with("data:image/png;base64,"));
    assert_eq!(drawn(&page("same")), drawn(&page("cat")));
    assert_ne!(drawn(&page("pale")), drawn(&page("cat")));
    assert!(
        page("same").contains("given to the network as they are") && !page("cat").contains("as they are")
    );
    assert_eq!(record("same")["warnings"], serde_json::json!([]));
    assert!(record("pale")["warnings"][0].as_str().unwrap().contains("outside what the card makes"));
}

#[test]
fn mistakes_are_named_with_what_is_nearest() {
    let (folder, cat) = folder_with_cat();
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["explain", "nowhere.jpg"], 1, &["nowhere.jpg"]),
        (&["explain", &cat, "--versus", "tabbby"], 2, &["tabby", "281"]),
        (&["attribute", &cat, "--target", "unit:/fire5/Concat_outputt:3"], 2, &["/fire5/Concat_output_0"]),
        (&["attribute", &cat, "--method", "salency"], 2, &["saliency"]),
        (&["attribute", &cat, "--target", "1000"], 2, &["1000"]),
        (&["classify", &cat, "--model", "missing.onnx"], 1, &["missing.onnx"]),
        (&["classify", &cat, "--set", "chanels=BGR"], 1, &["channels"]),
        (&["classify", &cat, "--size", "big"], 2, &["224,224"]),
        (&["explain", &cat, "--versus", "Egyptian cat"], 2, &["Egyptian cat", "is the class explained"]),
        (&["explain", &cat, "--target", "281", "--versus", "tabby"], 2, &["281", "tabby", "the same class"]),
        (&["explain", &cat, "--top", "0"], 2, &["--top", "from 1 on"]),
        (&["classify", &cat, "--top", "0"], 2, &["--top", "from 1 on"]),
        (&["clasify", &cat], 2, &["classify"]),
    ];
    for (arguments, expected, words) in cases {
        let output = inscape(folder.path(), arguments);
        assert_eq!(code(&output), *expected, "{arguments:?}: {}", err(&output));
        for word in *words {
            assert!(err(&output).contains(word), "{arguments:?} does not name {word}: {}", err(&output));
        }
        assert!(out(&output).is_empty());
        assert!(!folder.path().join("inscape-out").exists(), "{arguments:?} wrote something");
    }
}

#[test]
fn what_is_no_model_is_refused() {
    let (folder, cat) = folder_with_cat();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/squeezenet1_1.onnx");
    let whole = std::fs::read(model).unwrap();
    for (name, content) in
        [("empty.onnx", &b""[..]), ("text.onnx", b"not a model at all"), ("half.onnx", &whole[..2_000_000])]
    {
        std::fs::write(folder.path().join(name), content).unwrap();
        let output = inscape(folder.path(), &["classify", &cat, "--model", name]);
        assert_eq!(code(&output), 1, "{}", err(&output));
        assert!(err(&output).contains(name), "{}", err(&output));
    }
}

#[test]
fn one_broken_picture_does_not_stop_the_rest() {
    let (folder, cat) = folder_with_cat();
    let photos = folder.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    let content = std::fs::read(folder.path().join(cat)).unwrap();
    std::fs::write(photos.join("a cat.jpg"), &content).unwrap();
    std::fs::write(photos.join("broken.jpg"), &content[..content.len() / 3]).unwrap();
    std::fs::write(photos.join("phone.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    std::fs::write(photos.join("notes.txt"), b"no picture").unwrap();
    let output = inscape(folder.path(), &["classify", "photos", "--json"]);
    assert_eq!(code(&output), 1);
    let document: Value = serde_json::from_str(&out(&output)).unwrap();
    assert!(out(&output).starts_with("{\n  \"schema\": \"inscape.classify/1\""));
    assert_eq!(document["results"].as_array().unwrap().len(), 1);
    assert_eq!(document["results"][0]["classes"][0]["index"], 285);
    let failed: Vec<&str> =
        document["failed"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    assert_eq!(failed, ["broken.jpg", "phone.heic"]);
    let output = inscape(folder.path(), &["explain", "photos"]);
    assert_eq!(code(&output), 1);
    assert!(folder.path().join("inscape-out/a cat.explain.html").exists());
    let left: Vec<PathBuf> = std::fs::read_dir(folder.path().join("inscape-out"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(left.iter().all(|path| !path.to_string_lossy().contains("broken")), "{left:?}");
    let index = std::fs::read_to_string(folder.path().join("inscape-out/index.html")).unwrap();
    assert!(
        index.contains("failed on 2 pictures")
            && index.contains("broken.jpg")
            && index.contains("phone.heic")
    );
}

#[test]
fn every_document_is_json_and_begins_with_its_schema() {
    let (folder, cat) = folder_with_cat();
    let runs: &[(&str, &[&str])] = &[
        ("explain", &["explain", &cat, "--versus", "tabby", "--relation"]),
        ("attribute", &["attribute", &cat, "--target", "top5", "--method", "gradient"]),
        ("classify", &["classify", &cat]),
        ("inspect", &["inspect", "--probe", &cat]),
        ("bench", &["bench", "--runs", "1"]),
        ("licenses", &["licenses"]),
    ];
    for (kind, arguments) in runs {
        let output = inscape(folder.path(), &[arguments, &["--json"][..]].concat());
        assert_eq!(code(&output), 0, "{arguments:?}: {}", err(&output));
        let document: Value = serde_json::from_str(&out(&output)).unwrap();
        let first = document.as_object().unwrap().iter().next().unwrap();
        assert_eq!((first.0.as_str(), first.1.as_str()), ("schema", Some(&*format!("inscape.{kind}/1"))));
    }
    assert_eq!(json(folder.path().join("inscape-out/cat.explain.json"))["settings"]["versus"], 281);
}

#[test]
fn bench_says_where_the_time_goes() {
    let folder = tempfile::tempdir().unwrap();
    let bench = |more: &[&str]| {
        let output = inscape(folder.path(), &[&["bench", "--runs", "1"], more].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        out(&output)
    };
    let table = bench(&["--batch", "2"]);
    assert!(table.contains("input [2, 3, 227, 227]") && table.contains("GB/s from memory"), "{table}");
    let row = |name: &str| table.lines().find(|line| line.starts_with(name)).map(str::to_owned);
    assert!(row("Conv").unwrap().contains(" 26 ") && row("MaxPool").unwrap().contains('—'), "{table}");
    let nodes = bench(&["--nodes"]);
    assert_eq!(nodes.lines().filter(|line| line.starts_with("Conv ")).count(), 26, "{nodes}");
    let document: Value = serde_json::from_str(&bench(&["--json"])).unwrap();
    let conv = &document["rows"].as_array().unwrap()[0];
    assert_eq!((&conv["name"], &conv["nodes"]), (&"Conv".into(), &26.into()));
    // SqueezeNet 1.1 has 388 million multiply-adds for 227 × 227 places
    let count = conv["multiply_adds"].as_f64().unwrap();
    assert!((3.85e8..3.9e8).contains(&count), "{count}");
    assert!(document["peak"]["gflops"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_explanations_record_holds_the_numbers_of_its_page() {
    let (folder, cat) = folder_with_cat();
    let explain = |seed: &str| {
        let words = ["--target", "goldfish", "--versus", "tabby", "--relation", "--force", "--seed", seed];
        let output = inscape(folder.path(), &[&["explain", cat.as_str()], &words[..]].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        json(folder.path().join("inscape-out/cat.explain.json"))
    };
    let record = explain("5");
    let number = |value: &Value| value.as_f64().unwrap();
    assert_eq!((&record["class"]["index"], &record["class"]["name"]), (&1.into(), &"goldfish".into()));
    assert_eq!(record["class"]["score"], record["score"]);
    assert!(
        record["classes"].as_array().unwrap().iter().all(|class| class["index"] != 1),
        "it is not among the five"
    );
    let cosines = record["rules"]["cosines"].as_array().unwrap();
    for (i, row) in cosines.iter().enumerate() {
        assert!((number(&row[i]) - 1.0).abs() < 1e-9);
        assert!((0..3).all(|j| row[j] == cosines[j][i] && number(&row[j]).abs() <= 1.0));
    }
    let versus = &record["versus"];
    assert_eq!(versus["scores"][0], record["score"]);
    let apart = number(&versus["scores"][0]) - number(&versus["scores"][1]);
    assert!((number(&versus["difference"]) - apart).abs() < 1e-5);
    let order = &record["first_order"];
    assert!((number(&order["b"]) + number(&order["w_dot_input"]) - number(&order["score"])).abs() < 1e-9);
    assert!((number(&order["lines"][0]["slope"]) - number(&order["w_norm"])).abs() < 1e-9);

    let page = std::fs::read_to_string(folder.path().join("inscape-out/cat.explain.html")).unwrap();
    for words in [
        "Explained here: <b>goldfish</b>",
        "goldfish<small> explained here",
        "--seed 5",
        ">∂S/∂I, summed over the channels<",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let other = explain("6")["first_order"]["lines"].clone();
    assert_eq!(other[0]["slope"], order["lines"][0]["slope"]);
    assert_ne!(other[1]["slope"], order["lines"][1]["slope"], "the seed chooses the random direction");
}

#[test]
fn a_maps_record_and_card_tell_what_its_colors_mean() {
    let (folder, cat) = folder_with_cat();
    let output = inscape(folder.path(), &["attribute", &cat, "--method", "gradient", "--raw"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let range = json(folder.path().join("inscape-out/cat.gradient.class_285.json"))["range"].clone();
    let (map, overlay) = (&range["map"], &range["overlay"]);
    let raw = inscape::npy::read(folder.path().join("inscape-out/cat.gradient.class_285.npy")).unwrap();
    let area = raw.values().len() / 3;
    let sum = |i: usize| (0..3).map(|c| f64::from(raw.values()[c * area + i])).sum::<f64>().abs();
    let above = (0..area).filter(|&i| sum(i) > map["high"].as_f64().unwrap() * (1.0 + 1e-6)).count();
    assert!(
        (above as f64 / area as f64 - 0.005).abs() < 1e-3,
        "{above} of {area} lie above the end of the colors"
    );
    assert_eq!(map["low"].as_f64().unwrap(), -map["high"].as_f64().unwrap());
    assert_eq!(
        (&map["percentile"], &map["blur"], &range["summed_over_channels"]),
        (&99.5.into(), &0.0.into(), &true.into())
    );
    assert!(overlay["blur"].as_f64().unwrap() > 0.0);
    let index = std::fs::read_to_string(folder.path().join("inscape-out/index.html")).unwrap();
    assert!(index.contains("color bar from") && index.contains("summed over the channels"));
}

#[test]
fn older_explanations_are_cards_with_their_picture() {
    let (folder, cat) = folder_with_cat();
    let names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"];
    for name in names {
        std::fs::copy(folder.path().join(&cat), folder.path().join(name)).unwrap();
    }
    let output = inscape(folder.path(), &[&["explain"], &names[..]].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    let index = std::fs::read_to_string(folder.path().join("inscape-out/index.html")).unwrap();
    assert_eq!(index.matches("<article>").count(), 4);
    let (_, cards) = index.split_once("<ul class=\"cards\">").unwrap();
    assert_eq!(cards.matches("src=\"data:image/jpeg;base64,").count(), 2);
    let order: Vec<usize> =
        ["<b>b.jpg</b>", "<b>a.jpg</b>"].iter().map(|name| cards.find(name).unwrap()).collect();
    assert!(order.is_sorted(), "the newest comes first");
}

#[test]
fn a_card_is_drafted_but_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/squeezenet1_1.onnx");
    std::fs::copy(model, folder.path().join("net.onnx")).unwrap();
    let arguments = ["inspect", "net.onnx", "--write-card", "--size", "227,227"];
    let output = inscape(folder.path(), &arguments);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(std::fs::read_to_string(folder.path().join("net.toml")).unwrap().contains("size"));
    assert_eq!(code(&inscape(folder.path(), &arguments)), 1);
    let output = inscape(folder.path(), &["inspect", "net.onnx"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(!err(&output).contains("warning"), "{}", err(&output));
}

#[test]
fn licenses_and_completions_are_printed() {
    let folder = TempDir::new().unwrap();
    let licenses = out(&inscape(folder.path(), &["licenses"]));
    for word in ["SqueezeNet", "BSD-2-Clause", "Iandola", "chelsea.jpg", "CC0", "WordNet", "| maud |"] {
        assert!(licenses.contains(word), "{word}");
    }
    for terms in
        ["Permission is hereby granted", "Redistribution and use", "UNICODE LICENSE V3", "Apache License"]
    {
        assert!(licenses.contains(terms), "{terms}");
    }
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let rows = licenses.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let rows: Vec<(&str, &str)> =
        rows.map(|(name, rest)| (name, rest.split(" |").next().unwrap())).skip(1).collect();
    assert!(rows.len() > 80);
    for (name, version) in rows {
        let locked = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&locked), "{name} {version} is not locked: run references/third_party.py");
        let text = format!("- {name} {version}");
        let mut listed =
            licenses.lines().filter(|line| *line == text || line.starts_with(&format!("{text}: ")));
        assert!(listed.next().is_some(), "{name} {version} has no license text");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(out(&inscape(folder.path(), &["completions", shell])).contains("attribute"), "{shell}");
    }
    assert_eq!(code(&inscape(folder.path(), &["completions", "tea"])), 2);
}
