//! Atlases of the bundled network on the bundled pictures, made as a user makes them.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use inscape::atlas::Edges;
use inscape::{Image, Model, Watch};
use serde_json::Value;
use tempfile::TempDir;

const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
const TWO_ROWS: [&str; 6] = ["--layers", "fire2/Relu,fire5/Relu_2", "--top", "2", "--tile", "16"];

fn atlas(folder: &Path, images: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inscape"))
        .args(["atlas", "--images"])
        .arg(images)
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn done(folder: &Path, images: &Path, more: &[&str]) -> String {
    let output = atlas(folder, images, more);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

/// Every file of the atlas by its path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let root = folder.join("inscape-out/squeezenet1_1.atlas");
    let mut all = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

fn json(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(&files[name]).unwrap()
}

fn pictures() -> std::path::PathBuf {
    Path::new(ASSETS).join("pictures")
}

#[test]
fn units_are_what_the_activations_say() {
    let folder = TempDir::new().unwrap();
    done(folder.path(), &pictures(), &TWO_ROWS);
    let index = std::fs::read_to_string(folder.path().join("inscape-out/index.html")).unwrap();
    assert!(index.contains("squeezenet1_1.atlas/index.html") && index.contains("144 units"));
    let files = files(folder.path());
    let model = Model::open(Path::new(ASSETS).join("squeezenet1_1.onnx")).unwrap();
    let names = ["astronaut.jpg", "chelsea.jpg", "coffee.jpg", "rocket.jpg"];
    for row in json(&files, "atlas.json")["rows"].as_array().unwrap() {
        let value = model.graph().find(row["value"].as_str().unwrap()).unwrap();
        let maps = names.map(|name| {
            let input = model.read(pictures().join(name)).unwrap();
            model.activation(input.tensor(), value).unwrap()
        });
        let (units, columns) = (maps[0].shape()[1], maps[0].shape()[3]);
        let found = json(&files, &format!("{}/units.json", row["folder"].as_str().unwrap()));
        assert_eq!(
            (found["units"].as_array().unwrap().len(), units),
            (units, row["units"].as_u64().unwrap() as usize)
        );
        for unit in 0..units {
            let found = &found["units"][unit];
            let area = maps[0].values().len() / units;
            let of = |picture: usize| &maps[picture].values()[unit * area..][..area];
            let mut peaks: Vec<(f32, usize)> =
                (0..4).map(|p| (of(p).iter().copied().fold(f32::MIN, f32::max), p)).collect();
            peaks.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (peak, top) in peaks.iter().take(2).zip(found["top"].as_array().unwrap()) {
                let (y, x) = (top["position"][0].as_u64().unwrap(), top["position"][1].as_u64().unwrap());
                assert_eq!(
                    (top["picture"].as_str(), of(peak.1)[y as usize * columns + x as usize]),
                    (Some(names[peak.1]), peak.0)
                );
            }
            let all = (0..4).flat_map(of);
            let mean = all.clone().map(|&a| f64::from(a)).sum::<f64>() / (4 * area) as f64;
            assert!((found["mean"].as_f64().unwrap() - mean).abs() <= 1e-9 * mean.abs());
            let silent = all.filter(|a| **a <= 0.0).count() as f64 / (4 * area) as f64;
            assert!((found["silent"].as_f64().unwrap() - silent).abs() < 1e-12);
            let sprite =
                &files[&format!("{}/{}", row["folder"].as_str().unwrap(), found["sprite"].as_str().unwrap())];
            let sprite = Image::decode(sprite).unwrap();
            assert_eq!([sprite.height(), sprite.width()], [3 * 18 - 2, 2 * 18 - 2]);
        }
    }
}

#[test]
fn threads_change_nothing_and_stopped_work_goes_on() {
    let (one, three) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    done(one.path(), &pictures(), &[&TWO_ROWS[..], &["--threads", "1"]].concat());
    done(three.path(), &pictures(), &[&TWO_ROWS[..], &["--threads", "3"]].concat());
    let whole = files(one.path());
    assert!(whole == files(three.path()));
    // a row that was not finished is made again, the other stays
    let units = "001__fire5_Relu_2_output_0/units.json";
    std::fs::remove_file(one.path().join("inscape-out/squeezenet1_1.atlas").join(units)).unwrap();
    let said = done(one.path(), &pictures(), &TWO_ROWS);
    assert!(!said.contains("looking") && !said.contains("stays"), "{said}");
    assert!(whole == files(one.path()));
    assert!(done(one.path(), &pictures(), &TWO_ROWS).contains("stays"));
}

#[test]
fn other_settings_are_refused_until_forced() {
    let folder = TempDir::new().unwrap();
    let small = ["--layers", "fire2/Relu", "--top", "2", "--no-pictures"];
    done(folder.path(), &pictures(), &small);
    let before = files(folder.path());
    assert!(before.keys().all(|name| !name.ends_with(".jpg")));
    let other = ["--layers", "fire2/Relu", "--top", "3", "--no-pictures"];
    let refused = atlas(folder.path(), &pictures(), &other);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"));
    assert!(before == files(folder.path()));
    done(folder.path(), &pictures(), &[&other[..], &["--force"]].concat());
    let row = json(&files(folder.path()), "000__fire2_Relu_output_0/units.json");
    assert_eq!(row["units"][0]["top"].as_array().unwrap().len(), 3);
}

#[test]
fn what_cannot_be_is_said() {
    let folder = TempDir::new().unwrap();
    let images = folder.path().join("images");
    std::fs::create_dir(&images).unwrap();
    std::fs::write(images.join("broken.jpg"), b"no picture").unwrap();
    let all_broken = atlas(folder.path(), &images, &["--layers", "fire2/Relu"]);
    assert_eq!(all_broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&all_broken.stderr).contains("none of the 1 pictures"));
    std::fs::copy(pictures().join("coffee.jpg"), images.join("coffee.jpg")).unwrap();
    let some = atlas(folder.path(), &images, &["--layers", "fire2/Relu", "--tile", "8"]);
    assert_eq!(some.status.code(), Some(1));
    let record = json(&files(folder.path()), "atlas.json");
    assert_eq!(record["failed"][0]["file"], "broken.jpg");
    let row = json(&files(folder.path()), "000__fire2_Relu_output_0/units.json");
    assert_eq!(row["units"][3]["top"][0]["picture"], "coffee.jpg");
    for (more, code, word) in [
        (&["--layers", "fire2/Relux"][..], 2, "fire2/Relu"),
        (&["--evidence", "taste"], 2, "deconv"),
        (&["--tile", "4"], 2, "8..=512"),
    ] {
        let refused = atlas(folder.path(), &images, more);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(code), "{said}");
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn edges_are_sums_of_kernels_through_concatenations() {
    let model = Model::open(Path::new(ASSETS).join("squeezenet1_1.onnx")).unwrap();
    let names = ["fire2/Relu", "fire2/Relu_1", "fire2/Relu_2", "fire3/Relu"].map(str::to_owned);
    let rows = model.atlas_rows(&names).unwrap();
    let edges = Edges::of(&model.explorer(rows.clone()).unwrap(), 1000, 2, &Watch::default()).unwrap();
    assert!(edges.inputs[0].iter().all(Vec::is_empty), "nothing lies below the first row");
    // the sums of a row's kernels, (units, inputs)
    let kernels = |row: usize| {
        let graph = model.graph();
        let relu = graph.node(graph.producer(graph.find(&rows[row].value).unwrap()).unwrap());
        let conv = graph.node(graph.producer(relu.inputs[0].unwrap()).unwrap());
        let weights = graph.constant(conv.inputs[1].unwrap()).unwrap();
        let area: usize = weights.shape()[2..].iter().product();
        let sums: Vec<f32> = weights.f32s().unwrap().chunks(area).map(|kernel| kernel.iter().sum()).collect();
        (sums, weights.shape()[1])
    };
    for (row, from) in [(1, vec![0]), (2, vec![0]), (3, vec![1, 2])] {
        let (sums, inputs) = kernels(row);
        for (unit, found) in edges.inputs[row].iter().enumerate() {
            assert_eq!(found.len(), inputs);
            assert!(found.is_sorted_by(|a, b| a.weight.abs() >= b.weight.abs()));
            for edge in found {
                let before: usize =
                    from.iter().take_while(|&&row| row != edge.row).map(|&row| rows[row].units).sum();
                let sum = sums[unit * inputs + before + edge.unit];
                assert!((edge.weight - sum).abs() < 1e-5, "{edge:?} {sum}");
                assert!(
                    edges.outputs[edge.row][edge.unit]
                        .iter()
                        .any(|out| (out.row, out.unit, out.weight) == (row, unit, edge.weight))
                );
            }
        }
    }
}
