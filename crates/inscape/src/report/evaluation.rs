use maud::{Markup, html};

use super::explanation::privacy;
use super::figure::data_address;
use super::page::page;
use super::photo::photo;
use crate::error::Error;
use crate::evaluation::{Interval, MEASURES, Rectangle, Row, Summary};
use crate::image::Image;

/// The page of a method's evaluation on a data set.
#[derive(Clone, Debug)]
pub struct EvaluationPage {
    /// What was evaluated on what, in a few words.
    pub title: String,
    /// The measures.
    pub summary: Summary,
    /// How many pictures were judged.
    pub judged: usize,
    /// What could mislead, in sentences.
    pub warnings: Vec<String>,
    /// Pictures that could not be judged, with the reason.
    pub failed: Vec<(String, String)>,
    /// Cases that are shown: a heading, what it means, and the cases.
    pub groups: Vec<(String, String, Vec<CaseFigure>)>,
    /// Where the numbers come from, by name.
    pub facts: Vec<(String, String)>,
    /// The command that makes it again.
    pub command: String,
}

/// A picture with what was found and what is true.
#[derive(Clone, Debug)]
pub struct CaseFigure {
    /// The picture.
    pub image: Image,
    /// The object's pixels, row by row.
    pub mask: Vec<bool>,
    /// The box that was found.
    pub found: Rectangle,
    /// The true boxes.
    pub truths: Vec<Rectangle>,
    /// The picture's name.
    pub name: String,
    /// What there is to say of it.
    pub caption: String,
}

/// Failed pictures that are named; the table of pictures has all.
const NAMED: usize = 20;

impl EvaluationPage {
    /// The whole page; it needs no other file and contains the pictures it shows.
    ///
    /// # Errors
    /// Where a picture cannot be encoded.
    pub fn html(&self) -> Result<String, Error> {
        let groups = self.groups.iter().map(|(title, words, cases)| {
            let figures = cases.iter().map(CaseFigure::markup).collect::<Result<Vec<_>, Error>>()?;
            Ok(html! {
                h2 { (title) }
                p { (words) }
                div.row.three { @for figure in figures { (figure) } }
            })
        });
        let groups = groups.collect::<Result<Vec<_>, Error>>()?;
        let content = html! {
            section {
                h1 { (self.title) }
                p.lead { (self.judged) " pictures, each judged by the boxes people drew." }
                @for warning in &self.warnings { div.warning role="note" { (warning) } }
                (self.missing())
                (self.table())
                @for group in groups { (group) }
                (conventions())
                h2 { "Where this comes from" }
                dl { @for (name, value) in &self.facts { dt { (name) } dd { (value) } } }
                @if !self.command.is_empty() { pre { (self.command) } }
            }
        };
        Ok(page(&format!("{} – inscape", self.title), &content, &privacy()))
    }

    fn missing(&self) -> Markup {
        let more = self.failed.len().saturating_sub(NAMED);
        html! {
            @if !self.failed.is_empty() {
                div.warning role="note" {
                    b { "Not judged: " } (self.failed.len())
                    @if self.failed.len() == 1 { " picture. " } @else { " pictures. " }
                    "They are left out of every measure."
                    ul {
                        @for (name, reason) in self.failed.iter().take(NAMED) { li { b { (name) } ": " (reason) } }
                        @if more > 0 { li { (more) " more are named in pictures.csv." } }
                    }
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let Summary { method, whole, centered, gain, fraction, resamples } = &self.summary;
        let controlled = |i: usize| !MEASURES[i].key.starts_with("classification");
        html! {
            h2 { "Against boxes that look at nothing" }
            p { "A localization is worth what it adds to a box that every picture gets alike. The controls use the same guesses of classes. Errors are better when small, the other measures when large." }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Measure" } th.n scope="col" { "This method" }
                    th.n scope="col" { "Centered box" } th.n scope="col" { "Whole picture" }
                    th.n scope="col" { "Better than the centered box by" }
                } }
                tbody { @for (i, measure) in MEASURES.iter().enumerate() {
                    tr {
                        td { (measure.name) }
                        (cell(method, i))
                        @if controlled(i) { (cell(centered, i)) (cell(whole, i)) (cell(gain, i)) }
                        @else { td {} td {} td {} }
                    }
                } }
            } }
            p { "In per cent, with 95 % intervals from " (resamples) " bootstrap resamples of the pictures; the last column is paired, so an interval above 0 means better on these pictures by more than chance. The centered box is "
                (format!("{fraction:.2}")) " of each side, the fraction that has the lowest top-5 localization error on these very pictures; for MaxBoxAcc its size is chosen again for every overlap asked for." }
        }
    }
}

