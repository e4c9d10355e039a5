use maud::{Markup, PreEscaped, html};

use super::explanation::privacy;
use super::page::page;

/// A result in a folder, as its index shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The picture's name.
    pub title: String,
    /// What was done, in a few words.
    pub subtitle: String,
    /// Address of the picture that stands for it: a file beside the index, or a `data:` address.
    pub thumbnail: Option<String>,
    /// Files beside the index: name and address.
    pub files: Vec<String>,
    /// The whole article of an explanation, to stand in the index itself.
    pub article: Option<String>,
}

/// The index of a folder of results, in the order given.
pub fn index(entries: &[Entry]) -> String {
    let (whole, others): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|e| e.article.is_some());
    let content = html! {
        @for entry in &whole { @if let Some(article) = &entry.article { (PreEscaped(article)) } }
        @if !others.is_empty() {
            section {
                @if whole.is_empty() { h1 { "Results" } } @else { h2 { "Other results in this folder" } }
                p { "Newest first." }
                ul.cards { @for entry in others { (card(entry)) } }
            }
        }
        @if entries.is_empty() { h1 { "Results" } p { "There is none yet." } }
    };
    let title = whole.first().or(entries.first().as_ref()).map_or("Results", |entry| entry.title.as_str());
    page(&format!("{title} – inscape"), &content, &privacy())
}

fn card(entry: &Entry) -> Markup {
    let first = entry.files.first();
    html! {
        li {
            figure {
                @if let (Some(address), Some(file)) = (&entry.thumbnail, first) {
                    a href=(relative(file)) { img src=(address) alt={ (entry.title) ": " (entry.subtitle) } loading="lazy"; }
                }
                figcaption {
                    b { (entry.title) } br; (entry.subtitle) br;
                    @for (i, file) in entry.files.iter().enumerate() {
                        @if i > 0 { " · " }
                        a href=(relative(file)) { (ending(file)) }
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

fn ending(file: &str) -> &str {
    if file.ends_with(".map.png") {
        return "map";
    }
    match file.rsplit('.').next() {
        Some("png") => "overlay",
        Some("html") => "report",
        Some("npy") => "numbers",
        Some(other) => other,
        None => file,
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, index, relative};

    #[test]
    fn names_are_escaped() {
        assert_eq!(relative("a b#c.png"), "./a%20b%23c.png");
        let entry = Entry {
            title: "<script>".into(),
            subtitle: "x".into(),
            thumbnail: None,
            files: vec!["a\"b.png".into()],
            article: None,
        };
        let text = index(&[entry]);
        assert!(!text.contains("<script>"));
        assert!(text.contains("./a%22b.png"));
    }
}
