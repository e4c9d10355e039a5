use super::color::ColorMap;
use crate::error::{Error, ErrorKind};

/// How values become colors: which color map, and which share of the values its range spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The color map.
    pub map: ColorMap,
    /// The percentile of the magnitudes at which the colors end; larger values get the last color. 99.5 by default, so that a
    /// few extreme cells do not darken all others.
    pub percentile: f64,
}

/// What the colors of a picture mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The color map.
    pub map: ColorMap,
    /// The value of the first color: 0, or `-high` for signed maps.
    pub low: f64,
    /// The value of the last color.
    pub high: f64,
    /// The percentile of the magnitudes that `high` is.
    pub percentile: f64,
    /// Width (standard deviation) of the Gaussian by which the map was blurred before drawing, in its cells; 0 for none.
    pub blur: f64,
}

impl Scale {
    /// For values of which 0 is the least: saliency, activations after a rectifier.
    pub fn unsigned() -> Scale {
        Scale { map: ColorMap::Sequential, percentile: 99.5 }
    }

    /// For values of both signs: symmetric about 0.
    pub fn signed() -> Scale {
        Scale { map: ColorMap::Diverging, percentile: 99.5 }
    }

    /// The range for a map of `cells` (height, width).
    pub(super) fn range(self, values: &[f32], cells: [usize; 2]) -> Result<Range, Error> {
        let wrong = |context: String| Err(Error::new(ErrorKind::Setting, context));
        let [height, width] = cells;
        if values.is_empty() || height.checked_mul(width) != Some(values.len()) {
            return wrong(format!("a map of {height}×{width} cells does not have {} values", values.len()));
        }
        if !(self.percentile > 0.0 && self.percentile <= 100.0) {
            return wrong(format!("a percentile lies above 0 and up to 100, not at {}", self.percentile));
        }
        let broken = values.iter().filter(|value| !value.is_finite()).count();
        if broken > 0 {
            return wrong(format!(
                "{broken} of the map's {} values are infinite or no numbers",
                values.len()
            ));
        }
        let mut sizes: Vec<f32> = match self.map {
            ColorMap::Sequential => values.iter().map(|value| value.max(0.0)).collect(),
            ColorMap::Diverging => values.iter().map(|value| value.abs()).collect(),
        };
        let largest = sizes.iter().fold(0.0f32, |most, &size| most.max(size));
        let place = ((sizes.len() - 1) as f64 * self.percentile / 100.0).round() as usize;
        let (_, &mut at, _) = sizes.select_nth_unstable_by(place, f32::total_cmp);
        // Where almost all cells are 0 the few others are what there is to see.
        let high = [at, largest].into_iter().find(|&size| size > 0.0).map_or(1.0, f64::from);
        let low = if self.map == ColorMap::Diverging { -high } else { 0.0 };
        Ok(Range { map: self.map, low, high, percentile: self.percentile, blur: 0.0 })
    }
}

impl Range {
    /// The color of a value.
    pub fn color(&self, value: f32) -> [u8; 3] {
        self.map.color(self.position(value))
    }

    /// A value as a fraction of `high`: within 0..1, or −1..1 for signed maps.
    pub(super) fn position(&self, value: f32) -> f64 {
        (f64::from(value) / self.high).clamp(if self.low < 0.0 { -1.0 } else { 0.0 }, 1.0)
    }

    /// A color bar as SVG, 240×34 units, with the range at its ends; its text takes the color of what surrounds it.
    pub fn color_bar_svg(&self) -> String {
        let mut stops = String::new();
        for i in 0..=16 {
            let share = f64::from(i) / 16.0;
            let value = self.low + share * (self.high - self.low);
            let [red, green, blue] = self.color(value as f32);
            stops += &format!(
                r##"<stop offset="{}%" stop-color="#{red:02x}{green:02x}{blue:02x}"/>"##,
                share * 100.0
            );
        }
        let (low, high) = (label(self.low), label(self.high));
        // Two bars of one kind on a page share their gradient, which is the same.
        let id = if self.low < 0.0 { "inscape-diverging" } else { "inscape-sequential" };
        let zero = match self.low < 0.0 {
            true => r#"<text x="120" y="30" text-anchor="middle">0</text>"#,
            false => "",
        };
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 34" width="240" height="34" role="img" "#,
                r#"aria-label="color bar from {low} to {high}">"#,
                r#"<defs><linearGradient id="{id}">{stops}</linearGradient></defs>"#,
                r##"<rect x="0.5" y="0.5" width="239" height="15" fill="url(#{id})" stroke="#888"/>"##,
                r#"<g font-family="system-ui, sans-serif" font-size="12" fill="currentColor">"#,
                r#"<text x="0" y="30">{low}</text>{zero}<text x="240" y="30" text-anchor="end">{high}</text></g></svg>"#
            ),
            low = low,
            high = high,
            id = id,
            stops = stops,
            zero = zero
        )
    }
}

/// Three significant digits, with a true minus sign.
fn label(value: f64) -> String {
    let text = match value.abs() {
        0.0 => "0".to_owned(),
        size if (0.01..1000.0).contains(&size) => {
            let digits = (2 - size.log10().floor() as i32).max(0) as usize;
            format!("{value:.digits$}")
        }
        _ => format!("{value:.2e}"),
    };
    text.replace('-', "−")
}
