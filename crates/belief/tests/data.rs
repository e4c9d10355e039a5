//! Data sets: what is read, what is made, and what is refused.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use inscape::{Deviates, Error, ErrorKind, Image, Picture, Watch, npy};
use inscape_belief::examples::idx::{self, Numbers};
use inscape_belief::examples::infinite_mnist::{Deformation, Excerpt, InfiniteMnist};
use inscape_belief::examples::patches::Cutting;
use inscape_belief::examples::{Choice, IdxFolder, Patches, Pictures, contact_sheet, open};
use inscape_belief::{Examples, Values};
use inscape_tensor::Tensor;
use inscape_testkit::shared;
use proptest::prelude::*;

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn file(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    [&idx::header(shape)[..], bytes].concat()
}

fn floats(shape: &[u32], numbers: &[f32]) -> Vec<u8> {
    let mut file = idx::header(shape);
    file[2] = 0x0d;
    file.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    file
}

/// Says what it should, and is of the kind.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind, words: &[&str]) {
    let error = result.unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    for word in words {
        assert!(error.context.contains(word), "{error} does not say '{word}'");
    }
}

proptest! {
    #[test]
    fn an_array_is_read_as_it_was_written_packed_or_not(count in 0u32..5, rows in 1u32..6, columns in 1u32..6, seed in 0u64..99) {
        let mut deviates = Deviates::new(seed, 0);
        let bytes: Vec<u8> = (0..count * rows * columns).map(|_| deviates.below(256) as u8).collect();
        let file = file(&[count, rows, columns], &bytes);
        for content in [file.clone(), packed(&file)] {
            let array = idx::parse(&content).unwrap();
            prop_assert_eq!(&array.shape, &[count as usize, rows as usize, columns as usize]);
            prop_assert_eq!(&array.numbers, &Numbers::Bytes(bytes.clone()));
            for end in 0..content.len() {
                prop_assert!(idx::parse(&content[..end]).is_err(), "cut at {}", end);
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..64), kind in 0usize..3) {
        if kind > 0 && bytes.len() > 4 {
            bytes[..4].copy_from_slice(&[0, 0, 8, 3]);
        }
        let content = if kind == 2 { packed(&bytes) } else { bytes };
        if let Ok(array) = idx::parse(&content) {
            let _ = Pictures::new("any", array);
        }
    }
}

#[test]
fn a_damaged_file_is_refused_with_what_is_wrong() {
    let data = |content: &[u8], words: &[&str]| refused(idx::parse(content), ErrorKind::Data, words);
    data(b"", &["empty"]);
    data(&[0, 0, 8], &["ends inside its magic number"]);
    data(b"\x89PNG\r\n\x1a\n", &["0x89504e47", "not that of an IDX file"]);
    data(&[0, 0, 0x0c, 1, 0, 0, 0, 0], &["0x00000c01", "32-bit integers", "unsigned bytes (08)"]);
    data(&[0, 0, 8, 0], &["0x00000800", "0 axes"]);
    data(&[0, 0, 8, 3, 0, 0], &["ends inside its header"]);
    data(&file(&[2, 2, 2], &[0; 7]), &["2×2×2", "8 bytes", "there are 7", "truncated"]);
    data(&file(&[2, 2, 2], &[0; 9]), &["there are 9", "damaged"]);
    data(&packed(&file(&[2, 2, 2], &[0; 7])), &["there are 7", "truncated"]);
    data(&packed(&file(&[2, 2, 2], &[0; 9])), &["there are more", "damaged"]);
    let mut broken = packed(&file(&[4, 5, 5], &[7; 100]));
    let last = broken.len() - 6;
    broken[last] ^= 0x55;
    data(&broken, &["truncated or damaged"]);
    data(&file(&[u32::MAX; 8], &[]), &["more than the 16 GiB"]);
    // no more is allocated than the bytes that are there could be
    data(&file(&[60_000, 28, 28], &[0; 3]), &["47040000 bytes", "truncated"]);
}

#[test]
fn a_gzip_bomb_is_refused_before_it_unpacks() {
    let bomb = packed(&file(&[100_000, 1000, 1], &vec![0; 100_000_000]));
    assert!(bomb.len() < 200_000);
    refused(idx::parse(&bomb), ErrorKind::Data, &["100 times", "gunzip"]);
    // one whose header is modest is read no farther than that
    let sly = packed(&[file(&[10], &[0; 10]), vec![0; 100_000_000]].concat());
    refused(idx::parse(&sly), ErrorKind::Data, &["there are more"]);
}

#[test]
fn pictures_and_labels_are_told_apart_and_checked() {
    let of = |content: &[u8]| Pictures::new("some", idx::parse(content).unwrap());
    refused(
        of(&file(&[3], &[1, 2, 3])),
        ErrorKind::Data,
        &["0x00000803", "found an array of 3 unsigned bytes"],
    );
    refused(of(&file(&[0, 4, 4], &[])), ErrorKind::Data, &["0 pictures", "nothing to learn from"]);
    refused(of(&floats(&[2, 1, 2], &[0.0, 1.0, f32::NAN, 0.5])), ErrorKind::Data, &["picture 1", "NaN"]);
    let pictures = of(&file(&[2, 1, 2], &[0, 255, 51, 102])).unwrap();
    let labelled = |content: &[u8]| pictures.clone().labelled(idx::parse(content).unwrap());
    refused(labelled(&file(&[3], &[0; 3])), ErrorKind::Data, &["3 labels for 2 pictures"]);
    refused(labelled(&file(&[2, 1, 1], &[0; 2])), ErrorKind::Data, &["0x00000801", "2×1×1"]);
    let pictures = labelled(&file(&[2], &[4, 9])).unwrap();
    let mut numbers = [0.0; 2];
    pictures.read(1, &mut numbers);
    assert_eq!((numbers, pictures.label(1), pictures.label(2)), ([0.2, 0.4], Some(9), None));
    assert_eq!(pictures.values(), Values::Unit);
    assert_eq!(of(&floats(&[1, 1, 2], &[0.0, 1.0])).unwrap().values(), Values::Unit);
    assert_eq!(of(&floats(&[1, 1, 2], &[0.0, -1.0])).unwrap().values(), Values::Real);
}

/// A folder of small IDX files.
fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

#[test]
fn a_folder_is_read_by_its_names_and_refused_where_they_do_not_fit() {
    let (three, two) = (file(&[3, 2, 2], &[9; 12]), file(&[2, 2, 2], &[1; 8]));
    let train = ("train-images-idx3-ubyte", three.clone());
    let whole = folder(&[
        train.clone(),
        ("train-labels-idx1-ubyte.gz", packed(&file(&[3], &[0, 1, 2]))),
        ("t10k-images.idx3-ubyte.gz", packed(&two)),
        ("notes.txt", b"mine".to_vec()),
    ]);
    let found = IdxFolder::open(whole.path()).unwrap();
    assert_eq!((found.training.count(), found.training.label(2)), (3, Some(2)));
    let test = found.test.unwrap();
    assert_eq!((test.count(), test.label(0)), (2, None));
    assert!(!test.source().contains('/') && !test.source().is_empty());
    // the same file packed and not is one
    let both = folder(&[train.clone(), ("train-images-idx3-ubyte.gz", packed(&three))]);
    assert!(IdxFolder::open(both.path()).unwrap().test.is_none());

    let refuse = |files: &[(&str, Vec<u8>)], words: &[&str]| {
        refused(IdxFolder::open(folder(files).path()), ErrorKind::Data, words);
    };
    refuse(&[], &["no training pictures", "train-images-idx3-ubyte"]);
    refuse(&[train.clone(), ("train-images-2", two.clone())], &["both", "leave only one"]);
    refuse(
        &[train.clone(), ("train-labels-idx1-ubyte", file(&[2], &[0, 1]))],
        &["train-labels-idx1-ubyte", "2 labels for 3 pictures"],
    );
    refuse(&[("train-images-idx3-ubyte", file(&[3], &[0; 3]))], &["train-images-idx3-ubyte", "0x00000803"]);
    refuse(&[train, ("t10k-images-idx3-ubyte", file(&[1, 3, 2], &[0; 6]))], &["2×2", "3×2"]);
    refused(IdxFolder::open("no/such/folder"), ErrorKind::File, &["no/such/folder"]);
}

#[test]
fn the_first_seventy_thousand_digits_are_mnist_byte_for_byte() {
    let Some(path) = shared("data/mnist") else { return };
    let mnist = IdxFolder::open(path).unwrap();
    let digits = InfiniteMnist::new(&mnist, Deformation::default()).unwrap();
    let test = mnist.test.clone().unwrap();
    assert_eq!((digits.tests(), digits.originals()), (10_000, 70_000));
    for index in 0..70_000u64 {
        let (pictures, place) =
            if index < 10_000 { (&test, index) } else { (&mnist.training, index - 10_000) };
        assert!(digits.digit(index)[..] == *pictures.bytes(place as usize).unwrap(), "{index}");
        assert_eq!(digits.label(index), pictures.label(place as usize));
    }
    // what comes then keeps its class and is near its digit, but not the same
    let again = InfiniteMnist::new(&mnist, Deformation::default()).unwrap();
    let (mut same, mut apart) = (0, 0.0);
    for index in (70_000..2_510_000u64).step_by(997) {
        let origin = ((index - 10_000) % 60_000) as usize;
        assert_eq!(digits.label(index), mnist.training.label(origin));
        let digit = digits.digit(index);
        assert!(digit == again.digit(index), "{index}");
        let original = mnist.training.bytes(origin).unwrap();
        same += usize::from(digit[..] == *original);
        let ink = |bytes: &[u8]| bytes.iter().map(|&byte| f64::from(byte)).sum::<f64>();
        apart += (ink(&digit) / ink(original) - 1.0).abs();
    }
    assert_eq!(same, 0);
    let count = (70_000..2_510_000).step_by(997).count() as f64;
    assert!(apart / count < 0.1, "ink changes by {:.3} on average", apart / count);
}

#[test]
fn infinite_mnist_is_opened_by_its_name_and_read_without_memory() {
    refused(open("infinite-mnist:9", None).map(drop), ErrorKind::Setting, &["MNIST", "folder"]);
    let small = folder(&[("train-images-idx3-ubyte", file(&[2, 5, 5], &[0; 50]))]);
    refused(open("infinite-mnist:9", Some(small.path())).map(drop), ErrorKind::Data, &["28×28", "5×5"]);
    let Some(path) = shared("data/mnist") else { return };
    refused(open("infinite-mnist:many", Some(&path)).map(drop), ErrorKind::Setting, &["'many'"]);
    refused(open("infinite-mnist:0", Some(&path)).map(drop), ErrorKind::Setting, &["at least one"]);
    refused(open("infinite-mnist:5000000000", Some(&path)).map(drop), ErrorKind::Setting, &["4294967295"]);
    let found = open("infinite-mnist:2500000", Some(&path)).unwrap();
    assert_eq!((found.training.count(), found.training.size()), (2_500_000, [28, 28]));
    assert_eq!(found.training.source(), "infinite-mnist:2500000");
    assert_eq!(found.test.unwrap().count(), 10_000);
    let mnist = IdxFolder::open(&path).unwrap();
    let digits = Arc::new(InfiniteMnist::new(&mnist, Deformation::default()).unwrap());
    let excerpt = Excerpt::new(digits.clone(), 123_456, 10).unwrap();
    let mut numbers = [0.0; 784];
    excerpt.read(7, &mut numbers);
    let expected = digits.digit(123_463).map(|byte| f32::from(byte) / 255.0);
    assert_eq!(numbers, expected);
    found.training.read(113_463, &mut numbers);
    assert_eq!(numbers, expected);
    // pictures of the folder itself
    assert_eq!(open(path.to_str().unwrap(), None).unwrap().training.count(), 60_000);
}

/// A PNG file of structured noise.
fn photograph(folder: &Path, name: &str, height: usize, width: usize, seed: u64) -> PathBuf {
    let mut deviates = Deviates::new(seed, 0);
    let grey = (0..height * width).map(|i| (deviates.below(64) + 3 * (i % width) % 190) as u8);
    let rgb = grey.flat_map(|level| [level, level / 2, 255 - level]).collect();
    let path = folder.join(name);
    Picture::from_image(&Image::from_rgb8(width, height, rgb).unwrap()).save(&path).unwrap();
    path
}

fn values(patches: &Patches) -> Vec<f32> {
    let [rows, columns] = patches.size();
    let mut all = vec![0.0; patches.count() * rows * columns];
    all.chunks_exact_mut(rows * columns).enumerate().for_each(|(i, patch)| patches.read(i, patch));
    all
}

fn variance(values: &[f32]) -> f64 {
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
    values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / values.len() as f64
}

#[test]
fn whole_pictures_have_the_mean_variance_asked_for_and_borders_are_kept_out() {
    let folder = tempfile::TempDir::new().unwrap();
    let one = photograph(folder.path(), "one.png", 41, 67, 1);
    let whole = Cutting { size: [41, 67], count: 1, border: 0, ..Cutting::default() };
    let patch = whole.cut("p.npy", std::slice::from_ref(&one), &Watch::default()).unwrap();
    assert_eq!(patch.values(), Values::Real);
    let all = values(&patch);
    assert!((variance(&all) - 0.1).abs() < 1e-5, "{}", variance(&all));
    let mean = all.iter().sum::<f32>() / all.len() as f32;
    assert!(mean.abs() < 0.02, "{mean}");
    // with a border there is one place left, the inside
    let inside = Cutting { size: [33, 59], count: 3, border: 4, ..Cutting::default() };
    let inside = values(&inside.cut("p.npy", &[one], &Watch::default()).unwrap());
    for (i, value) in inside.iter().enumerate() {
        let (y, x) = (i % (33 * 59) / 59, i % 59);
        assert_eq!(*value, all[(y + 4) * 67 + x + 4]);
    }
}

#[test]
fn patches_are_drawn_by_seed_from_every_picture_and_keep_their_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let pictures: Vec<PathBuf> =
        (0..3).map(|i| photograph(folder.path(), &format!("{i}.png"), 40, 50, i)).collect();
    let cut = |seed, count| {
        let cutting = Cutting { count, seed, size: [5, 7], ..Cutting::default() };
        cutting.cut("p.npy", &pictures, &Watch::default()).unwrap()
    };
    let [some, more, other] = [cut(1, 50), cut(1, 80), cut(2, 50)].map(|patches| values(&patches));
    assert!(some == more[..some.len()] && some != other);
    assert_eq!(some, values(&cut(1, 50)));
    let path = folder.path().join("p.npy");
    let patches = cut(1, 50);
    std::fs::write(&path, patches.npy_bytes()).unwrap();
    assert_eq!(Patches::open(&path).unwrap(), patches);
    let opened = open(path.to_str().unwrap(), None).unwrap();
    assert_eq!((opened.training.size(), opened.training.source()), ([5, 7], "p.npy".to_owned()));
    assert!(opened.test.is_none() && opened.training.label(0).is_none());
    let sheet = contact_sheet(&patches, 20, Choice::Drawn(0)).unwrap();
    assert!(sheet.width() > 48 && sheet.height() > 48);
}

