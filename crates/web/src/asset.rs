use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// A file of the pages, as `pages/build.mjs` made it.
struct Asset {
    media: &'static str,
    content: &'static [u8],
}

const PAGE: Asset =
    Asset { media: "text/html; charset=utf-8", content: include_bytes!("../assets/index.html") };

/// The page, whatever view its address names; the script reads the address.
pub(crate) async fn page() -> Response {
    PAGE.sent()
}

pub(crate) async fn script() -> Response {
    Asset { media: "text/javascript; charset=utf-8", content: include_bytes!("../assets/app.js") }.sent()
}

pub(crate) async fn style() -> Response {
    Asset { media: "text/css; charset=utf-8", content: include_bytes!("../assets/app.css") }.sent()
}

pub(crate) async fn icon() -> Response {
    Asset { media: "image/svg+xml", content: include_bytes!("../assets/icon.svg") }.sent()
}

impl Asset {
    fn sent(self) -> Response {
        // a new version of the program has new files under the same names
        ([(CONTENT_TYPE, self.media), (CACHE_CONTROL, "no-cache")], self.content).into_response()
    }
}
