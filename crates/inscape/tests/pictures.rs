//! Colors carry magnitude in lightness, ranges are robust, and overlays lie where their window says.

use inscape::{ColorMap, Image, Picture, Scale, Window};

/// Relative luminance of an sRGB color, as a grey print keeps it.
fn luminance(color: [u8; 3]) -> f64 {
    let [red, green, blue] = color.map(|level| {
        let level = f64::from(level) / 255.0;
        if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// CIE lightness, 0..100.
fn lightness(color: [u8; 3]) -> f64 {
    116.0 * luminance(color).cbrt() - 16.0
}

#[test]
fn lightness_rises_with_the_value() {
    let steps: Vec<f64> =
        (0..=32).map(|i| lightness(ColorMap::Sequential.color(f64::from(i) / 32.0))).collect();
    assert!(steps.windows(2).all(|pair| pair[1] > pair[0]));
    assert!(steps[32] - steps[0] > 85.0);
}

#[test]
fn lightness_falls_with_the_magnitude_on_both_sides() {
    for sign in [-1.0, 1.0] {
        let steps: Vec<f64> =
            (0..=32).map(|i| lightness(ColorMap::Diverging.color(sign * f64::from(i) / 32.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[1] < pair[0]), "{steps:?}");
    }
    for i in 0..=32 {
        let position = f64::from(i) / 32.0;
        let (warm, cold) = (ColorMap::Diverging.color(position), ColorMap::Diverging.color(-position));
        assert!((lightness(warm) - lightness(cold)).abs() < 8.0);
        assert!(i < 4 || (warm[0] > warm[2] && cold[2] > cold[0]), "positive is warm, negative blue");
    }
    let [red, green, blue] = ColorMap::Diverging.color(0.0);
    assert!(red > 235 && red.abs_diff(green) < 3 && green.abs_diff(blue) < 3, "zero is neutral");
}

#[test]
fn a_range_ignores_a_few_extremes_and_says_so() {
    let mut values: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
    values[3] = 1e6;
    let picture = Picture::from_map(&values, 10, 100, Scale::unsigned()).unwrap();
    let range = picture.range().unwrap();
    assert!((range.high - 0.995).abs() < 2e-3 && range.low == 0.0 && range.percentile == 99.5);
    let signed =
        Picture::from_map(&[-4.0, 1.0], 1, 2, Scale { percentile: 100.0, ..Scale::signed() }).unwrap();
    assert_eq!(signed.range().map(|range| (range.low, range.high)), Some((-4.0, 4.0)));
    assert_eq!(signed.rgb()[..3], ColorMap::Diverging.color(-1.0));
    assert_eq!(signed.rgb()[3..], ColorMap::Diverging.color(0.25));
}

#[test]
fn empty_flat_and_broken_maps() {
    let flat = Picture::from_map(&[0.0; 4], 2, 2, Scale::signed()).unwrap();
    assert!(flat.rgb().chunks(3).all(|pixel| pixel == ColorMap::Diverging.color(0.0)));
    let mut sparse = vec![0.0; 10_000];
    sparse[17] = 2.0;
    let sparse = Picture::from_map(&sparse, 100, 100, Scale::unsigned()).unwrap();
    assert_eq!(sparse.range().map(|range| range.high), Some(2.0));
    let broken = Picture::from_map(&[0.0, f32::NAN], 1, 2, Scale::signed()).unwrap_err();
    assert!(broken.context.contains("1 of the map's 2"));
    assert!(Picture::from_map(&[0.0; 3], 2, 2, Scale::signed()).is_err());
    assert!(Picture::from_map(&[], 0, 0, Scale::signed()).is_err());
    assert!(Picture::from_map(&[1.0], 1, 1, Scale { percentile: f64::NAN, ..Scale::signed() }).is_err());
}

#[test]
fn an_overlay_lies_where_its_window_says() {
    // A picture of 60×40; the network saw its central 40×40, and only the upper left cell of a 4×4 map is not 0.
    let image = Image::from_rgb8(60, 40, vec![128; 60 * 40 * 3]).unwrap();
    let window = Window { top: 0.0, left: 10.0, height: 40.0, width: 40.0 };
    let mut map = vec![0.0; 16];
    map[0] = 1.0;
    for scale in [Scale::unsigned(), Scale::signed()] {
        let picture = Picture::overlay(&map, 4, 4, scale, &image, window).unwrap();
        assert_eq!((picture.height(), picture.width()), (40, 60));
        let at = |y: usize, x: usize| &picture.rgb()[(y * 60 + x) * 3..][..3];
        let grey = |pixel: &[u8]| pixel.iter().all(|&level| level.abs_diff(pixel[0]) <= 2);
        assert!(!grey(at(4, 14)), "the center of the cell is in color");
        assert!(grey(at(4, 5)) && grey(at(4, 55)) && grey(at(35, 45)), "elsewhere the picture is grey");
    }
}

#[test]
fn large_pictures_are_overlaid_at_1024() {
    let image = Image::from_rgb8(3000, 10, vec![9; 90_000]).unwrap();
    let map: Vec<f32> = (0..64 * 64).map(|i| i as f32).collect();
    let picture = Picture::overlay(&map, 64, 64, Scale::unsigned(), &image, Window::whole(10, 3000)).unwrap();
    assert_eq!((picture.width(), picture.height()), (1024, 3));
    let range = picture.range().unwrap();
    assert!((range.blur - 0.448).abs() < 1e-9, "the blur is told: {}", range.blur);
}

#[test]
fn a_color_bar_names_its_ends() {
    let picture =
        Picture::from_map(&[-0.0123456, 0.01], 1, 2, Scale { percentile: 100.0, ..Scale::signed() });
    let bar = picture.unwrap().range().unwrap().color_bar_svg();
    assert!(bar.starts_with("<svg") && bar.ends_with("</svg>"));
    assert!(bar.contains(">−0.0123<") && bar.contains(">0.0123<") && bar.contains(">0<"));
}
