use maud::{Markup, html};

use super::plot::Scale;

/// A line chart that is an SVG file of its own.
///
/// ```
/// use inscape::report::{Curves, Series};
/// let curves = Curves {
///     title: "Confidence".into(),
///     across: "generation".into(),
///     up: "probability".into(),
///     series: vec![Series { name: "median".into(), points: vec![[0.0, 0.1], [1.0, 0.9]] }],
/// };
/// assert!(curves.svg().starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// What it shows.
    pub title: String,
    /// What the horizontal axis measures, with its unit.
    pub across: String,
    /// What the vertical axis measures, with its unit.
    pub up: String,
    /// The lines, the most telling first: it is drawn last and boldest.
    pub series: Vec<Series>,
}

/// A line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What stands at its end.
    pub name: String,
    /// x and y by growing x; a number that is not finite leaves a gap.
    pub points: Vec<[f64; 2]>,
}

/// Color and dashes by place in the list. In grey the dashes tell them apart.
const PENS: &[(&str, &str)] = &[
    ("#a63603", "none"),
    ("#2171b5", "7 4"),
    ("#252525", "2 4"),
    ("#e08214", "12 4"),
    ("#6a9fca", "12 4 2 4"),
    ("#737373", "5 3"),
];

pub(super) const WIDTH: f32 = 720.0;
pub(super) const HEIGHT: f32 = 400.0;
const TOP: f32 = 44.0;
const BOTTOM: f32 = 56.0;

/// The height of a line of words.
const LINE: f32 = 17.0;

/// About the width of a letter, as a file cannot measure its font.
const LETTER: f32 = 7.2;

/// Steps smaller than this, in both directions, cannot be seen and are left out.
const FINE: f32 = 0.5;

impl Curves {
    /// The chart as the text of an SVG file: white ground, names at the ends of the lines, no font or style from elsewhere.
    pub fn svg(&self) -> String {
        let mut text = self.placed([0.0, 0.0]).into_string();
        text.push('\n');
        text
    }

    /// The chart as an `svg` element with its corner at (x, y) of another.
    pub(super) fn placed(&self, [x, y]: [f32; 2]) -> Markup {
        let all = || self.series.iter().flat_map(|series| finite(&series.points));
        let ys = Scale::over(all().map(|p| p[1]), HEIGHT - BOTTOM, TOP);
        let longest = ys.ticks().iter().map(|(_, words)| words.chars().count()).max().unwrap_or(0);
        let (left, right) = (44.0 + LETTER * longest as f32, WIDTH - self.margin());
        let xs = Scale::over(all().map(|p| p[0]), left, right);
        let names = self.names(&ys);
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } x=(x) y=(y) width=(WIDTH) height=(HEIGHT)
                role="img" font-family="system-ui, sans-serif" font-size="13" fill="#222" {
                title { (self.title) }
                rect width=(WIDTH) height=(HEIGHT) fill="#fff" {}
                text x=(left) y="26" font-size="16" font-weight="600" { (self.title) }
                (self.axes(&xs, &ys, [left, right]))
                @for (i, series) in self.series.iter().enumerate().rev() {
                    path d=(trace(series, &xs, &ys)) fill="none" stroke=(pen(i).0) stroke-dasharray=(pen(i).1)
                        stroke-width=(if i == 0 { 2.4 } else { 1.7 }) stroke-linecap="round" stroke-linejoin="round" {}
                }
                @for (i, y) in names {
                    path d={ "M" (right + 8.0) "," (y - 4.0) " h26" } stroke=(pen(i).0) stroke-dasharray=(pen(i).1)
                        stroke-width=(if i == 0 { 2.4 } else { 1.7 }) {}
                    text x=(right + 40.0) y=(y) { (self.series[i].name) }
                }
            }
        }
    }

    fn axes(&self, xs: &Scale, ys: &Scale, [left, right]: [f32; 2]) -> Markup {
        let (foot, middle) = (HEIGHT - BOTTOM, f32::midpoint(TOP, HEIGHT - BOTTOM));
        html! {
            @for (y, words) in ys.ticks() {
                path d={ "M" (left) "," (tenths(ys.at(y))) " H" (right) } stroke="#ddd" {}
                text x=(left - 8.0) y=(tenths(ys.at(y) + 4.5)) text-anchor="end" { (words) }
            }
            @for (x, words) in xs.ticks() {
                path d={ "M" (tenths(xs.at(x))) "," (foot) " v5" } stroke="#222" {}
                text x=(tenths(xs.at(x))) y=(foot + 20.0) text-anchor="middle" { (words) }
            }
            path d={ "M" (left) "," (TOP) " V" (foot) " H" (right) } fill="none" stroke="#222" {}
            text x=(f32::midpoint(left, right)) y=(HEIGHT - 14.0) text-anchor="middle" { (xs.named(&self.across)) }
            text transform={ "translate(18," (middle) ") rotate(-90)" } text-anchor="middle" { (ys.named(&self.up)) }
        }
    }

    /// The room the names take at the right.
    fn margin(&self) -> f32 {
        let longest = self.series.iter().map(|series| series.name.chars().count()).max().unwrap_or(0);
        (48.0 + LETTER * longest as f32).min(WIDTH / 2.0)
    }

    /// Each name's place: at the end of its line, moved down where the one above would be covered, and up again where
    /// the foot would be passed.
    fn names(&self, ys: &Scale) -> Vec<(usize, f32)> {
        let ends = self
            .series
            .iter()
            .enumerate()
            .filter_map(|(i, series)| finite(&series.points).last().map(|[_, y]| (i, ys.at(y) + 4.0)));
        let mut names: Vec<(usize, f32)> = ends.collect();
        names.sort_by(|a, b| a.1.total_cmp(&b.1));
        for k in 1..names.len() {
            names[k].1 = names[k].1.max(names[k - 1].1 + LINE);
        }
        let mut foot = HEIGHT - BOTTOM;
        for name in names.iter_mut().rev() {
            name.1 = name.1.min(foot);
            foot = name.1 - LINE;
        }
        names
    }
}

