//! Pictures of every kind are read as Pillow reads them, or refused in words. The files come from
//! references/pillow_pictures.py: red, green above blue, white.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use inscape::{ErrorKind, Image, Picture};
use proptest::prelude::proptest;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255; 3];

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "data", name].iter().collect()
}

fn assert_corners(image: &Image, colors: [[u8; 3]; 4]) {
    let (right, bottom) = (image.width() - 3, image.height() - 3);
    for ((y, x), color) in [(2, 2), (2, right), (bottom, 2), (bottom, right)].into_iter().zip(colors) {
        let pixel = &image.rgb()[(y * image.width() + x) * 3..][..3];
        let apart = pixel.iter().zip(color).map(|(&a, b)| a.abs_diff(b)).max().unwrap();
        assert!(apart <= 4, "{:?}: {pixel:?} at {y},{x} should be {color:?}", image.name());
    }
}

#[test]
fn every_orientation_is_turned_upright() {
    // What Pillow's ImageOps.exif_transpose shows.
    let turned = [
        [RED, GREEN, BLUE, WHITE],
        [GREEN, RED, WHITE, BLUE],
        [WHITE, BLUE, GREEN, RED],
        [BLUE, WHITE, RED, GREEN],
        [RED, BLUE, GREEN, WHITE],
        [BLUE, RED, WHITE, GREEN],
        [WHITE, GREEN, BLUE, RED],
        [GREEN, WHITE, RED, BLUE],
    ];
    for (i, colors) in turned.into_iter().enumerate() {
        let image = Image::open(file(&format!("orientation_{}.jpg", i + 1))).unwrap();
        let upright = if i < 4 { (24, 16) } else { (16, 24) };
        assert_eq!((image.width(), image.height()), upright);
        assert_corners(&image, colors);
        assert_eq!(image.notes().len(), usize::from(i > 0));
    }
}

#[test]
fn every_kind_shows_the_same_picture() {
    for name in ["corners.bmp", "corners.gif", "corners.webp", "progressive.jpg", "cmyk.jpg"] {
        let image = Image::open(file(name)).unwrap();
        assert_eq!((image.width(), image.height(), image.name()), (24, 16, Some(name)));
        assert_corners(&image, [RED, GREEN, BLUE, WHITE]);
    }
    assert!(Image::open(file("cmyk.jpg")).unwrap().notes()[0].contains("CMYK"));
    assert_corners(&Image::open(file("grey.jpg")).unwrap(), [[76; 3], [150; 3], [29; 3], WHITE]);
}

#[test]
fn jpegs_decode_to_libjpegs_bytes() {
    for line in std::fs::read_to_string(file("pillow_jpeg.txt")).unwrap().lines() {
        let (name, sum) = line.split_once(' ').unwrap();
        let image = Image::open(file(name)).unwrap();
        let pixels = Image::from_rgb8(image.width(), image.height(), image.rgb().to_vec()).unwrap();
        assert_eq!(pixels.sha256(), sum, "{name}");
    }
}

#[test]
fn transparency_and_sixteen_bits_are_reduced_and_said() {
    let png = |color, depth, data: &[u8]| {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 1, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        file
    };
    let half = Image::decode(&png(png::ColorType::Rgba, png::BitDepth::Eight, &[255, 0, 0, 51])).unwrap();
    assert_eq!(half.rgb(), [255, 204, 204]);
    assert!(half.notes()[0].contains("white"));
    let deep =
        Image::decode(&png(png::ColorType::Rgb, png::BitDepth::Sixteen, &[255, 255, 128, 0, 0, 0])).unwrap();
    assert_eq!(deep.rgb(), [255, 128, 0]);
    assert!(deep.notes()[0].contains("16 bits"));
}

