//! `inscape localize`, run as a user runs it.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::path::Path;
use std::process::{Command, Output};

use inscape::Image;
use serde_json::Value;
use tempfile::TempDir;

fn localize(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
    command.arg("localize").args(arguments).current_dir(folder).output().unwrap()
}

fn run(folder: &Path, arguments: &[&str], code: i32) -> [String; 2] {
    let output = localize(folder, arguments);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
    [out, err]
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A folder with the cat in it.
fn folder_with_cat() -> TempDir {
    let folder = TempDir::new().unwrap();
    let cat = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures/chelsea.jpg");
    std::fs::copy(cat, folder.path().join("cat.jpg")).unwrap();
    folder
}

fn picture(path: &Path, width: usize, height: usize, color: impl Fn(usize, usize) -> [u8; 3]) {
    let rgb = (0..height * width).flat_map(|at| color(at / width, at % width)).collect();
    let image = Image::from_rgb8(width, height, rgb).unwrap();
    inscape::Picture::from_image(&image).save(path).unwrap();
}

fn corners(record: &Value) -> [usize; 4] {
    let numbers: Vec<usize> =
        record["box"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    numbers.try_into().unwrap()
}

#[test]
fn a_class_gives_mask_box_and_all_that_made_them() {
    let folder = folder_with_cat();
    let [out, _] = run(folder.path(), &["cat.jpg", "--stages", "--raw"], 0);
    let results = folder.path().join("inscape-out");
    let base = "cat.localize.class_285";
    let endings = ["png", "mask.png", "stages.png", "map.png", "seeds.png", "probability.png", "npy"];
    for ending in endings.iter().chain(&["probability.npy", "json"]) {
        let path = results.join(format!("{base}.{ending}"));
        assert!(path.is_file(), "{ending}");
        assert!(out.contains(&format!("{base}.{ending}")), "{ending} is told");
    }
    let record = json(results.join(format!("{base}.json")));
    assert_eq!(record["schema"], "inscape.localization/1");
    assert_eq!(record["command"], "localize");
    assert_eq!(record["target"]["name"], "Egyptian cat");
    assert_eq!(record["class"]["index"], 285);
    assert!(record["class"]["probability"].as_f64().unwrap() > 0.2);
    assert_eq!(record["score"], record["class"]["score"]);
    assert_eq!(record["basis"], "cut");
    assert_eq!(record["segmented"]["reduced"], false);
    let energies: Vec<f64> =
        record["energies"].as_array().unwrap().iter().map(|e| e.as_f64().unwrap()).collect();
    assert!(!energies.is_empty() && energies.is_sorted_by(|a, b| a >= b));
    assert!(record["settings"]["gamma"].as_f64().unwrap() > 0.0);
    assert!(!record.to_string().contains(&folder.path().display().to_string()));

    // The box is that of the mask as it was written.
    let mask = Image::open(results.join(format!("{base}.mask.png"))).unwrap();
    assert_eq!((mask.width(), mask.height()), (451, 300));
    let inside: Vec<bool> = mask.rgb().as_chunks::<3>().0.iter().map(|pixel| pixel[0] == 255).collect();
    assert!(mask.rgb().iter().all(|level| [0, 255].contains(level)));
    let bounds = inscape::localization::Bounds::of(&inside, 451).unwrap();
    assert_eq!(bounds.corners(), corners(&record));
    let count = inside.iter().filter(|&&inside| inside).count();
    assert_eq!(record["mask"]["pixels"], count);
    let map = inscape::npy::read(results.join(format!("{base}.npy"))).unwrap();
    assert_eq!(map.shape(), [300, 451]);

    // The index links all of it.
    let page = std::fs::read_to_string(results.join("index.html")).unwrap();
    assert!(
        page.contains("cat.localize.class_285.mask.png")
            && page.contains(">mask<")
            && page.contains(">stages<")
    );

    // The same again stays, other settings are refused before anything is computed.
    let [_, said] = run(folder.path(), &["cat.jpg"], 0);
    assert!(said.contains("is there already and stays"), "{said}");
    let [_, said] = run(folder.path(), &["cat.jpg", "--option", "gamma=7"], 1);
    assert!(said.contains("gamma") && said.contains("--force"), "{said}");
    run(folder.path(), &["cat.jpg", "--option", "gamma=7", "--force"], 0);
    assert_eq!(json(results.join(format!("{base}.json")))["settings"]["gamma"], 7.0);
}

#[test]
fn a_result_is_the_same_for_any_number_of_threads() {
    let folder = folder_with_cat();
    for threads in ["1", "2"] {
        run(folder.path(), &["cat.jpg", "--target", "top5", "--threads", threads, "-o", threads], 0);
    }
    let mut count = 0;
    for entry in std::fs::read_dir(folder.path().join("1")).unwrap() {
        let name = entry.unwrap().file_name();
        if name.to_string_lossy() != "index.html" {
            let [one, two] =
                ["1", "2"].map(|threads| std::fs::read(folder.path().join(threads).join(&name)).unwrap());
            assert!(one == two, "{name:?}");
            count += 1;
        }
    }
    assert_eq!(count, 15);
}

#[test]
fn one_broken_picture_does_not_stop_the_rest() {
    let folder = folder_with_cat();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    std::fs::rename(folder.path().join("cat.jpg"), folder.path().join("photos/cat.jpg")).unwrap();
    std::fs::write(folder.path().join("photos/broken.jpg"), b"no picture").unwrap();
    let [out, said] = run(folder.path(), &["photos", "--preset", "simonyan", "--json"], 1);
    assert!(said.contains("broken.jpg"), "{said}");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["schema"], "inscape.localize/1");
    assert_eq!(document["failed"][0]["file"], "broken.jpg");
    assert_eq!(document["results"].as_array().unwrap().len(), 1);
    assert_eq!(document["results"][0]["settings"]["map_weight"], 0.0);
    assert!(folder.path().join("inscape-out/cat.localize.class_285.png").is_file());
}

#[test]
fn odd_pictures_have_an_answer() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    picture(&at("flat.png"), 60, 40, |_, _| [120, 130, 140]);
    picture(&at("dot.png"), 1, 1, |_, _| [200, 10, 10]);
    picture(&at("row.png"), 300, 1, |_, x| [x as u8, 0, 90]);
    picture(&at("column.png"), 1, 300, |y, _| [0, y as u8, 30]);
    for preset in ["default", "simonyan"] {
        let names = ["flat.png", "dot.png", "row.png", "column.png"];
        let arguments = [&names[..], &["--preset", preset, "--stages", "--json", "-o", preset]].concat();
        let [out, _] = run(folder.path(), &arguments, 0);
        let document: Value = serde_json::from_str(&out).unwrap();
        let results = document["results"].as_array().unwrap();
        assert_eq!(results.len(), 4);
        for record in results {
            let [xmin, ymin, xmax, ymax] = corners(record);
            let side = |key: &str| record["input"][key].as_u64().unwrap() as usize;
            assert!(xmin < xmax && xmax <= side("width") && ymin < ymax && ymax <= side("height"));
            assert!(record["basis"] == "cut" || !record["warnings"].as_array().unwrap().is_empty());
        }
    }
}

