use std::f64::consts::PI;
use std::sync::LazyLock;

/// A mapping of numbers to colors. Lightness carries the magnitude, so both can be read when printed in grey.
///
/// Both are drawn in OKLab (Ottosson 2020), where equal distances look equally different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColorMap {
    /// For values from 0 up: black through violet, red and orange to pale yellow, lightness rising evenly.
    Sequential,
    /// For signed values: zero is nearly white, positive goes through orange to deep red, negative to deep blue, lightness
    /// falling evenly and alike on both sides.
    Diverging,
}

/// Lightness, chroma and hue (degrees) of OKLab at evenly spaced places of a map.
type Anchor = [f64; 3];

const SEQUENTIAL: [Anchor; 6] = [
    [0.08, 0.02, 285.0],
    [0.256, 0.115, 290.0],
    [0.432, 0.165, 345.0],
    [0.608, 0.185, 22.0],
    [0.784, 0.155, 62.0],
    [0.96, 0.08, 100.0],
];
const WARM: [Anchor; 5] =
    [[0.97, 0.0, 60.0], [0.83, 0.085, 58.0], [0.69, 0.155, 48.0], [0.55, 0.18, 36.0], [0.41, 0.155, 30.0]];
const COLD: [Anchor; 5] = [
    [0.97, 0.0, 250.0],
    [0.83, 0.07, 245.0],
    [0.69, 0.125, 250.0],
    [0.55, 0.16, 256.0],
    [0.41, 0.165, 262.0],
];

/// Colors of each half of the diverging map and of the sequential one.
const STEPS: usize = 256;
static TABLES: LazyLock<[Vec<[u8; 3]>; 3]> =
    LazyLock::new(|| [&SEQUENTIAL[..], &WARM[..], &COLD[..]].map(table));

impl ColorMap {
    /// The color at `position`: 0..1 for [`ColorMap::Sequential`], −1..1 for [`ColorMap::Diverging`]; beyond, the last.
    pub fn color(self, position: f64) -> [u8; 3] {
        let [sequential, warm, cold] = &*TABLES;
        let table = match self {
            ColorMap::Sequential if position < 0.0 => return sequential[0],
            ColorMap::Sequential => sequential,
            ColorMap::Diverging if position < 0.0 => cold,
            ColorMap::Diverging => warm,
        };
        table[(position.abs().min(1.0) * (STEPS - 1) as f64).round() as usize]
    }
}

fn table(anchors: &[Anchor]) -> Vec<[u8; 3]> {
    let points: Vec<[f64; 3]> = anchors
        .iter()
        .map(|&[lightness, chroma, hue]| {
            let angle = hue * PI / 180.0;
            [lightness, chroma * angle.cos(), chroma * angle.sin()]
        })
        .collect();
    (0..STEPS).map(|i| srgb(between(&points, i as f64 / (STEPS - 1) as f64))).collect()
}

/// A Catmull–Rom curve through the points.
fn between(points: &[[f64; 3]], share: f64) -> [f64; 3] {
    let place = share * (points.len() - 1) as f64;
    let from = (place as usize).min(points.len() - 2);
    let t = place - from as f64;
    let (b, c) = (points[from], points[from + 1]);
    let before = |i: usize| if from == 0 { 2.0 * b[i] - c[i] } else { points[from - 1][i] };
    let after = |i: usize| points.get(from + 2).map_or(2.0 * c[i] - b[i], |point| point[i]);
    std::array::from_fn(|i| {
        let (a, b, c, d) = (before(i), b[i], c[i], after(i));
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
    })
}

/// 8-bit sRGB of an OKLab color (Ottosson 2020), clipped to what sRGB can show.
fn srgb([lightness, a, b]: [f64; 3]) -> [u8; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let linear = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
    ];
    linear.map(|level| {
        let level = level.clamp(0.0, 1.0);
        let encoded =
            if level <= 0.003_130_8 { 12.92 * level } else { 1.055 * level.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    })
}
