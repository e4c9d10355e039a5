#![expect(unsafe_code, reason = "mapping a file")]

use std::fs::File;
use std::io;
use std::path::Path;

use bytes::Bytes;

/// A file read in place through the page cache.
pub struct MappedFile {
    file: File,
    bytes: Bytes,
}

impl MappedFile {
    /// Maps a whole file.
    pub fn open(path: &Path) -> io::Result<MappedFile> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder"));
        }
        // SAFETY: the map is private and read-only. A file truncated by someone else while it is mapped is beyond
        // any program's power; `unchanged` finds what can be found.
        let map = unsafe { memmap2::MmapOptions::new().map_copy_read_only(&file)? };
        Ok(MappedFile { file, bytes: Bytes::from_owner(map) })
    }

    /// The whole content, shared, without a copy.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Whether the file still has the size it had when it was opened.
    pub fn unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|now| now.len() == self.bytes.len() as u64)
    }
}
