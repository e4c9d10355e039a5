use maud::{Markup, html};

use super::figure::superscript;

/// Two curves over one axis: what a function is, and what its linearization says.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What the plot is, for its heading.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub alt: String,
    /// What there is to say of it, in sentences.
    pub caption: String,
    /// What the horizontal axis measures.
    pub across: String,
    /// What the vertical axis measures.
    pub up: String,
    /// x, f(x) and the linearization at x, by growing x.
    pub points: Vec<[f32; 3]>,
    /// Places on the horizontal axis to mark, each with its words.
    pub marks: Vec<(f32, String)>,
}

const WIDTH: f32 = 480.0;
const HEIGHT: f32 = 300.0;
/// Room for the name of the vertical axis.
const EDGE: f32 = 26.0;
const RIGHT: f32 = 14.0;
const TOP: f32 = 14.0;
const BOTTOM: f32 = 48.0;

/// About the width of a digit, as a page cannot measure its font.
const DIGIT: f32 = 7.6;

impl Plot {
    pub(super) fn markup(&self) -> Markup {
        let ys = Scale::over(self.points.iter().flat_map(|p| [p[1], p[2]]), HEIGHT - BOTTOM, TOP);
        let left = EDGE + 8.0 + ys.width();
        let xs = Scale::over(self.points.iter().map(|p| p[0]), left, WIDTH - RIGHT);
        let line = |column: usize| {
            let place = |p: &[f32; 3]| format!("{:.1},{:.1}", xs.at(p[0]), ys.at(p[column]));
            self.points.iter().map(place).collect::<Vec<_>>().join(" ")
        };
        let marks = self.marks.iter().filter(|(x, _)| xs.holds(*x));
        let middle = f32::midpoint(TOP, HEIGHT - BOTTOM);
        html! {
            figure {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(self.alt) {
                    @for (y, words) in ys.ticks() {
                        line.grid x1=(left) x2=(WIDTH - RIGHT) y1=(ys.at(y)) y2=(ys.at(y)) {}
                        text x=(left - 8.0) y=(ys.at(y) + 4.0) text-anchor="end" { (words) }
                    }
                    @for (x, words) in xs.ticks() {
                        text x=(xs.at(x)) y=(HEIGHT - BOTTOM + 19.0) text-anchor="middle" { (words) }
                    }
                    polyline.axis points={ (left) "," (TOP) " " (left) "," (HEIGHT - BOTTOM) " " (WIDTH - RIGHT) "," (HEIGHT - BOTTOM) } {}
                    text x=(f32::midpoint(left, WIDTH - RIGHT)) y=(HEIGHT - 8.0) text-anchor="middle" { (xs.named(&self.across)) }
                    text transform={ "translate(14," (middle) ") rotate(-90)" } text-anchor="middle" { (ys.named(&self.up)) }
                    @for (x, words) in marks {
                        line.mark x1=(xs.at(*x)) x2=(xs.at(*x)) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                        text x=(xs.at(*x) + if xs.late(*x) { -6.0 } else { 6.0 }) y=(HEIGHT - BOTTOM - 8.0)
                            text-anchor=(if xs.late(*x) { "end" } else { "start" }) { (words) }
                    }
                    polyline.guess points=(line(2)) {}
                    polyline.truth points=(line(1)) {}
                }
                figcaption { b { (self.title) } ": the score solid, its first-order approximation dashed. " (self.caption) }
            }
        }
    }
}

/// From numbers to places on the page.
pub(super) struct Scale {
    low: f32,
    high: f32,
    from: f32,
    to: f32,
}

impl Scale {
    pub(super) fn over(values: impl Iterator<Item = f32>, from: f32, to: f32) -> Scale {
        let finite = values.filter(|v| v.is_finite());
        let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if low < high {
            let room = if from > to { 0.05 * high - 0.05 * low } else { 0.0 };
            Scale { low: (low - room).max(f32::MIN), high: (high + room).min(f32::MAX), from, to }
        } else {
            let middle = if low.is_finite() { low } else { 0.0 };
            Scale { low: middle - 1.0, high: middle + 1.0, from, to }
        }
    }

    pub(super) fn at(&self, value: f32) -> f32 {
        let [value, low, high] = [value.clamp(self.low, self.high), self.low, self.high].map(f64::from);
        self.from + ((value - low) / (high - low)) as f32 * (self.to - self.from)
    }

    fn holds(&self, value: f32) -> bool {
        (self.low..=self.high).contains(&value)
    }

    fn late(&self, value: f32) -> bool {
        value > f32::midpoint(self.low, self.high)
    }