impl CaseFigure {
    fn markup(&self) -> Result<Markup, Error> {
        let (width, height) = (self.image.width(), self.image.height());
        let (jpeg, _) = photo(width, height, self.image.rgb())?;
        let alt = format!(
            "{}: the box found as a solid line, the true boxes dashed, the mask's edge dotted; {}",
            self.name, self.caption
        );
        Ok(html! {
            figure {
                svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(alt) {
                    image width=(width) height=(height) href=(data_address("image/jpeg", &jpeg)) preserveAspectRatio="none" {}
                    (line(outline(&self.mask, [height, width]), "1.5", "1 3", "#fff"))
                    @for truth in &self.truths { (line(corners(*truth), "2.5", "7 5", "#7fc4ff")) }
                    (line(corners(self.found), "2.5", "none", "#ffa04d"))
                }
                figcaption { b { (self.name) } ": " (self.caption) }
            }
        })
    }
}

/// A line over a dark one, so that it is seen on any picture.
fn line(path: String, width: &str, dashes: &str, color: &str) -> Markup {
    html! {
        path d=(path) fill="none" stroke="#000" stroke-opacity="0.65" stroke-width="5" vector-effect="non-scaling-stroke"
            stroke-dasharray=(if dashes == "none" { "none" } else { dashes }) {}
        path d=(path) fill="none" stroke=(color) stroke-width=(width) stroke-dasharray=(dashes) vector-effect="non-scaling-stroke" {}
    }
}

fn corners(bounds: Rectangle) -> String {
    let [xmin, ymin, xmax, ymax] = bounds.into();
    format!("M{xmin},{ymin}H{xmax}V{ymax}H{xmin}Z")
}

/// Cells along the longer side of a mask whose edge is drawn.
const CELLS: usize = 256;

/// The edge of a mask: the sides between cells inside and outside, joined along rows and columns.
fn outline(mask: &[bool], [height, width]: [usize; 2]) -> String {
    if mask.len() != height * width || mask.is_empty() {
        return String::new();
    }
    let [rows, columns] = [height, width].map(|side| (side * CELLS / height.max(width)).clamp(1, side));
    let inside = |y: usize, x: usize| {
        y < rows
            && x < columns
            && mask[(2 * y + 1) * height / (2 * rows) * width + (2 * x + 1) * width / (2 * columns)]
    };
    let (down, across) = (height as f64 / rows as f64, width as f64 / columns as f64);
    let above = |y: usize, x: usize| y > 0 && inside(y - 1, x);
    let before = |y: usize, x: usize| x > 0 && inside(y, x - 1);
    let mut path = String::new();
    for y in 0..=rows {
        for [first, end] in runs(columns, |x| inside(y, x) != above(y, x)) {
            path +=
                &format!("M{:.1},{:.1}H{:.1}", first as f64 * across, y as f64 * down, end as f64 * across);
        }
    }
    for x in 0..=columns {
        for [first, end] in runs(rows, |y| inside(y, x) != before(y, x)) {
            path += &format!("M{:.1},{:.1}V{:.1}", x as f64 * across, first as f64 * down, end as f64 * down);
        }
    }
    path
}

/// First and one past the last place of every run of places that are wanted.
fn runs(count: usize, wanted: impl Fn(usize) -> bool) -> Vec<[usize; 2]> {
    let mut runs: Vec<[usize; 2]> = Vec::new();
    for place in (0..count).filter(|&place| wanted(place)) {
        match runs.last_mut() {
            Some(run) if run[1] == place => run[1] = place + 1,
            _ => runs.push([place, place + 1]),
        }
    }
    runs
}

