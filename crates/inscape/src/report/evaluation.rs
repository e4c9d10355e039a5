use maud::{Markup, html};

use super::explanation::privacy;
use super::figure::data_address;
use super::page::page;
use super::photo::photo;
use crate::error::Error;
use crate::evaluation::{Interval, MEASURES, Rectangle, Row, Summary};
use crate::picture::Picture;

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
    /// The picture with mask and box drawn in it.
    pub picture: Picture,
    /// Width and height of the picture itself, in whose pixels boxes are.
    pub size: [usize; 2],
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
        let [width, height] = self.size;
        let (jpeg, _) = photo(self.picture.width(), self.picture.height(), self.picture.rgb())?;
        let alt = format!(
            "{}: the mask in color, the box found as a solid line, the true boxes dashed; {}",
            self.name, self.caption
        );
        Ok(html! {
            figure {
                svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(alt) {
                    image width=(width) height=(height) href=(data_address("image/jpeg", &jpeg)) preserveAspectRatio="none" {}
                    @for truth in &self.truths { (dashed(*truth)) }
                }
                figcaption { b { (self.name) } ": " (self.caption) }
            }
        })
    }
}

/// A dashed box over a dark one, so that it is seen on any picture.
fn dashed(bounds: Rectangle) -> Markup {
    let [xmin, ymin, xmax, ymax] = bounds.into();
    let path = format!("M{xmin},{ymin}H{xmax}V{ymax}H{xmin}Z");
    html! {
        @for (color, opacity, width) in [("#000", "0.65", "5"), ("#7fc4ff", "1", "2.5")] {
            path d=(path) fill="none" stroke=(color) stroke-opacity=(opacity) stroke-width=(width) stroke-dasharray="9 6"
                vector-effect="non-scaling-stroke" {}
        }
    }
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
    use super::{CaseFigure, EvaluationPage};
    use crate::evaluation::{Rectangle, summarized};
    use crate::image::Image;
    use crate::picture::Picture;

    #[test]
    fn a_page_holds_its_pictures_and_escapes_its_words() {
        let case = CaseFigure {
            picture: Picture::from_image(&Image::from_rgb8(4, 4, vec![99; 48]).unwrap()),
            size: [4, 4],
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
