use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use inscape::Cancel;

use crate::terminal::Terminal;

/// The draft being written now, to be removed when the user stops the program.
static DRAFT: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Makes a file that an interrupted run still has to write: its path and content.
type Last = Box<dyn FnOnce() -> (PathBuf, String) + Send>;

/// That of this run, once it has written a result.
static LAST: Mutex<Option<Last>> = Mutex::new(None);

/// What long work asks between its steps, where it saves what it has before it stops.
static GENTLE: Mutex<Option<Cancel>> = Mutex::new(None);

/// Makes the first Ctrl-C ask the work that holds the switch to stop and save; a second one ends the program.
pub(crate) fn gently() -> Cancel {
    let cancel = Cancel::default();
    *GENTLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(cancel.clone());
    cancel
}

/// Sets what an interrupted run writes before it ends.
pub(crate) fn at_last(last: impl FnOnce() -> (PathBuf, String) + Send + 'static) {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(last));
}

/// Ends the program with code 130 on Ctrl-C. Files appear whole by renaming, so at most a draft has to be removed.
pub(crate) fn install(terminal: Terminal) {
    // Without the handler the system ends the program all the same.
    let _ = ctrlc::set_handler(move || {
        let gentle = GENTLE.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(cancel) = gentle {
            return cancel.cancel();
        }
        let draft = DRAFT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = draft.as_deref() {
            let _ = std::fs::remove_file(path);
        }
        // The draft's lock is held to the end: no other file appears after the index was made.
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((path, content)) = last.map(|last| last()) {
            let draft = draft_of(&path);
            let written = std::fs::write(&draft, content).and_then(|()| std::fs::rename(&draft, &path));
            if written.is_err() {
                let _ = std::fs::remove_file(&draft);
            }
        }
        terminal.clear();
        terminal.error(&anyhow!("interrupted; results that were finished are kept"));
        exit(130);
    });
}

/// Writes a file by way of a draft beside it; at every moment the file is absent, the former one, or whole.
pub(crate) fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    write_by(path, |file| file.write_all(content))
}

/// Writes a file piece by piece, as [`write`].
pub(crate) fn write_by(
    path: &Path,
    pieces: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let draft = draft_of(path);
    *DRAFT.lock().unwrap_or_else(PoisonError::into_inner) = Some(draft.clone());
    let written = File::create(&draft).and_then(|mut file| pieces(&mut file));
    // Held while renaming, so that the handler never removes a draft that has just become the file.
    let mut slot = DRAFT.lock().unwrap_or_else(PoisonError::into_inner);
    let written = written.and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    *slot = None;
    written
}

fn draft_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}
