use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};

/// A picture of a report with what is said about it.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The picture, encoded.
    pub bytes: Vec<u8>,
    /// Its media type: `image/png` or `image/jpeg`.
    pub media: &'static str,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// What it shows, for those who do not see it.
    pub alt: String,
    /// A few words in bold before the caption, from which a colon parts it.
    pub name: String,
    /// What stands below it.
    pub caption: String,
    /// The colors and the numbers at their ends.
    pub bar: Option<Bar>,
}

/// A color bar: the colors of a map and the numbers they stand for.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The number at the left end.
    pub low: f32,
    /// The number at the right end.
    pub high: f32,
    /// Colors at equal distances from left to right.
    pub colors: Vec<[u8; 3]>,
    /// What the numbers are.
    pub unit: String,
    /// Standard deviation of the Gaussian the map was softened by before drawing, in its cells; 0 for none.
    pub blur: f64,
    /// How the ends were chosen and what was done to the map, in a few words.
    pub note: String,
}

impl Figure {
    /// The picture as an address that needs no file.
    pub(super) fn address(&self) -> String {
        data_address(self.media, &self.bytes)
    }

    pub(super) fn markup(&self) -> Markup {
        let fine = (self.size[0] <= 260).then_some("fine");
        html! {
            figure {
                img class=[fine] src=(self.address()) alt=(self.alt) width=(self.size[0]) height=(self.size[1]);
                @if let Some(bar) = &self.bar { (bar.markup()) }
                figcaption {
                    @if !self.name.is_empty() { b { (self.name) } @if !self.caption.is_empty() { ": " } }
                    (self.caption)
                    @if let Some(bar) = &self.bar { " " (bar.note) }
                }
            }
        }
    }
}

impl Bar {
    fn markup(&self) -> Markup {
        let stops: Vec<String> = self.colors.iter().map(|[r, g, b]| format!("rgb({r} {g} {b})")).collect();
        let style = format!("background:linear-gradient(to right,{})", stops.join(","));
        let zero = self.low < 0.0 && self.high > 0.0;
        html! {
            div.bar role="img" aria-label={ "Color scale from " (number(self.low)) " to " (number(self.high)) } {
                i style=(style) {}
                span {
                    span { (number(self.low)) }
                    @if zero { span { "0" } }
                    span { (number(self.high)) }
                }
                @if !self.unit.is_empty() { div.unit { (self.unit) } }
            }
        }
    }
}

/// A file as a `data:` address.
pub fn data_address(media: &str, bytes: &[u8]) -> String {
    format!("data:{media};base64,{}", STANDARD.encode(bytes))
}

/// A number with three significant digits, written the way a person reads it.
pub(super) fn number(value: f32) -> String {
    let size = value.abs();
    let text = match size {
        0.0 => "0".to_owned(),
        _ if !size.is_finite() => value.to_string(),
        _ if !(1e-3..1e5).contains(&size) => {
            let exponent = size.log10().floor();
            format!(
                "{:.2}×10{}",
                f64::from(value) / 10f64.powf(f64::from(exponent)),
                superscript(exponent as i32)
            )
        }
        _ => {
            let places = (2 - size.log10().floor() as i32).max(0) as usize;
            format!("{value:.places$}")
        }
    };
    text.replacen('-', "−", 1)
}

pub(super) fn superscript(exponent: i32) -> String {
    let digit = |c: char| match c.to_digit(10) {
        Some(d) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][d as usize],
        None => '⁻',
    };
    exponent.to_string().chars().map(digit).collect()
}

/// The style sheet, inline.
pub(super) fn style() -> PreEscaped<&'static str> {
    PreEscaped(include_str!("style.css"))
}

#[cfg(test)]
mod tests {
    use super::{Bar, number};

    #[test]
    fn a_bar_of_either_kind_tells_its_unit() {
        let bar = |low| Bar {
            low,
            high: 2.0,
            colors: Vec::new(),
            unit: "∂S/∂I".into(),
            blur: 0.0,
            note: String::new(),
        };
        for (low, zero) in [(0.0, 1), (-2.0, 1)] {
            let text = bar(low).markup().into_string();
            assert!(text.contains("∂S/∂I") && text.matches(">0<").count() == zero, "{text}");
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-1.5), "−1.50");
        assert_eq!(number(123.4), "123");
        assert_eq!(number(0.012_34), "0.0123");
        assert_eq!(number(1.5e-5), "1.50×10⁻⁵");
    }
}