    /// The power of ten that the ticks leave to the axis's name, so that their words stay short; 0 for none.
    fn power(&self) -> i32 {
        let size = f64::from(self.low.abs().max(self.high.abs()));
        if size == 0.0 || (1e-2..1e5).contains(&size) { 0 } else { size.log10().floor() as i32 }
    }

    /// What an axis measures, with the power of ten that its ticks leave out.
    pub(super) fn named(&self, what: &str) -> String {
        match self.power() {
            0 => what.to_owned(),
            power => format!("{what}, ×10{}", superscript(power)),
        }
    }

    /// About the width of the longest of the ticks' words.
    fn width(&self) -> f32 {
        let longest = self.ticks().iter().map(|(_, words)| words.chars().count()).max().unwrap_or(0);
        DIGIT * longest as f32
    }

    /// Round numbers, about five of them, with as many digits as tell them apart, in units of [`Scale::named`]'s power of ten.
    pub(super) fn ticks(&self) -> Vec<(f32, String)> {
        let rough = (f64::from(self.high) - f64::from(self.low)) / 5.0;
        let magnitude = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|m| m * magnitude).into_iter().find(|&s| s >= rough).unwrap_or(rough);
        // An end that f32 rounds past its round number still has its tick.
        let first = (f64::from(self.low) / step - 1e-6).ceil() as i64;
        let last = (f64::from(self.high) / step + 1e-6).floor() as i64;
        let unit = 10f64.powi(self.power());
        // The tiny part keeps a step of 0.1 from becoming one of 0.0999… on the way.
        let places = (-((step / unit).log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize;
        let words = |i: i64| format!("{:.places$}", i as f64 * (step / unit)).replacen('-', "−", 1);
        let tick = |i: i64| (i as f64 * step, words(i));
        (first..=last.min(first.saturating_add(12))).map(tick).map(|(at, words)| (at as f32, words)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Plot, Scale};

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::over([0.0, 3.7].into_iter(), 0.0, 1.0);
        let words = |scale: Scale| scale.ticks().into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(words(scale), ["0", "1", "2", "3"]);
        assert_eq!(words(Scale::over([31.515, 31.545].into_iter(), 0.0, 1.0)), ["31.52", "31.53", "31.54"]);
        assert_eq!(words(Scale::over([-40.0, 40.0].into_iter(), 0.0, 1.0))[0], "−40");
    }

    #[test]
    fn large_and_small_numbers_leave_their_power_to_the_axis() {
        let words = |scale: &Scale| scale.ticks().into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        let large = Scale::over([0.0, 2e31].into_iter(), 0.0, 1.0);
        assert_eq!(
            (words(&large).join(" "), large.named("S")),
            ("0.0 0.5 1.0 1.5 2.0".into(), "S, ×10³¹".into())
        );
        let small = Scale::over([-3e-7, 1e-7].into_iter(), 0.0, 1.0);
        assert_eq!((words(&small).join(" "), small.named("S")), ("−3 −2 −1 0 1".into(), "S, ×10⁻⁷".into()));
        let widest = Scale::over([f32::MIN, f32::MAX].into_iter(), 0.0, 1.0);
        assert!(
            widest.ticks().iter().all(|(at, words)| at.is_finite() && words.len() < 8),
            "{:?}",
            widest.ticks()
        );
        assert_eq!(Scale::over([0.0, 3.7].into_iter(), 0.0, 1.0).named("S"), "S");
    }

    #[test]
    fn a_plot_names_both_its_axes() {
        let plot = Plot {
            title: String::new(),
            alt: String::new(),
            caption: String::new(),
            across: "distance".into(),
            up: "score".into(),
            points: vec![[0.0, 0.0, 0.0], [1.0, 3e9, 1e9]],
            marks: Vec::new(),
        };
        let text = plot.markup().into_string();
        assert!(text.contains(">distance<") && text.contains(">score, ×10⁹<"), "{text}");
    }

    #[test]
    fn a_flat_or_empty_curve_still_draws() {
        let plot = |points| Plot {
            title: String::new(),
            alt: "<&>".into(),
            caption: String::new(),
            across: String::new(),
            up: String::new(),
            points,
            marks: vec![(0.5, "here".into())],
        };
        for points in [vec![], vec![[0.0, 1.0, 1.0]], vec![[0.0, f32::NAN, 1.0], [1.0, 1.0, 1.0]]] {
            let text = plot(points).markup().into_string();
            assert!(!text.contains("NaN") || text.contains("polyline"), "{text}");
            assert!(text.contains("&lt;&amp;&gt;"));
        }
    }
}
