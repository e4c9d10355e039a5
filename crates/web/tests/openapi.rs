//! The description of the API that the pages' types are made from.

/// With `INSCAPE_UPDATE_DOCS=1` it is written; otherwise it must be what the server says.
#[test]
fn the_pages_know_the_servers_description() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/pages/openapi.json");
    if std::env::var("INSCAPE_UPDATE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::write(path, inscape_web::openapi()).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        known == inscape_web::openapi(),
        "pages/openapi.json is not what the server says; run with INSCAPE_UPDATE_DOCS=1, then npm run build there"
    );
}
