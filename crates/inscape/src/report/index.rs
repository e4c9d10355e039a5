use maud::{Markup, PreEscaped, html};

use super::explanation::privacy;
use super::page::page;
use crate::picture::Range;

/// A result in a folder, as its index shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The picture's name, or that of what an image was made for.
    pub title: String,
    /// What was done, in a few words.
    pub subtitle: String,
    /// Address of the picture that stands for it: a file beside the index, or a `data:` address.
    pub thumbnail: Option<String>,
    /// What the colors of that picture mean.
    pub range: Option<Range>,
    /// Files beside the index.
    pub files: Vec<String>,
    /// The whole article of an explanation, to stand in the index itself.
    pub article: Option<String>,
}

/// The index of a folder of results, in the order given, which should be the newest first; `failed` holds the file and
/// the reason of every picture that the last run could not work on.
pub fn index(entries: &[Entry], failed: &[(String, String)]) -> String {
    let runs = entries.chunk_by(|a, b| a.article.is_some() == b.article.is_some());
    let content = html! {
        @if !failed.is_empty() { (missing(failed)) }
        @for (i, run) in runs.enumerate() {
            @if run.iter().all(|entry| entry.article.is_some()) {
                @for article in run.iter().filter_map(|entry| entry.article.as_deref()) { (PreEscaped(article)) }
            } @else {
                section {
                    @if i == 0 { h1 { "Results" } } @else { h2 { "Older results in this folder" } }
                    p { "Newest first." }
                    ul.cards { @for entry in run { (card(entry)) } }
                }
            }
        }
        @if entries.is_empty() { h1 { "Results" } p { "There is none yet." } }
    };
    let title = entries.first().map_or("Results", |entry| entry.title.as_str());
    page(&format!("{title} – inscape"), &content, &privacy())
}

fn missing(failed: &[(String, String)]) -> Markup {
    html! {
        div.warning role="note" {
            b { "Not here: " } "the last run failed on " (failed.len()) @if failed.len() == 1 { " picture." } @else { " pictures." }
            ul { @for (file, reason) in failed { li { b { (file) } ": " (reason) } } }
        }
    }
}

fn card(entry: &Entry) -> Markup {
    let first = entry.files.first();
    html! {
        li {
            figure {
                @if let (Some(address), Some(file)) = (&entry.thumbnail, first) {
                    a href=(relative(file)) { img src=(address) alt={ (entry.title) ": " (entry.subtitle) } loading="lazy"; }
                }
                @if let Some(range) = &entry.range { (PreEscaped(range.color_bar_svg())) }
                figcaption {
                    b { (entry.title) } br; (entry.subtitle) br;
                    @for (i, file) in entry.files.iter().enumerate() {
                        @if i > 0 { " · " }
                        a href=(relative(file)) { (called(file, &entry.files)) }
                    }
                }
            }
        }
    }
}

/// A file beside the page as an address: everything but letters, digits and `-._~/` is escaped.
pub fn relative(file: &str) -> String {
    let mut address = String::from("./");
    for byte in file.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                address.push(byte as char)
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// What a link to a file says, by its ending; the first that fits.
const NAMES: &[(&str, &str)] = &[
    (".map.png", "map"),
    (".mask.png", "mask"),
    (".stages.png", "stages"),
    (".seeds.png", "seeds"),
    (".probability.png", "probability"),
    (".probability.npy", "probability's numbers"),
    (".average.png", "average"),
    (".curve.svg", "curve"),
    (".curve.csv", "curve's numbers"),
    (".gif", "animation"),
    (".html", "report"),
    (".npy", "numbers"),
];

/// What a link to a file says beside those to the others of its result.
fn called<'f>(file: &'f str, files: &[String]) -> &'f str {
    if let Some((_, name)) = NAMES.iter().find(|(ending, _)| file.ends_with(ending)) {
        return name;
    }
    match file.rsplit('.').next() {
        // A map laid over its picture comes with the map alone.
        Some("png") if files.iter().any(|file| file.ends_with(".map.png")) => "overlay",
        Some("png") => "image",
        Some(other) => other,
        None => file,
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, called, index, relative};
    use crate::picture::{Picture, Scale};

    fn entry(title: &str, files: &[&str]) -> Entry {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        Entry {
            title: title.into(),
            subtitle: "x".into(),
            thumbnail: None,
            range: None,
            files,
            article: None,
        }
    }

    #[test]
    fn names_are_escaped() {
        assert_eq!(relative("a b#c.png"), "./a%20b%23c.png");
        let text = index(&[entry("<script>", &["a\"b.png"])], &[("<b>.jpg".into(), "<i>".into())]);
        assert!(!text.contains("<script>") && !text.contains("<i>") && text.contains("&lt;b&gt;.jpg"));
        assert!(text.contains("./a%22b.png"));
    }

    #[test]
    fn the_order_stays_whatever_stands_there_whole() {
        let whole =
            |title: &str| Entry { article: Some(format!("<article>{title}</article>")), ..entry(title, &[]) };
        let text = index(&[entry("e1", &[]), whole("e2"), whole("e3"), entry("e4", &[])], &[]);
        let places: Vec<usize> = ["<b>e1<", "<article>e2<", "<article>e3<", "<b>e4<"]
            .iter()
            .map(|t| text.find(t).unwrap())
            .collect();
        assert!(places.is_sorted(), "{places:?}");
        assert_eq!((text.matches("<h1>").count(), text.matches("Older results").count()), (1, 1));
    }

    #[test]
    fn pictures_that_failed_are_named_with_the_reason() {
        let text = index(&[], &[("broken.jpg".into(), "it ends early".into())]);
        assert!(
            text.contains("failed on 1 picture.") && text.contains("broken.jpg</b>: it ends early"),
            "{text}"
        );
    }

    #[test]
    fn links_say_what_they_lead_to() {
        let names = |files: &[&str]| -> Vec<String> {
            let all = entry("", files).files;
            all.iter().map(|file| called(file, &all).to_owned()).collect()
        };
        let map = names(&["c.saliency.class_1.png", "c.saliency.class_1.map.png", "c.saliency.class_1.npy"]);
        assert_eq!(map, ["overlay", "map", "numbers"]);
        let made =
            ["class_1.png", "class_1.average.png", "class_1.gif", "class_1.curve.svg", "class_1.curve.csv"];
        assert_eq!(names(&made), ["image", "average", "animation", "curve", "curve's numbers"]);
    }

    #[test]
    fn a_card_has_the_bar_of_its_picture() {
        let picture =
            Picture::from_map(&[-0.5, 0.25], 1, 2, Scale { percentile: 100.0, ..Scale::signed() }).unwrap();
        let text = index(&[Entry { range: picture.range().copied(), ..entry("a", &["a.png"]) }], &[]);
        assert!(text.contains("color bar from −0.500 to 0.500"));
    }
}
