//! Pictures become tensors exactly as Pillow and PyTorch's reference code make them.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use inscape::{Card, Image, Preprocessing, TenCrops};
use inscape_engine::{Dimension, InputType};
use inscape_tensor::Element;
use inscape_testkit::{assert_close, noise, npz, shared};

fn input(height: usize, width: usize) -> InputType {
    let sizes = [3, height, width].map(Dimension::Fixed);
    let shape = std::iter::once(Dimension::Symbolic("batch".to_owned())).chain(sizes).collect();
    InputType { element: Element::F32, shape: Some(shape) }
}

#[test]
fn goldens_are_reproduced() {
    for model in ["squeezenet1_1", "efficientnet-lite0"] {
        for picture in ["ILSVRC2012_val_00002514", "ILSVRC2012_val_00005946"] {
            let file = format!("data/ilsvrc-val-sample/Data/CLS-LOC/val/{picture}.JPEG");
            let Some(file) = shared(&file) else { return };
            let Some(card) = shared(&format!("models/{model}.toml")) else { return };
            let Some(golden) = shared(&format!("goldens/{model}-{picture}.npz")) else { return };
            let (shape, expected) = &npz(golden)["input"];
            let card = Card::open(card).unwrap();
            let settings = Preprocessing::new(&card, &input(shape[2], shape[3])).unwrap();
            let prepared = settings.prepare(&Image::open(file).unwrap());
            assert_eq!(prepared.tensor.shape(), &shape[..]);
            // Exactly: the pictures are decoded and resized to the same bytes, and the formula rounds once.
            assert_close(prepared.tensor.values(), expected, 1e-6);
        }
    }
}

/// The picture that references/pillow_pictures.py resizes.
fn pattern(height: usize, width: usize) -> Image {
    let level = |i: usize| {
        let (y, x, c) = (i / 3 / width, i / 3 % width, i % 3);
        ((y * 37 + x * 59 + c * 101 + x * y * 13) % 256) as u8
    };
    Image::from_rgb8(width, height, (0..height * width * 3).map(level).collect()).unwrap()
}

fn settings(card: &str, height: usize, width: usize) -> Preprocessing {
    Preprocessing::new(&Card::parse(card).unwrap(), &input(height, width)).unwrap()
}

#[test]
fn resizing_is_pillows_to_the_last_bit() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pillow_resize.txt");
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let (filter, numbers) = line.split_once(' ').unwrap();
        let numbers: Vec<usize> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
        let [height, width, rows, columns] = *numbers.first_chunk().unwrap();
        let settings = settings(&format!("preset = 'none'\ninterpolation = '{filter}'"), rows, columns);
        let tensor = settings.prepare(&pattern(height, width)).tensor;
        for (i, &expected) in numbers[4..].iter().enumerate() {
            let found = tensor.values()[i % 3 * rows * columns + i / 3];
            assert_eq!(found, expected as f32, "{filter} {height}×{width} to {rows}×{columns}, number {i}");
        }
    }
}

#[test]
fn a_crop_is_the_center_of_the_resized_picture() {
    // 40×60 with the shorter side at 32 is 32×48; its central 28×28 begins at row 2, column 10.
    let image = pattern(40, 60);
    let cropped = settings("preset = 'none'\nresize = 'crop'\nresize_to = 32", 28, 28).prepare(&image);
    let whole = settings("preset = 'none'", 32, 48).prepare(&image).tensor;
    for (i, &value) in cropped.tensor.values().iter().enumerate() {
        let (channel, y, x) = (i / 784, i / 28 % 28, i % 28);
        assert_eq!(value, whole.values()[(channel * 32 + y + 2) * 48 + x + 10]);
    }
    assert_eq!(cropped.window.affine(28, 28), [[1.25, 2.5], [1.25, 12.5]]);
    assert_eq!(cropped.window.to_map(20.0, 30.0, 28, 28), [14.0, 14.0]);
}

