//! The edge: files are read and written here only.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind};

/// A file's name without its folder, for messages and results.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The whole content of a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(|error| failed("opened", path, &error))?;
    let about = file.metadata().map_err(|error| failed("opened", path, &error))?;
    if about.is_dir() {
        return Err(Error::new(ErrorKind::File, format!("{} is a folder, not a file", path.display())));
    }
    let mut content = Vec::with_capacity(about.len().min(limit) as usize);
    file.take(limit + 1).read_to_end(&mut content).map_err(|error| failed("read", path, &error))?;
    if content.len() as u64 > limit {
        let context = format!("{} is larger than {} MiB, the most that is read", path.display(), limit >> 20);
        return Err(Error::new(ErrorKind::File, context));
    }
    Ok(content)
}

/// The content of a text file of at most `limit` bytes.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, Error> {
    let text = String::from_utf8(read(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::new(
            ErrorKind::File,
            format!("{} is no UTF-8 text (byte {at}); save it as UTF-8", path.display()),
        )
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The first line of a text file, of which `limit` bytes are looked at.
pub(crate) fn first_line(path: &Path, limit: u64) -> Result<String, Error> {
    let file = File::open(path).map_err(|error| failed("opened", path, &error))?;
    let mut start = Vec::new();
    file.take(limit).read_to_end(&mut start).map_err(|error| failed("read", path, &error))?;
    let text = String::from_utf8_lossy(&start);
    let line = text.lines().next().unwrap_or_default();
    Ok(line.strip_prefix('\u{feff}').unwrap_or(line).to_owned())
}

/// Writes a file so that at every moment it is either absent, the former one, or whole.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let turn = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let draft = path.with_file_name(format!(".{}.{}-{turn}.part", name(path), std::process::id()));
    let written = File::create_new(&draft)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| {
        // The first failure is the one to report.
        let _ = fs::remove_file(&draft);
        failed("written", path, &error)
    })
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::File, format!("{} cannot be {what}: {error}", path.display()))
}
