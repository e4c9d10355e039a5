use maud::{Markup, html};

/// Two curves over one axis: what a function is, and what its linearization says.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What the plot is, for its heading.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub alt: String,
    /// What the horizontal axis measures.
    pub across: String,
    /// x, f(x) and the linearization at x, by growing x.
    pub points: Vec<[f32; 3]>,
    /// A place on the horizontal axis to mark, with its words.
    pub mark: Option<(f32, String)>,
}

const WIDTH: f32 = 480.0;
const HEIGHT: f32 = 300.0;
const LEFT: f32 = 62.0;
const RIGHT: f32 = 14.0;
const TOP: f32 = 14.0;
const BOTTOM: f32 = 48.0;

impl Plot {
    pub(super) fn markup(&self) -> Markup {
        let xs = Scale::over(self.points.iter().map(|p| p[0]), LEFT, WIDTH - RIGHT);
        let ys = Scale::over(self.points.iter().flat_map(|p| [p[1], p[2]]), HEIGHT - BOTTOM, TOP);
        let line = |column: usize| {
            let place = |p: &[f32; 3]| format!("{:.1},{:.1}", xs.at(p[0]), ys.at(p[column]));
            self.points.iter().map(place).collect::<Vec<_>>().join(" ")
        };
        let mark = self.mark.as_ref().filter(|(x, _)| xs.holds(*x));
        html! {
            figure {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(self.alt) {
                    @for (y, words) in ys.ticks() {
                        line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(ys.at(y)) y2=(ys.at(y)) {}
                        text x=(LEFT - 8.0) y=(ys.at(y) + 4.0) text-anchor="end" { (words) }
                    }
                    @for (x, words) in xs.ticks() {
                        text x=(xs.at(x)) y=(HEIGHT - BOTTOM + 19.0) text-anchor="middle" { (words) }
                    }
                    polyline.axis points={ (LEFT) "," (TOP) " " (LEFT) "," (HEIGHT - BOTTOM) " " (WIDTH - RIGHT) "," (HEIGHT - BOTTOM) } {}
                    text x=((LEFT + WIDTH - RIGHT) / 2.0) y=(HEIGHT - 8.0) text-anchor="middle" { (self.across) }
                    @if let Some((x, words)) = mark {
                        line.mark x1=(xs.at(*x)) x2=(xs.at(*x)) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                        text x=(xs.at(*x) + if xs.late(*x) { -6.0 } else { 6.0 }) y=(HEIGHT - BOTTOM - 8.0)
                            text-anchor=(if xs.late(*x) { "end" } else { "start" }) { (words) }
                    }
                    polyline.guess points=(line(2)) {}
                    polyline.truth points=(line(1)) {}
                }
                figcaption { b { (self.title) } " Solid: the score. Dashed: its first-order approximation." }
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
            let room = if from > to { 0.05 * (high - low) } else { 0.0 };
            Scale { low: low - room, high: high + room, from, to }
        } else {
            let middle = if low.is_finite() { low } else { 0.0 };
            Scale { low: middle - 1.0, high: middle + 1.0, from, to }
        }
    }

    pub(super) fn at(&self, value: f32) -> f32 {
        self.from
            + (value.clamp(self.low, self.high) - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    fn holds(&self, value: f32) -> bool {
        (self.low..=self.high).contains(&value)
    }

    fn late(&self, value: f32) -> bool {
        value > f32::midpoint(self.low, self.high)
    }

    /// Round numbers, about five of them, with as many digits as tell them apart.
    pub(super) fn ticks(&self) -> Vec<(f32, String)> {
        let rough = f64::from(self.high - self.low) / 5.0;
        let magnitude = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|m| m * magnitude).into_iter().find(|&s| s >= rough).unwrap_or(rough);
        let first = (f64::from(self.low) / step).ceil() as i64;
        let last = (f64::from(self.high) / step).floor() as i64;
        let places = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
        let tick = |i: i64| (i as f64 * step, format!("{:.places$}", i as f64 * step).replacen('-', "−", 1));
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
    fn a_flat_or_empty_curve_still_draws() {
        let plot = |points| Plot {
            title: String::new(),
            alt: "<&>".into(),
            across: String::new(),
            points,
            mark: Some((0.5, "here".into())),
        };
        for points in [vec![], vec![[0.0, 1.0, 1.0]], vec![[0.0, f32::NAN, 1.0], [1.0, 1.0, 1.0]]] {
            let text = plot(points).markup().into_string();
            assert!(!text.contains("NaN") || text.contains("polyline"), "{text}");
            assert!(text.contains("&lt;&amp;&gt;"));
        }
    }
}