#[test]
fn padding_keeps_the_whole_picture() {
    let image = Image::from_rgb8(4, 2, vec![200; 24]).unwrap();
    let padded = settings("preset = 'none'\nresize = 'pad'\npad_color = [7, 8, 9]", 4, 4).prepare(&image);
    assert_eq!(padded.tensor.values()[..16], [[7.0; 4], [200.0; 4], [200.0; 4], [7.0; 4]].concat()[..]);
    assert_eq!(padded.tensor.values()[32], 9.0);
    assert_eq!((padded.window.top, padded.window.left), (-1.0, 0.0));
}

#[test]
fn the_network_sees_what_it_was_given() {
    let image = pattern(8, 8);
    for card in ["", "preset = 'keras-caffe'", "preset = 'keras-tf'", "scale = 1\nmean = 127\nstd = 128"] {
        let settings = settings(&format!("{card}\nresize = 'stretch'"), 8, 8);
        let seen = settings.picture(&settings.prepare(&image).tensor).unwrap();
        assert_eq!(seen.rgb(), image.rgb(), "{card}");
    }
}

#[test]
fn strips_and_single_pixels_are_fitted() {
    for resize in ["stretch", "crop", "pad"] {
        let settings = settings(&format!("resize = '{resize}'"), 16, 24);
        for (height, width) in [(1, 1), (1, 5000), (5000, 1), (3, 2)] {
            let tensor = settings.prepare(&pattern(height, width)).tensor;
            assert!(tensor.values().iter().all(|value| value.is_finite()), "{resize} {height}×{width}");
        }
    }
}

#[test]
fn grey_networks_take_luma() {
    let sizes = [1, 1, 1, 1].map(Dimension::Fixed).to_vec();
    let grey = InputType { element: Element::F32, shape: Some(sizes) };
    let settings = Preprocessing::new(&Card::parse("preset = 'none'").unwrap(), &grey).unwrap();
    // Pillow: (255·19595 + 100·38470 + 50·7471 + 32768) >> 16.
    let image = Image::from_rgb8(1, 1, vec![255, 100, 50]).unwrap();
    assert_eq!(settings.prepare(&image).tensor.values(), [141.0]);
}

#[test]
fn channels_last_is_transposed_at_the_edge() {
    let sizes = [1, 2, 3, 3].map(Dimension::Fixed).to_vec();
    let last = InputType { element: Element::F32, shape: Some(sizes) };
    let settings = Preprocessing::new(&Card::parse("layout = 'NHWC'").unwrap(), &last).unwrap();
    let tensor = settings.prepare(&pattern(2, 3)).tensor;
    let given = settings.to_graph(tensor.clone());
    assert_eq!((tensor.shape(), given.shape()), (&[1, 3, 2, 3][..], &[1, 2, 3, 3][..]));
    assert_eq!(given.values()[4], tensor.values()[7]);
    assert_eq!(settings.from_graph(given), tensor);
}

#[test]
fn ten_crops_paste_back_what_they_were_cut_from() {
    let settings = settings("preset = 'none'", 14, 14);
    for (height, width) in [(16, 16), (20, 22), (9, 30)] {
        let crops = TenCrops::new(&settings, &pattern(height, width));
        let [rows, columns] = crops.size();
        assert_eq!(rows.min(columns), 16);
        // A map cut from one whole map must come back as it was, wherever a crop covers it.
        let whole = noise(7, rows * columns);
        let mut covered = vec![false; whole.len()];
        let maps: Vec<Vec<f32>> = crops
            .crops()
            .iter()
            .map(|crop| {
                let cell = |i: usize| {
                    let x = if crop.mirrored { 13 - i % 14 } else { i % 14 };
                    (crop.top + i / 14) * columns + crop.left + x
                };
                (0..196).for_each(|i| covered[cell(i)] = true);
                (0..196).map(|i| whole[cell(i)]).collect()
            })
            .collect();
        let pasted = crops.paste(&maps).unwrap();
        for (i, &value) in pasted.values().iter().enumerate() {
            let expected = if covered[i] { whole[i] } else { 0.0 };
            assert!((value - expected).abs() < 1e-6);
        }
        let (plain, mirrored) = (crops.tensor(crops.crops()[0]), crops.tensor(crops.crops()[5]));
        assert_eq!(plain.values()[0], mirrored.values()[13]);
        assert!(crops.paste(&maps[1..]).is_err());
    }
}
