use maud::{DOCTYPE, Markup, html};

use super::figure::style;

/// A whole page that needs no other file: the shell around its content.
pub(super) fn page(title: &str, content: &Markup, foot: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "inscape " (env!("CARGO_PKG_VERSION")) };
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'";
                title { (title) }
                style { (style()) }
            }
            body {
                header.masthead { b { "inscape" } span { "the inner form that makes a thing itself" } }
                main { (content) }
                footer.colophon { hr; (foot) }
            }
        }
    }
    .into_string()
}
