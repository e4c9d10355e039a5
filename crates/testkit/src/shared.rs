use std::path::{Path, PathBuf};

/// A file of the `shared` folder beside the checkout, or `None` where that folder is absent: the test then prints so
/// and returns.
///
/// # Panics
/// If the file is absent and `INSCAPE_REQUIRE_SHARED=1` is set, as continuous integration does.
pub fn shared(file: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|folder| folder.join("shared").join(file)).find(|path| path.exists());
    if found.is_none() {
        let required = std::env::var_os("INSCAPE_REQUIRE_SHARED").is_some_and(|value| value == "1");
        assert!(!required, "shared/{file} is absent and INSCAPE_REQUIRE_SHARED=1");
        eprintln!("skipped: shared/{file} is absent");
    }
    found
}