fn cell(row: &Row, i: usize) -> Markup {
    let per_cent = |value: f64| format!("{:.1}", 100.0 * value).replace('-', "−");
    html! {
        td.n {
            @match row[i] {
                Some(Interval { value, low, high }) => {
                    (per_cent(value)) br; small { (per_cent(low)) " to " (per_cent(high)) }
                }
                None => { "–" }
            }
        }
    }
}

fn conventions() -> Markup {
    html! {
        h2 { "How it is measured" }
        dl {
            dt { "Boxes" } dd { "Half-open, in the picture's own pixels. Their intersection over union is ILSVRC's and PASCAL VOC's, which count the pixels of inclusive boxes." }
            dt { "Localization error" } dd { "A picture is right where one of the first guesses has a class of the picture and a box that overlaps an object of that class by at least one half (Russakovsky et al. 2015). Classification error asks for the class alone." }
            dt { "GT-known error" } dd { "The share of pictures' classes whose box, found when the class is told, overlaps no object of it by at least one half. Mean IoU is the mean of these overlaps, CorLoc the mean of every class's share above one half." }
            dt { "MaxBoxAcc, V2" } dd { "The map at 224 × 224 under the best of all thresholds: the box of the largest contour at an overlap of .5; in V2 the best of the boxes of all contours, averaged over .3, .5 and .7 (Choe et al. 2020)." }
            dt { "Pointing game" } dd { "The share of maps whose largest value lies on an object of the class or strictly nearer to it than 15 pixels, averaged over classes (Zhang et al. 2016). The controls point at the middle." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseFigure, EvaluationPage, outline, runs};
    use crate::evaluation::{Rectangle, summarized};
    use crate::image::Image;

    #[test]
    fn runs_are_joined() {
        assert_eq!(runs(6, |x| [0, 1, 3, 5].contains(&x)), [[0, 2], [3, 4], [5, 6]]);
        assert_eq!(runs(0, |_| true).len(), 0);
    }

    #[test]
    fn an_outline_is_as_long_as_the_masks_edge() {
        let mask: Vec<bool> =
            (0..36).map(|at| (1..3).contains(&(at / 6)) && (2..5).contains(&(at % 6))).collect();
        let path = outline(&mask, [6, 6]);
        assert_eq!(path, "M2.0,1.0H5.0M2.0,3.0H5.0M2.0,1.0V3.0M5.0,1.0V3.0");
        assert_eq!(outline(&[true], [1, 1]), "M0.0,0.0H1.0M0.0,1.0H1.0M0.0,0.0V1.0M1.0,0.0V1.0");
        assert_eq!(outline(&[false; 4], [2, 2]), "");
        let large = outline(&vec![true; 1000 * 500], [500, 1000]);
        assert!(large.starts_with("M0.0,0.0H1000.0M0.0,500.0H1000.0"), "{large}");
    }

    #[test]
    fn a_page_holds_its_pictures_and_escapes_its_words() {
        let case = CaseFigure {
            image: Image::from_rgb8(4, 4, vec![99; 48]).unwrap(),
            mask: vec![true; 16],
            found: Rectangle::whole([4, 4]),
            truths: vec![Rectangle::whole([2, 2])],
            name: "<p>".into(),
            caption: "a & b".into(),
        };
        let page = EvaluationPage {
            title: "t".into(),
            summary: summarized(&[], 3, 0),
            judged: 0,
            warnings: vec![],
            failed: (0..30).map(|i| (format!("{i}.jpg"), "<broken>".into())).collect(),
            groups: vec![("Best".into(), String::new(), vec![case])],
            facts: vec![],
            command: String::new(),
        };
        let html = page.html().unwrap();
        assert!(html.contains("data:image/jpeg;base64,") && html.contains("aria-label=\"&lt;p&gt;"));
        assert!(!html.contains("<broken>") && html.contains("10 more are named"));
        assert!(!["http://", "https://", "<script"].iter().any(|need| html.contains(need)));
    }
}