fn pen(i: usize) -> (&'static str, &'static str) {
    PENS[i % PENS.len()]
}

fn finite(points: &[[f64; 2]]) -> impl Iterator<Item = [f32; 2]> {
    points.iter().map(|p| p.map(|v| v as f32)).filter(|p| p.iter().all(|v| v.is_finite()))
}

fn tenths(place: f32) -> f32 {
    (place * 10.0).round() / 10.0
}

/// The line as a path: a piece for every run of finite points.
fn trace(series: &Series, xs: &Scale, ys: &Scale) -> String {
    let mut path = String::new();
    for piece in series.points.split(|p| !p.iter().all(|v| v.is_finite())) {
        let places: Vec<[f32; 2]> =
            finite(piece).map(|[x, y]| [tenths(xs.at(x)), tenths(ys.at(y))]).collect();
        let mut kept = [f32::NEG_INFINITY; 2];
        for (i, &[x, y]) in places.iter().enumerate() {
            if i + 1 == places.len() || (x - kept[0]).abs() >= FINE || (y - kept[1]).abs() >= FINE {
                let step = if i == 0 { 'M' } else { 'L' };
                path.push_str(&format!("{step}{x},{y}"));
                kept = [x, y];
            }
        }
        if let [[x, y]] = places[..] {
            // A line of no length, which round caps make a dot.
            path.push_str(&format!("L{x},{y}"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(series: Vec<Series>) -> Curves {
        Curves { title: "<T>".into(), across: "x & y".into(), up: "p".into(), series }
    }

    fn line(name: &str, points: &[[f64; 2]]) -> Series {
        Series { name: name.into(), points: points.to_vec() }
    }

    /// The place of every point of a chart's lines, in the order they are drawn.
    fn places(svg: &str) -> Vec<Vec<[f32; 2]>> {
        let lines = svg.split("stroke-linejoin").zip(svg.matches("stroke-linejoin"));
        lines
            .map(|(before, _)| {
                let path = before.rsplit("<path d=\"").next().unwrap().split('"').next().unwrap();
                let points = path.split(['M', 'L']).filter(|point| !point.is_empty());
                points
                    .map(|point| {
                        let (x, y) = point.split_once(',').unwrap();
                        [x.parse().unwrap(), y.parse().unwrap()]
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn a_larger_number_lies_higher_and_a_later_one_to_the_right() {
        let svg = chart(vec![line("a", &[[0.0, 0.0], [1.0, 0.25], [2.0, 1.0]])]).svg();
        let [[x0, y0], [x1, y1], [x2, y2]] = places(&svg)[0][..] else { panic!("{svg}") };
        assert!(x0 < x1 && x1 < x2 && y0 > y1 && y1 > y2);
        assert!(((x1 - x0) / (x2 - x0) - 0.5).abs() < 1e-3 && ((y1 - y0) / (y2 - y0) - 0.25).abs() < 1e-3);
    }

    #[test]
    fn names_at_the_same_height_do_not_cover_each_other() {
        let same = |name| line(name, &[[0.0, 1.0], [1.0, 1.0]]);
        let curves = chart(vec![same("a"), same("b"), same("c"), line("d", &[[0.0, 0.0], [1.0, 0.0]])]);
        let ys = Scale::over([0.0, 1.0].into_iter(), HEIGHT - BOTTOM, TOP);
        let names = curves.names(&ys);
        assert_eq!(names.len(), 4);
        assert!(names.windows(2).all(|pair| pair[1].1 - pair[0].1 >= LINE - 1e-3));
        assert!(names.iter().all(|(_, y)| (TOP..=HEIGHT - BOTTOM).contains(y)));
    }

    #[test]
    fn gaps_flat_lines_and_empty_charts_draw_and_all_words_are_escaped() {
        let svg = chart(vec![line("a<b", &[[0.0, 1.0], [1.0, f64::NAN], [2.0, 3.0]])]).svg();
        assert_eq!(places(&svg)[0].len(), 4, "two dots, each a line of no length: {svg}");
        for svg in [svg, chart(vec![]).svg(), chart(vec![line("a", &[])]).svg()] {
            assert!(svg.contains("&lt;T&gt;") && svg.contains("x &amp; y") && !svg.contains("NaN"), "{svg}");
            assert!(!svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn steps_too_small_to_see_are_left_out_and_the_ends_are_kept() {
        let points: Vec<[f64; 2]> = (0..=100_000).map(|i| [f64::from(i), f64::from(i)]).collect();
        let svg = chart(vec![line("a", &points)]).svg();
        let drawn = &places(&svg)[0];
        assert!(drawn.len() < 2_000 && drawn.len() > 300, "{}", drawn.len());
        let all = || drawn.iter().map(|p| p[0]);
        let ends = [all().fold(f32::INFINITY, f32::min), all().fold(0.0, f32::max)];
        assert_eq!([drawn[0][0], drawn[drawn.len() - 1][0]], ends);
        assert_eq!(ends[1], WIDTH - chart(vec![line("a", &points)]).margin());
    }
}