#[test]
fn a_large_photograph_is_cut_reduced() {
    let folder = TempDir::new().unwrap();
    let inside = |y: usize, x: usize| (600..1500).contains(&y) && (900..2000).contains(&x);
    picture(&folder.path().join("large.png"), 2600, 2000, |y, x| match inside(y, x) {
        true => [220, 40, (x / 9) as u8],
        false => [30, (y / 10) as u8, 90],
    });
    run(folder.path(), &["large.png", "--preset", "simonyan", "--option", "iterations=1"], 0);
    let results = folder.path().join("inscape-out");
    let file = std::fs::read_dir(&results).unwrap().map(|entry| entry.unwrap().path());
    let record = json(file.into_iter().find(|path| path.extension().is_some_and(|e| e == "json")).unwrap());
    assert_eq!(record["segmented"]["reduced"], true);
    let side = |key: &str| record["segmented"][key].as_u64().unwrap();
    assert!(side("height") * side("width") <= 4_000_000 && side("height") * side("width") > 3_900_000);
    let [mask, overlay] = ["mask.png", "png"].map(|ending| {
        let name = record["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap());
        let name = name
            .into_iter()
            .find(|name| name.ends_with(&format!(".class_{}.{ending}", record["target"]["index"])));
        Image::open(results.join(name.unwrap())).unwrap()
    });
    assert_eq!((mask.width(), mask.height()), (2600, 2000));
    assert_eq!(overlay.width(), 1024);
}

#[test]
fn what_is_outside_the_crop_is_unknown() {
    let folder = folder_with_cat();
    run(folder.path(), &["cat.jpg", "--set", "resize=crop", "--raw", "--target", "285"], 0);
    let record = json(folder.path().join("inscape-out/cat.localize.class_285.json"));
    let known: Vec<u64> =
        record["segmented"]["known"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    // The middle 227 of 259 rows, of a picture 451 wide.
    assert!(known[0] > 80 && known[2] < 370 && known[1] > 10 && known[3] < 290, "{known:?}");
    let map = inscape::npy::read(folder.path().join("inscape-out/cat.localize.class_285.npy")).unwrap();
    assert!(map.values()[..451].iter().all(|&value| value == 0.0));
}

#[test]
fn mistakes_are_refused_with_what_to_do() {
    let folder = folder_with_cat();
    for (arguments, expected) in [
        (&["cat.jpg", "--option", "gama=1"][..], "gamma"),
        (&["cat.jpg", "--option", "gamma=much"], "takes X"),
        (&["cat.jpg", "--option", "blur=2"], "0 to 0.5"),
        (&["cat.jpg", "--target", "no such class"], "no such class"),
        (&["cat.jpg", "--preset", "other"], "simonyan"),
        (&["cat.jpg", "--map", "magic"], "grad-cam"),
    ] {
        let [_, said] = run(folder.path(), arguments, 2);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert!(!folder.path().join("inscape-out").exists());
}

#[test]
fn other_maps_and_a_threshold_take_their_place() {
    let folder = folder_with_cat();
    for map in ["grad-cam", "guided-backprop", "gradient-times-input"] {
        let arguments = ["cat.jpg", "--map", map, "--option", "copies=1", "-o", map, "--option"];
        run(folder.path(), &[&arguments[..], &["segmentation=threshold"]].concat(), 0);
        let record = json(folder.path().join(map).join("cat.localize.class_285.json"));
        assert_eq!(record["basis"], "threshold");
        assert_eq!(record["settings"]["map"], map);
        assert_eq!(record["energies"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn an_array_is_drawn_and_localized() {
    let folder = TempDir::new().unwrap();
    let values = (0..3 * 227 * 227).map(|i| ((i * 7919) % 200) as f32 - 100.0).collect();
    let array = inscape_tensor::Tensor::new([3, 227, 227], values);
    inscape::npy::write(folder.path().join("x.npy"), &array).unwrap();
    run(folder.path(), &["x.npy", "--target", "285", "--option", "copies=0"], 0);
    let mask = Image::open(folder.path().join("inscape-out/x.localize.class_285.mask.png")).unwrap();
    assert_eq!((mask.width(), mask.height()), (227, 227));
}