#[test]
fn pictures_and_files_that_give_no_patches_are_refused_by_name() {
    let folder = tempfile::TempDir::new().unwrap();
    let picture = |kind, words: &[&str], path: PathBuf, cutting: &Cutting| {
        refused(cutting.cut("p.npy", &[path], &Watch::default()), kind, words);
    };
    let cutting = Cutting { count: 10, ..Cutting::default() };
    let small = photograph(folder.path(), "small.png", 19, 300, 1);
    picture(ErrorKind::Picture, &["small.png", "19×300", "20×20"], small.clone(), &cutting);
    let grey = folder.path().join("grey.png");
    Picture::from_image(&Image::from_rgb8(30, 30, vec![200; 2700]).unwrap()).save(&grey).unwrap();
    picture(ErrorKind::Picture, &["grey.png", "no contrast"], grey, &cutting);
    picture(ErrorKind::File, &["none.png"], folder.path().join("none.png"), &cutting);
    for wrong in [
        Cutting { count: 0, ..cutting.clone() },
        Cutting { count: usize::MAX, ..cutting.clone() },
        Cutting { size: [0, 12], ..cutting.clone() },
        Cutting { cutoff: f64::NAN, ..cutting.clone() },
        Cutting { variance: -1.0, ..cutting.clone() },
    ] {
        picture(ErrorKind::Setting, &[], small.clone(), &wrong);
    }
    let huge = Cutting { border: usize::MAX, ..cutting };
    picture(ErrorKind::Picture, &["small.png"], small, &huge);

    let file = |name: &str, tensor: Tensor| {
        let path = folder.path().join(name);
        npy::write(&path, &tensor).unwrap();
        Patches::open(path)
    };
    refused(file("flat.npy", Tensor::new([4, 4], vec![0.0; 16])), ErrorKind::Data, &["flat.npy", "[4, 4]"]);
    refused(file("none.npy", Tensor::new([0, 4, 4], vec![])), ErrorKind::Data, &["0 patches"]);
    let nan = Tensor::new([2, 1, 2], vec![0.0, 1.0, f32::NAN, 0.0]);
    refused(file("nan.npy", nan), ErrorKind::Data, &["nan.npy", "patch 1", "NaN"]);
    let cut_short = folder.path().join("short.npy");
    let whole = npy::bytes(&Tensor::new([2, 1, 2], vec![0.0; 4]));
    std::fs::write(&cut_short, &whole[..whole.len() - 3]).unwrap();
    refused(Patches::open(&cut_short), ErrorKind::Data, &["short.npy", "does not fit"]);
    refused(open("no-such-thing", None).map(drop), ErrorKind::File, &["no-such-thing", "infinite-mnist:N"]);
}

#[test]
fn halving_leaves_no_trace_of_jpeg_blocks() {
    let Some(path) = shared("data/natural-scenes") else { return };
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for picture in &names[..6] {
        let image = Image::open(picture).unwrap();
        let size = [image.height() / 2, image.width() / 2];
        let whole = Cutting { size, count: 1, border: 0, ..Cutting::default() };
        let all = values(&whole.cut("p.npy", std::slice::from_ref(picture), &Watch::default()).unwrap());
        // blocks of the file are four pixels wide after halving: steps between columns by their place modulo four
        let mut steps = [(0.0, 0.0); 4];
        for row in all.chunks_exact(size[1]) {
            for x in 4..size[1] - 4 {
                steps[x % 4].0 += f64::from((row[x] - row[x - 1]).abs());
                steps[x % 4].1 += 1.0;
            }
        }
        let means = steps.map(|(sum, count)| sum / count);
        let ratio = 3.0 * means[0] / (means[1] + means[2] + means[3]);
        assert!((ratio - 1.0).abs() < 0.1, "{}: {ratio:.3}", picture.display());
    }
}