#[test]
fn a_saved_picture_reads_back_the_same() {
    let rgb: Vec<u8> = (0..5 * 3 * 3).map(|i| (i * 41) as u8).collect();
    let image = Image::from_rgb8(5, 3, rgb.clone()).unwrap();
    let path = std::env::temp_dir().join(format!("inscape-saved-{}.png", std::process::id()));
    Picture::from_image(&image).save(&path).unwrap();
    let again = Image::open(&path).unwrap();
    assert_eq!(again.rgb(), rgb);
    assert_eq!(again.sha256().len(), 64);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn truncated_files_are_told_from_whole_ones() {
    for name in ["corners.bmp", "corners.webp", "orientation_1.jpg", "progressive.jpg"] {
        let whole = std::fs::read(file(name)).unwrap();
        for keep in [whole.len() / 3, whole.len() / 2, whole.len() - 8] {
            let error = Image::decode(&whole[..keep]);
            assert!(error.is_err(), "{name} cut to {keep} of {} bytes is read", whole.len());
        }
    }
}

#[test]
fn a_large_picture_of_one_color_is_read_however_small_its_file() {
    let (width, height) = (8000, 6000);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![255; (width * height * 3) as usize]).unwrap();
    writer.finish().unwrap();
    assert!(file.len() < 300_000, "{}", file.len());
    let image = Image::decode(&file).unwrap();
    assert_eq!((image.width(), image.rgb()[0]), (8000, 255));
}

#[test]
fn files_that_lie_about_their_size_cost_nothing() {
    let start = Instant::now();
    let lies = |name: &str, at: usize, with: &[u8]| {
        let mut content = std::fs::read(file(name)).unwrap();
        content[at..at + with.len()].copy_from_slice(with);
        let error = Image::decode(&content).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Picture, "{name}");
        error.context
    };
    lies("corners.bmp", 18, &[0xFF, 0xFF, 0xFF, 0x7F]);
    lies("corners.bmp", 18, &9000u32.to_le_bytes());
    lies("corners.gif", 6, &[0xFF, 0xFF, 0xFF, 0xFF]);
    let jpeg = std::fs::read(file("progressive.jpg")).unwrap();
    let frame = jpeg.windows(2).position(|mark| mark == [0xFF, 0xC2]).unwrap();
    lies("progressive.jpg", frame + 5, &[0xFF; 4]);
    lies("progressive.jpg", frame + 5, &[0x20, 0, 0x20, 0]);
    let narrow = lies("progressive.jpg", frame + 5, &[0xFE, 0x18, 0, 0xF0]);
    assert!(narrow.contains("240×65048 pixels, which its"), "{narrow}");
    let tiny = Picture::from_image(&Image::from_rgb8(1, 1, vec![0; 3]).unwrap()).png_bytes();
    for side in [9_000u32, 1 << 30] {
        let mut png = tiny.clone();
        png[16..24].copy_from_slice(&[side.to_be_bytes(), side.to_be_bytes()].concat());
        assert!(Image::decode(&png).is_err());
    }
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn other_kinds_are_refused_by_name() {
    for (content, name) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"%PDF-1.4", "PDF"),
        (b"<svg xmlns", "SVG"),
        (b"", "empty"),
        (b"hello", "JPEG, PNG"),
    ] {
        let error = Image::decode(content).unwrap_err();
        assert!(error.context.contains(name), "{error}");
    }
    assert!(Image::from_rgb8(2, 2, vec![0; 11]).is_err());
    assert!(Image::from_rgb8(0, 2, vec![]).is_err());
    assert!(Image::from_rgb8(usize::MAX, 2, vec![]).is_err());
}

proptest! {
    #[test]
    fn damaged_files_never_panic(at in 0usize..1300, byte: u8, which in 0usize..4) {
        let name = ["corners.bmp", "corners.gif", "corners.webp", "orientation_6.jpg"][which];
        let mut content = std::fs::read(file(name)).unwrap();
        let at = at % content.len();
        content[at] = byte;
        let _ = Image::decode(&content);
    }
}
